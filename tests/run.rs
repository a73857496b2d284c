//! A real run of a small mix on every engine: its files, its counts, and what physics makes of its times.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Stdio;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use support::{ENGINES, Finished, Lab, Row, WAITING, workers};

/// Waiting, working in slices, and keeping a thread; drawn and fixed.
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

/// What an instance can't be faster than: its sleeps and blocks.
fn nominal_wait_ns(task: &str) -> u64 {
    match task {
        "waiter" => 2_000_000,
        "keeper" => 3_000_000,
        "client" => 1_000_000,
        _ => 0,
    }
}

/// One run for all the tests that only look at it.
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
    let documented = "probe.csv run.toml samples.csv states.csv steps.csv summary.csv summary.json tasks.csv";
    assert_eq!(names.join(" "), documented, "no `.partial` is left, nor anything hidden");
}

#[test]
fn run_toml_tells_a_complete_run_and_its_scenario() {
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
fn whatever_is_released_is_started_and_done() {
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
        // Each figure is rounded down from ticks by itself: a nanosecond at either end.
        assert!(row.whole("busy_ns") <= finished - started + 2, "{row:?}");
        assert!(row.whole("max_poll_ns") <= row.whole("busy_ns"), "{row:?}");
        assert!(row.whole("polls") >= 1, "{row:?}");
        assert!(row.whole("polls") * (row.whole("max_poll_ns") + 1) >= row.whole("busy_ns"), "{row:?}");
        assert_eq!(row.text("state"), "done");
        assert!(row.is_empty("cancel_requested_ns") && row.is_empty("state_at_cancel"), "{row:?}");
        // Which core a thread of its own ends on, nobody knows.
        assert_eq!(row.is_empty("worker"), row.text("engine") == "threads", "{row:?}");
        assert!(row.is_empty("worker") || row.whole("worker") < row.whole("workers"), "{row:?}");
    }
}

#[test]
fn nothing_is_faster_than_its_sleeps_and_blocks() {
    for row in RUN.rows("tasks.csv") {
        let latency = row.whole("finished_ns") - row.whole("started_ns");
        assert!(latency >= nominal_wait_ns(row.text("task")), "{row:?}");
        // A block keeps its thread: it is part of one poll. On a pool a sleep does too.
        if row.text("task") == "keeper" || !WAITING.contains(&row.text("engine")) {
            assert!(row.whole("max_poll_ns") >= nominal_wait_ns(row.text("task")), "{row:?}");
        }
    }
    for row in RUN.rows("samples.csv").iter().filter(|row| row.text("task") == "keeper") {
        assert!(row.number("makespan_ns") >= 5.0 * 20e6 + 3e6, "the last comes after 100 ms: {row:?}");
    }
}

#[test]
fn who_keeps_a_thread_is_one_poll_and_elsewhere_a_wait_is_another() {
    let mut waits = Vec::new();
    for row in RUN.rows("tasks.csv") {
        match (row.text("engine"), row.text("task")) {
            (engine, task) if task == "keeper" || !WAITING.contains(&engine) => {
                assert_eq!(row.whole("polls"), 1, "{row:?}");
            }
            (_, "waiter" | "client") => waits.push(row.whole("polls")),
            // Three yields at least, and one more for each slice but the last of a draw.
            (_, _) => assert!((4..=16).contains(&row.whole("polls")), "{row:?}"),
        }
    }
    // The first arms the timer or starts the offload, a later one finds it over; one that was slow may find it at once.
    assert!(waits.iter().filter(|polls| **polls >= 2).count() > waits.len() / 2, "{waits:?}");
}

/// Of each open instance, its intended release; and of each task, the work drawn for it.
fn draws(run: &Finished, engine: &str, repeat: &str) -> (BTreeMap<(String, u64), u64>, Vec<u64>) {
    let of = |row: &Row| row.text("engine") == engine && row.text("repeat") == repeat;
    let releases = run.rows("tasks.csv").into_iter().filter(|row| of(row) && row.text("task") != "client");
    let releases =
        releases.map(|row| ((row.text("task").to_owned(), row.whole("instance")), row.whole("scheduled_ns")));
    let units = run.rows("samples.csv").into_iter().filter(of).map(|row| row.whole("units_done"));
    (releases.collect(), units.collect())
}

#[test]
fn one_seed_gives_every_cell_the_same_releases_and_another_seed_others() {
    let (releases, units) = draws(&RUN, "smol-local", "1");
    assert_eq!(releases.len(), 46);
    for engine in ENGINES {
        for repeat in ["1", "2"] {
            assert_eq!(draws(&RUN, engine, repeat), (releases.clone(), units.clone()), "{engine}, repeat {repeat}");
        }
    }
    let other = Lab::new().run(MIX, &["--seed", "8", "--engine", "smol-local", "--repeats", "1"]).ok();
    assert_eq!(other.facts()["resolved"]["seed"].as_integer(), Some(8));
    let (other_releases, other_units) = draws(&other, "smol-local", "1");
    let waits = |releases: &BTreeMap<(String, u64), u64>| {
        releases.iter().filter(|((task, _), _)| task == "waiter").map(|(_, ns)| *ns).collect::<Vec<_>>()
    };
    assert_ne!(waits(&other_releases), waits(&releases), "a Poisson process is drawn");
    let keeps = |task: &str| releases[&(task.to_owned(), 3)] == other_releases[&(task.to_owned(), 3)];
    assert!(keeps("keeper") && keeps("worker"), "what isn't drawn stays");
    assert_ne!((units[1], units[2]), (other_units[1], other_units[2]), "work is drawn");
    assert_eq!((units[0], units[3]), (other_units[0], other_units[3]), "fixed work stays");
}

#[test]
fn processors_are_used_and_not_more_of_them_than_there_are() {
    let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
    for row in RUN.rows("samples.csv").iter().filter(|row| row.text("task") == "*") {
        let used = row.number("cpu_utilisation");
        // A little time between the readings and the span's ends is allowed for.
        assert!(used > 0.0 && used <= 1.25 * cores / row.number("workers"), "{row:?}");
        let cpu = row.number("user_cpu_ns") + row.number("system_cpu_ns");
        let expected = cpu / (row.number("makespan_ns") * row.number("workers"));
        assert!((used - expected).abs() < 1e-3, "{used} is not {expected}");
        assert!(row.whole("peak_rss_bytes") > 100_000, "{row:?}");
    }
}

#[test]
fn there_is_a_probe_a_millisecond_and_no_more() {
    for (cell, rows) in cells(RUN.rows("probe.csv")) {
        let mix = RUN
            .rows("samples.csv")
            .into_iter()
            .find(|row| row.text("task") == "*" && row.text("engine") == cell.0 && row.text("repeat") == cell.1);
        let span = mix.expect("its cell").whole("makespan_ns");
        assert!(span >= 100_000_000, "{cell:?}");
        // A helper that was held up before the span writes what was due then within it.
        let late = rows.iter().map(|row| row.whole("late_ns")).max().expect("there are probes");
        assert!(rows.len() as u64 <= (span + late) / 1_000_000 + 1, "{cell:?}: {}", rows.len());
        let written: Vec<u64> = rows.iter().map(|row| row.whole("written_ns")).collect();
        assert!(written.is_sorted() && written.iter().all(|ns| *ns <= span), "{cell:?}");
    }
    assert_eq!(cells(RUN.rows("probe.csv")).len(), CELLS);
}

#[test]
fn states_add_up_at_every_time_to_what_has_come() {
    for (cell, rows) in cells(RUN.rows("states.csv")) {
        let ended = rows.iter().map(|row| row.whole("done")).collect::<Vec<_>>();
        assert!(ended.is_sorted(), "{cell:?}");
        assert_eq!(ended.last(), Some(&(INSTANCES as u64)), "{cell:?}");
        for row in rows {
            let all = ["pending", "running", "done", "cancelled", "failed", "stalled"].map(|state| row.whole(state));
            assert!(all.iter().sum::<u64>() <= INSTANCES as u64, "{row:?}");
        }
    }
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
fn tasks_csv_is_left_without_rows_where_they_are_not_wanted() {
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
fn a_reader_that_goes_away_costs_neither_the_run_nor_its_exit_code() {
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
    assert_eq!(child.wait().expect("it ends").code(), Some(1), "a cell failed, whoever reads of it");
}
