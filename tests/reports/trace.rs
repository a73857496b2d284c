//! `--trace`: the spans of instances on threads agree with `tasks.csv`, and `taskmix trace` exports them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::support::{ENGINES, Finished, KEEPING_THREADS, Lab, Row, rows, text_of};
use serde_json::Value;

/// Instances with every kind of span: sleeps, slices, yields, blocking calls, offloads, no step at all.
fn mix(engines: &[&str]) -> String {
    format!(
        r#"
question = "Who was on which thread?"
engines = {engines:?}
workers = 2
repeats = 1

[[task]]
name = "waiter"
count = 6
steps = [{{ sleep = "1ms" }}, {{ cpu = "100us", yield_every = "30us" }}, {{ yield = true }}]

[[task]]
name = "blocker"
count = 4
arrival = {{ every = "1ms" }}
steps = [{{ cpu = "20us" }}, {{ block = "2ms" }}, {{ cpu = "20us" }}]

[[task]]
name = "away"
count = 3
steps = [{{ offload = "blocking", steps = [{{ block = "1ms" }}] }}, {{ cpu = "10us" }}]

[[task]]
name = "batch"
count = 2
steps = [{{ offload = "cpu", steps = [{{ block = "1ms" }}] }}, {{ cpu = "10us" }}]

[[task]]
name = "empty"
count = 5
steps = []
"#
    )
}

const MS: u64 = 1_000_000;

/// A row of `spans.csv`.
#[derive(Debug, Clone)]
struct Span {
    worker: Option<u64>,
    start: u64,
    end: u64,
    kind: String,
}

fn span(row: &Row) -> Span {
    let worker = (!row.is_empty("worker")).then(|| row.whole("worker"));
    Span { worker, start: row.whole("start_ns"), end: row.whole("end_ns"), kind: row.text("kind").to_owned() }
}

/// The spans of an engine by instance, those of each in order of time.
fn by_instance(run: &Finished, engine: &str) -> BTreeMap<(String, u64), Vec<Span>> {
    let mut found: BTreeMap<(String, u64), Vec<Span>> = BTreeMap::new();
    for row in run.rows("spans.csv").iter().filter(|row| row.text("engine") == engine) {
        found.entry((row.text("task").to_owned(), row.whole("instance"))).or_default().push(span(row));
    }
    for spans in found.values_mut() {
        spans.sort_by_key(|span| (span.start, span.end));
    }
    found
}

/// The figures of an instance are those of its spans. They come from the same ticks, each rounded down by itself.
fn is_as_in_tasks(engine: &str, row: &Row, spans: &[Span]) {
    let context = format!("{engine}: {row:?}: {spans:?}");
    let on_workers: Vec<&Span> =
        spans.iter().filter(|span| !["queue", "offload"].contains(&span.kind.as_str())).collect();
    assert!(on_workers.iter().all(|span| span.worker.is_some()), "{context}");
    let busy: u64 = on_workers.iter().map(|span| span.end - span.start).sum();
    assert!(busy.abs_diff(row.whole("busy_ns")) <= 2 * on_workers.len() as u64, "{context}");
    if on_workers.iter().all(|span| span.kind == "run") {
        assert_eq!(on_workers.len() as u64, row.whole("polls"), "{context}");
    }
    assert_eq!(on_workers[0].start, row.whole("started_ns"), "{context}");
    assert_eq!(on_workers[on_workers.len() - 1].end, row.whole("finished_ns"), "{context}");
}

fn do_not_overlap(run: &Finished, engine: &str) {
    let mut last: BTreeMap<u64, u64> = BTreeMap::new();
    for row in run.rows("spans.csv").iter().filter(|row| row.text("engine") == engine) {
        let span = span(row);
        assert!(span.start <= span.end, "{row:?}");
        if let Some(worker) = span.worker {
            let before = last.insert(worker, span.end).unwrap_or(0);
            assert!(before <= span.start, "{engine}, worker {worker}: {row:?} begins before {before}");
        }
    }
    if !KEEPING_THREADS.contains(&engine) {
        assert!(last.keys().all(|worker| *worker < 2), "{engine}: {last:?}");
    }
}

/// Parents that wait for children, which take longer than their spawns, and a message that is sent late.
const SYNC_STEPS: &str = r#"
question = "Who has the thread meanwhile?"
engines = ["smol-local", "async-executor", "rayon", "tokio", "tokio-local", "threads"]
workers = 2
repeats = 1

[channel.jobs]
capacity = 1

[[task]]
name = "parent"
count = 4
steps = [{ cpu = "20us" }, { spawn = "child", count = 3 }, { cpu = "20us" }]

[[task]]
name = "child"
steps = [{ block = "20ms" }]

[[task]]
name = "taker"
count = 1
steps = [{ recv = "jobs" }]

[[task]]
name = "giver"
count = 1
steps = [{ block = "3ms" }, { send = "jobs" }]
"#;

#[test]
fn a_thread_that_runs_others_while_an_instance_waits_has_one_at_a_time() {
    let run = Lab::new().run(SYNC_STEPS, &["--trace"]).ok();
    for engine in ["smol-local", "async-executor", "rayon", "tokio", "tokio-local", "threads"] {
        do_not_overlap(&run, engine);
        let spans = by_instance(&run, engine);
        let has_block = |task: &str| spans[&(task.to_owned(), 0)].iter().any(|span| span.kind == "block");
        // A wait on a thread of its own blocks that thread. A loop and the scope of a pool run other instances meanwhile.
        assert_eq!(has_block("parent"), engine == "threads", "{engine}");
        let parent = &spans[&("parent".to_owned(), 0)];
        let child_ends = (0..3).map(|child| spans[&("child".to_owned(), child)].last().map(|span| span.end));
        assert!(
            parent.len() > 1 && parent.last().map(|span| span.end) > child_ends.max().flatten(),
            "{engine}: {parent:?}"
        );
    }
}

#[test]
fn spans_add_up_to_the_figures_of_each_instance_on_every_engine() {
    let lab = Lab::new();
    let run = lab.run(&mix(&ENGINES), &["--trace"]).ok();
    for engine in ENGINES {
        do_not_overlap(&run, engine);
        let spans = by_instance(&run, engine);
        for row in &run.instances(engine) {
            let spans = &spans[&(row.text("task").to_owned(), row.whole("instance"))];
            is_as_in_tasks(engine, row, spans);
            let kinds: Vec<&str> = spans.iter().map(|span| span.kind.as_str()).collect();
            let longest = |kind| {
                let of_kind = spans.iter().filter(|span| span.kind == kind);
                of_kind.map(|span| span.end - span.start).max().unwrap_or(0)
            };
            match (row.text("task"), KEEPING_THREADS.contains(&engine)) {
                ("blocker", _) => {
                    assert_eq!(kinds, ["run", "block", "run"], "{engine}: {row:?}");
                    assert!(longest("block") >= 2 * MS, "{engine}: {spans:?}");
                }
                ("waiter", true) => {
                    assert_eq!(kinds, ["run", "block", "run"], "{engine}: its sleep blocks the thread");
                    assert!(longest("block") >= MS, "{engine}: {spans:?}");
                }
                // Its start, the end of its sleep, its slices and the yield after them.
                ("waiter", false) => assert!(kinds.len() >= 6 && !kinds.contains(&"block"), "{engine}: {spans:?}"),
                ("away", true) => assert!(longest("block") >= MS, "{engine}: {spans:?}"),
                // Its thread waits for the pool, whose threads are no workers.
                ("batch", true) if engine == "threads" => {
                    assert_eq!(kinds.iter().filter(|kind| **kind == "offload").count(), 1, "{engine}: {spans:?}");
                    assert!(longest("block") >= longest("offload") && longest("offload") >= MS, "{spans:?}");
                }
                ("batch", true) => assert!(longest("block") >= MS && !kinds.contains(&"offload"), "{spans:?}"),
                ("away" | "batch", false) => {
                    assert_eq!(kinds.iter().filter(|kind| **kind == "offload").count(), 1, "{engine}: {spans:?}");
                    assert!(longest("offload") >= MS, "{engine}: {spans:?}");
                    let of_pool = |span: &&Span| span.worker.is_none();
                    let [queue, offload] = &spans.iter().filter(of_pool).collect::<Vec<_>>()[..] else {
                        panic!("{engine}: {spans:?}")
                    };
                    assert_eq!((queue.kind.as_str(), offload.kind.as_str()), ("queue", "offload"), "{engine}");
                    assert_eq!(queue.end, offload.start, "{engine}: {spans:?}");
                }
                _ => assert_eq!(kinds, ["run"], "{engine}: {row:?}"),
            }
        }
        assert_eq!(run.sample(engine, "*").whole("spans_dropped"), 0, "{engine}");
    }
    assert!(run.stderr.contains("warning: the run was traced: "), "{}", run.stderr);
    assert!(run.files["report.html"].contains("the run was traced: "));
    assert_eq!(run.facts()["resolved"]["trace"].as_bool(), Some(true));
    exports_everything(&lab, &run);
}

/// A time of an event, nanoseconds.
fn ns(event: &Value, key: &str) -> u64 {
    (event[key].as_f64().unwrap_or_else(|| panic!("{key}: {event}")) * 1e3).round() as u64
}

fn text<'a>(event: &'a Value, key: &str) -> &'a str {
    event[key].as_str().unwrap_or_else(|| panic!("{key}: {event}"))
}

/// `taskmix trace` of the run has as many events of each kind as the CSV files have rows, each on its track.
fn exports_everything(lab: &Lab, run: &Finished) {
    let output = lab.output(&["trace", "mix", "-o", "out.json"]);
    assert_eq!((text_of(output.stdout).as_str(), text_of(output.stderr).as_str()), ("out.json\n", ""));
    let json = fs::read_to_string(lab.path().join("out.json")).expect("the file");
    let trace: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(text(&trace, "displayTimeUnit"), "ns");
    let events = trace["traceEvents"].as_array().expect("events");
    let of_phase = |phase: &str| -> Vec<&Value> { events.iter().filter(|event| event["ph"] == phase).collect() };

    let spans = run.rows("spans.csv");
    let on_workers = spans.iter().filter(|row| !row.is_empty("worker")).count();
    let instances = run.rows("tasks.csv").len();
    assert_eq!(of_phase("X").len(), on_workers);
    assert_eq!(of_phase("b").len(), 3 * instances + (spans.len() - on_workers), "life, pending, started; offloads");
    assert_eq!(of_phase("n").len(), instances, "a release of each instance, and no cancellation");
    assert_eq!(of_phase("C").len(), run.rows("states.csv").len() + run.rows("probe.csv").len());
    let processes: BTreeSet<String> = of_phase("M")
        .iter()
        .filter(|event| event["name"] == "process_name")
        .map(|event| text(&event["args"], "name").split(',').next().expect("a word").to_owned())
        .collect();
    assert_eq!(processes, ENGINES.map(str::to_owned).into());

    let mut last_of_thread: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    for event in of_phase("X") {
        let thread = (event["pid"].as_u64().expect("a process"), event["tid"].as_u64().expect("a thread"));
        assert!(thread.0 > 0 && thread.1 > 0, "viewers reserve 0: {event}");
        let before = last_of_thread.insert(thread, ns(event, "ts") + ns(event, "dur")).unwrap_or(0);
        assert!(before <= ns(event, "ts"), "{event} begins before {before}");
    }
    let mut open: BTreeMap<String, (Vec<String>, u64)> = BTreeMap::new();
    for event in events.iter().filter(|event| ["b", "n", "e"].contains(&text(event, "ph"))) {
        let (names, last) = open.entry(format!("{} {}", text(event, "cat"), text(event, "id"))).or_default();
        assert!(*last <= ns(event, "ts"), "within one track times ascend: {event}");
        *last = ns(event, "ts");
        match text(event, "ph") {
            "b" => names.push(text(event, "name").to_owned()),
            "e" => assert_eq!(names.pop().as_deref(), Some(text(event, "name")), "the innermost event ends first"),
            _ => assert!(!names.is_empty(), "within the instance's life: {event}"),
        }
    }
    assert!(open.values().all(|(names, _)| names.is_empty()), "each beginning has its end: {open:?}");
}

#[test]
fn with_few_threads_each_one_has_a_trace_line() {
    let text = "question = \"?\"\nengines = [\"threads\"]\nrepeats = 8\n\
        [[task]]\nname = \"one\"\nsteps = [{ sleep = \"3ms\" }]\n";
    let run = Lab::new().run(text, &["--trace"]).ok();
    let spans = run.rows("spans.csv");
    let kinds: Vec<_> = spans.iter().map(|row| (row.text("kind"), row.text("worker").is_empty())).collect();
    assert_eq!(kinds.iter().filter(|(kind, _)| *kind == "block").count(), 8, "{kinds:?}");
    assert!(kinds.iter().all(|(_, nowhere)| !nowhere), "{kinds:?}");
}

#[test]
fn spans_are_recorded_only_with_trace_and_traced_runs_are_distinguished() {
    let lab = Lab::new();
    let run = lab.run(&mix(&["smol-local"]), &[]).ok();
    assert!(!run.files.contains_key("spans.csv"));
    assert!(!run.files["run.toml"].contains("trace") && !run.stderr.contains("traced"), "{}", run.stderr);
    assert!(run.sample("smol-local", "*").is_empty("spans_dropped"));
    let empty = run.instances("smol-local").into_iter().find(|row| row.text("task") == "empty").expect("one");
    assert_eq!(empty.whole("busy_ns"), 0, "a poll without a step that takes time is not timed");

    let output = lab.output(&["trace", "mix"]);
    assert_eq!(
        text_of(output.stderr),
        "note: there is no `spans.csv`: `taskmix run --trace` records which instance was on which thread\n"
    );
    let json = fs::read_to_string(lab.path().join("results/mix/latest/trace.json")).expect("the file");
    let trace: Value = serde_json::from_str(&json).expect("JSON");
    let phases = trace["traceEvents"].as_array().expect("events").iter().map(|event| text(event, "ph"));
    let phases: BTreeSet<&str> = phases.collect();
    assert!(phases.contains("b") && !phases.contains("X"), "lives of instances only: {phases:?}");

    lab.run(&mix(&["smol-local"]), &["--trace"]).ok();
    let stderr = text_of(lab.output(&["compare", "latest~1", "latest"]).stderr);
    assert!(stderr.contains("only the new run was traced"), "{stderr}");
}

#[test]
fn a_trace_without_instances_is_refused() {
    let lab = Lab::new();
    let run = lab.run(&mix(&["smol-local"]), &["--trace", "--tasks", "never"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.starts_with("error: `--trace` and `--tasks never` do not go together\n"), "{}", run.stderr);
    assert!(run.files.is_empty());
}

#[test]
fn spans_without_room_are_counted_and_reported() {
    let text = "question = \"How many?\"\nengines = [\"smol-local\"]\nrepeats = 1\n\
        [[task]]\nname = \"turner\"\nsteps = [{ loop = 140000, steps = [{ yield = true }] }]\n";
    let run = Lab::new().run(text, &["--trace"]).ok();
    let kept = rows(&run.files["spans.csv"]).len() as u64;
    let dropped = run.sample("smol-local", "*").whole("spans_dropped");
    let polls = run.instances("smol-local")[0].whole("polls");
    assert_eq!((kept, kept + dropped), (131_072, polls));
    let warning = "spans.csv lacks the last 8,929 spans of 1 of 1 cells";
    assert!(run.stderr.contains(warning) && run.files["report.html"].contains(warning), "{}", run.stderr);
}

#[test]
fn a_cell_that_dies_keeps_its_spans_and_the_span_under_way() {
    let text = "question = \"Who was there?\"\nengines = [\"smol-local\"]\nrepeats = 1\n\
        [[task]]\nname = \"victim\"\nsteps = [{ cpu = \"20us\" }, { yield = true }, { cpu = \"20us\" }]\n";
    let run = Lab::new().run(text, &["--trace", "--fault", "smol-local=kill"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let stalled = &run.instances("smol-local")[0];
    assert_eq!(stalled.text("state"), "stalled");
    let spans = &by_instance(&run, "smol-local")[&("victim".to_owned(), 0)];
    let kinds: Vec<&str> = spans.iter().map(|span| span.kind.as_str()).collect();
    assert_eq!(kinds, ["run", "run"], "{spans:?}");
    assert!(spans[1].end - spans[1].start >= 1_000, "it had worked before it died: {spans:?}");
}
