//! Real runs on every engine: tasks that end by something else than their `count`, and sweeps from the command line.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{ENGINES, Finished, LOOPS, Lab, Row, WAITING};

/// Runs these tasks, one cell for each engine.
fn run(head: &str, tasks: &str) -> Finished {
    run_on(&ENGINES, head, tasks)
}

/// The same on some engines only.
fn run_on(engines: &[&str], head: &str, tasks: &str) -> Finished {
    let text = format!("question = \"When is it over?\"\nengines = {engines:?}\nrepeats = 1\n{head}\n{tasks}");
    Lab::new().run(&text, &["--quiet"])
}

/// The rows of one task on one engine.
fn rows_of(run: &Finished, engine: &str, task: &str) -> Vec<Row> {
    run.instances(engine).into_iter().filter(|row| row.text("task") == task).collect()
}

/// The last end of one task on one engine.
fn last_end(run: &Finished, engine: &str, task: &str) -> u64 {
    rows_of(run, engine, task).iter().map(|row| row.whole("finished_ns")).max().expect("it has instances")
}

/// Whether a row of `samples.csv` counts `released` instances, all of which have ended.
fn adds_up(sample: &Row, released: usize) -> bool {
    let ended: u64 = ["done", "cancelled", "failed"].map(|column| sample.whole(column)).iter().sum();
    sample.whole("released") == released as u64 && ended == released as u64 && sample.whole("stalled") == 0
}

#[test]
fn a_closed_loop_releases_instances_until_its_end_and_none_afterwards() {
    let tasks = r#"
        [[task]]
        name = "client"
        count = 100000
        arrival = { clients = 5, think = { uniform = ["1ms", "4ms"] }, until = "150ms" }
        steps = [{ sleep = "1ms" }, { cpu = { uniform = ["1us", "9us"] } }]
    "#;
    let run = run("workers = 2", tasks).ok();
    for engine in ENGINES {
        let rows = rows_of(&run, engine, "client");
        assert!(
            rows.iter().all(|row| row.whole("scheduled_ns") < 150_000_000 && row.text("state") == "done"),
            "{engine}"
        );
        // Each of the five clients releases at 4 ms at the latest, and its next release is at least 2 ms later.
        assert!((5..=5 * 75).contains(&rows.len()), "{engine}: {}", rows.len());
        // On `processes` the rows may be in another order than the releases, since one process may lag behind another.
        let times: BTreeSet<u64> = rows.iter().map(|row| row.whole("scheduled_ns")).collect();
        let fifth = times.iter().nth(4).expect("five clients");
        assert!(*fifth <= 4_000_000, "{engine}: {times:?}");
        // A client thinks for 4 ms at most: the loop did not stop early.
        let (last, end) = (rows.iter().map(|row| row.whole("scheduled_ns")).max(), last_end(&run, engine, "client"));
        assert!(end + 4_000_000 >= 150_000_000, "{engine}: {last:?}, {end}");
        let sample = run.sample(engine, "client");
        assert!(adds_up(&sample, rows.len()), "{sample:?}");
        assert_eq!(run.sample(engine, "*").text("exit"), "ok", "{engine}: its units of work are as planned");
    }
}

#[test]
fn a_closed_loop_that_runs_out_of_instances_before_its_end_is_a_warning() {
    let tasks = |until: &str| {
        format!(
            "[[task]]\nname = \"client\"\ncount = 7\narrival = {{ clients = 2, until = \"{until}\" }}\nsteps = [{{ sleep = \"1ms\" }}]\n"
        )
    };
    let cut_short = run("", &tasks("20s")).ok();
    let cells = ENGINES.len();
    let warning = format!("warning: `client` used up its `count` before its `until`, in {cells} of {cells} cells");
    assert!(cut_short.stderr.contains(&warning), "{}", cut_short.stderr);
    for engine in ENGINES {
        assert_eq!(cut_short.sample(engine, "client").whole("done"), 7);
        assert!(cut_short.sample(engine, "*").number("makespan_ns") < 20e9, "the cell does not wait for `until`");
    }
    let enough = run("", &tasks("1ns")).ok();
    assert!(!enough.stderr.contains("used up"), "{}", enough.stderr);
    for engine in ENGINES {
        assert_eq!(enough.sample(engine, "client").whole("done"), 2, "one request of each client, at 0");
    }
}

/// Background tasks with clients and a fixed period, beside a foreground task that takes 100 ms.
const NOISY: &str = r#"
    [[task]]
    name = "front"
    count = 51
    arrival = { every = "2ms" }
    steps = [{ cpu = "10us" }]

    [[task]]
    name = "noise"
    count = 100000
    background = true
    arrival = { clients = 3, think = "500us" }
    steps = [{ sleep = "1ms" }, { yield = true }, { cpu = "10us" }]

    [[task]]
    name = "drip"
    count = 100000
    background = true
    arrival = { every = "3ms" }
    steps = [{ offload = "blocking", steps = [{ block = "1ms" }] }]
"#;

#[test]
fn the_background_ends_with_the_foreground() {
    let run = run("workers = 2", NOISY).ok();
    for engine in ENGINES {
        let front = last_end(&run, engine, "front");
        assert!(front >= 100_000_000);
        let mix = run.sample(engine, "*");
        assert!(mix.whole("makespan_ns") >= front, "{mix:?}");
        assert_eq!(run.sample(engine, "front").whole("done"), 51);
        for task in ["noise", "drip"] {
            let rows = rows_of(&run, engine, task);
            assert!(adds_up(&run.sample(engine, task), rows.len()), "{engine}, {task}");
            assert!((1..10_000).contains(&rows.len()), "{engine}, {task}: {}", rows.len());
            // An instance that was cut off was cancelled when the dispatcher saw the end of the foreground, after its last end.
            let cuts = rows.iter().filter(|row| !row.is_empty("cancel_requested_ns"));
            let over = cuts.map(|row| row.whole("cancel_requested_ns")).max();
            for row in &rows {
                assert!(matches!(row.text("state"), "done" | "cancelled"), "{row:?}");
                assert!(over.is_none_or(|over| row.whole("scheduled_ns") <= over), "{row:?}");
                assert!(row.text("state") == "done" || row.whole("cancel_requested_ns") >= front, "{row:?}");
                assert!(row.whole("finished_ns") <= mix.whole("makespan_ns"), "{row:?}");
            }
            // On one thread the dispatcher releases nothing between the foreground's last end and the moment it sees that end.
            let late = rows.iter().filter(|row| row.whole("scheduled_ns") > front).count();
            assert!(
                !LOOPS.contains(&engine) || late == 0,
                "{engine}, {task}: {late} released after the foreground's end"
            );
        }
    }
}

#[test]
fn background_tasks_that_never_end_are_cut_off() {
    let tasks = r#"
        [[task]]
        name = "front"
        count = 10
        arrival = { every = "2ms" }
        steps = [{ sleep = "1ms" }]

        [[task]]
        name = "endless"
        count = 2
        background = true
        steps = [{ loop = 1000000000, steps = [{ loop = 1000, steps = [{ yield = true }] }] }]

        [[task]]
        name = "waiting"
        count = 1
        background = true
        steps = [{ loop = 1000000, steps = [{ sleep = "5ms" }] }]
    "#;
    // On a pool each of the three occupies a thread, so a worker is left for the foreground.
    let run = run("workers = 4", tasks).ok();
    for engine in ENGINES {
        assert_eq!(run.sample(engine, "front").whole("done"), 10, "{engine}");
        for (task, count) in [("endless", 2), ("waiting", 1)] {
            let sample = run.sample(engine, task);
            assert_eq!((sample.whole("released"), sample.whole("cancelled")), (count, count), "{engine}, {task}");
        }
    }
}

#[test]
fn the_cell_waits_for_a_block_in_the_background() {
    let tasks = |block: &str| {
        format!(
            "[[task]]\nname = \"front\"\nsteps = [{{ sleep = \"5ms\" }}]\n\
             [[task]]\nname = \"keeper\"\ncount = 100\nbackground = true\narrival = {{ clients = 1 }}\n\
             steps = [{{ block = \"{block}\" }}, {{ cpu = \"1ms\" }}]\n"
        )
    };
    // A thread of tokio that always has a task to run looks at its timers only once in 61 polls.
    let (promptly, after_many) = ENGINES.into_iter().partition::<Vec<_>, _>(|engine| *engine != "tokio-local");
    let long = run_on(&promptly, "workers = 2", &tasks("300ms")).ok();
    let short = run_on(&after_many, "", &tasks("20ms")).ok();
    for engine in ENGINES {
        let (run, block, most) =
            if after_many.contains(&engine) { (&short, 20_000_000, 61) } else { (&long, 300_000_000, 2) };
        let (rows, mix) = (rows_of(run, engine, "keeper"), run.sample(engine, "*"));
        for row in rows.iter().filter(|row| !row.is_empty("started_ns")) {
            assert!(row.whole("finished_ns") >= row.whole("started_ns") + block, "{row:?}");
            assert!(row.text("state") == "done" || row.text("last_step") == "1 block", "it stops after it: {row:?}");
            assert!(row.whole("finished_ns") <= mix.whole("makespan_ns"), "{row:?}");
        }
        // If the keeper has another thread than the foreground, the foreground ends during the block. A loop is inside the block
        // then and can't see that. On `processes` both are assigned to the first process.
        let cut: Vec<&str> = rows.iter().map(|row| row.text("state")).collect();
        assert!(LOOPS.contains(&engine) || engine == "processes" || cut == ["cancelled"], "{engine}: {cut:?}");
        assert!(rows.len() <= most, "{engine}: {cut:?}");
    }
}

#[test]
fn the_cell_waits_for_offloaded_work_of_the_background_and_the_foreground_does_not() {
    let tasks = r#"
        [[task]]
        name = "front"
        count = 2
        arrival = { every = "20ms" }
        steps = [{ cpu = "10us" }]

        [[task]]
        name = "orphan"
        count = 1
        background = true
        steps = [{ offload = "blocking", steps = [{ block = "300ms" }, { cpu = "100us" }] }]
    "#;
    let run = run("workers = 2", tasks).ok();
    for engine in ENGINES {
        let sample = run.sample(engine, "orphan");
        assert_eq!(sample.whole("units_done"), 100_000, "{engine}: the offloaded work runs to its end");
        assert!(run.sample(engine, "*").number("makespan_ns") >= 300e6, "{engine}: the cell waits for it");
        let cut = rows_of(&run, engine, "orphan").remove(0);
        assert!(cut.whole("cancel_requested_ns") < 300_000_000, "the foreground ended earlier: {cut:?}");
        // On a pool and on threads the offload runs in place. No step follows it, so the instance is done.
        let expected = if WAITING.contains(&engine) { "cancelled" } else { "done" };
        assert_eq!(cut.text("state"), expected, "{engine}");
    }
}

#[test]
fn a_background_that_runs_out_of_instances_is_a_warning_unless_it_is_a_burst() {
    let tasks = |arrival: &str| {
        format!(
            "[[task]]\nname = \"front\"\ncount = 1\nsteps = [{{ sleep = \"80ms\" }}]\n\
             [[task]]\nname = \"noise\"\ncount = 3\nbackground = true\narrival = {arrival}\nsteps = []\n"
        )
    };
    for (arrival, is_warned) in [("{ clients = 2 }", true), ("{ every = \"1ms\" }", true), ("\"burst\"", false)] {
        let run = run("workers = 2", &tasks(arrival)).ok();
        let has_warning = run.stderr.contains("`noise` used up its `count` before the foreground had ended");
        assert_eq!(has_warning, is_warned, "{arrival}: {}", run.stderr);
        for engine in ENGINES {
            assert_eq!(run.sample(engine, "noise").whole("done"), 3, "{engine}, {arrival}");
            assert!(run.sample(engine, "*").number("makespan_ns") >= 80e6, "{engine}, {arrival}");
        }
    }
}

#[test]
fn a_crash_beside_a_background_is_still_a_result() {
    let lab = Lab::new();
    let text = format!("question = \"?\"\nengines = {ENGINES:?}\nrepeats = 1\nworkers = 2\n{NOISY}");
    let run = lab.run(&text, &["--quiet", "--fault", "rayon=kill"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(run.sample("rayon", "*").text("exit"), "signal SIGKILL");
    assert_eq!(run.sample("smol-local", "*").text("exit"), "ok");
}

/// A mix whose matrix has a duration and a count.
const SWEPT: &str = r#"
question = "What changes with the hold?"
engines = ["rayon"]
workers = 1
repeats = 1

[[task]]
name = "one"
count = "$n"
steps = [{ block = "$hold" }]

[matrix]
hold = ["1ms", "20ms"]
n = [1, 2]

[[expect]]
claim = "what is not measured is not a mistake"
that = "rayon.one.latency_max[hold=20ms] >= 20ms"
"#;

#[test]
fn values_of_set_are_measured_and_recorded() {
    let run = Lab::new().run(SWEPT, &["--quiet", "--set", "hold=2ms,3ms", "--set", "n=3", "--workers", "1,2"]);
    assert!(matches!(run.code, Some(0 | 1)), "{}", run.stderr);
    let cells: BTreeSet<(u64, u64, u64)> = (run.rows("samples.csv").iter())
        .map(|row| (row.whole("param_hold_ns"), row.whole("param_n"), row.whole("workers")))
        .collect();
    let expected = [2_000_000, 3_000_000].into_iter().flat_map(|hold| [1, 2].map(|workers| (hold, 3, workers)));
    assert_eq!(cells, expected.collect());
    for row in run.rows("tasks.csv") {
        assert!(row.whole("finished_ns") - row.whole("started_ns") >= row.whole("param_hold_ns"), "{row:?}");
    }
    let facts = run.facts();
    let axes = facts["resolved"]["axes"].as_array().expect("a list");
    let text = |axis: &toml::Value| format!("{} = {}", axis["name"], axis["values"]);
    let axes: Vec<String> = axes.iter().map(text).collect();
    assert_eq!(axes, [r#""hold" = ["2ms", "3ms"]"#, r#""n" = ["3"]"#]);
    assert_eq!(facts["scenario"]["text"].as_str(), Some(SWEPT), "the text is the file's");
}

#[test]
fn a_list_of_workers_replaces_the_list_of_the_file_and_a_loop_runs_once() {
    let lab = Lab::new();
    let text = SWEPT
        .replace("[\"rayon\"]", "[\"rayon\", \"smol-local\"]")
        .replace("$n", "1")
        .replace("\"1\"", "1")
        .replace("n = [1, 2]\n", "");
    let run = lab.run(&text, &["--quiet", "--workers", "1,3", "--set", "hold=1ms"]);
    let cells: Vec<(String, u64)> = (run.rows("summary.csv").iter())
        .filter(|row| row.text("task") == "*")
        .map(|row| (row.text("engine").to_owned(), row.whole("workers")))
        .collect();
    let expected = [("rayon", 1), ("rayon", 3), ("smol-local", 1)];
    assert_eq!(cells, expected.map(|(engine, workers)| (engine.to_owned(), workers)));
}

#[test]
fn the_histograms_of_named_steps_do_not_count_as_the_engine_s_memory() {
    let peak = |name: &str| {
        let step = format!("{{ sleep = \"1ms\"{name} }}");
        let steps =
            if name.is_empty() { vec![step; 8] } else { (0..8).map(|n| step.replace('#', &n.to_string())).collect() };
        let text = format!(
            "question = \"?\"\nengines = [\"smol-local\", \"threads\"]\nrepeats = 1\n\
             [[task]]\nname = \"one\"\ncount = 4\nsteps = [{}]\n",
            steps.join(", ")
        );
        let rows = Lab::new().run(&text, &[]).ok().rows("samples.csv");
        let whole = rows.iter().filter(|row| row.text("task") == "*");
        whole.map(|row| (row.text("engine").to_owned(), row.whole("peak_rss_bytes"))).collect::<BTreeMap<_, _>>()
    };
    // The times of one name take 270 kB a worker.
    let (without, named) = (peak(""), peak(", as = \"step-#\""));
    for (engine, bytes) in named {
        assert!(bytes < without[&engine] + 1_000_000, "{engine}: {bytes} and {} bytes", without[&engine]);
    }
}
