//! An end before the end: Ctrl-C, SIGTERM, and a parent that is killed. What was measured is kept, no process is left.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{Lab, rows};

/// Two cells: by this seed the short one comes first. The other would go on for 20 s.
const LONG: &str = r#"
question = "When does it end?"
engines = ["smol-local"]
repeats = 1
seed = 3

[[task]]
name = "one"
count = 2
arrival = { every = "$gap" }
steps = [{ block = "1ms" }]

[matrix]
gap = ["50ms", "20s"]

[[expect]]
claim = "all are done"
that = "smol-local.done == 2"
"#;

/// How long anything may take that takes no time: less than the cell that is cut would.
const PATIENCE: Duration = Duration::from_secs(12);

/// A process: its number may be given to another one, its start may not.
type Process = (i32, String);

/// A run under way, with what it has started.
struct UnderWay {
    lab: Lab,
    run: Child,
    children: BTreeSet<Process>,
}

impl UnderWay {
    /// Starts a run and waits until a cell has ended and the next one has its processes.
    fn start() -> Self {
        let lab = Lab::new();
        lab.write("mix.toml", LONG);
        let mut command = lab.taskmix(&["run", "mix.toml"]);
        let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut under_way = Self { lab, run, children: BTreeSet::new() };
        until("a cell has ended", || {
            fs::read_to_string(under_way.file("samples.csv")).is_ok_and(|text| text.lines().count() >= 3)
        });
        let parent = under_way.run.id().cast_signed();
        until("an engine and a helper are running", || {
            let found = processes().into_iter().filter(|process| process.parent == parent && process.lives());
            under_way.children = found.map(|process| process.identity).collect();
            under_way.children.len() == 2
        });
        under_way
    }

    fn file(&self, name: &str) -> PathBuf {
        self.lab.path().join("results/mix/latest").join(name)
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.run.id().cast_signed()), signal).expect("it runs");
    }

    /// Waits for the end; its exit code, if no signal ended it.
    fn end(&mut self) -> Option<i32> {
        let mut status = None;
        until("the run has ended", || {
            status = self.run.try_wait().expect("it is a child");
            status.is_some()
        });
        status.and_then(|status| status.code())
    }

    /// No process of the run lives: neither those seen nor any that came afterwards.
    fn is_gone(&self) {
        until("no process is left", || {
            let folder = self.lab.path();
            processes().iter().all(|process| {
                let ours = self.children.contains(&process.identity)
                    || fs::read_link(format!("/proc/{}/cwd", process.identity.0)).is_ok_and(|cwd| cwd == folder);
                !ours || !process.lives()
            })
        });
    }

    fn facts(&self) -> toml::Table {
        fs::read_to_string(self.file("run.toml")).expect("run.toml").parse().expect("TOML")
    }
}

/// However a test ends, nothing of its goes on.
impl Drop for UnderWay {
    fn drop(&mut self) {
        let _ = self.run.kill();
        let _ = self.run.wait();
    }
}

struct Found {
    identity: Process,
    parent: i32,
    state: char,
}

impl Found {
    /// A zombie is dead: in some containers nobody reaps orphans.
    fn lives(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }
}

/// All processes, from `/proc/<pid>/stat` (proc(5)).
fn processes() -> Vec<Found> {
    let numbers = fs::read_dir("/proc").expect("Linux has /proc").filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        name.parse::<i32>().ok()
    });
    let found = numbers.filter_map(|number| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        // Behind the name, which may hold anything: state, parent, …, and the start as the twentieth.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let (state, parent, began) = (fields.first()?.chars().next()?, fields.get(1)?.parse().ok()?, fields.get(19)?);
        Some(Found { identity: (number, (*began).to_owned()), parent, state })
    });
    found.collect()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A signal that asks for an end.
fn asked_to_end(signal: Signal) {
    let mut under_way = UnderWay::start();
    under_way.signal(signal);
    assert_eq!(under_way.end(), Some(130));
    under_way.is_gone();

    let facts = under_way.facts();
    assert_eq!(facts["interrupted"].as_bool(), Some(true));
    assert_eq!(facts["complete"].as_bool(), Some(false));
    for name in ["expect.csv", "probe.csv", "samples.csv", "states.csv", "steps.csv", "summary.csv", "tasks.csv"] {
        rows(&fs::read_to_string(under_way.file(name)).unwrap_or_else(|error| panic!("{name}: {error}")));
    }
    let samples = rows(&fs::read_to_string(under_way.file("samples.csv")).expect("samples.csv"));
    assert_eq!(samples.len(), 2, "the cut cell has no rows");
    assert_eq!(samples[1].text("exit"), "ok");
    let tasks = rows(&fs::read_to_string(under_way.file("tasks.csv")).expect("tasks.csv"));
    assert_eq!(tasks.len(), 2, "whole cells only");
    let verdicts = rows(&fs::read_to_string(under_way.file("expect.csv")).expect("expect.csv"));
    let verdicts: Vec<_> = verdicts.iter().map(|row| (row.text("point"), row.text("verdict"))).collect();
    assert_eq!(verdicts, [("gap=50ms", "holds"), ("gap=20s", "inconclusive")], "over what was measured");
}

#[test]
fn ctrl_c_keeps_what_was_measured_and_leaves_no_process() {
    asked_to_end(Signal::SIGINT);
}

#[test]
fn sigterm_does_as_ctrl_c_does() {
    asked_to_end(Signal::SIGTERM);
}

#[test]
fn a_killed_run_leaves_no_process_and_says_that_it_is_not_complete() {
    let mut under_way = UnderWay::start();
    under_way.signal(Signal::SIGKILL);
    assert_eq!(under_way.end(), None, "a signal ended it");
    under_way.is_gone();
    let facts = under_way.facts();
    assert_eq!(facts["complete"].as_bool(), Some(false));
    assert_eq!(facts["interrupted"].as_bool(), Some(false));
    let samples = rows(&fs::read_to_string(under_way.file("samples.csv")).expect("samples.csv"));
    assert_eq!(samples.len(), 2, "the cut cell has no rows");
    assert!(under_way.file("tasks.csv.partial").is_file(), "what is not whole says so by its name");
}
