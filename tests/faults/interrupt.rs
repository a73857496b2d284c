//! Runs that are ended early: by Ctrl-C, by SIGTERM, and by killing the parent. What was measured is kept, no process is left.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use crate::support::system::{Process, descendants, processes, until};
use crate::support::{Lab, rows};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// An engine of one process, and one of several.
const ENGINES: [&str; 2] = ["smol-local", "processes"];

/// With this seed a short cell is first. The second is long and has a probe: it would take 20 s.
const LONG: &str = r#"
question = "When does it end?"
engines = ["ENGINE"]
workers = 2
repeats = 1
probe = "1ms"
seed = 9

[[task]]
name = "one"
count = 2
arrival = { every = "$gap" }
steps = [{ block = "1ms" }]

[matrix]
gap = ["50ms", "20s"]

[[expect]]
claim = "all are done"
that = "ENGINE.done == 2"
"#;

/// A run under way, with what it has started.
struct UnderWay {
    lab: Lab,
    run: Child,
    children: BTreeSet<Process>,
}

impl UnderWay {
    /// Starts a run and waits until a cell has ended and the next one has its processes.
    fn start(engine: &str) -> Self {
        let lab = Lab::new();
        lab.write("mix.toml", &LONG.replace("ENGINE", engine));
        let mut command = lab.taskmix(&["run", "mix.toml"]);
        let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut under_way = Self { lab, run, children: BTreeSet::new() };
        until("a cell has ended", || {
            fs::read_to_string(under_way.file("samples.csv")).is_ok_and(|text| text.lines().count() >= 3)
        });
        let all = if engine == "processes" { 4 } else { 2 };
        until("an engine and a helper are running", || {
            under_way.children = descendants(under_way.run.id()).into_iter().map(|process| process.identity).collect();
            under_way.children.len() == all
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

    /// No process of the run lives: neither one that was seen nor one that started afterwards.
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

/// Ends the run however the test ends.
impl Drop for UnderWay {
    fn drop(&mut self) {
        let _ = self.run.kill();
        let _ = self.run.wait();
    }
}

/// Sends a signal that asks for an end, and checks what the run leaves.
fn asked_to_end(engine: &str, signal: Signal) {
    let mut under_way = UnderWay::start(engine);
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
    for engine in ENGINES {
        asked_to_end(engine, Signal::SIGINT);
    }
}

#[test]
fn sigterm_does_as_ctrl_c_does() {
    asked_to_end("smol-local", Signal::SIGTERM);
}

#[test]
fn a_killed_run_leaves_no_process_and_says_that_it_is_not_complete() {
    for engine in ENGINES {
        let mut under_way = UnderWay::start(engine);
        under_way.signal(Signal::SIGKILL);
        assert_eq!(under_way.end(), None, "a signal ended it");
        under_way.is_gone();
        let facts = under_way.facts();
        assert_eq!(facts["complete"].as_bool(), Some(false));
        assert_eq!(facts["interrupted"].as_bool(), Some(false));
        let samples = rows(&fs::read_to_string(under_way.file("samples.csv")).expect("samples.csv"));
        assert_eq!(samples.len(), 2, "the cut cell has no rows");
        assert!(under_way.file("tasks.csv.partial").is_file(), "an incomplete file says so by its name");
    }
}
