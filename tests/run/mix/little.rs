//! Runs with next to no work: what is printed, and where the files are kept.

use std::fs;
use std::process::Stdio;

use jiff::{SignedDuration, Timestamp};

use crate::support::Lab;

/// One engine, next to no work.
const LITTLE: &str = r#"
question = "Does it run?"
engines = ["smol-local"]
repeats = 1

[[task]]
name = "one"
count = 3
steps = [{ yield = true }]
"#;

#[test]
fn a_quiet_run_prints_nothing_on_standard_output() {
    let run = Lab::new().run(LITTLE, &["--quiet"]).ok();
    assert_eq!(run.stdout, "");
    assert_eq!(run.rows("tasks.csv").len(), 3, "but it measures");
}

#[test]
fn tasks_csv_has_no_rows_with_tasks_never() {
    let run = Lab::new().run(LITTLE, &["--quiet", "--tasks", "never"]).ok();
    assert_eq!(run.rows("tasks.csv").len(), 0);
    assert_eq!(run.sample("smol-local", "one").whole("done"), 3);
}

#[test]
fn the_folder_of_another_run_is_never_touched_even_within_one_second() {
    let lab = Lab::new();
    let now = Timestamp::now();
    for second in 0..60 {
        let time = (now + SignedDuration::from_secs(second)).strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
        lab.write(&format!("results/mix/{time}/samples.csv"), "somebody else's");
    }
    let run = lab.run(LITTLE, &[]).ok();
    let id = run.facts()["run_id"].as_str().expect("a name").to_owned();
    assert!(id.ends_with("Z-2"), "its second is taken: {id}");
    assert!(run.stdout.ends_with(&format!("results/mix/{id}\n")), "{}", run.stdout);
    let runs = lab.path().join("results/mix");
    assert_eq!(fs::read_link(runs.join("latest")).expect("a link").to_str(), Some(id.as_str()));
    for entry in fs::read_dir(&runs).expect("the runs") {
        let entry = entry.expect("a run");
        let name = entry.file_name().into_string().expect("UTF-8");
        if name != "latest" && name != id {
            let others = fs::read_to_string(entry.path().join("samples.csv")).expect("still there");
            assert_eq!(others, "somebody else's");
        }
    }
    let before = run.files["samples.csv"].clone();
    let second = lab.run(LITTLE, &[]).ok();
    assert_ne!(second.facts()["run_id"].as_str(), Some(id.as_str()));
    assert_eq!(fs::read_to_string(runs.join(&id).join("samples.csv")).expect("still there"), before);
}

#[test]
fn a_closed_standard_output_harms_neither_the_run_nor_its_exit_code() {
    let lab = Lab::new();
    for name in ["first", "second"] {
        lab.write(&format!("{name}.toml"), LITTLE);
    }
    let mut child = (lab.taskmix(&["run", "first.toml", "second.toml"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    for name in ["first", "second"] {
        let facts = fs::read_to_string(lab.path().join(format!("results/{name}/latest/run.toml")));
        let facts: toml::Table = facts.expect("it was run").parse().expect("TOML");
        assert_eq!(facts["complete"].as_bool(), Some(true), "{name}");
    }
    let mut child = (lab.taskmix(&["run", "first.toml", "--fault", "smol-local=abort"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(1), "a cell failed");
}
