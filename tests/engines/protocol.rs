//! The engine protocol, spoken by hand as another parent would speak it: a plan on descriptor 0, lines on 1, a record file
//! on 3, probes on 4, draws on 5. The end of file on 0 kills the engine.

use std::fs::File;
use std::io::{BufRead, BufReader, PipeWriter, Read, Write, pipe};
use std::num::NonZeroU64;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::ENGINES;
use command_fds::{CommandFdExt, FdMapping};
use taskmix_engine::plan::{CellPlan, PointPlan};
use taskmix_engine::record::layout::end;
use taskmix_engine::record::{Mapping, memory_file};
use taskmix_engine::scenario::{EngineName, parse};

/// An engine's process, started by hand.
struct Engine {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    mapping: Mapping,
    /// The writing end of the probe pipe, held open: the test writes probes here, as the probe helper does.
    probes: PipeWriter,
}

/// The plan of a single task on an engine with one worker: its point and its cell.
fn planned(engine: EngineName, task: &str) -> (PointPlan, CellPlan) {
    let text = format!("question = \"?\"\nengines = [\"{engine}\"]\n[[task]]\nname = \"one\"\n{task}\n");
    let scenario = parse("mix", &text).expect("a valid scenario").scenario;
    let point = PointPlan::new(&scenario.points[0].tasks, 1).expect("it is small");
    let mut plan = point.cell(engine, 1, None);
    plan.iterations_per_second = 1e8;
    (point, plan)
}

impl Engine {
    /// Starts the engine with every descriptor of the protocol; the plan's line is not yet sent.
    fn start(engine: EngineName, point: &PointPlan) -> Self {
        Self::start_as(Command::new(env!("CARGO_BIN_EXE_taskmix")), engine, point)
    }

    /// The same through another command, which executes the engine.
    fn start_as(mut command: Command, engine: EngineName, point: &PointPlan) -> Self {
        let (record, mapping) =
            Mapping::create(point.shape(1, 1_000_000_000, NonZeroU64::new(1_000_000))).expect("a memory file");
        for (index, slot) in mapping.slots().iter().enumerate() {
            slot.scheduled_ns.store(point.draws.scheduled_ns[index], Relaxed);
            slot.cancel_at_ns.store(point.draws.cancel_ns[index], Relaxed);
            slot.task.store(point.draws.task[index], Relaxed);
            slot.instance.store(point.draws.instance[index], Relaxed);
        }
        let mut numbers = memory_file("draws", 0).expect("a memory file");
        for number in &point.numbers {
            numbers.write_all(&number.to_le_bytes()).expect("room");
        }
        let (probe_out, probes) = pipe().expect("a pipe");
        let fds: [OwnedFd; 3] = [record.into(), probe_out.into(), File::into(numbers)];
        command.args(["engine", engine.as_str()]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mappings = fds.into_iter().zip(3..).map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd });
        command.fd_mappings(mappings.collect()).expect("no descriptor twice");
        let mut child = command.spawn().expect("it starts");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, stdin, stdout, mapping, probes }
    }

    fn send_plan(&mut self, plan: &CellPlan) {
        let mut line = serde_json::to_vec(plan).expect("JSON");
        line.push(b'\n');
        self.stdin.write_all(&line).expect("it listens");
    }

    fn line(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it speaks");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"))
    }

    /// Waits for its end, 20 s at most.
    fn end(child: &mut Child) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("it is a child") {
                return status;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "it must end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn engines() -> [EngineName; ENGINES.len()] {
    ENGINES.map(|engine| engine.parse().expect("an engine"))
}

#[test]
fn an_engine_says_ready_and_end_and_nothing_else_and_fills_the_record() {
    for name in engines() {
        let (point, plan) = planned(name, "count = 9\nsteps = [{ cpu = \"10us\" }, { sleep = \"1ms\" }]");
        let mut engine = Engine::start(name, &point);
        engine.send_plan(&plan);
        assert_eq!(engine.line()["ready"]["protocol"], 1, "{name}");
        assert!(engine.line()["end"]["usage"]["user_cpu_ns"].is_u64(), "{name}");
        let mut rest = String::new();
        engine.stdout.read_to_string(&mut rest).expect("it speaks");
        assert_eq!(rest, "", "{name}");
        assert_eq!(Engine::end(&mut engine.child).code(), Some(0), "{name}");

        let header = engine.mapping.header();
        assert_eq!((header.released.value.load(Relaxed), header.ended.value.load(Relaxed)), (9, 9), "{name}");
        let (start, stop) = (header.start_tick.load(Relaxed), header.end_tick.load(Relaxed));
        assert!(0 < start && start < stop, "{name}");
        for slot in engine.mapping.slots() {
            assert_eq!(slot.ended.load(Relaxed), end::DONE, "{name}");
            assert_eq!(slot.units.load(Relaxed), 10_000, "{name}");
            let (started, finished) = (slot.started_tick.load(Relaxed), slot.finished_tick.load(Relaxed));
            assert!(start <= started && started < finished && finished <= stop, "{name}");
        }
        assert!(engine.mapping.workers().iter().all(|line| line.slot.load(Relaxed) == 0), "no worker runs an instance");
    }
}

#[test]
fn probes_are_answered_in_their_order() {
    for name in engines() {
        let (point, mut plan) = planned(name, "count = 2\narrival = { every = \"300ms\" }\nsteps = []");
        plan.probe_ns = NonZeroU64::new(1_000_000);
        let mut engine = Engine::start(name, &point);
        engine.send_plan(&plan);
        assert_eq!(engine.line()["ready"]["protocol"], 1, "{name}");
        for written in 1..=20_u64 {
            engine.probes.write_all(&written.to_le_bytes()).expect("it reads");
        }
        assert!(engine.line()["end"].is_object(), "{name}");
        let handled = engine.mapping.header().probed.value.load(Relaxed);
        assert_eq!(handled, 20, "{name}");
        for (line, written) in engine.mapping.probes().iter().zip(1..=20) {
            assert_eq!(line.written_monotonic_ns.load(Relaxed), written, "{name}");
            assert!(line.handled_monotonic_ns.load(Relaxed) > 0, "{name}");
        }
    }
}

#[test]
fn the_end_of_file_on_descriptor_0_kills_an_engine_in_any_step() {
    for name in engines() {
        for steps in ["{ sleep = \"30s\" }", "{ block = \"30s\" }", "{ cpu = \"30s\" }"] {
            let (point, plan) = planned(name, &format!("count = 2\nsteps = [{steps}]"));
            let mut engine = Engine::start(name, &point);
            engine.send_plan(&plan);
            assert_eq!(engine.line()["ready"]["protocol"], 1, "{name}");
            let Engine { child, stdin, .. } = &mut engine;
            let began = Instant::now();
            // Closes the last writer of the pipe.
            drop(std::mem::replace(stdin, other_pipe()));
            let status = Engine::end(child);
            assert_eq!(status.signal(), Some(9), "{name}, {steps}: {status}");
            assert!(began.elapsed() < Duration::from_secs(10), "{name}, {steps}: its instances take 30 s");
        }
    }
}

#[test]
fn a_cell_that_can_not_start_a_thread_reports_it_with_a_remedy_and_keeps_its_record() {
    let (point, plan) = planned(EngineName::Threads, "count = 500\nsteps = [{ sleep = \"30s\" }]");
    // 4 GiB of address space hold no more than 16 such stacks. With stacks this big, the process's other memory has room.
    let plan = CellPlan { stack_size: Some(256 << 20), ..plan };
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 4194304 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_taskmix")]);
    let mut engine = Engine::start_as(limited, EngineName::Threads, &point);
    engine.send_plan(&plan);
    assert_eq!(engine.line()["ready"]["protocol"], 1);
    assert_eq!(Engine::end(&mut engine.child).code(), Some(1), "it exits by itself");
    let mut stderr = String::new();
    engine.child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
    assert!(stderr.starts_with("can't start thread ") && stderr.lines().count() == 1, "{stderr}");
    assert!(stderr.contains(" of this cell: Resource temporarily unavailable"), "{stderr}");
    assert!(stderr.contains("let fewer instances be under way at once, or lower `stack_size`"), "{stderr}");
    let slots = engine.mapping.slots();
    let started = slots.iter().filter(|slot| slot.started_tick.load(Relaxed) > 0).count();
    assert!(started <= 16, "{started}");
    assert!(slots.iter().all(|slot| slot.ended.load(Relaxed) == end::NOT), "no instance was cancelled or done");
}

/// The input of an unrelated process, to put in place of another input.
fn other_pipe() -> ChildStdin {
    let mut child = Command::new("true").stdin(Stdio::piped()).spawn().expect("it starts");
    let stdin = child.stdin.take().expect("a pipe");
    child.wait().expect("it ends");
    stdin
}

#[test]
fn a_plan_that_is_malformed_or_of_another_protocol_is_refused_with_a_message() {
    let (point, plan) = planned(EngineName::SmolLocal, "count = 1\nsteps = []");
    let other = CellPlan { protocol: 2, ..plan };
    for (line, words) in [
        (serde_json::to_string(&other).expect("JSON"), "the plan is of protocol 2, this engine speaks 1"),
        ("{}".to_owned(), "the plan on descriptor 0 is not one of protocol 1"),
        (String::new(), "the plan on descriptor 0 is not one of protocol 1"),
    ] {
        let mut engine = Engine::start(EngineName::SmolLocal, &point);
        engine.stdin.write_all(format!("{line}\n").as_bytes()).expect("it listens");
        assert_eq!(Engine::end(&mut engine.child).code(), Some(1));
        let mut stderr = String::new();
        engine.child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
        assert!(stderr.starts_with(&format!("error: {words}")) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn an_impossible_worker_is_refused_with_a_message() {
    let (_, plan) = planned(EngineName::Processes, "count = 1\nsteps = []");
    let line = serde_json::json!({ "of": 2, "plan": plan }).to_string();
    for (engine, worker, line, words) in [
        ("rayon", "0", line.as_str(), "the engine `rayon` has no processes for workers"),
        ("processes", "2", &line, "there is no worker 2 of 2"),
        ("processes", "0", "{}", "the plan on descriptor 0 is not one of protocol 1"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskmix"));
        command.args(["engine", engine, "--worker", worker]).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        // A process that needs no line may have ended before the line is written.
        let _ = writeln!(child.stdin.take().expect("a pipe"), "{line}");
        assert_eq!(Engine::end(&mut child).code(), Some(1));
        let mut stderr = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
        assert!(stderr.starts_with("error: ") && stderr.contains(words) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn an_engine_without_its_descriptors_says_so_in_one_line() {
    let (_, plan) = planned(EngineName::SmolLocal, "count = 1\nsteps = []");
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskmix"));
    command.args(["engine", "smol-local"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    writeln!(stdin, "{}", serde_json::to_string(&plan).expect("JSON")).expect("it listens");
    assert_eq!(Engine::end(&mut child).code(), Some(1));
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
    // Which descriptor it misses first depends on the descriptors that this test inherited.
    assert!(stderr.starts_with("error: ") && stderr.lines().count() == 1, "{stderr}");
}
