//! Counts that are certain on any machine: passes of loops, offloaded work, cancellations without a race.

use crate::support::Row;
use crate::{ENGINES, MS, WAITING, of, run};

// Broken by a loop that runs once more or less, by work counted twice, or by offloaded work that is not counted.
#[test]
fn nested_loops_and_offloads_are_run_exactly_as_often_as_written() {
    let tasks = r#"
        [[task]]
        name = "nested"
        count = 7
        steps = [{ loop = 3, steps = [{ loop = 4, steps = [{ cpu = "3us", as = "inner" }] }, { cpu = "5us", as = "outer" }] }]

        [[task]]
        name = "offloader"
        count = 9
        steps = [{ loop = 2, steps = [{ offload = "blocking", as = "call", steps = [{ cpu = "11us" }, { cpu = "13us", as = "body" }] }] }]

        [[task]]
        name = "computer"
        count = 9
        steps = [{ loop = 2, steps = [{ offload = "cpu", as = "batch", steps = [{ loop = 3, steps = [{ cpu = "17us", as = "part" }] }] }] }]
    "#;
    let run = run(&ENGINES, "workers = 2", tasks);
    let steps = run.rows("steps.csv");
    for engine in ENGINES {
        let count = |step: &str| {
            let is_step = |row: &&Row| row.text("engine") == engine && row.text("step") == step;
            steps.iter().filter(is_step).map(|row| row.whole("count")).sum::<u64>()
        };
        let counts = ["inner", "outer", "call", "body", "batch", "part"].map(count);
        assert_eq!(counts, [7 * 3 * 4, 7 * 3, 9 * 2, 9 * 2, 9 * 2, 9 * 2 * 3], "{engine}");
        assert_eq!(run.sample(engine, "nested").whole("units_done"), 7 * 3 * (4 * 3_000 + 5_000), "{engine}");
        assert_eq!(run.sample(engine, "offloader").whole("units_done"), 9 * 2 * 24_000, "{engine}");
        assert_eq!(run.sample(engine, "computer").whole("units_done"), 9 * 2 * 3 * 17_000, "{engine}");
        let all = 7 * 3 * 17_000 + 9 * 2 * 24_000 + 9 * 2 * 3 * 17_000;
        assert_eq!(run.sample(engine, "*").whole("units_done"), all, "{engine}");
    }
}

// Broken by a share that is drawn for each instance alone (binomial), rounded down, or cancelled late.
#[test]
fn exactly_half_of_an_odd_number_of_long_sleepers_is_cancelled() {
    let tasks = r#"
        [[task]]
        name = "sleeper"
        count = 41
        steps = [{ sleep = "900ms" }]
        cancel = { after = "20ms", share = 0.5 }
    "#;
    // On threads all sleep at once and none can be woken: a cancelled instance ends late, as done.
    let engines = ["smol-local", "async-executor", "threads"];
    let run = run(&engines, "workers = 48", tasks);
    for engine in engines {
        let sleepers = of(&run, engine, "sleeper");
        let requested = sleepers.iter().filter(|one| one.cancel == Some(20 * MS)).count();
        let cancelled = sleepers.iter().filter(|one| one.state == "cancelled").count();
        let done = sleepers.iter().filter(|one| one.state == "done").count();
        assert_eq!((requested, cancelled + done), (21, 41), "{engine}: half of 41 is 20.5, rounded up");
        let sample = run.sample(engine, "sleeper");
        assert_eq!(sample.whole("cancelled") + sample.whole("unstopped"), 21, "{engine}");
        if WAITING.contains(&engine) {
            assert_eq!((cancelled, done, sample.whole("unstopped")), (21, 20, 0), "{engine}");
        }
        for one in &sleepers {
            let least = if one.state == "done" { 900 * MS } else { 20 * MS };
            assert!(one.latency() >= least, "{engine}: {one:?}");
        }
    }
}

// Broken by a cancelled instance that still runs its later steps.
#[test]
fn an_instance_cancelled_in_a_sleep_does_none_of_its_later_work() {
    let tasks = r#"
        [[task]]
        name = "late_worker"
        count = 10
        steps = [{ cpu = "7us" }, { sleep = "900ms" }, { cpu = "1ms" }]
        cancel = { after = "200ms", share = 1.0 }
    "#;
    let run = run(&WAITING, "workers = 2", tasks);
    for engine in WAITING {
        let sample = run.sample(engine, "late_worker");
        assert_eq!((sample.whole("cancelled"), sample.whole("units_done")), (10, 10 * 7_000), "{engine}");
        assert_eq!(sample.whole("units_after_cancel"), 0, "{engine}");
    }
}
