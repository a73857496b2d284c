use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::report::PlotError;

const KEY: &str = "scenario,param_hold_ns,engine,workers,repeat";
const TASKS: &str = "task,instance,state,scheduled_ns,started_ns,finished_ns,cancel_requested_ns";
const SPANS: &str = "task,instance,worker,start_ns,end_ns,kind";

/// A folder with files of these rows.
fn folder(files: &[(&str, &str, &[&str])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, own, rows) in files {
        let text = format!("{KEY},{own}\n{}\n", rows.join("\n"));
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn traced(folder: &TempDir, choice: &TraceChoice) -> (Vec<Value>, Vec<String>) {
    let Trace { json, notes } = trace(folder.path(), choice).unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    (json["traceEvents"].as_array().unwrap().clone(), notes)
}

fn processes(events: &[Value]) -> Vec<&str> {
    let names = events.iter().filter(|event| event["name"] == "process_name");
    names.map(|event| event["args"]["name"].as_str().unwrap()).collect()
}

/// Phases, names and times of the instances.
fn lives(events: &[Value]) -> Vec<(&str, &str, f64)> {
    let of_lives = events.iter().filter(|event| event["cat"] == "instance");
    let fields = |event| -> (&str, &str, f64) {
        let event: &Value = event;
        (event["ph"].as_str().unwrap(), event["name"].as_str().unwrap(), event["ts"].as_f64().unwrap())
    };
    of_lives.map(fields).collect()
}

#[test]
fn of_each_engine_the_cell_of_the_greatest_values_is_taken_and_the_others_are_counted() {
    let rows = [
        "m,20000000,rayon,2,1,a,0,done,0,1,2,",
        "m,1000000,rayon,2,2,a,0,done,0,1,2,",
        "m,1000000,rayon,4,1,a,0,done,0,1,2,",
        "m,1000000,rayon,2,1,a,0,done,0,1,2,",
        "m,1000000,smol-local,1,3,a,0,done,0,1,2,",
    ];
    let folder = folder(&[("tasks.csv", TASKS, &rows), ("spans.csv", SPANS, &[])]);
    let (events, notes) = traced(&folder, &TraceChoice::default());
    let first = "rayon, 2 workers, hold = 20ms, repeat 1";
    assert_eq!(processes(&events), [first, "smol-local, 1 worker, hold = 1ms, repeat 3"]);
    let note = "2 of 5 cells, one of each engine; `--at`, `--workers` and `--repeat` choose others, `--all` takes all";
    assert_eq!(notes, [note]);

    let chosen = |change: fn(&mut TraceChoice)| {
        let mut choice = TraceChoice { engines: vec!["rayon".to_owned()], ..TraceChoice::default() };
        change(&mut choice);
        let (events, _) = traced(&folder, &choice);
        processes(&events).iter().map(|name| name.replace("rayon, ", "")).collect::<Vec<_>>()
    };
    assert_eq!(chosen(|choice| choice.repeat = Some(2)), ["2 workers, hold = 1ms, repeat 2"]);
    assert_eq!(chosen(|choice| choice.workers = Some(4)), ["4 workers, hold = 1ms, repeat 1"]);
    assert_eq!(chosen(|choice| choice.at = vec!["hold=20ms".parse().unwrap()]), ["2 workers, hold = 20ms, repeat 1"]);
    assert_eq!(chosen(|choice| choice.all = true).len(), 4);
}

#[test]
fn an_instance_has_its_phases_in_order_of_time_however_it_ended() {
    let rows = [
        "m,1,rayon,2,1,done,0,done,1000,2500,4000,",
        "m,1,rayon,2,1,late,0,cancelled,1000,,5000,3000",
        "m,1,rayon,2,1,stopped,0,cancelled,1000,2000,5000,3000",
        "m,1,rayon,2,1,stuck,0,stalled,1000,2000,,",
    ];
    let (events, _) = traced(&folder(&[("tasks.csv", TASKS, &rows)]), &TraceChoice::default());
    let done = [
        ("b", "done", 1.0),
        ("n", "release", 1.0),
        ("b", "pending", 1.0),
        ("e", "pending", 2.5),
        ("b", "started", 2.5),
    ];
    let expected: Vec<_> = [&done[..], &[("e", "started", 4.0), ("e", "done", 4.0)]].concat();
    let lives = lives(&events);
    assert_eq!(lives[..7], expected);
    let late = [("n", "cancellation requested", 3.0), ("e", "pending", 5.0), ("e", "late", 5.0)];
    assert_eq!(lives[7 + 3..7 + 6], late, "it never started");
    let stopped = [("b", "started", 2.0), ("n", "cancellation requested", 3.0), ("e", "started", 5.0)];
    assert_eq!(lives[13 + 4..13 + 7], stopped);
    assert_eq!(lives[lives.len() - 2..], [("e", "started", 5.0), ("e", "stuck", 5.0)], "up to the last known moment");
}

#[test]
fn a_slice_on_no_worker_is_on_no_thread_and_times_keep_their_nanoseconds() {
    let rows = ["m,1,rayon,2,1,a,7,,1001,3000,offload", "m,1,rayon,2,1,a,8,1,2000,2001,block"];
    let (events, notes) = traced(&folder(&[("spans.csv", SPANS, &rows)]), &TraceChoice::default());
    assert_eq!(notes, Vec::<String>::new());
    let of_phase = |phase: &str| events.iter().find(|event| event["ph"] == phase).unwrap();
    assert_eq!((of_phase("b")["ts"].as_f64(), of_phase("e")["ts"].as_f64()), (Some(1.001), Some(3.0)));
    let x = of_phase("X");
    assert_eq!((x["name"].as_str(), x["ts"].as_f64(), x["dur"].as_f64()), (Some("a (block)"), Some(2.0), Some(0.001)));
    assert_eq!(x["args"]["instance"].as_u64(), Some(8));
    let thread = events.iter().find(|event| event["name"] == "thread_name").unwrap();
    assert_eq!((&thread["tid"], thread["args"]["name"].as_str()), (&x["tid"], Some("worker 1")));
}

#[test]
fn of_a_big_cell_the_first_instances_are_written() {
    let rows: Vec<String> = (0..MOST_LIVES + 2).map(|number| format!("m,1,rayon,2,1,a,{number},done,0,1,2,")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let folder = folder(&[("tasks.csv", TASKS, &rows), ("spans.csv", SPANS, &[])]);
    let (events, notes) = traced(&folder, &TraceChoice::default());
    assert_eq!(lives(&events).len(), 7 * MOST_LIVES);
    let cell = "rayon, 2 workers, hold = 1ns, repeat 1";
    assert_eq!(notes, [format!("{cell}: the first 10,000 of 10,002 instances; `--all` takes all")]);
    let (events, notes) = traced(&folder, &TraceChoice { all: true, ..TraceChoice::default() });
    assert_eq!((lives(&events).len(), notes.len()), (7 * (MOST_LIVES + 2), 0));
}

#[test]
fn a_broken_file_is_an_error_with_its_place_and_a_missing_one_is_named() {
    let error = |files: &[(&str, &str, &[&str])], choice: &TraceChoice| -> (String, String) {
        let folder = folder(files);
        let error: PlotError = trace(folder.path(), choice).unwrap_err();
        let shown = error.to_string().replace(&format!("{}/", folder.path().display()), "");
        (shown, error.remedy().to_owned())
    };
    let all = TraceChoice::default();
    let good = "m,1,rayon,2,1,a,0,done,1,2,3,";
    for (name, own, row, message) in [
        (
            "spans.csv",
            SPANS,
            "m,1,rayon,2,1,a,0,1,9,3,run",
            "column `end_ns`: expected a time not before `start_ns`, found `3`",
        ),
        (
            "spans.csv",
            SPANS,
            "m,1,rayon,2,1,a,0,1,1,3,ran",
            "column `kind`: expected `run`, `block` or `offload`, found `ran`",
        ),
        (
            "spans.csv",
            SPANS,
            "m,1,rayon,2,1,a,0,1,x,3,run",
            "column `start_ns`: expected a number from 0 to 1e18, or nothing, found `x`",
        ),
        ("states.csv", "t_ns,pending", "m,1,rayon,2,1,,3", "column `t_ns`: expected a number from 0 to 1e18, found ``"),
        (
            "probe.csv",
            "written_ns,lag_ns",
            "m,1,rayon,2,1,5,-1",
            "column `lag_ns`: expected a number from 0 to 1e18, or nothing, found `-1`",
        ),
    ] {
        let (shown, _) = error(&[("tasks.csv", TASKS, &[good]), (name, own, &[row])], &all);
        assert_eq!(shown, format!("`{name}`, line 2, {message}"));
    }
    let early = "m,1,rayon,2,1,a,0,done,5,2,9,";
    let (shown, _) = error(&[("tasks.csv", TASKS, &[early])], &all);
    assert_eq!(
        shown,
        "`tasks.csv`, line 2, column `started_ns`: expected a time not before `scheduled_ns`, or nothing, found `2`"
    );
    let (shown, _) = error(&[("spans.csv", "task,instance", &["m,1,rayon,2,1,a,0"])], &all);
    assert_eq!(shown, "`spans.csv`: there is no column `worker`");
    let other = TraceChoice { engines: vec!["tokio".to_owned()], ..TraceChoice::default() };
    let (shown, remedy) = error(&[("tasks.csv", TASKS, &[good])], &other);
    assert_eq!(shown, "the run has no such cell");
    assert_eq!(remedy, "it is of the engines `rayon`; `summary.csv` tells which cells there are");
    let at = TraceChoice { at: vec!["nap=1ms".parse().unwrap()], ..TraceChoice::default() };
    assert_eq!(error(&[("tasks.csv", TASKS, &[good])], &at).0, "the matrix has no `nap`");
    assert_eq!(error(&[("samples.csv", "task", &["m,1,rayon,2,1,*"])], &all).1, "`taskmix run --trace` writes both");
    assert_eq!(error(&[], &all).0, "there is no `tasks.csv`");
}
