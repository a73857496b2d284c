use super::*;

const EARLY: &str = "2026-11-23T03-40-12Z";
const LATE: &str = "2026-11-24T03-40-12Z";

/// An output folder with these runs: scenario, run id, whether a cell was measured.
fn out(runs: &[(&str, &str, bool)]) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    for (scenario, run_id, measured) in runs {
        let folder = out.path().join(scenario).join(run_id);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("run.toml"), "").unwrap();
        fs::write(folder.join("samples.csv"), if *measured { "header\nrow\n" } else { "header\n" }).unwrap();
    }
    out
}

fn several() -> tempfile::TempDir {
    let second = format!("{LATE}-2");
    let tenth = format!("{LATE}-10");
    out(&[
        ("blocking", LATE, true),
        ("blocking", &tenth, true),
        ("blocking", &second, true),
        ("blocking", "2026-11-25T00-00-00Z", false),
        ("blocking", EARLY, true),
        ("blocking", "baseline", true),
        ("io", EARLY, true),
    ])
}

/// The run that is found, below the output folder, or the error.
fn find(out: &Path, typed: &str) -> String {
    match find_run(out, typed) {
        Ok(path) => path.strip_prefix(out).unwrap_or(&path).display().to_string(),
        Err(error) => format!("{error}; {}", error.remedy("--out")).replace(&out.display().to_string(), "OUT"),
    }
}

#[test]
fn latest_is_the_newest_of_all_and_counts_back_among_its_scenario() {
    let out = several();
    for (typed, found) in [
        ("latest", format!("blocking/{LATE}-10")),
        ("latest~0", format!("blocking/{LATE}-10")),
        ("latest~1", format!("blocking/{LATE}-2")),
        ("latest~2", format!("blocking/{LATE}")),
        ("latest~3", format!("blocking/{EARLY}")),
        ("blocking", format!("blocking/{LATE}-10")),
        ("blocking/", format!("blocking/{LATE}-10")),
        ("blocking/latest~2", format!("blocking/{LATE}")),
        ("io", format!("io/{EARLY}")),
        ("io/latest", format!("io/{EARLY}")),
    ] {
        assert_eq!(find(out.path(), typed), found, "{typed}");
    }
}

#[test]
fn a_run_id_a_name_below_its_scenario_or_a_path_will_do() {
    let out = several();
    let second = format!("{LATE}-2");
    assert_eq!(find(out.path(), &second), format!("blocking/{second}"));
    assert_eq!(find(out.path(), "blocking/baseline"), "blocking/baseline");
    // A run that was stopped before its first cell is found by its full name.
    assert_eq!(find(out.path(), "blocking/2026-11-25T00-00-00Z"), "blocking/2026-11-25T00-00-00Z");
    let elsewhere = self::out(&[("mixed", EARLY, true), ("mixed", LATE, true)]);
    let path = |below: &str| elsewhere.path().join(below).display().to_string();
    for (typed, found) in [
        (format!("mixed/{EARLY}"), format!("mixed/{EARLY}")),
        ("mixed".to_owned(), format!("mixed/{LATE}")),
        ("mixed/latest".to_owned(), format!("mixed/{LATE}")),
        ("mixed/latest~1".to_owned(), format!("mixed/{EARLY}")),
    ] {
        assert_eq!(find(out.path(), &path(&typed)), path(&found), "{typed}");
    }
}

#[test]
fn a_missing_run_is_an_error_that_names_the_runs_there_are() {
    let out = several();
    for (typed, message) in [
        ("blcking", "there is no run `blcking` in `OUT`; did you mean `blocking`?"),
        ("blcking/latest~1", "there is no run `blcking/latest~1` in `OUT`; did you mean `blocking/latest~1`?"),
        ("lastest", "there is no run `lastest` in `OUT`; did you mean `latest`?"),
        (
            "2026-11-23T03-40-21Z",
            "there is no run `2026-11-23T03-40-21Z` in `OUT`; did you mean `2026-11-23T03-40-12Z`?",
        ),
        (
            "x",
            "there is no run `x` in `OUT`; there are runs of `blocking` and `io`: write `blocking`, \
             `blocking/latest~1`, a run id, or a path",
        ),
        ("latest~4", "there is no run `latest~4`: of `blocking` there are 4 runs; the first of them is `latest~3`"),
        (
            "io/latest~1",
            "there is no run `io/latest~1`: of `io` there is 1 run; run the scenario once more to have two to compare",
        ),
        (
            "latest~x",
            "`latest~x` is no number of runs before the latest; write `latest~1` for the run before the latest",
        ),
        (
            EARLY,
            "several runs are called `2026-11-23T03-40-12Z`; write one of `blocking/2026-11-23T03-40-12Z` and `io/2026-11-23T03-40-12Z`",
        ),
    ] {
        assert_eq!(find(out.path(), typed), message);
    }
    let unmeasured = self::out(&[("io", EARLY, false)]);
    for nothing in [out.path().join("nowhere"), unmeasured.path().to_owned()] {
        let error = find(&nothing, "latest");
        assert!(error.starts_with("there is no run `latest`: there are no runs in `OUT`; `taskmix run`"), "{error}");
    }
}
