//! `--format json`: each command prints one JSON document on standard output and nothing else.

use crate::support::{Lab, text_of};
use serde_json::Value;

const MIX: &str = r#"
question = "Can a program read it?"
engines = ["smol-local", "rayon"]
workers = 2
repeats = 2

[[task]]
name = "one"
count = 3
steps = [{ sleep = "$nap" }]

[matrix]
nap = ["1ms", "2ms"]
"#;

/// The document that a command prints, with the command's exit code.
fn document(lab: &Lab, arguments: &[&str]) -> (Value, Option<i32>) {
    let output = lab.output(arguments);
    let stdout = text_of(output.stdout);
    let document = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
    (document, output.status.code())
}

fn schema(document: &Value, name: &str) {
    let version = if ["engines", "run", "summary"].contains(&name) { 2 } else { 1 };
    assert_eq!(document["schema"], format!("taskmix.{name}/{version}"));
    assert_eq!(document["taskmix_version"], env!("CARGO_PKG_VERSION"));
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("`{key}` is no list: {value}"))
}

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("mix.toml", MIX);
    lab
}

#[test]
fn a_run_s_document_agrees_with_its_summary() {
    let lab = lab();
    let (document, code) = document(&lab, &["run", "mix.toml", "--format", "json"]);
    assert_eq!(code, Some(0));
    schema(&document, "run");
    let [run] = list(&document, "runs") else { panic!("one run: {document}") };
    assert_eq!((run["scenario"].as_str(), run["complete"].as_bool()), (Some("mix"), Some(true)));
    let folder = lab.path().join(run["path"].as_str().expect("a path"));
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file of the run");

    let rows = crate::support::rows(&read("summary.csv"));
    let mut found = 0;
    for cell in list(run, "cells") {
        assert_eq!((cell["repeats"].as_u64(), cell["repeats_ok"].as_u64()), (Some(2), Some(2)));
        let [nap] = list(cell, "params") else { panic!("one parameter: {cell}") };
        assert_eq!((nap["name"].as_str(), nap["unit"].as_str()), (Some("nap"), Some("ns")));
        for task in list(cell, "tasks") {
            let is_it = |row: &&crate::support::Row| {
                row.text("engine") == cell["engine"]
                    && Some(row.whole("param_nap_ns")) == nap["value"].as_u64()
                    && row.text("task") == task["task"]
            };
            let row = rows.iter().find(is_it).expect("the same row");
            let figures = &task["figures"];
            assert_eq!(figures["makespan"]["unit"], "ns");
            assert_eq!(figures["makespan"]["median"].as_f64(), Some(row.number("makespan_ns")));
            assert_eq!(figures["done"]["median"].as_f64(), Some(row.number("done")));
            assert!(figures["makespan"]["lo"].is_null(), "two repeats support no interval");
            assert!(figures["latency_p99"].is_null(), "three instances support no p99");
            found += 1;
        }
    }
    assert_eq!(found, rows.len());

    let summary: Value = serde_json::from_str(&read("summary.json")).expect("JSON");
    schema(&summary, "summary");
    for key in ["scenario", "run_id", "cells", "failed", "disturbed", "warnings"] {
        assert_eq!(summary[key], run[key], "{key}");
    }
}

#[test]
fn a_failed_cell_is_named_and_the_exit_code_is_1() {
    let lab = lab();
    let arguments = ["run", "mix.toml", "--format", "json", "--repeats", "1", "--fault", "rayon=kill"];
    let (document, code) = document(&lab, &arguments);
    assert_eq!(code, Some(1));
    let failed = list(&document["runs"][0], "failed");
    assert_eq!(failed.len(), 2, "one cell at each point");
    for cell in failed {
        assert_eq!((cell["engine"].as_str(), cell["exit"].as_str()), (Some("rayon"), Some("signal SIGKILL")));
    }
}

#[test]
fn several_scenarios_are_one_document() {
    let lab = lab();
    lab.write("other.toml", MIX);
    let (document, _) = document(&lab, &["run", "mix.toml", "other.toml", "--format", "json", "--repeats", "1"]);
    let names: Vec<&str> = list(&document, "runs").iter().filter_map(|run| run["scenario"].as_str()).collect();
    assert_eq!(names, ["mix", "other"]);
}

#[test]
fn a_plan_s_document_has_each_cell_of_a_round() {
    let (document, code) = document(&lab(), &["plan", "mix.toml", "--format", "json", "--repeats", "auto"]);
    assert_eq!(code, Some(0));
    schema(&document, "plan");
    let [scenario] = list(&document, "scenarios") else { panic!("one scenario: {document}") };
    assert!(scenario["repeats"].is_null() && scenario["auto"]["headline"] == "latency_p99", "{scenario}");
    assert_eq!((list(scenario, "points").len(), list(scenario, "cells").len()), (2, 4));
    for cell in list(scenario, "cells") {
        assert!(cell["span_ns"].as_u64() >= Some(1_000_000), "at least as long as its sleep: {cell}");
    }
}

#[test]
fn a_check_s_document_has_every_mistake_with_its_position() {
    let lab = lab();
    lab.write("bad.toml", &MIX.replace("sleep", "slep").replace("repeats = 2", "repeats = 0"));
    let (document, code) = document(&lab, &["check", "mix.toml", "bad.toml", "gone.toml", "--format", "json"]);
    assert_eq!((code, document["ok"].as_bool()), (Some(2), Some(false)));
    schema(&document, "check");
    let [good, bad, gone] = list(&document, "files") else { panic!("three files: {document}") };
    assert_eq!((good["ok"].as_bool(), list(good, "diagnostics").len()), (Some(true), 0));
    let [repeats, step] = list(bad, "diagnostics") else { panic!("two mistakes: {bad}") };
    assert_eq!((repeats["place"]["line"].as_u64(), repeats["place"]["column"].as_u64()), (Some(5), Some(11)));
    assert_eq!(step["helps"][0], "did you mean `sleep`?");
    assert_eq!((step["severity"].as_str(), step["place"]["line"].as_u64()), (Some("error"), Some(10)));
    assert!(list(gone, "diagnostics")[0]["place"].is_null(), "{gone}");
}

#[test]
fn the_engines_document_says_what_is_not_native() {
    let (document, code) = document(&Lab::new(), &["engines", "--format", "json"]);
    assert_eq!(code, Some(0));
    schema(&document, "engines");
    let rayon = list(&document, "engines").iter().find(|engine| engine["engine"] == "rayon").expect("rayon");
    assert_eq!(rayon["steps"]["sleep"]["support"], "emulated");
    let threads = list(&document, "engines").iter().find(|engine| engine["engine"] == "threads").expect("threads");
    assert_eq!((threads["stack_size_bytes"].as_u64(), rayon["stack_size_bytes"].as_u64()), (Some(2 << 20), None));
    assert!(rayon["steps"]["sleep"]["text"].is_string() && rayon["steps"]["cpu"]["text"].is_null());
}
