//! How long a fixed schedule takes: no engine beats physics, and those that can overlap waits do.

use crate::instance::Instance;
use crate::{ENGINES, MS, WAITING, of, run, workers};

/// Where every wait keeps a thread, `workers` at a time take ⌈n ÷ workers⌉ turns.
fn turns(n: u64, workers: u64) -> u64 {
    n.div_ceil(workers)
}

// Broken by a timer that fires early, a span that ends before its last instance, or a loop that waits one after another.
#[test]
fn sleeps_overlap_on_a_loop_and_on_threads_and_take_turns_on_a_pool() {
    let tasks = r#"
        [[task]]
        name = "sleeper"
        count = 21
        steps = [{ sleep = "20ms" }]
    "#;
    for workers in [1, 3] {
        let run = run(&ENGINES, &format!("workers = {workers}"), tasks);
        for engine in ENGINES {
            let makespan = run.sample(engine, "*").whole("makespan_ns");
            let serial = 21 * 20 * MS;
            if WAITING.contains(&engine) || engine == "threads" {
                assert!((20 * MS..serial / 2).contains(&makespan), "{engine}, {workers}: {makespan}");
            } else {
                assert!(makespan >= turns(21, workers) * 20 * MS, "{engine}, {workers}: {makespan}");
            }
        }
    }
}

// Broken by a `block` that lets others on its thread (or that is short), or by workers of which one idles beside a queue.
#[test]
fn blocked_workers_take_turns_and_two_are_faster_than_one_and_threads_take_none() {
    let tasks = r#"
        [[task]]
        name = "blocker"
        count = 17
        steps = [{ block = "20ms" }]
    "#;
    let run = run(&ENGINES, "workers = 2", tasks);
    for engine in ENGINES {
        let workers = if engine == "threads" { 17 } else { workers(engine, 2) };
        let makespan = run.sample(engine, "*").whole("makespan_ns");
        assert!(makespan >= turns(17, workers) * 20 * MS, "{engine}: {makespan}");
        // Blocked threads need no core, so that a busy machine hardly slows them: 180 ms, where one alone needs 340.
        assert!(workers == 1 || makespan < 17 * 20 * MS * 9 / 10, "{engine}: {makespan}");
    }
}

// Broken by releases that drift (each a period behind the real one before it), by early ones, or by a makespan that
// counts from the first start.
#[test]
fn arrivals_at_a_period_are_scheduled_exactly_and_set_the_least_makespan() {
    let tasks = r#"
        [[task]]
        name = "regular"
        count = 21
        arrival = { every = "7ms" }
        steps = [{ block = "2ms" }]
    "#;
    let run = run(&ENGINES, "workers = 2", tasks);
    for engine in ENGINES {
        let regular = of(&run, engine, "regular");
        assert_eq!(regular.len(), 21, "{engine}");
        for (number, instance) in (0..).zip(&regular) {
            assert_eq!(instance.scheduled, number * 7 * MS, "{engine}: {instance:?}");
            assert!(instance.started() >= instance.scheduled, "{engine}: {instance:?}");
        }
        assert_eq!(regular.last().map(|last| last.scheduled), Some(20 * 7 * MS));
        for row in ["regular", "*"] {
            let makespan = run.sample(engine, row).whole("makespan_ns");
            assert!(makespan >= 20 * 7 * MS + 2 * MS, "{engine}, {row}: {makespan}");
        }
    }
}

// Broken by a span that ends with the last instance released instead of the last to end, or that begins late.
#[test]
fn the_span_holds_all_that_happened_and_ends_with_the_last_end() {
    let tasks = r#"
        [[task]]
        name = "short"
        count = 20
        arrival = { every = "2ms" }
        steps = [{ cpu = "50us" }]

        [[task]]
        name = "long"
        steps = [{ sleep = "90ms" }]
    "#;
    let run = run(&ENGINES, "workers = 2", tasks);
    for engine in ENGINES {
        let all = [of(&run, engine, "short"), of(&run, engine, "long")].concat();
        let last = all.iter().map(Instance::finished).max().expect("instances");
        let span = run.sample(engine, "*").whole("makespan_ns");
        assert!(span >= last && last >= 90 * MS, "{engine}: {span}, {last}");
        let first = run.sample(engine, "short").whole("makespan_ns");
        let ends = of(&run, engine, "short").iter().map(Instance::finished).max();
        assert_eq!(Some(first), ends, "{engine}: of a task, from its first release, which is 0, to its last end");
    }
}
