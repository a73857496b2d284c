//! `--resume` completes an interrupted run: it measures the missing cells, and refuses to mix runs that differ.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::LazyLock;

use crate::support::{ENGINES, Finished, Lab, rows};

const MIX: &str = r#"
question = "What is left to do?"
engines = ["smol-local", "async-executor", "rayon"]
workers = 2
repeats = 3

[[task]]
name = "one"
count = 5
steps = [{ sleep = "1ms" }, { cpu = "$work", as = "work" }]

[matrix]
work = ["10us", "50us"]
"#;

/// The number of cells of [`MIX`]: three engines at two points, three times.
const CELLS: usize = 18;

/// A complete run of [`MIX`], with its id.
static WHOLE: LazyLock<(Finished, String)> = LazyLock::new(|| {
    let whole = Lab::new().run(MIX, &["--quiet"]).ok();
    let id = whole.facts()["run_id"].as_str().expect("a name").to_owned();
    (whole, id)
});

/// A lab with a copy of that run.
fn whole() -> Lab {
    let lab = Lab::new();
    let (whole, id) = &*WHOLE;
    for (name, text) in &whole.files {
        lab.write(&format!("results/mix/{id}/{name}"), text);
    }
    symlink(id, lab.path().join("results/mix/latest")).expect("a link");
    lab
}

/// A lab with a run of [`MIX`] that looks as if it had ended after `cells` cells: by Ctrl-C, or because it was `killed`.
fn cut(cells: usize, killed: bool) -> (Lab, &'static Finished) {
    let (lab, whole) = (whole(), &WHOLE.0);
    let samples = &whole.files["samples.csv"];
    // A row for the task and one for the mix, below the header.
    let kept: String = samples.split_inclusive('\n').take(1 + 2 * cells).collect();
    write(&lab, "samples.csv", &kept);
    let facts = whole.files["run.toml"].replace("complete = true", "complete = false");
    let facts = if killed { facts } else { facts.replace("interrupted = false", "interrupted = true") };
    write(&lab, "run.toml", &facts);
    for name in ["tasks.csv", "steps.csv", "states.csv", "probe.csv"] {
        let text = &whole.files[name];
        let (cut, name) =
            if killed { (text.len() * 2 / 3, format!("{name}.partial")) } else { (text.len(), name.into()) };
        fs::remove_file(path(&lab, name.trim_end_matches(".partial"))).expect("it is there");
        write(&lab, &name, &text[..cut]);
    }
    (lab, whole)
}

fn path(lab: &Lab, name: &str) -> PathBuf {
    lab.path().join("results/mix/latest").join(name)
}

fn write(lab: &Lab, name: &str, text: &str) {
    fs::write(path(lab, name), text).expect("a file of the run");
}

/// The keys of the cells in a file.
fn cells(run: &Finished, file: &str) -> BTreeSet<String> {
    let key = |row: crate::support::Row| {
        ["param_work_ns", "engine", "workers", "repeat"].map(|column| row.text(column).to_owned()).join(" ")
    };
    run.rows(file).into_iter().map(key).collect()
}

fn is_whole(run: &Finished) {
    let samples = run.rows("samples.csv");
    assert_eq!(samples.len(), 2 * CELLS, "two rows for each cell, and no cell twice");
    for file in ["samples.csv", "tasks.csv", "steps.csv", "states.csv"] {
        assert_eq!(cells(run, file).len(), CELLS, "{file}");
    }
    assert_eq!(run.rows("tasks.csv").len(), 5 * CELLS);
    assert_eq!(run.rows("steps.csv").len(), CELLS);
    for row in run.rows("summary.csv") {
        assert_eq!((row.whole("repeats"), row.whole("repeats_ok")), (3, 3));
    }
    assert!(
        run.files.keys().all(|name| !name.ends_with(".partial") && !name.ends_with(".resumed")),
        "{:?}",
        run.files.keys()
    );
    let facts = run.facts();
    assert_eq!(facts["complete"].as_bool(), Some(true));
    assert_eq!(facts["interrupted"].as_bool(), Some(false));
    assert_eq!(facts["resumed"].as_array().map(Vec::len), Some(1));
    assert_eq!(facts["cells"]["order"].as_array().map(Vec::len), Some(CELLS));
}

/// The rows of the first `cells` cells in `samples.csv` are unchanged.
fn are_kept(before: &Finished, after: &Finished, cells: usize) {
    let lines = 1 + 2 * cells;
    let first_rows =
        |run: &Finished| run.files["samples.csv"].lines().take(lines).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(first_rows(before), first_rows(after));
}

#[test]
fn an_interrupted_run_is_completed_with_the_missing_cells_only() {
    let (lab, before) = cut(7, false);
    let after = lab.run(MIX, &["--quiet", "--resume"]).ok();
    is_whole(&after);
    are_kept(before, &after, 7);
    assert_eq!(fs::read_dir(lab.path().join("results/mix")).expect("runs").count(), 2, "one run, and `latest`");
}

#[test]
fn the_last_cell_of_a_killed_run_is_measured_again_since_other_files_may_lack_its_rows() {
    let (lab, before) = cut(11, true);
    let after = lab.run(MIX, &["--quiet", "--resume"]).ok();
    is_whole(&after);
    are_kept(before, &after, 10);
}

#[test]
fn a_run_that_ended_before_its_first_cell_is_restarted_in_its_folder() {
    let (lab, _) = cut(0, true);
    is_whole(&lab.run(MIX, &["--quiet", "--resume"]).ok());
}

#[test]
fn a_cell_that_measures_lag_is_distinguished_from_the_one_that_does_not() {
    let lab = Lab::new();
    let whole = lab.run(MIX, &["--quiet", "--probe"]).ok();
    let count_mixes = |run: &Finished, probed: bool| {
        let rows = run.rows("samples.csv");
        rows.into_iter().filter(|row| row.text("task") == "*" && row.is_empty("probe_ns") != probed).count()
    };
    assert_eq!((count_mixes(&whole, false), count_mixes(&whole, true)), (CELLS, CELLS));
    // Removes the first cell: of the two cells with its key, just this one is to be measured again.
    let samples = &whole.files["samples.csv"];
    let first = if samples.lines().nth(1).is_some_and(|row| row.contains(",one,")) { 2 } else { 1 };
    let cut: String = samples
        .split_inclusive('\n')
        .enumerate()
        .filter(|(line, _)| !(1..=first).contains(line))
        .map(|(_, row)| row)
        .collect();
    write(&lab, "samples.csv", &cut);
    let facts = whole.files["run.toml"].replace("complete = true", "complete = false");
    write(&lab, "run.toml", &facts.replace("interrupted = false", "interrupted = true"));
    is_refused(&lab.run(MIX, &["--quiet", "--resume"]), "`probe` was 1000000 ns, is none");
    let after = lab.run(MIX, &["--quiet", "--probe", "--resume"]).ok();
    assert_eq!((count_mixes(&after, false), count_mixes(&after, true)), (CELLS, CELLS));
    assert_eq!(after.rows("tasks.csv").len(), 5 * CELLS);
    let lines = |name: &str| after.files[name].lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let kept = cut.lines().all(|line| lines("samples.csv").contains(line));
    assert!(kept, "rows of earlier cells stay");
}

fn is_refused(run: &Finished, why: &str) {
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("error: can't resume: ") && run.stderr.contains(why), "{}", run.stderr);
}

#[test]
fn a_complete_or_missing_run_is_not_resumed() {
    let lab = Lab::new();
    is_refused(&lab.run(MIX, &["--resume"]), "there is no run in `results/mix`");
    is_refused(&whole().run(MIX, &["--resume"]), "is complete: run without `--resume`");
}

#[test]
fn another_scenario_seed_or_engine_is_not_mixed_in() {
    let (lab, _) = cut(7, false);
    for (text, options, why) in [
        (MIX.replace("5\n", "6\n"), vec![], "the scenario's text was "),
        (MIX.to_owned(), vec!["--seed", "7"], "`seed` was 42, is 7"),
        (MIX.to_owned(), vec!["--engine", ENGINES[0]], "`engines` was "),
        (MIX.to_owned(), vec!["--repeats", "4"], "`repeats` was 3, is 4"),
        (MIX.to_owned(), vec!["--set", "work=10us"], "`matrix` was work = 10us 50us, is work = 10us"),
        (MIX.to_owned(), vec!["--workers", "1"], "`workers` was [1, 2], is [1]"),
        (MIX.to_owned(), vec!["--tasks", "never"], "`--tasks` was auto, is never"),
    ] {
        is_refused(&lab.run(&text, &[&["--resume"][..], &options].concat()), why);
    }
    is_whole(&lab.run(MIX, &["--quiet", "--resume"]).ok());
}

#[test]
fn another_host_or_version_is_not_mixed_in() {
    for (then, why) in [
        (("cores = ", "cores = 9"), "host cores was 9"),
        (("taskmix_version = ", "taskmix_version = \"0.0.1\""), "the version was 0.0.1"),
        (("kernel = ", "kernel = \"1.0\""), "host kernel was "),
    ] {
        let (lab, whole) = cut(7, false);
        let facts = fs::read_to_string(path(&lab, "run.toml")).expect("run.toml");
        let line = |line: &str| if line.starts_with(then.0) { then.1.to_owned() } else { line.to_owned() };
        let forged: Vec<String> = facts.lines().map(line).collect();
        write(&lab, "run.toml", &forged.join("\n"));
        is_refused(&lab.run(MIX, &["--resume"]), why);
        let left = fs::read_to_string(path(&lab, "samples.csv")).expect("samples.csv");
        assert_eq!(rows(&left).len(), 14, "a refusal touches nothing");
        assert!(whole.files["samples.csv"].starts_with(&left));
    }
}
