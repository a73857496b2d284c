//! Whether engines do here what they do in plain programs: counts, orders and large effects of the cases in `fidelity/`. Each
//! case runs once both ways. `cargo bench --bench fidelity` compares the times.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::programs::example;
use support::{Finished, Lab, Row};

/// What the plain program and the cell of a case measured.
struct Both {
    engine: &'static str,
    plain: Value,
    run: Finished,
}

/// Runs a case both ways. The plain program takes the calibrated speed of the cell.
fn both(case: &str, engine: &'static str) -> Both {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fidelity/cases").join(case).with_extension("toml");
    let text = fs::read_to_string(file).expect("the scenario of the case");
    let run = Lab::new().run(&text, &["--quiet", "--engine", engine]).ok();
    let speed = run.facts()["calibration"]["before"]["iterations_per_second"].as_float().expect("a speed");
    let mut command = Command::new(example("plain"));
    let output = command.args([case, engine]).env("FIDELITY_ITERATIONS_PER_SECOND", speed.to_string()).output();
    let plain = serde_json::from_slice(&output.expect("a plain program").stdout).expect("what it measured");
    Both { engine, plain, run }
}

impl Both {
    /// The plain program's latencies of a task, nanoseconds.
    fn plain_latencies(&self, task: &str) -> Vec<u64> {
        let values = self.plain["tasks"][task]["latency_ns"].as_array().expect("latencies");
        values.iter().map(|value| value.as_u64().expect("a whole number")).collect()
    }

    /// The cell's instances of a task.
    fn instances(&self, task: &str) -> Vec<Row> {
        self.run.instances(self.engine).into_iter().filter(|row| row.text("task") == task).collect()
    }

    /// The latest end of a task on both sides, nanoseconds.
    fn last_ends(&self, task: &str) -> [u64; 2] {
        let ours = self.instances(task).iter().map(|row| row.whole("finished_ns")).max();
        [self.plain_latencies(task).into_iter().max(), ours].map(|end| end.expect("an instance"))
    }

    /// How often a task was polled on both sides.
    fn polls(&self, task: &str) -> [u64; 2] {
        let plain = self.plain["tasks"][task]["polls"].as_u64().expect("a count");
        [plain, self.instances(task).iter().map(|row| row.whole("polls")).sum()]
    }

    /// The numbers of a task's instances, sorted by a time, on both sides.
    fn orders(&self, task: &str, list: &str, time: &str) -> [Vec<u64>; 2] {
        let plain = self.plain["tasks"][task][list].as_array().expect("an order");
        let plain = plain.iter().map(|value| value.as_u64().expect("a number")).collect();
        let mut ours: Vec<_> =
            self.instances(task).iter().map(|row| (row.whole(time), row.whole("instance"))).collect();
        ours.sort_unstable();
        [plain, ours.into_iter().map(|(_, instance)| instance).collect()]
    }

    /// How many instances of a task were cancelled on both sides.
    fn cancelled(&self, task: &str) -> [u64; 2] {
        let plain = self.plain["tasks"][task]["cancel_ns"].as_array().map_or(0, Vec::len);
        let ours = self.instances(task).iter().filter(|row| row.text("state") == "cancelled").count();
        [plain as u64, ours as u64]
    }
}

// Broken by a probe into each cell: its wake-up hands the driver on, and the naps end after 210 ms each time.
#[test]
fn naps_stall_while_the_worker_that_has_the_driver_is_blocked() {
    // The naps need 200 ms, the blocked worker 500 ms.
    let stall = |engine| both("driver-stall", engine).last_ends("nap").iter().all(|end| *end > 500_000_000);
    assert!(stall("tokio-local"));
    // Under foreign load the other worker may hold the driver by chance, in a plain program too.
    assert!((0..5).any(|_| stall("tokio")), "the driver was handed on each time");
}

// Broken by a probe into each cell: it wakes a worker each millisecond, 500 times here.
#[test]
fn an_idle_runtime_is_not_woken() {
    for engine in ["tokio", "tokio-local", "smol-local", "async-executor", "rayon", "threads"] {
        let both = both("idle", engine);
        let plain = both.plain["voluntary_switches"].as_u64().expect("a count");
        let ours = both.run.sample(engine, "*").whole("voluntary_switches");
        assert!(plain < 100 && ours < plain + 100, "{engine}: {plain} switches, here {ours}");
    }
}

#[test]
fn operations_that_never_wait_spend_a_budget_of_128() {
    for case in ["budget-send", "budget-lock", "budget-permit", "budget-recv"] {
        for polls in both(case, "tokio-local").polls("hog") {
            assert!((50_000 / 128..50_000 / 128 + 4).contains(&polls), "{case}: 50,000 operations in {polls} polls");
        }
    }
}

#[test]
fn a_send_without_bound_never_yields() {
    let both = both("unbounded-send", "tokio-local");
    // One poll up to its last message, and one after the barrier.
    assert_eq!(both.polls("hog"), [2, 2]);
    let (hogs, visitors) = (both.last_ends("hog"), both.last_ends("visitor"));
    assert!(hogs[0] < visitors[0] && hogs[1] < visitors[1], "{hogs:?} {visitors:?}");
}

#[test]
fn a_burst_starts_with_the_last_spawned_on_a_worker_and_with_the_first_on_a_loop() {
    for (engine, first) in [("tokio", 15), ("tokio-local", 0)] {
        let [plain, ours] = both("order-of-a-burst", engine).orders("guest", "start_order", "started_ns");
        assert_eq!((plain[0], &plain), (first, &ours), "{engine}");
    }
}

#[test]
fn a_lock_is_acquired_in_the_order_of_the_requests() {
    let [plain, ours] = both("lock-in-order", "tokio").orders("holder", "end_order", "finished_ns");
    assert_eq!(plain, ours);
}

#[test]
fn calls_wait_for_the_threads_of_a_small_pool() {
    for end in both("pool-exhausted", "tokio").last_ends("call") {
        assert!(end >= 300_000_000, "sixty calls of 20 ms on four threads: {end}");
    }
}

#[test]
fn waiting_tasks_are_cancelled_and_runnable_tasks_behind_a_blocked_worker_run() {
    for (case, task, count) in
        [("cancel-waiting", "sleeper", 1000), ("cancel-queued", "waiter", 100), ("cancel-runnable", "guest", 0)]
    {
        assert_eq!(both(case, "tokio-local").cancelled(task), [count; 2], "{case}");
    }
}

#[test]
fn a_call_whose_task_is_cancelled_is_still_made() {
    let both = both("cancel-offloaded", "tokio");
    assert_eq!(both.cancelled("call"), [6, 6]);
    let plain = both.plain["makespan_ns"].as_u64().expect("a span");
    let ours = both.run.sample("tokio", "*").whole("makespan_ns");
    assert!(plain >= 150_000_000 && ours >= 150_000_000, "six calls of 50 ms on two threads: {plain} {ours}");
}

#[test]
fn naps_stall_while_a_loop_is_blocked() {
    for end in both("blocked-workers", "smol-local").last_ends("nap") {
        assert!(end > 645_000_000, "two blocks of 300 ms on one thread from 45 ms on: {end}");
    }
}

#[test]
fn tasks_spawned_during_a_block_and_cancelled_in_it_never_run() {
    for engine in ["smol-local", "async-executor"] {
        assert_eq!(both("cancel-behind-block", engine).cancelled("guest"), [100; 2], "{engine}");
    }
}

#[test]
fn cancelled_threads_that_sleep_stop_after_their_sleep() {
    assert_eq!(both("cancel-between-naps", "threads").cancelled("sleeper"), [4, 4]);
}

#[test]
fn a_job_that_waits_under_a_lock_runs_another_that_wants_it() {
    let both = both("stolen-under-lock", "rayon");
    assert_eq!(both.plain_latencies("part").len(), 16);
    assert!(both.plain["tasks"].get("holder").is_none(), "it never ends: {}", both.plain);
    let states: Vec<_> = both.instances("holder").iter().map(|row| row.text("state").to_owned()).collect();
    assert_eq!(states, ["stalled"]);
}
