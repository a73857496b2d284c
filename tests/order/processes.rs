//! The engine `processes`: how instances are assigned to its processes, what a blocked process does to the others, and that
//! all processes end together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::system::{Found, descendants, processes, until};
use crate::support::{Finished, Lab, Row, rows};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Runs `tasks` on `workers` processes.
fn run(workers: u32, tasks: &str) -> Finished {
    Lab::new().run(&mix(workers, tasks), &["--quiet"])
}

fn mix(workers: u32, tasks: &str) -> String {
    format!(
        "question = \"Whose is it?\"\nengines = [\"processes\"]\nworkers = {workers}\nrepeats = 1\ntimeout = \"20s\"\n{tasks}"
    )
}

fn rows_of(run: &Finished, task: &str) -> Vec<Row> {
    run.instances("processes").into_iter().filter(|row| row.text("task") == task).collect()
}

#[test]
fn open_arrivals_are_assigned_round_robin_in_order_of_release() {
    let tasks = r#"
        [[task]]
        name = "one"
        count = 20
        arrival = { every = "1ms" }
        steps = [{ sleep = { uniform = ["0ms", "5ms"] } }]

        [[task]]
        name = "other"
        count = 11
        steps = [{ cpu = "10us" }]
    "#;
    let run = run(3, tasks).ok();
    let workers: Vec<u64> = run.instances("processes").iter().map(|row| row.whole("worker")).collect();
    let round_robin: Vec<u64> = (0..31).map(|slot| slot % 3).collect();
    assert_eq!(workers, round_robin, "the rows are in order of release");
}

#[test]
fn clients_are_assigned_round_robin_and_keep_their_process() {
    let tasks = r#"
        [[task]]
        name = "request"
        count = 300
        arrival = { clients = 5, think = "1ms" }
        steps = [{ sleep = "1ms" }]
    "#;
    let run = run(2, tasks).ok();
    let rows = rows_of(&run, "request");
    for (worker, clients) in [(0, 3), (1, 2)] {
        let mut changes = BTreeMap::<u64, i64>::new();
        for row in rows.iter().filter(|row| row.whole("worker") == worker) {
            *changes.entry(row.whole("scheduled_ns")).or_default() += 1;
            *changes.entry(row.whole("finished_ns")).or_default() -= 1;
        }
        let at_once = changes.values().scan(0, |now, change| {
            *now += change;
            Some(*now)
        });
        assert_eq!(at_once.max(), Some(clients), "worker {worker}");
    }
    assert_eq!(run.sample("processes", "request").whole("done"), 300, "of both processes together");
}

#[test]
fn counts_add_up_with_more_processes_than_instances() {
    let tasks = r#"
        [[task]]
        name = "few"
        count = 2
        steps = [{ cpu = "20us", as = "work" }]

        [[task]]
        name = "loop"
        count = 30
        arrival = { clients = 2, think = "100us" }
        steps = [{ offload = "blocking", steps = [{ cpu = "10us" }] }]
        cancel = { after = "10s" }
    "#;
    for workers in [1, 7] {
        let run = run(workers, tasks).ok();
        for (task, count, units) in [("few", 2, 40_000), ("loop", 30, 300_000), ("*", 32, 340_000)] {
            let sample = run.sample("processes", task);
            assert_eq!(sample.text("exit").is_empty(), task != "*");
            let counts = (sample.whole("released"), sample.whole("done"), sample.whole("units_done"));
            assert_eq!(counts, (count, count, units), "{workers}: {task}");
        }
        let on: BTreeSet<u64> = rows_of(&run, "loop").iter().map(|row| row.whole("worker")).collect();
        assert!(on.len() <= 2 && on.iter().all(|worker| *worker < workers.into()), "{workers}: {on:?}");
        assert_eq!(run.rows("steps.csv")[0].whole("count"), 2, "{workers}: the named steps of all processes");
    }
}

/// The process of the keeper is inside a blocking call for 900 ms; the other two are not.
const BLOCKED: &str = r#"
    [[task]]
    name = "keeper"
    steps = [{ block = "900ms" }]

    [[task]]
    name = "visitor"
    count = 41
    arrival = { every = "5ms" }
    steps = [{ cpu = "10us" }]
"#;

#[test]
fn a_blocked_process_delays_only_its_own_instances() {
    let run = Lab::new().run(&mix(3, BLOCKED), &["--quiet", "--probe"]).ok();
    let keeper = rows_of(&run, "keeper").remove(0);
    let (worker, end) = (keeper.whole("worker"), keeper.whole("finished_ns"));
    for row in rows_of(&run, "visitor") {
        let is_held_up = row.whole("started_ns") >= end;
        // The first visitor is released together with the keeper and may run before it.
        let may_be_either = row.whole("instance") == 0;
        assert!(may_be_either || is_held_up == (row.whole("worker") == worker), "{row:?}, the keeper on {worker}");
    }
    // Probes are assigned round-robin too. Of the first 700 ms, each probe to the blocked process waited 200 ms or more.
    let probes =
        run.rows("probe.csv").into_iter().filter(|row| (50_000_000..700_000_000).contains(&row.whole("written_ns")));
    let late: Vec<bool> = probes.map(|row| row.whole("lag_ns") >= 200_000_000).collect();
    let share = late.iter().filter(|late| **late).count() as f64 / late.len() as f64;
    assert!((0.25..0.5).contains(&share) && late.len() >= 600, "a third of {}: {share}", late.len());
}

#[test]
fn instances_that_a_stopped_process_had_not_dispatched_count_as_stalled() {
    let text = mix(3, BLOCKED).replace("20s", "600ms").replace("900ms", "1us");
    let run = Lab::new().run(&text, &["--quiet", "--probe", "--fault", "processes=hang"]);
    assert_eq!(run.sample("processes", "*").text("exit"), "timeout", "{}", run.stderr);
    // Of its 14 slots the blocked process has dispatched only the keeper's. Its 13 visitors were due and count as stalled.
    let visitors = rows_of(&run, "visitor");
    let in_state = |state: &str| visitors.iter().filter(|row| row.text("state") == state).count();
    assert_eq!([in_state("done"), in_state("stalled"), visitors.len()], [28, 13, 41], "{visitors:?}");
    let sample = run.sample("processes", "visitor");
    assert_eq!((sample.whole("released"), sample.whole("stalled")), (41, 13));
    // The blocked process answered none of its probes. The others answered all, except those written when the cell was stopped.
    let probes =
        run.rows("probe.csv").into_iter().filter(|row| (20_000_000..500_000_000).contains(&row.whole("written_ns")));
    let unanswered: Vec<bool> = probes.map(|row| row.is_empty("lag_ns")).collect();
    let share = unanswered.iter().filter(|is_unanswered| **is_unanswered).count() as f64 / unanswered.len() as f64;
    assert!((0.3..0.4).contains(&share), "a third of {}: {share}", unanswered.len());
}

#[test]
fn each_process_has_memory_of_its_own() {
    let peak = |workers| {
        let tasks = "[[task]]\nname = \"one\"\ncount = 9\nsteps = [{ sleep = \"5ms\" }]\n";
        run(workers, tasks).ok().sample("processes", "*").whole("peak_rss_bytes")
    };
    let (one, four) = (peak(1), peak(4));
    assert!(four >= one + 3 * (1 << 20), "{one}, {four}");
}

/// Instances that sleep for longer than a test takes.
const LONG: &str = "[[task]]\nname = \"long\"\ncount = 6\nsteps = [{ sleep = \"18s\" }]\n";

/// A run under way, of three processes.
struct UnderWay {
    lab: Lab,
    run: Child,
}

impl UnderWay {
    fn start() -> Self {
        let lab = Lab::new();
        lab.write("mix.toml", &mix(3, LONG));
        let mut command = lab.taskmix(&["run", "mix.toml", "--quiet"]);
        let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        Self { lab, run }
    }

    /// The process of the engine whose command line `is_wanted`.
    fn process(&self, is_wanted: impl Fn(&str) -> bool) -> Pid {
        let mut found = None;
        until("it is there", || {
            found = descendants(self.run.id()).into_iter().find(|process| is_wanted(&process.arguments()));
            found.is_some()
        });
        Pid::from_raw(found.expect("it is there").identity.0)
    }

    fn parent(&self) -> Pid {
        self.process(|arguments| arguments.contains("engine processes") && !arguments.contains("--worker"))
    }

    fn worker(&self, index: u32) -> Pid {
        self.process(|arguments| arguments.contains(&format!("engine processes --worker {index}")))
    }

    /// Waits for its end: its exit code and its standard error.
    fn end(&mut self) -> (Option<i32>, String) {
        let mut status = None;
        until("the run has ended", || {
            status = self.run.try_wait().expect("it is a child");
            status.is_some()
        });
        let mut stderr = String::new();
        self.run.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
        (status.and_then(|status| status.code()), stderr)
    }

    /// The row of the whole mix.
    fn mix(&self) -> Row {
        let text = fs::read_to_string(self.lab.path().join("results/mix/latest/samples.csv")).expect("samples.csv");
        rows(&text).into_iter().find(|row| row.text("task") == "*").expect("a cell")
    }

    /// No process that was started in its folder is left.
    fn is_gone(&self) {
        let is_ours = |found: &Found| {
            let cwd = fs::read_link(format!("/proc/{}/cwd", found.identity.0));
            cwd.is_ok_and(|cwd| cwd == self.lab.path())
        };
        until("no process is left", || !processes().iter().any(|found| found.lives() && is_ours(found)));
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let _ = self.run.kill();
        let _ = self.run.wait();
    }
}

fn end(process: Pid) {
    kill(process, Signal::SIGKILL).expect("it is there");
}

#[test]
fn a_process_that_is_killed_ends_the_cell_at_once_and_is_named() {
    let mut run = UnderWay::start();
    end(run.worker(1));
    let (code, stderr) = run.end();
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("stderr: `error: worker process 1 was ended by SIGKILL`"), "{stderr}");
    let mix = run.mix();
    assert_eq!(mix.text("exit"), "signal SIGKILL");
    assert_eq!(mix.whole("released"), mix.whole("stalled"), "{mix:?}");
    run.is_gone();
}

#[test]
fn worker_processes_end_with_their_parent_at_any_moment() {
    for delay in [0, 2, 5, 10, 20, 40, 80] {
        let mut run = UnderWay::start();
        let parent = run.parent();
        thread::sleep(Duration::from_millis(delay));
        end(parent);
        let (code, stderr) = run.end();
        assert_eq!(code, Some(1), "{stderr}");
        assert_eq!(run.mix().text("exit"), "signal SIGKILL");
        run.is_gone();
    }
}

#[test]
fn worker_processes_end_with_the_campaign_at_any_moment() {
    // The campaign calibrates for 40 ms (200 ms, if optimised) before it starts a process.
    for delay in [20, 45, 55, 65, 75, 90, 120, 210, 300] {
        let mut run = UnderWay::start();
        thread::sleep(Duration::from_millis(delay));
        run.run.kill().expect("it runs");
        run.end();
        run.is_gone();
    }
}
