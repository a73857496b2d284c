//! `taskmix report` and the page that `taskmix run` leaves: one page a run, with the same bytes from both commands.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Lab, text_of};

/// A claim about counts, and one about times.
const MIX: &str = r#"
question = "How long is a <nap>?"
engines = ["smol-local", "rayon"]
workers = 2
repeats = 6
timeout = "2s"

[[task]]
name = "sleeper"
count = 4
steps = [{ sleep = "$nap" }]

[matrix]
nap = ["1ms", "3ms"]

[[expect]]
claim = "all wake up"
that = "rayon.sleeper.done == 4"

[[expect]]
claim = "a longer nap takes longer"
that = "rayon.sleeper.latency_p50[nap=3ms] >= rayon.sleeper.latency_p50[nap=1ms]"
"#;

/// The folder of the only run of `mix`.
fn run_folder(lab: &Lab) -> PathBuf {
    lab.path().join("results/mix/latest").canonicalize().expect("the run")
}

/// Writes the page again. Returns standard output, standard error and the exit code.
fn report(lab: &Lab, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = lab.output(&[&["report"], arguments].concat());
    (text_of(output.stdout), text_of(output.stderr), output.status.code())
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_run_leaves_its_page_and_the_same_page_is_written_again() {
    let lab = Lab::new();
    // The scenario's text does not hold what the command line changes: values, workers, engines, their order.
    for arguments in [
        &["-q"][..],
        &["-q", "--set", "nap=2ms,4ms", "--workers", "1,2", "--engine", "rayon"],
        &["-q", "--workers", "3,2", "--engine", "rayon", "--engine", "smol-local", "--seed", "9", "--repeats", "7"],
    ] {
        let run = lab.run(MIX, arguments).ok();
        let first = &run.files["report.html"];
        assert!(first.contains("<h1>How long is a &lt;nap&gt;?</h1>") && first.ends_with("</html>\n"), "{arguments:?}");
        assert!(!first.contains("was not run with"), "{arguments:?}");
        let page = run_folder(&lab).join("report.html");
        fs::remove_file(&page).expect("it was there");
        let (printed, complaints, code) = report(&lab, &["latest"]);
        assert_eq!((complaints.as_str(), code), ("", Some(0)));
        assert_eq!(lab.path().join(printed.trim_end()).canonicalize().expect("it is there"), page);
        assert!(read(&page) == *first, "{arguments:?}: the same bytes");
        // The verdicts on the page are those of `expect.csv`.
        let verdicts = run.rows("expect.csv");
        for row in &verdicts {
            assert!(first.contains(&format!("</span>{}</span>", row.text("verdict"))), "{row:?}");
        }
        let points = first.matches("<th scope=\"row\">nap=").count();
        assert_eq!(
            points,
            verdicts.iter().filter(|row| row.text("point").starts_with("nap=")).count(),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_page_elsewhere_links_to_the_files_of_the_run() {
    let lab = Lab::new();
    lab.run(MIX, &["-q"]).ok();
    fs::create_dir_all(lab.path().join("a b/c")).expect("a folder");
    for out in ["page.html", "a b/c/page.html"] {
        let (printed, complaints, code) = report(&lab, &["mix", "--out", out]);
        assert_eq!((printed.as_str(), complaints.as_str(), code), (format!("{out}\n").as_str(), "", Some(0)));
        let page = lab.path().join(out);
        let text = read(&page);
        let links: Vec<&str> = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let files: Vec<&&str> =
            links.iter().filter(|link| !link.starts_with('#') && !link.starts_with("data:")).collect();
        assert_eq!(files.len(), 9, "{links:?}");
        for link in files {
            let file = page.parent().expect("a folder").join(link);
            assert!(file.is_file(), "{link}");
        }
    }
    // A pipe is written to, not replaced by a file.
    let (printed, _, code) = report(&lab, &["mix", "--out", "/dev/stdout"]);
    assert!(printed.starts_with("<!DOCTYPE html>") && code == Some(0));
}

#[test]
fn a_missing_run_is_an_error_with_a_remedy() {
    let lab = Lab::new();
    let (_, complaint, code) = report(&lab, &["latest"]);
    assert_eq!(
        (complaint.as_str(), code),
        (
            "error: there is no run `latest`: there are no runs in `results`\n\
             help: `taskmix run` makes some; `--results` says where they are; the path of a run's folder will do too\n",
            Some(2)
        )
    );
}

#[test]
fn a_page_that_can_not_be_written_harms_no_other_file() {
    let lab = Lab::new();
    let run = lab.run(MIX, &["-q"]).ok();
    let folder = run_folder(&lab);
    // As if the run had been interrupted before its last cell, and a folder stood in place of the page.
    let facts = read(&folder.join("run.toml")).replace("complete = true", "complete = false");
    fs::write(folder.join("run.toml"), facts).expect("a file");
    let samples = &run.files["samples.csv"];
    let rows: Vec<&str> = samples.split_inclusive('\n').collect();
    fs::write(folder.join("samples.csv"), rows[..rows.len() - 2].concat()).expect("a file");
    for file in ["report.html", "summary.csv", "summary.json", "expect.csv"] {
        fs::remove_file(folder.join(file)).expect("it was there");
    }
    fs::create_dir(folder.join("report.html")).expect("a folder");
    let resumed = lab.output(&["run", "mix.toml", "--resume"]);
    let (printed, complaints) = (text_of(resumed.stdout), text_of(resumed.stderr));
    assert_eq!(resumed.status.code(), Some(1), "{complaints}");
    let errors: Vec<&str> = complaints.lines().filter(|line| line.starts_with("error: ")).collect();
    assert!(errors.len() == 1 && errors[0].contains("report.html`"), "{complaints}");
    assert!(printed.contains("2 expectations: "), "the table and the verdicts are printed: {printed}");
    for file in ["summary.csv", "summary.json", "expect.csv"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    assert!(read(&folder.join("run.toml")).contains("\ncomplete = true"));
}

#[test]
fn the_page_of_an_interrupted_run_says_so() {
    let lab = Lab::new();
    let run = lab.run(MIX, &["-q"]).ok();
    let folder = run_folder(&lab);
    fs::write(folder.join("run.toml"), run.files["run.toml"].replace("complete = true", "complete = false"))
        .expect("a file");
    let first: String = run.files["samples.csv"].split_inclusive('\n').take(3).collect();
    fs::write(folder.join("samples.csv"), first).expect("a file");
    let (_, complaints, code) = report(&lab, &["mix"]);
    assert_eq!((complaints.as_str(), code), ("", Some(0)));
    let page = read(&folder.join("report.html"));
    assert!(
        page.contains("the run is not complete: 1 of 24 cells were measured; <code>taskmix run mix --resume</code>")
    );
    assert!(page.contains("✗ </span>not complete: 1 cell<"), "{page}");
}

#[test]
fn the_page_shows_a_stalled_cell_with_its_last_step() {
    let lab = Lab::new();
    let run = lab.run(MIX, &["-q", "--repeats", "1", "--set", "nap=1ms", "--fault", "rayon=hang"]);
    assert_eq!(run.code, Some(1));
    let page = &run.files["report.html"];
    assert!(page.contains("<h2 id=\"failed\">Failed cells</h2>") && page.contains("1 cell failed"), "{page}");
    assert!(page.contains("<td class=\"prose\">timeout"), "{page}");
    assert!(page.contains("<li>sleeper: of 4 released 4 stalled (2 pending, 2 running; 2 at "), "{page}");
}
