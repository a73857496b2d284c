//! The shipped scenarios: each can be run as it is, and is described where users look.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Lab;

use taskmix_engine::scenario::{Repeats, parse};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("scenarios")).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(paths.len() >= 7, "{paths:?}");
    paths
}

/// Takes two cores, since one of the scenarios compares cores.
#[test]
#[cfg_attr(one_core, ignore = "it takes two cores")]
fn every_shipped_scenario_can_be_run_without_a_warning() {
    for path in shipped() {
        let output = Lab::new().output(&["check", path.to_str().expect("UTF-8")]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{}", path.display());
    }
}

#[test]
fn every_shipped_scenario_has_a_question_claims_and_enough_repeats_for_an_interval() {
    for path in shipped() {
        let text = fs::read_to_string(&path).expect("a readable file");
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("plain names");
        let scenario = parse(name, &text).expect("a good scenario").scenario;
        assert!(scenario.question.ends_with('?'), "{name}: {}", scenario.question);
        assert!(matches!(scenario.repeats, Repeats::Fixed(6..)), "{name}");
        assert!(!scenario.expectations.is_empty(), "{name}");
        let comment = text.lines().take_while(|line| line.starts_with("# ")).count();
        assert!((2..=5).contains(&comment), "{name} has 2 to 5 lines of comment on what it shows: {comment}");
    }
}

/// The table of the page shows measured results: a scenario without a reference run is not in it.
#[test]
fn the_page_of_scenarios_lists_each_scenario_that_has_a_reference_run() {
    let page = fs::read_to_string(root().join("docs/scenarios.md")).expect("a readable file");
    for path in shipped() {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("plain names");
        let has_reference = root().join("results/reference").join(name).is_dir();
        assert_eq!(page.contains(&format!("\n| `{name}` | ")), has_reference, "{name}");
    }
}
