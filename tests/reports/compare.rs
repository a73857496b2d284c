//! `taskmix compare` on real runs: figures that are the same or worse, missing cells, and warnings.

use std::fs;
use std::process::Output;

use crate::support::{Finished, Lab, rows, text_of};

/// `NAP` is replaced, so that a run can be made worse. Six repeats give intervals.
const MIX: &str = r#"
question = "How long is a nap?"
engines = ["smol-local", "rayon"]
workers = 2
repeats = 6
seed = 7

[[task]]
name = "sleeper"
count = 4
steps = [{ sleep = "NAP" }]
"#;

fn mix(nap: &str) -> String {
    MIX.replace("NAP", nap)
}

/// Two runs in one folder.
fn runs(lab: &Lab, old: &str, new: &str) -> Finished {
    lab.run(&mix(old), &["-q"]).ok();
    lab.run(&mix(new), &["-q"]).ok()
}

/// Standard output, standard error and the exit code.
fn printed(output: Output) -> (String, String, Option<i32>) {
    (text_of(output.stdout), text_of(output.stderr), output.status.code())
}

#[test]
fn two_runs_of_one_scenario_have_the_same_counts_and_no_warning_except_about_the_machine() {
    let lab = Lab::new();
    runs(&lab, "5ms", "5ms");
    let counts = ["released", "started", "done", "cancelled", "failed", "stalled", "unstopped"];
    let metrics = counts.iter().flat_map(|count| ["--metric", count]);
    let arguments: Vec<&str> =
        ["compare", "latest~1", "latest", "--format", "json"].into_iter().chain(metrics).collect();
    let (json, stderr, code) = printed(lab.output(&arguments));
    let comparison: serde_json::Value = serde_json::from_str(&json).expect("one object");
    assert_eq!(
        (comparison["schema"].as_str(), comparison["worse"].as_bool(), code),
        (Some("taskmix.compare/1"), Some(false), Some(0))
    );
    // Two engines, each with the task and the whole mix.
    assert_eq!(comparison["counts"]["no_difference"].as_u64(), Some(2 * 2 * counts.len() as u64), "{json}");
    assert_eq!(stderr, "", "the warnings are in the document");
    let topics = comparison["warnings"].as_array().expect("a list").iter().map(|warning| warning["topic"].as_str());
    assert!(topics.into_iter().all(|topic| topic == Some("calibration")), "{json}");
    assert_eq!(
        (comparison["only_old"].as_array().map(Vec::len), comparison["only_new"].as_array().map(Vec::len)),
        (Some(0), Some(0))
    );
}

#[test]
fn a_nap_that_is_twenty_times_as_long_is_worse_and_the_lines_that_differ_are_shown() {
    let lab = Lab::new();
    runs(&lab, "4ms", "80ms");
    let arguments = ["compare", "mix/latest~1", "mix", "--metric", "makespan", "--metric", "service_mean"];
    let (text, stderr, code) = printed(lab.output(&arguments));
    assert_eq!(code, Some(1), "{text}{stderr}");
    assert!(text.lines().any(|line| line.contains("makespan") && line.trim_end().ends_with("worse")), "{text}");
    assert!(text.lines().last().is_some_and(|line| line.contains("8 of 8 figures worse")), "{text}");
    assert!(stderr.contains("warning: the scenario's text differs\n"), "{stderr}");
    assert!(stderr.contains("\n  -steps = [{ sleep = \"4ms\" }]\n  +steps = [{ sleep = \"80ms\" }]\n"), "{stderr}");
    // In the other order the figure is better, which is no failure.
    let (text, _, code) = printed(lab.output(&["compare", "latest", "latest~1", "--metric", "makespan"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("better"), "{text}");
    // As CSV: a warning and the figures, each as wide as the header.
    let (csv, stderr, code) = printed(lab.output(&[&arguments[..], &["--format", "csv"]].concat()));
    assert_eq!((stderr.as_str(), code), ("", Some(1)));
    let rows_of_kind = |kind: &str| rows(&csv).into_iter().filter(|row| row.text("row") == kind).collect::<Vec<_>>();
    assert!(rows_of_kind("warning").iter().any(|row| row.text("topic") == "text"));
    assert_eq!((rows_of_kind("cell").len(), rows_of_kind("figure").len()), (2, 8));
    for row in rows_of_kind("figure") {
        assert_eq!((row.text("verdict"), row.text("better")), ("worse", "lower"), "{row:?}");
        // A sleep takes at least its length.
        assert!(row.number("new_lo") >= 80e6 && row.number("ratio_lo") > 1.05, "{row:?}");
    }
    let (markdown, stderr, _) = printed(lab.output(&[&arguments[..], &["--format", "markdown"]].concat()));
    assert_eq!(stderr, "");
    assert!(markdown.contains("| **worse** |") && markdown.contains("```diff"), "{markdown}");

    // No cell of either run has measured lag.
    let (text, stderr, code) = printed(lab.output(&["compare", "mix/latest~1", "mix", "--metric", "lag_p99"]));
    assert_eq!(code, Some(2), "{text}{stderr}");
    assert!(text.ends_with("there is nothing to compare. Lag needs both runs with `--probe`.\n"), "{text}");
}

#[test]
fn a_cell_that_fails_in_the_new_run_is_worse_with_any_figures() {
    let lab = Lab::new();
    lab.run(&mix("1ms"), &["-q", "--repeats", "1"]).ok();
    let broken = lab.run(&mix("1ms"), &["-q", "--repeats", "1", "--fault", "rayon=abort"]);
    assert_eq!(broken.code, Some(1));
    let (text, _, code) = printed(lab.output(&["compare", "latest~1", "latest", "--metric", "released"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("1 cell that ended well fails now (rayon, 2 workers)"), "{text}");
}

#[test]
fn another_host_and_missing_cells_are_warnings() {
    let lab = Lab::new();
    lab.run(&mix("1ms"), &["-q", "--repeats", "2"]).ok();
    let run = lab.path().join("results/mix/latest").canonicalize().expect("the run");
    let copy = lab.path().join("elsewhere");
    fs::create_dir(&copy).expect("a folder");
    let facts = fs::read_to_string(run.join("run.toml")).expect("run.toml");
    let cores = facts.lines().find(|line| line.starts_with("cores = ")).expect("the host's cores").to_owned();
    let facts = facts.replace(&cores, "cores = 1000").replace("complete = true", "complete = false");
    fs::write(copy.join("run.toml"), facts).expect("a file");
    let samples = fs::read_to_string(run.join("samples.csv")).expect("samples.csv");
    // The header and the first cell.
    let first: String = samples.split_inclusive('\n').take(3).collect();
    fs::write(copy.join("samples.csv"), first).expect("a file");
    let (text, stderr, code) = printed(lab.output(&["compare", "mix", "elsewhere"]));
    assert_eq!(code, Some(0), "{text}{stderr}");
    let was = cores.strip_prefix("cores = ").expect("found by it");
    assert_eq!(
        stderr,
        format!(
            "warning: the new run is not complete: 1 of 4 cells were measured\n\
             warning: the host differs: cores: `{was}`, now `1000`\n"
        )
    );
    assert!(text.contains("Only in the old run:\n"), "{text}");
}

#[test]
fn a_run_that_can_not_be_read_or_found_is_an_error_with_a_remedy_and_exit_2() {
    let lab = Lab::new();
    lab.run(&mix("1ms"), &["-q", "--repeats", "1"]).ok();
    let refusal = |arguments: &[&str]| {
        let (text, stderr, code) = printed(lab.output(&[&["compare"], arguments].concat()));
        assert_eq!((text.as_str(), code), ("", Some(2)), "{stderr}");
        stderr
    };
    assert_eq!(refusal(&["mxi", "latest"]), "error: there is no run `mxi` in `results`\nhelp: did you mean `mix`?\n");
    assert!(
        refusal(&["latest~1", "latest"])
            .starts_with("error: there is no run `latest~1`: of `mix` there is 1 run\nhelp: ")
    );
    let elsewhere = refusal(&["latest", "latest", "--out", "nowhere"]);
    assert!(
        elsewhere.starts_with("error: there is no run `latest`: there are no runs in `nowhere`\nhelp: "),
        "{elsewhere}"
    );
    let run = lab.path().join("results/mix/latest");
    let facts = fs::read_to_string(run.join("run.toml")).expect("run.toml");
    fs::write(run.join("run.toml"), facts.replace("schema_version = 1", "schema_version = 9")).expect("a file");
    let version = refusal(&["latest", "latest"]);
    assert!(version.contains("/run.toml`: schema version 9, not 1\nhelp: "), "{version}");
    fs::write(run.join("run.toml"), facts).expect("a file");
    let samples = fs::read_to_string(run.join("samples.csv")).expect("samples.csv");
    fs::write(run.join("samples.csv"), samples.replacen("sleeper,4", "sleeper,x", 1)).expect("a file");
    let broken = refusal(&["latest", "latest"]);
    assert!(broken.contains("/samples.csv`: line 2: `released` is not readable\nhelp: "), "{broken}");
}
