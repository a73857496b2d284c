//! Which instances a cancellation stops, and when: what the rules of each engine guarantee on any machine.

use super::{of, run};
use crate::support::{ENGINES, KEEPING_THREADS, Row, WAITING, sharing_workers};

#[test]
fn a_share_of_the_instances_is_cancelled_exactly() {
    let tasks = r#"
        [[task]]
        name = "half"
        count = 10
        steps = [{ sleep = "150ms" }]
        cancel = { after = "10ms", share = 0.5 }
    "#;
    let run = run(&ENGINES, "workers = 2\nseed = 3", tasks);
    let requested = |engine: &str| {
        let rows = of(&run, engine, "half").into_iter().filter(|row| !row.is_empty("cancel_requested_ns"));
        let mut numbers: Vec<u64> = rows.map(|row| row.whole("instance")).collect();
        numbers.sort_unstable();
        numbers
    };
    for engine in ENGINES {
        assert_eq!(requested(engine).len(), 5, "{engine}");
        assert_eq!(requested(engine), requested("rayon"), "the same instances on every engine");
        let sample = run.sample(engine, "half");
        let stopped_or_not = sample.whole("cancelled") + sample.whole("unstopped");
        assert_eq!((stopped_or_not, sample.whole("done")), (5, 10 - sample.whole("cancelled")), "{sample:?}");
    }
}

/// Late instances that are cancelled while the keeper blocks the only worker.
const BLOCKED_WORKER: &str = r#"
    [[task]]
    name = "keeper"
    count = 1
    steps = [{ block = "400ms" }]

    [[task]]
    name = "late"
    count = 5
    arrival = { every = "60ms" }
    steps = [{ cpu = "1ms" }, { sleep = "1ms" }]
    cancel = { after = "30ms" }
"#;

#[test]
fn an_instance_cancelled_while_it_is_pending_never_starts() {
    let run = run(&sharing_workers(), "workers = 1", BLOCKED_WORKER);
    for engine in sharing_workers() {
        // The first one is released together with the keeper and may run before it.
        let late = of(&run, engine, "late").into_iter().filter(|row| row.whole("instance") > 0);
        let late: Vec<Row> = late.collect();
        assert_eq!(late.len(), 4, "{engine}");
        for row in late {
            assert_eq!((row.text("state"), row.text("state_at_cancel")), ("cancelled", "pending"), "{row:?}");
            assert!(row.is_empty("started_ns") && row.is_empty("last_step"), "{row:?}");
            assert_eq!((row.whole("polls"), row.whole("busy_ns")), (0, 0), "{row:?}");
            assert_eq!(row.whole("cancel_requested_ns"), row.whole("scheduled_ns") + 30_000_000);
            assert!(row.whole("finished_ns") >= row.whole("cancel_requested_ns"), "{row:?}");
        }
        let sample = run.sample(engine, "late");
        assert!(sample.whole("started") <= 1 && sample.whole("units_done") <= 1_000_000, "{sample:?}");
    }
}

#[test]
fn with_a_thread_of_its_own_each_instance_starts_beside_a_block() {
    let run = run(&["threads"], "workers = 1\nstack_size = \"64KiB\"", BLOCKED_WORKER);
    assert_eq!(run.facts()["resolved"]["stack_size_bytes"]["threads"].as_integer(), Some(65_536));
    let keeper = of(&run, "threads", "keeper").remove(0);
    let late = of(&run, "threads", "late");
    assert!(late.iter().all(|row| row.whole("started_ns") < keeper.whole("finished_ns")), "{late:?}");
    // The last one is released at 240 ms. The keeper's block delays no other instance.
    assert_eq!(late.iter().filter(|row| row.text("state_at_cancel") == "pending").count(), 0, "{late:?}");
}

#[test]
fn a_sleeping_instance_is_cut_short_where_the_engine_has_timers() {
    let tasks = r#"
        [[task]]
        name = "sleeper"
        count = 6
        steps = [{ sleep = "20s" }]
        cancel = { after = "20ms" }
    "#;
    let run = run(&WAITING, "workers = 2", tasks);
    for engine in WAITING {
        for row in of(&run, engine, "sleeper") {
            assert_eq!(row.text("state"), "cancelled");
            assert!(row.whole("finished_ns") < 20_000_000_000, "{row:?}");
            assert!(row.whole("finished_ns") >= row.whole("cancel_requested_ns"), "{row:?}");
        }
        assert_eq!(run.sample(engine, "sleeper").whole("unstopped"), 0);
    }
}

#[test]
fn a_sleeping_thread_sleeps_to_its_end_and_its_instance_counts_as_unstopped() {
    let tasks = r#"
        [[task]]
        name = "sleeper"
        count = 2
        steps = [{ sleep = "300ms" }]
        cancel = { after = "150ms" }

        [[task]]
        name = "two-steps"
        count = 2
        steps = [{ sleep = "300ms" }, { cpu = "5ms" }]
        cancel = { after = "150ms" }
    "#;
    let run = run(&KEEPING_THREADS, "workers = 4", tasks);
    for engine in KEEPING_THREADS {
        for row in run.instances(engine) {
            assert_eq!(row.text("state_at_cancel"), "running", "{row:?}");
            assert!(row.whole("finished_ns") >= 300_000_000, "{row:?}");
            // A request during the last step stops nothing: the instance is done, not cancelled.
            let state = if row.text("task") == "sleeper" { "done" } else { "cancelled" };
            assert_eq!(row.text("state"), state, "{row:?}");
        }
        assert_eq!(run.sample(engine, "sleeper").whole("unstopped"), 2);
        let two = run.sample(engine, "two-steps");
        assert_eq!((two.whole("unstopped"), two.whole("cancelled"), two.whole("units_done")), (0, 2, 0));
    }
}

#[test]
fn work_in_slices_is_stopped_between_two_of_them_on_every_engine() {
    let tasks = r#"
        [[task]]
        name = "slicer"
        count = 1
        steps = [{ cpu = "20s", yield_every = "500us" }]
        cancel = { after = "50ms" }
    "#;
    let run = run(&ENGINES, "workers = 2", tasks);
    for engine in ENGINES {
        let row = &of(&run, engine, "slicer")[0];
        assert_eq!(row.text("state"), "cancelled", "{engine}: {row:?}");
        let sample = run.sample(engine, "slicer");
        let (done, after) = (sample.whole("units_done"), sample.whole("units_after_cancel"));
        assert!(done > 0 && done < 20_000_000_000 && done.is_multiple_of(500_000), "{engine}: {done}");
        assert!(after < done, "{engine}: {after} of {done}");
    }
}

#[test]
fn a_cancelled_offload_runs_on_and_its_work_is_counted() {
    let tasks = r#"
        [[task]]
        name = "offloader"
        count = 3
        steps = [{ offload = "blocking", steps = [{ block = "300ms" }, { cpu = "2ms" }] }]
        cancel = { after = "100ms" }
    "#;
    let run = run(&WAITING, "workers = 2", tasks);
    for engine in WAITING {
        for row in of(&run, engine, "offloader") {
            assert_eq!((row.text("state"), row.text("state_at_cancel")), ("cancelled", "running"), "{row:?}");
        }
        let sample = run.sample(engine, "offloader");
        assert_eq!(sample.whole("units_done"), 3 * 2_000_000, "{sample:?}");
        assert_eq!(sample.whole("units_after_cancel"), 3 * 2_000_000, "all of it is done after the request");
        let span = run.sample(engine, "*").whole("makespan_ns");
        assert!(span >= 300_000_000, "{engine}: the span ends with the orphaned work");
        assert!(sample.whole("makespan_ns") < span, "{engine}: the instances have ended before it");
    }
}

#[test]
fn the_end_of_a_loop_or_a_named_step_does_not_turn_done_into_cancelled() {
    let tasks = r#"
        [[task]]
        name = "named"
        steps = [{ block = "200ms", as = "call" }]
        cancel = { after = "50ms" }

        [[task]]
        name = "looped"
        steps = [{ loop = 1, steps = [{ block = "200ms" }] }]
        cancel = { after = "50ms" }
    "#;
    let run = run(&KEEPING_THREADS, "workers = 2", tasks);
    for row in KEEPING_THREADS.iter().flat_map(|engine| run.instances(engine)) {
        assert_eq!(row.text("state"), "done", "{row:?}");
        assert!(!row.is_empty("cancel_requested_ns"), "{row:?}");
    }
}
