//! Which instance starts when, and on which thread: what the rules of each engine guarantee on any machine.

mod stopped;

use std::collections::BTreeSet;

use crate::support::{
    ENGINES, Finished, IN_ORDER, KEEPING_THREADS, LOOPS, Lab, Row, WAITING, sharing_workers, workers,
};

/// A run of these tasks, one cell for each engine.
fn run(engines: &[&str], head: &str, tasks: &str) -> Finished {
    let text = format!("question = \"In which order?\"\nengines = {engines:?}\nrepeats = 1\n{head}\n{tasks}");
    Lab::new().run(&text, &["--quiet"]).ok()
}

/// The rows of one task on one engine.
fn of(run: &Finished, engine: &str, task: &str) -> Vec<Row> {
    run.instances(engine).into_iter().filter(|row| row.text("task") == task).collect()
}

#[test]
fn on_one_worker_a_burst_starts_in_order_of_instance_number() {
    let tasks = r#"
        [[task]]
        name = "one"
        count = 200
        steps = [{ cpu = "2us" }]
    "#;
    let run = run(&sharing_workers(), "workers = 1", tasks);
    for engine in sharing_workers() {
        let mut rows = of(&run, engine, "one");
        assert_eq!(rows.len(), 200);
        rows.sort_by_key(|row| row.whole("instance"));
        let in_order = rows.is_sorted_by_key(|row| row.whole("started_ns"));
        assert!(in_order || !IN_ORDER.contains(&engine), "{engine}");
        assert!(rows.iter().all(|row| row.whole("scheduled_ns") == 0), "{engine}");
    }
}

#[test]
fn nothing_starts_before_its_time() {
    let tasks = r#"
        [[task]]
        name = "one"
        count = 16
        arrival = { every = "5ms" }
        steps = []
    "#;
    let run = run(&ENGINES, "workers = 2", tasks);
    for engine in ENGINES {
        for row in of(&run, engine, "one") {
            assert_eq!(row.whole("scheduled_ns"), row.whole("instance") * 5_000_000);
            assert!(row.whole("started_ns") >= row.whole("scheduled_ns"), "{row:?}");
            assert_eq!(row.text("last_step"), "", "there is none");
        }
    }
}

#[test]
fn a_closed_loop_never_has_more_under_way_than_clients() {
    let tasks = r#"
        [[task]]
        name = "request"
        count = 40
        arrival = { clients = 3, think = "500us" }
        steps = [{ sleep = "1ms" }, { cpu = "20us" }]

        [[task]]
        name = "eager"
        count = 40
        arrival = { clients = 2 }
        steps = [{ yield = true }]
    "#;
    let run = run(&ENGINES, "workers = 2", tasks);
    for engine in ENGINES {
        for (task, clients, think) in [("request", 3, 500_000), ("eager", 2, 0)] {
            let rows = of(&run, engine, task);
            assert_eq!(rows.len(), 40, "{engine}, {task}");
            let mut ends: Vec<u64> = rows.iter().map(|row| row.whole("finished_ns")).collect();
            ends.sort_unstable();
            for row in &rows {
                let (from, to) = (row.whole("scheduled_ns"), row.whole("finished_ns"));
                let under_way = |other: &&Row| other.whole("scheduled_ns") <= from && from < other.whole("finished_ns");
                assert!(rows.iter().filter(under_way).count() <= clients, "{engine}, {task}: {row:?}");
                // A client's first request is released after one think time, each later one a think time after an end.
                let follows =
                    from == think || from.checked_sub(think).is_some_and(|end| ends.binary_search(&end).is_ok());
                assert!(follows && from < to, "{engine}, {task}: {row:?}");
            }
            let first = rows.iter().filter(|row| row.whole("scheduled_ns") == think).count();
            assert_eq!(first, clients, "{engine}, {task}: the first request of every client");
        }
    }
}

#[test]
fn nested_loops_yield_once_for_each_pass() {
    let tasks = r#"
        [[task]]
        name = "yielder"
        count = 7
        steps = [{ loop = 3, steps = [{ loop = 4, steps = [{ yield = true }] }, { yield = true }] }]

        [[task]]
        name = "straight"
        count = 7
        steps = [{ cpu = "1us" }, { loop = 5, steps = [{ block = "1us" }] }]
    "#;
    let run = run(&WAITING, "workers = 2", tasks);
    for row in WAITING.into_iter().flat_map(|engine| run.instances(engine)) {
        let yields = if row.text("task") == "yielder" { 3 * (4 + 1) } else { 0 };
        assert_eq!(row.whole("polls"), yields + 1, "{row:?}");
    }
}

/// Blocks that take a second if they run one after the other.
const OFFLOADED: &str = r#"
    [[task]]
    name = "blocker"
    count = 20
    steps = [{ offload = "blocking", steps = [{ block = "50ms" }] }]
"#;

#[test]
fn offloaded_blocks_of_one_event_loop_overlap() {
    let run = run(&LOOPS, "", OFFLOADED);
    for engine in LOOPS {
        assert!(run.sample(engine, "*").whole("makespan_ns") < 900_000_000, "{engine}: not one after the other");
    }
}

/// How many blocking pools an engine has: each of the processes has its own.
fn pools(engine: &str, workers: u64) -> u64 {
    if engine == "processes" { workers } else { 1 }
}

#[test]
fn a_blocking_pool_of_one_thread_runs_one_block_after_the_other() {
    let run = run(&WAITING, "workers = 2\nblocking_threads = 1", &OFFLOADED.replace("50ms", "15ms"));
    for engine in WAITING {
        let turns = 20 / pools(engine, 2);
        let span = run.sample(engine, "*").whole("makespan_ns");
        assert!(span >= turns * 15_000_000, "{engine}: the pool has one thread: {span}");
        assert_eq!(run.facts()["resolved"]["blocking_threads"][engine].as_integer(), Some(1), "{engine}");
    }
}

#[test]
fn a_blocking_pool_has_no_extra_threads_for_the_workers() {
    let run = run(&WAITING, "workers = 4\nblocking_threads = 2", &OFFLOADED.replace("50ms", "15ms"));
    for engine in WAITING {
        let span = run.sample(engine, "*").whole("makespan_ns");
        let turns = 20_u64.div_ceil(2 * pools(engine, 4));
        assert!(span >= turns * 15_000_000, "{engine}: two at a time of 20 blocks: {span}");
    }
}

#[test]
fn instances_end_on_all_workers_and_on_no_other_thread() {
    let tasks = r#"
        [[task]]
        name = "one"
        count = 60
        steps = [{ cpu = "200us" }, { block = "5ms" }]

        [[task]]
        name = "other"
        count = 30
        steps = [{ cpu = "200us" }, { sleep = "1ms" }, { block = "2ms" }]
    "#;
    let run = run(&sharing_workers(), "workers = 3", tasks);
    for engine in sharing_workers() {
        // An instance that ended on a thread that is no worker has no number here.
        let seen: BTreeSet<u64> = run.instances(engine).iter().map(|row| row.whole("worker")).collect();
        assert_eq!(seen, (0..workers(engine, 3)).collect(), "{engine}");
    }
}

#[test]
fn a_yield_that_does_not_end_the_poll_takes_a_system_call() {
    let tasks = r#"
        [[task]]
        name = "yielder"
        steps = [{ loop = 100000, steps = [{ yield = true }] }]
    "#;
    let run = run(&KEEPING_THREADS, "workers = 1", tasks);
    for engine in KEEPING_THREADS {
        let [row] = &run.instances(engine)[..] else { panic!("one instance") };
        // A system call takes more than 10 ns wherever Linux runs.
        assert!(row.whole("finished_ns") >= row.whole("started_ns") + 1_000_000, "{row:?}");
        assert!(row.whole("busy_ns") >= 1_000_000 && row.whole("polls") == 1, "{row:?}");
    }
}
