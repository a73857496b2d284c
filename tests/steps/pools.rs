//! The pools behind `offload`: which work runs on them, how many calls run at once, and which instances need not wait.

use crate::support::{ENGINES, Finished, LOOPS, Lab, Row, WAITING, sharing_workers};

/// A run of these tasks, one cell for each engine.
fn run(engines: &[&str], head: &str, tasks: &str) -> Finished {
    let text = format!("question = \"Who computes?\"\nengines = {engines:?}\nrepeats = 1\n{head}\n{tasks}");
    Lab::new().run(&text, &["--quiet"]).ok()
}

/// The rows of one task on one engine.
fn rows_of(run: &Finished, engine: &str, task: &str) -> Vec<Row> {
    run.instances(engine).into_iter().filter(|row| row.text("task") == task).collect()
}

#[test]
fn an_engine_of_one_thread_goes_on_while_a_batch_computes_on_the_pool() {
    let tasks = r#"
        [[task]]
        name = "batch"
        steps = [{ offload = "cpu", steps = [{ block = "200ms" }, { cpu = "1ms" }] }]

        [[task]]
        name = "bystander"
        count = 3
        arrival = { every = "20ms" }
        steps = [{ cpu = "10us" }]
    "#;
    let run = run(&sharing_workers(), "workers = 1\ncpu_threads = 1", tasks);
    for engine in sharing_workers() {
        let [batch] = &rows_of(&run, engine, "batch")[..] else { panic!("one batch") };
        // The first bystander is released with the batch and may run before it. The later ones arrive during the batch.
        let bystanders = rows_of(&run, engine, "bystander");
        let late = bystanders.iter().filter(|row| row.whole("instance") > 0);
        if engine == "rayon" {
            assert!(batch.whole("busy_ns") >= 200_000_000, "the offload runs in place: {batch:?}");
            assert!(late.clone().all(|row| row.whole("started_ns") >= batch.whole("finished_ns")), "{bystanders:?}");
        } else {
            assert!(batch.whole("busy_ns") < 200_000_000, "{engine}: the offload is on no worker: {batch:?}");
            assert!(late.clone().all(|row| row.whole("finished_ns") < batch.whole("finished_ns")), "{bystanders:?}");
        }
        assert_eq!(late.count(), 2, "{engine}");
    }
}

/// Twelve batches, which take 180 ms one after the other.
const BATCHES: &str = r#"
    [[task]]
    name = "batch"
    count = 12
    steps = [{ offload = "cpu", steps = [{ block = "15ms" }, { cpu = "10us" }] }]
"#;

/// How many pools an engine of two workers has.
fn pools(engine: &str) -> u64 {
    if engine == "processes" { 2 } else { 1 }
}

#[test]
fn a_pool_for_computing_has_no_more_threads_than_it_is_given() {
    for threads in [1_u64, 2] {
        let run = run(&ENGINES, &format!("workers = 2\ncpu_threads = {threads}"), BATCHES);
        let resolved = &run.facts()["resolved"]["cpu_threads"];
        for engine in ENGINES {
            let sample = run.sample(engine, "batch");
            assert_eq!((sample.whole("done"), sample.whole("units_done")), (12, 12 * 10_000), "{engine}");
            let recorded = resolved.get(engine).and_then(toml::Value::as_integer);
            if engine == "rayon" {
                assert_eq!(recorded, None, "rayon has no pool for computing");
                continue;
            }
            assert_eq!(recorded, Some(threads.cast_signed()), "{engine}");
            let turns = 12 / pools(engine) / threads;
            assert!(sample.whole("makespan_ns") >= turns * 15_000_000, "{engine}: {turns} turns: {sample:?}");
        }
    }
}

#[test]
fn a_pool_for_computing_has_as_many_threads_as_it_is_given() {
    let longer = BATCHES.replace("15ms", "200ms");
    let run = run(&[&LOOPS[..], &["threads"]].concat(), "cpu_threads = 12", &longer);
    for engine in LOOPS.into_iter().chain(["threads"]) {
        let sample = run.sample(engine, "batch");
        assert!(sample.whole("makespan_ns") < 1_200_000_000, "{engine}: more than two at a time: {sample:?}");
    }
}

#[test]
fn a_batch_whose_instance_is_cancelled_runs_to_its_end_and_is_counted() {
    let tasks = r#"
        [[task]]
        name = "batch"
        count = 2
        steps = [{ offload = "cpu", steps = [{ block = "250ms" }, { cpu = "2ms" }] }]
        cancel = { after = "100ms" }
    "#;
    let run = run(&WAITING, "workers = 2\ncpu_threads = 2", tasks);
    for engine in WAITING {
        for row in rows_of(&run, engine, "batch") {
            assert_eq!((row.text("state"), row.text("state_at_cancel")), ("cancelled", "running"), "{engine}: {row:?}");
        }
        let sample = run.sample(engine, "batch");
        assert_eq!(
            (sample.whole("units_done"), sample.whole("units_after_cancel")),
            (4_000_000, 4_000_000),
            "{engine}"
        );
        let span = run.sample(engine, "*").whole("makespan_ns");
        assert!(span >= 250_000_000, "{engine}: the span ends with the orphaned work");
    }
}

#[test]
fn a_queued_call_of_a_cancelled_instance_is_made_or_dropped_as_in_a_plain_program() {
    let tasks = r#"
        [[task]]
        name = "call"
        count = 3
        steps = [{ offload = "blocking", steps = [{ block = "250ms" }, { cpu = "2ms" }] }]
        cancel = { after = "100ms" }
    "#;
    // One of three calls has begun by then. smol drops the two others, tokio makes them.
    let made = [("smol-local", 1), ("async-executor", 1), ("tokio", 3), ("tokio-local", 3)];
    let run = run(&made.map(|(engine, _)| engine), "workers = 2\nblocking_threads = 1", tasks);
    for (engine, made) in made {
        let sample = run.sample(engine, "call");
        assert_eq!((sample.whole("cancelled"), sample.whole("units_done")), (3, made * 2_000_000), "{engine}");
        let span = run.sample(engine, "*").whole("makespan_ns");
        assert!(span >= made * 250_000_000, "{engine}: the span ends with the last call: {span}");
    }
}

#[test]
fn a_size_of_the_pool_may_be_a_parameter() {
    let run = run(&["smol-local"], "cpu_threads = \"$threads\"", &format!("{BATCHES}\n[matrix]\nthreads = [1, 3]"));
    for row in run.rows("samples.csv").iter().filter(|row| row.text("task") == "batch") {
        let turns = 12 / row.whole("param_threads");
        assert!(row.whole("makespan_ns") >= turns * 15_000_000, "{row:?}");
    }
    assert!(run.facts()["resolved"].get("cpu_threads").is_none(), "it is recorded as a parameter");
}

/// Two calls of 450 ms, and five more that arrive while these run.
const CALLS: &str = r#"
    [[task]]
    name = "slow"
    count = 2
    steps = [{ offload = "blocking", steps = [{ block = "450ms" }] }]

    [[task]]
    name = "look-up"
    count = 5
    steps = [{ sleep = "50ms" }, { offload = "blocking", as = "query", steps = [{ block = "200ms" }] }]
"#;

#[test]
fn a_stall_at_a_full_pool_names_it_and_a_larger_pool_has_no_queue() {
    let run = |head: &str| {
        let text = format!(
            "question = \"?\"\nengines = [\"smol-local\", \"tokio\"]\nworkers = 1\nrepeats = 1\n{head}\n{CALLS}"
        );
        Lab::new().run(&text, &["--quiet"])
    };
    let full = run("blocking_threads = 2\ntimeout = \"550ms\"");
    let explanation = "timeout: 5 of 7 stalled (3 queued, 2 running); the pool for blocking calls is full: its 2 threads run \
                       2 instances of `look-up` at `2 offload`; 3 instances of `look-up` at `2 offload` are in its queue";
    assert_eq!((full.code, full.stderr.matches(explanation).count()), (Some(1), 2), "{}", full.stderr);
    let wide = run("blocking_threads = 7\ntimeout = \"9s\"").ok();
    for step in wide.rows("steps.csv") {
        assert!(step.whole("wait_max_ns") < 200_000_000, "no call waits for another: {step:?}");
    }
}

#[test]
fn a_call_waits_in_the_queue_of_its_pool_and_then_holds_a_thread() {
    let run =
        run(&["smol-local", "async-executor", "tokio", "tokio-local"], "blocking_threads = 1\nworkers = 1", CALLS);
    for step in run.rows("steps.csv") {
        assert_eq!(step.whole("count"), 5, "{step:?}");
        // The first call waits for the two slow ones, less the 50 ms and more that it slept; the last for four more look-ups.
        assert!(step.whole("wait_p50_ns") >= 800_000_000 + 2 * 200_000_000, "{step:?}");
        assert!(step.whole("wait_max_ns") >= 800_000_000 + 4 * 200_000_000, "{step:?}");
        assert!(step.whole("hold_p50_ns") >= 200_000_000, "{step:?}");
        assert!(step.whole("total_max_ns") >= step.whole("wait_max_ns") + 195_000_000, "{step:?}");
    }
    assert_eq!(run.rows("steps.csv").len(), 4);
}

#[test]
fn a_claim_on_the_queue_of_a_pool_holds_and_fails_once_the_pool_is_large_enough() {
    let run = |threads: u32| {
        let text = format!(
            r#"
            question = "Does a call wait for a thread?"
            engines = ["tokio"]
            workers = 1
            repeats = 6
            blocking_threads = {threads}
            [[task]]
            name = "caller"
            count = 4
            steps = [{{ offload = "blocking", as = "query", steps = [{{ block = "40ms" }}] }}]
            [[expect]]
            claim = "the last call waits for three others"
            that = "tokio.caller.query.wait_max >= 119ms"
            [[expect]]
            claim = "each holds its thread for the length of the call"
            that = "tokio.caller.query.hold_p50 >= 39ms"
        "#
        );
        Lab::new().run(&text, &["--quiet"])
    };
    run(1).ok();
    let wide = run(4);
    assert_eq!(wide.code, Some(1), "{}", wide.stderr);
    assert!(wide.stderr.contains("fails: the last call waits for three others"), "{}", wide.stderr);
    assert!(!wide.stderr.contains("each holds its thread"), "{}", wide.stderr);
}
