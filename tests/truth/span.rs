//! How long a fixed schedule takes: no engine is faster than physics allows, and engines that can overlap waits do.

use crate::instance::Instance;
use crate::{ENGINES, MS, WAITING, of, run, workers};

/// Where each wait blocks a thread, `n` waits on `workers` threads take ⌈n ÷ workers⌉ turns.
fn turns(n: u64, workers: u64) -> u64 {
    n.div_ceil(workers)
}

// Broken by a timer that fires early, a span that ends before its last instance, or a loop that runs its waits one by one.
#[test]
fn sleeps_overlap_on_a_loop_and_on_threads_and_queue_on_a_pool() {
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

// Broken by a `block` that lets others run on its thread (or that is short), or by a worker that idles beside a queue.
#[test]
fn blocks_queue_for_the_workers_and_overlap_on_threads() {
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
        // Blocked threads need no core, so a busy machine hardly slows them: 180 ms on two threads, 340 ms on one.
        assert!(workers == 1 || makespan < 17 * 20 * MS * 9 / 10, "{engine}: {makespan}");
    }
}

// Broken by releases that drift (each a period after the real one before it), by early releases, or by a makespan that counts
// from the first start.
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
fn the_span_covers_all_instances_and_ends_with_the_last_end() {
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
        assert_eq!(Some(first), ends, "{engine}: a task's makespan is from its first release, here 0, to its last end");
    }
}
