//! A cell that crashes, stalls or is killed is a result like any other: it is reported, counted, and harms no other cell.

use std::thread;
use std::time::{Duration, Instant};

use crate::support::{ENGINES, Finished, Lab, Row, sharing_workers, workers};

/// Two tasks. A fault strikes at the end of the first task's program.
fn mix(engines: &[&str]) -> String {
    format!(
        r#"
question = "What becomes of a broken cell?"
engines = {engines:?}
workers = 2
repeats = 1
timeout = "1s"

[[task]]
name = "victim"
count = 6
steps = [{{ cpu = "20us" }}, {{ yield = true }}]

[[task]]
name = "bystander"
count = 10
steps = [{{ cpu = "20us" }}]
"#
    )
}

/// A run in which the cells of one engine have a fault and those of a second engine do not.
fn broken(engine: &str, kind: &str) -> Finished {
    let healthy = if engine == "rayon" { "smol-local" } else { "rayon" };
    let run = Lab::new().run(&mix(&[engine, healthy]), &["--quiet", "--fault", &format!("{engine}={kind}")]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    is_whole(&run, healthy);
    adds_up(&run, engine);
    run
}

/// The cell of an engine without a fault is complete.
fn is_whole(run: &Finished, engine: &str) {
    let mix = run.sample(engine, "*");
    assert_eq!(mix.text("exit"), "ok", "{}", run.stderr);
    assert_eq!((mix.whole("released"), mix.whole("done"), mix.whole("stalled")), (16, 16, 0));
    assert_eq!(run.sample(engine, "victim").whole("units_done"), 6 * 20_000);
    let rows = run.instances(engine);
    assert_eq!(rows.len(), 16);
    assert!(rows.iter().all(|row| row.text("state") == "done"), "{engine}");
}

/// The figures of a broken cell agree with each other.
fn adds_up(run: &Finished, engine: &str) {
    let rows = run.instances(engine);
    for task in ["victim", "bystander", "*"] {
        let sample = run.sample(engine, task);
        let [released, done, cancelled, failed, stalled, pending, running] =
            ["released", "done", "cancelled", "failed", "stalled", "stalled_pending", "stalled_running"]
                .map(|column| sample.whole(column));
        assert_eq!(released, done + cancelled + failed + stalled, "{sample:?}");
        assert_eq!(stalled, pending + running, "{sample:?}");
        let of_task = |row: &&Row| task == "*" || row.text("task") == task;
        let in_state =
            |state: &str| rows.iter().filter(of_task).filter(|row| row.text("state") == state).count() as u64;
        assert_eq!((in_state("done"), in_state("stalled")), (done, stalled), "{task}");
        if stalled > 0 {
            assert!(sample.is_empty("makespan_ns") && sample.is_empty("throughput_per_s"), "{sample:?}");
            assert!(sample.is_empty("latency_max_ns"), "no figure of the survivors alone: {sample:?}");
        }
    }
    for row in rows.iter().filter(|row| row.text("state") == "stalled") {
        for column in ["finished_ns", "busy_ns", "max_poll_ns", "polls", "worker"] {
            assert!(row.is_empty(column), "{column}: {row:?}");
        }
    }
    let mix = run.sample(engine, "*");
    assert!(mix.is_empty("user_cpu_ns") && mix.is_empty("cpu_utilisation"), "a cell that died reports no usage");
}

/// The line about the broken cell: the only warning that names its engine.
fn failure(run: &Finished, engine: &str) -> String {
    let lines: Vec<&str> = run.complaints().into_iter().filter(|line| line.contains(&format!(" {engine}, "))).collect();
    assert_eq!(lines.len(), 1, "one line: {}", run.stderr);
    lines[0].to_owned()
}

/// Checks a fault that ends the process at once, on each engine.
fn dies(kind: &str, exit: &str, last_words: Option<&str>) {
    for engine in ENGINES {
        let run = broken(engine, kind);
        let mix = run.sample(engine, "*");
        assert_eq!(mix.text("exit"), exit, "{engine}");
        assert!(mix.whole("stalled_running") >= 1 && mix.whole("done") < 16, "{mix:?}");
        let line = failure(&run, engine);
        let of_two = if workers(engine, 2) == 1 || engine == "threads" { "" } else { ", 2 workers" };
        // It may strike while instances are still to arrive.
        let (stalled, released) = (mix.whole("stalled"), mix.whole("released"));
        let start = format!("warning: {engine}{of_two}, repeat 1: {exit}: {stalled} of {released} stalled (");
        assert!(line.starts_with(&start), "{line}");
        assert!(line.contains(" was inside `victim` #"), "{line}");
        assert!(line.contains(", step `3 fault`, for "), "{line}");
        assert!(last_words.is_none_or(|words| line.contains(words)), "{line}");
        let facts = run.facts();
        assert_eq!(facts["complete"].as_bool(), Some(true), "every cell was run");
    }
}

#[test]
fn a_cell_that_panics_is_reported_and_harms_no_other() {
    dies("panic", "exit code 101", Some("a fault on purpose"));
}

#[test]
fn a_cell_that_aborts_is_reported_and_harms_no_other() {
    dies("abort", "signal SIGABRT", None);
}

#[test]
fn a_cell_that_overflows_its_stack_is_reported_and_harms_no_other() {
    dies("overflow", "signal SIGABRT", Some("stderr: `"));
}

#[test]
fn a_cell_that_is_killed_is_reported_and_harms_no_other() {
    dies("kill", "signal SIGKILL", None);
}

#[test]
fn a_cell_that_hangs_ends_with_its_timeout_on_every_engine() {
    let hangs = |engine: &str| {
        let began = Instant::now();
        let run = broken(engine, "hang");
        assert!(began.elapsed() >= Duration::from_secs(1), "the cell gets its whole timeout");
        let mix = run.sample(engine, "*");
        assert_eq!(mix.text("exit"), "timeout");
        let line = failure(&run, engine);
        // On `threads` each victim has its own thread, so all of them hang.
        let workers = if engine == "threads" { 6 } else { workers(engine, 2) as usize };
        let listed = workers.min(4);
        assert_eq!(line.matches(" was inside `victim` #").count(), listed, "all workers hang: {line}");
        assert_eq!(line.matches(", step `3 fault`, for ").count(), listed, "{line}");
        assert_eq!(line.contains("2 more threads were busy for a shorter time"), engine == "threads", "{line}");
        // A hanging instance was running. Only bystanders have ended.
        let victim = run.sample(engine, "victim");
        assert_eq!((victim.whole("released"), victim.whole("done")), (6, 0), "{victim:?}");
        assert!(victim.whole("stalled_running") >= workers as u64, "{victim:?}");
        let at_the_fault = |row: &&Row| row.text("last_step") == "3 fault" && row.text("state") == "stalled";
        assert_eq!(run.instances(engine).iter().filter(at_the_fault).count(), workers);
    };
    // All engines at once, since the test mostly waits.
    thread::scope(|scope| {
        for engine in ENGINES {
            scope.spawn(move || hangs(engine));
        }
    });
}

#[test]
fn instances_due_but_not_dispatched_are_counted_as_stalled() {
    // The fault blocks the thread that dispatches all later instances: on `processes`, that of each process.
    let stalls = |engine: &str| {
        let late = mix(&[engine]).replace("count = 10", "count = 13\narrival = { every = \"50ms\" }");
        let run = Lab::new().run(&late, &["--quiet", "--fault", &format!("{engine}=hang")]);
        adds_up(&run, engine);
        let [victims, bystanders] = ["victim", "bystander"].map(|task| run.sample(engine, task));
        assert_eq!((victims.whole("released"), bystanders.whole("released")), (6, 13), "{}", run.stderr);
        assert!(bystanders.whole("stalled_pending") >= 9 && bystanders.is_empty("latency_p50_ns"), "{bystanders:?}");
        assert_eq!(run.instances(engine).len(), 19);
        let [done, stalled] = ["done", "stalled"].map(|state| run.sample(engine, "*").whole(state));
        let last = run.rows("states.csv").pop().expect("there are moments");
        assert_eq!((last.whole("done"), last.whole("stalled")), (done, stalled));
        assert!(failure(&run, engine).contains(&format!(": timeout: {stalled} of 19 stalled (")), "{}", run.stderr);
    };
    thread::scope(|scope| {
        for engine in ["smol-local", "processes"] {
            scope.spawn(move || stalls(engine));
        }
    });
}

#[test]
fn a_mix_that_is_longer_than_its_timeout_is_stopped_and_what_was_done_is_kept() {
    let head = format!("question = \"What if there is no time?\"\nengines = {:?}\n", sharing_workers());
    let tasks = r#"
        workers = 2
        repeats = 1
        timeout = "700ms"

        [[task]]
        name = "long"
        count = 200
        steps = [{ block = "50ms" }]
    "#;
    let run = Lab::new().run(&(head + tasks), &["--quiet"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    for engine in sharing_workers() {
        let row = run.sample(engine, "long");
        assert_eq!(run.sample(engine, "*").text("exit"), "timeout", "{engine}");
        // Two workers finish no more than two instances every 50 ms, and the watch checks the timeout every 200 ms.
        assert!(row.whole("done") < 200 && row.whole("stalled_pending") > 0, "{row:?}");
        assert_eq!(row.whole("done") + row.whole("stalled"), 200, "{row:?}");
        assert_eq!(row.whole("released"), 200);
        let line = failure(&run, engine);
        assert!(line.contains(": timeout: ") && line.contains("step `1 block`"), "{line}");
    }
}

#[test]
fn a_failed_cell_of_one_repeat_stops_no_later_cell() {
    let text = mix(&["smol-local"]).replace("repeats = 1", "repeats = 3");
    let run = Lab::new().run(&text, &["--quiet", "--fault", "smol-local=kill"]);
    let exits: Vec<String> = (run.rows("samples.csv").iter())
        .filter(|row| row.text("task") == "*")
        .map(|row| row.text("exit").to_owned())
        .collect();
    assert_eq!(exits, ["signal SIGKILL"; 3]);
    assert_eq!(run.rows("summary.csv").last().map(|row| row.whole("repeats_ok")), Some(0));
    assert_eq!(run.stderr.lines().filter(|line| line.contains("SIGKILL")).count(), 3, "{}", run.stderr);
}
