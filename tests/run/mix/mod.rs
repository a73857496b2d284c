//! A real run of a small mix on every engine: its files, its counts, and the physical bounds of its times.

mod adds_up;
mod little;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::support::{ENGINES, Finished, Lab, Row, WAITING, workers};

/// Tasks that wait, work in slices, and block a thread; with drawn and fixed durations.
const MIX: &str = r#"
question = "Is everything counted?"
engines = ["smol-local", "async-executor", "rayon", "tokio", "tokio-local", "threads", "processes"]
workers = 2
repeats = 2
seed = 7

[[task]]
name = "waiter"
count = 20
arrival = { poisson = 200 }
steps = [{ sleep = "2ms" }, { cpu = "50us" }]

[[task]]
name = "keeper"
count = 6
arrival = { every = "20ms" }
steps = [{ block = "3ms" }, { cpu = { exp = "80us" } }]

[[task]]
name = "worker"
count = 20
steps = [{ loop = 3, steps = [{ cpu = { uniform = ["10us", "90us"] }, yield_every = "20us" }, { yield = true }] }]

[[task]]
name = "client"
count = 12
arrival = { clients = 3, think = "1ms" }
steps = [{ offload = "blocking", steps = [{ block = "1ms" }, { cpu = "30us" }] }]
"#;

const TASKS: [(&str, u64); 4] = [("waiter", 20), ("keeper", 6), ("worker", 20), ("client", 12)];
const INSTANCES: usize = 58;
const CELLS: usize = 2 * ENGINES.len();

/// The least time of an instance: its sleeps and blocks.
fn nominal_wait_ns(task: &str) -> u64 {
    match task {
        "waiter" => 2_000_000,
        "keeper" => 3_000_000,
        "client" => 1_000_000,
        _ => 0,
    }
}

/// One run for all the tests that only read it.
static RUN: LazyLock<Finished> = LazyLock::new(|| Lab::new().run(MIX, &[]).ok());

/// The rows of each cell.
fn cells(rows: Vec<Row>) -> BTreeMap<(String, String), Vec<Row>> {
    let mut cells = BTreeMap::<_, Vec<Row>>::new();
    for row in rows {
        cells.entry((row.text("engine").to_owned(), row.text("repeat").to_owned())).or_default().push(row);
    }
    cells
}

#[test]
fn the_folder_of_a_run_holds_exactly_the_documented_files() {
    let names: Vec<&str> = RUN.files.keys().map(String::as_str).collect();
    let documented =
        "probe.csv report.html run.toml samples.csv states.csv steps.csv summary.csv summary.json tasks.csv";
    assert_eq!(names.join(" "), documented, "no `.partial` is left, nor anything hidden");
}

#[test]
fn run_toml_describes_a_complete_run_and_its_scenario() {
    let facts = RUN.facts();
    assert_eq!(facts["complete"].as_bool(), Some(true));
    assert_eq!(facts["interrupted"].as_bool(), Some(false));
    assert_eq!(facts["schema_version"].as_integer(), Some(1));
    assert_eq!(facts["scenario"]["text"].as_str(), Some(MIX));
    assert_eq!(facts["resolved"]["seed"].as_integer(), Some(7));
    assert_eq!(facts["resolved"]["repeats"].as_integer(), Some(2));
    assert_eq!(facts["cells"]["order"].as_array().map(Vec::len), Some(CELLS));
}

#[test]
fn every_cell_has_a_row_for_each_task_and_one_for_the_mix() {
    let samples = RUN.rows("samples.csv");
    assert_eq!(samples.len(), CELLS * (TASKS.len() + 1));
    for ((engine, repeat), rows) in cells(samples) {
        let tasks: Vec<&str> = rows.iter().map(|row| row.text("task")).collect();
        assert_eq!(tasks, ["waiter", "keeper", "worker", "client", "*"], "{engine}, repeat {repeat}");
        assert!(rows.iter().all(|row| row.whole("workers") == workers(&engine, 2)), "{engine}");
        assert_eq!(rows[4].text("exit"), "ok", "{engine}");
    }
}

#[test]
fn rounds_are_interleaved() {
    let engines: Vec<(u64, String)> = (RUN.rows("samples.csv").iter())
        .filter(|row| row.text("task") == "*")
        .map(|row| (row.whole("repeat"), row.text("engine").to_owned()))
        .collect();
    for (round, cells) in engines.chunks(ENGINES.len()).enumerate() {
        assert!(cells.iter().all(|(repeat, _)| *repeat == round as u64 + 1), "{engines:?}");
        let names: BTreeSet<&str> = cells.iter().map(|(_, engine)| engine.as_str()).collect();
        assert_eq!(names, BTreeSet::from(ENGINES));
    }
}

#[test]
fn every_released_instance_is_started_and_done() {
    for row in RUN.rows("samples.csv") {
        let counts = TASKS.iter().find(|(task, _)| *task == row.text("task"));
        let count = counts.map_or(INSTANCES as u64, |(_, count)| *count);
        for column in ["released", "started", "done"] {
            assert_eq!(row.whole(column), count, "{column}: {row:?}");
        }
        for column in ["cancelled", "failed", "stalled", "stalled_pending", "stalled_running", "unstopped"] {
            assert_eq!(row.whole(column), 0, "{column}: {row:?}");
        }
    }
}

#[test]
fn exactly_the_planned_work_is_done() {
    let mut drawn = BTreeMap::<String, BTreeSet<u64>>::new();
    for row in RUN.rows("samples.csv") {
        let units = row.whole("units_done");
        match row.text("task") {
            "waiter" => assert_eq!(units, 20 * 50_000, "{row:?}"),
            "client" => assert_eq!(units, 12 * 30_000, "{row:?}"),
            task => {
                drawn.entry(task.to_owned()).or_default().insert(units);
            }
        }
        assert_eq!(row.whole("units_after_cancel"), 0);
    }
    for (task, units) in drawn {
        assert_eq!(units.len(), 1, "`{task}` has the same work in every cell: {units:?}");
    }
}

#[test]
fn every_instance_has_a_row_of_its_own() {
    let rows = RUN.rows("tasks.csv");
    assert_eq!(rows.len(), CELLS * INSTANCES);
    for (cell, rows) in cells(rows) {
        for (task, count) in TASKS {
            let numbers: BTreeSet<u64> =
                rows.iter().filter(|row| row.text("task") == task).map(|row| row.whole("instance")).collect();
            assert_eq!(numbers, (0..count).collect(), "{cell:?}, {task}");
        }
    }
}

#[test]
fn times_of_an_instance_are_in_order_and_within_each_other() {
    for row in RUN.rows("tasks.csv") {
        let [scheduled, started, finished] =
            ["scheduled_ns", "started_ns", "finished_ns"].map(|column| row.whole(column));
        assert!(scheduled <= started && started <= finished, "{row:?}");
        // Each figure is rounded down from ticks by itself, so it may be a nanosecond off at either end.
        assert!(row.whole("busy_ns") <= finished - started + 2, "{row:?}");
        assert!(row.whole("max_poll_ns") <= row.whole("busy_ns"), "{row:?}");
        assert!(row.whole("polls") >= 1, "{row:?}");
        assert!(row.whole("polls") * (row.whole("max_poll_ns") + 1) >= row.whole("busy_ns"), "{row:?}");
        assert_eq!(row.text("state"), "done");
        assert!(row.is_empty("cancel_requested_ns") && row.is_empty("state_at_cancel"), "{row:?}");
        // On `threads` the core of an instance is not recorded.
        assert_eq!(row.is_empty("worker"), row.text("engine") == "threads", "{row:?}");
        assert!(row.is_empty("worker") || row.whole("worker") < row.whole("workers"), "{row:?}");
    }
}

#[test]
fn no_instance_is_faster_than_its_sleeps_and_blocks() {
    for row in RUN.rows("tasks.csv") {
        let latency = row.whole("finished_ns") - row.whole("started_ns");
        assert!(latency >= nominal_wait_ns(row.text("task")), "{row:?}");
        // A block occupies its thread, so it is part of one poll. On a pool and on threads so is a sleep.
        if row.text("task") == "keeper" || !WAITING.contains(&row.text("engine")) {
            assert!(row.whole("max_poll_ns") >= nominal_wait_ns(row.text("task")), "{row:?}");
        }
    }
    for row in RUN.rows("samples.csv").iter().filter(|row| row.text("task") == "keeper") {
        assert!(row.number("makespan_ns") >= 5.0 * 20e6 + 3e6, "the last is released at 100 ms: {row:?}");
    }
}

#[test]
fn an_instance_that_occupies_its_thread_is_polled_once_and_a_wait_elsewhere_adds_a_poll() {
    let mut waits = Vec::new();
    for row in RUN.rows("tasks.csv") {
        match (row.text("engine"), row.text("task")) {
            (engine, task) if task == "keeper" || !WAITING.contains(&engine) => {
                assert_eq!(row.whole("polls"), 1, "{row:?}");
            }
            (_, "waiter" | "client") => waits.push(row.whole("polls")),
            // At least three yields, and one more for each slice of a drawn length but the last.
            (_, _) => assert!((4..=16).contains(&row.whole("polls")), "{row:?}"),
        }
    }
    // The first poll arms the timer or starts the offload, a later poll finds it over. A slow first poll may find it over itself.
    assert!(waits.iter().filter(|polls| **polls >= 2).count() > waits.len() / 2, "{waits:?}");
}

#[test]
fn a_summary_has_a_row_for_each_task_and_engine() {
    let rows = RUN.rows("summary.csv");
    assert_eq!(rows.len(), ENGINES.len() * (TASKS.len() + 1));
    for row in rows {
        assert_eq!(row.whole("repeats"), 2);
        assert!(row.is_empty("latency_p50_lo_ns"), "two repeats support no interval");
    }
}

#[test]
fn results_go_to_standard_output_and_the_rest_to_standard_error() {
    assert!(RUN.stdout.starts_with("mix: Is everything counted?\n"), "{}", RUN.stdout);
    for engine in ENGINES {
        assert!(RUN.stdout.contains(engine), "{}", RUN.stdout);
        assert!(RUN.complaints().iter().all(|line| !line.contains(engine)), "{}", RUN.stderr);
    }
    let last = RUN.stdout.lines().last().expect("a last line");
    assert!(last.starts_with("results/mix/2"), "the last line is the folder: {last}");
    for line in RUN.stderr.lines() {
        assert!(line.starts_with("warning: ") || line.starts_with("note: "), "{line}");
    }
    if cfg!(debug_assertions) {
        assert!(RUN.stderr.starts_with("warning: this is a debug build"), "{}", RUN.stderr);
    }
    assert!(!RUN.stdout.contains('\u{1b}') && !RUN.stderr.contains('\u{1b}'), "no escape codes in a pipe");
}
