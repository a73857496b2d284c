//! `taskmix plot` on real runs, on shipped runs and on files that were written by hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::support::{Lab, text_of};

/// A short mix on two engines.
const MIX: &str = r#"
question = "What does it look like?"
engines = ["smol-local", "rayon"]
workers = 2
repeats = 2
seed = 7

[[task]]
name = "sleeper"
count = 12
arrival = { every = "$gap" }
steps = [{ sleep = "1ms" }]

[matrix]
gap = ["100us", "200us", "400us"]
"#;

/// Engines with their colours, which never change.
const OLDEST: [(&str, &str); 3] = [("smol-local", "#d55e00"), ("async-executor", "#0072b2"), ("rayon", "#009e73")];

/// Standard output, standard error and the exit code.
fn printed(output: Output) -> (String, String, Option<i32>) {
    (text_of(output.stdout), text_of(output.stderr), output.status.code())
}

fn runs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference");
    let runs =
        fs::read_dir(folder).expect("reference runs").map(|entry| entry.expect("an entry").path().join("latest"));
    let mut runs: Vec<PathBuf> = runs.collect();
    runs.sort();
    assert!(runs.len() >= 7, "{runs:?}");
    runs
}

#[test]
fn a_run_is_drawn_into_its_own_folder_by_any_of_its_names() {
    let lab = Lab::new();
    lab.run(MIX, &["-q", "--probe"]).ok();
    let (text, stderr, code) = printed(lab.output(&["plot", "latest"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)), "{text}");
    let run = fs::canonicalize(lab.path().join("results/mix/latest")).expect("the run");
    let run_id = run.file_name().and_then(|name| name.to_str()).expect("its id").to_owned();
    let written: Vec<&str> = text.lines().collect();
    let plots = format!("results/mix/{run_id}/plots");
    // Twelve instances give no p99, and three values give a sweep.
    let expected = ["makespan", "lag-p99", "peak-rss", "sweep-gap-throughput", "ecdf-latency", "states", "lag"];
    let may_lack_lag = |name: &&&str| **name != "lag-p99" && **name != "sweep-gap-lag-p99";
    let expected: Vec<String> =
        expected.iter().filter(may_lack_lag).map(|name| format!("{plots}/{name}.svg")).collect();
    for path in &expected {
        assert!(written.contains(&path.as_str()), "{path}: {text}");
        assert!(fs::read_to_string(lab.path().join(path)).expect("a picture").starts_with("<svg "));
    }
    // The second time the files are replaced, and no other file is left in the folder.
    for name in ["mix", "mix/latest", run_id.as_str(), run.to_str().expect("UTF-8")] {
        let (again, stderr, code) = printed(lab.output(&["plot", name, "--kind", "states"]));
        assert_eq!(
            (again.ends_with("/plots/states.svg\n"), stderr.as_str(), code),
            (true, "", Some(0)),
            "{name}: {again}"
        );
    }
    assert_eq!(fs::read_dir(run.join("plots")).expect("a folder").count(), written.len());
}

#[test]
fn every_shipped_run_is_drawn_in_small_files_in_the_engines_colours() {
    let lab = Lab::new();
    for run in runs() {
        let (text, stderr, code) = printed(lab.output(&["plot", run.to_str().expect("UTF-8"), "--out", "pictures"]));
        assert_eq!(code, Some(0), "{stderr}");
        assert!(stderr.is_empty() || stderr.starts_with("note: no distributions: "), "{stderr}");
        // Lag is measured if a claim is about it.
        let has_lag = fs::read_to_string(run.join("probe.csv")).expect("the run has ended").lines().count() > 1;
        let names = ["makespan.svg", "peak-rss.svg"].into_iter().chain(has_lag.then_some("lag.svg"));
        // Kept of one run only, for its size.
        let names = names.chain(run.join("states.csv").exists().then_some("states.svg"));
        for name in names {
            assert!(text.contains(name), "{}: {text}", run.display());
        }
        let summary = fs::read_to_string(run.join("summary.csv")).expect("the run has ended");
        for path in text.lines() {
            let svg = fs::read_to_string(lab.path().join(path)).expect("a picture");
            assert!(svg.len() < 200_000, "{path}: {}", svg.len());
            assert!(!svg.contains("NaN"), "{path}");
            let engines = OLDEST.iter().filter(|(engine, _)| summary.contains(engine));
            // Every engine has these figures. Others may be missing: no cancelled instance, or too few for a p99.
            let has_all =
                ["makespan.svg", "peak-rss.svg", "states.svg", "lag.svg"].iter().any(|name| path.ends_with(name));
            for (engine, colour) in engines.filter(|_| has_all) {
                assert!(svg.contains(colour), "{path} lacks {engine}");
            }
        }
    }
}

#[test]
fn files_without_a_run_and_a_single_file_are_drawn() {
    let lab = Lab::new();
    lab.write("by-hand/states.csv", "engine,t_ns,running\nmine,1000,5\nmine,2000,0\n");
    let (text, stderr, code) = printed(lab.output(&["plot", "by-hand"]));
    assert_eq!((text.as_str(), code), ("by-hand/plots/states.svg\n", Some(0)), "{stderr}");
    assert!(stderr.starts_with("note: no bars: there is no `summary.csv`"), "{stderr}");
    lab.write("merged.csv", "engine,param_run,makespan_ns\nrayon,old,5e6\nrayon,new,4e6\n");
    for (arguments, written) in [
        (&["plot", "merged.csv"][..], "plots/makespan.svg"),
        (&["plot", "merged.csv", "--out", "a/b"], "a/b/makespan.svg"),
        (&["plot", "merged.csv", "--out", "a/figure-1.svg"], "a/figure-1.svg"),
        (&["plot", "merged.csv", "--out", "figure-1.png"], "figure-1.png"),
        (&["plot", "merged.csv", "--format", "png"], "plots/makespan.png"),
    ] {
        let (text, stderr, code) = printed(lab.output(arguments));
        assert_eq!((text, stderr.as_str(), code), (format!("{written}\n"), "", Some(0)));
        let bytes = fs::read(lab.path().join(written)).expect("a picture");
        let is_png = bytes.starts_with(b"\x89PNG");
        assert_eq!(
            (is_png, bytes.starts_with(b"<svg ")),
            (written.ends_with("png"), written.ends_with("svg")),
            "{written}"
        );
    }
}

#[test]
fn terminal_pictures_fit_the_width_and_have_no_colours_in_a_pipe() {
    let lab = Lab::new();
    let run = runs().into_iter().find(|run| run.ends_with("blocking/latest")).expect("it is shipped");
    let output = |colour: bool| {
        let mut command = lab.taskmix(&["plot", run.to_str().expect("UTF-8"), "--format", "term"]);
        command.env("COLUMNS", "70");
        if colour {
            command.env("CLICOLOR_FORCE", "1");
        }
        printed(command.output().expect("it runs"))
    };
    let (plain, stderr, code) = output(false);
    assert_eq!(code, Some(0));
    // Reference runs have no rows of instances.
    assert!(stderr.lines().all(|line| line.starts_with("note: ")), "{stderr}");
    assert!(!plain.contains('\u{1b}'), "no escape sequences");
    assert!(plain.lines().all(|line| line.chars().count() <= 70), "{plain}");
    for text in ["blocking: p99 latency of bystander", "smol-local ███", "● smol-local", "blocking: lag over time"]
    {
        assert!(plain.contains(text), "{text}: {plain}");
    }
    let (coloured, ..) = output(true);
    assert!(coloured.contains("\u{1b}[38;2;213;94;0m"), "smol-local's colour");
    assert!(fs::read_dir(lab.path()).expect("a folder").next().is_none(), "nothing is written");
}

#[test]
fn files_that_can_not_be_drawn_are_an_error_with_a_remedy_and_exit_2() {
    let lab = Lab::new();
    lab.write("bad.csv", "engine,makespan_ns\nrayon,5e6\ngo,fast\n");
    lab.write("two.csv", "engine,makespan_ns,lag_p99_ns\nrayon,5e6,7e3\n");
    let refusal = |arguments: &[&str]| {
        let (text, stderr, code) = printed(lab.output(&[&["plot"], arguments].concat()));
        assert_eq!((text.as_str(), code), ("", Some(2)), "{stderr}");
        stderr
    };
    assert_eq!(
        refusal(&["bad.csv"]),
        "error: `bad.csv`, line 3, column `makespan_ns`: expected a number from 0 to 1e18, or nothing, found `fast`\n\
         help: mend the row or take it out; results/README.md tells what each column holds\n"
    );
    assert!(refusal(&["mix", "--results", "other"]).contains("there are no runs in `other`"));
    assert!(
        refusal(&["nowhere"]).starts_with("error: there is no run `nowhere`: there are no runs in `results`\nhelp: ")
    );
    assert!(
        refusal(&["two.csv", "--out", "x.svg"])
            .starts_with("error: there is more than one picture for `x.svg`\nhelp: ")
    );
    assert!(
        refusal(&["two.csv", "--out", "x.svg", "--format", "png"]).contains("`--format` and the ending of `--out`")
    );
    assert!(refusal(&["two.csv", "--out", "x", "--format", "term"]).contains("`--format term` writes no file"));
    assert!(
        refusal(&["two.csv", "--kind", "lag"]).contains("its columns are those of `summary.csv`, not of `probe.csv`")
    );
    assert!(refusal(&["two.csv", "--metric", "latncy"]).contains("'latency'"));
    assert!(!lab.path().join("plots").exists(), "nothing is written");
}
