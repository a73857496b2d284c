//! Whether the work is right: as long as its step says, and as parallel as possible. Also the campaign's own cost.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use taskmix::campaign::{CellOutcome, Speed};
use taskmix_engine::scenario::{EngineName, Verb, WorkerRule};

use crate::Args;
use crate::cells::{run, run_on, step, us};
use crate::verdict::{Verdicts, median};

/// `cpu = "1ms"` alone on an idle core.
pub(crate) fn cpu(options: &Args, speed: Speed, verdicts: &mut Verdicts) {
    if !options.wants("right cpu") {
        return;
    }
    // On `threads` the instances share the cores, so none has a core alone.
    for engine in EngineName::ALL.into_iter().filter(|engine| engine.worker_rule() != WorkerRule::Cores) {
        let steps = vec![step(Verb::Cpu { work: us(1_000), yield_every: None })];
        let outcome = run_on(speed, engine, steps, 300, 1);
        let mut times: Vec<f64> = outcome
            .records
            .iter()
            .filter_map(|record| Some((record.finished_ns? - record.started_ns?) as f64 / 1e6))
            .collect();
        let off = (median(&mut times) - 1.0).abs() * 100.0;
        verdicts.at_most(&format!("right, {engine}: `cpu` of 1 ms is off by, %"), off, 3.0, "");
    }
}

/// Waits cost no thread.
pub(crate) fn sleeps(options: &Args, speed: Speed, verdicts: &mut Verdicts) {
    if !options.wants("right sleeps") {
        return;
    }
    let mut spans: Vec<f64> = (0..5)
        .map(|_| {
            let outcome = run(speed, EngineName::SmolLocal, vec![step(Verb::Sleep(us(10_000)))], 10_000);
            outcome.span_ns.expect("a span") as f64 / 1e6
        })
        .collect();
    verdicts.at_most("right, smol-local: 10,000 sleeps of 10 ms, ms", median(&mut spans), 20.0, "");
}

/// The cores that a mix of work uses.
pub(crate) fn cores(options: &Args, speed: Speed, verdicts: &mut Verdicts) {
    if !options.wants("right cores") {
        return;
    }
    let used = |outcome: &CellOutcome| {
        let usage = outcome.usage.expect("usage");
        (usage.user_cpu_ns + usage.system_cpu_ns) as f64 / outcome.span_ns.expect("a span") as f64
    };
    for engine in EngineName::ALL {
        let steps = vec![step(Verb::Cpu { work: us(200), yield_every: None })];
        let mut cores: Vec<f64> = (0..5).map(|_| used(&run(speed, engine, steps.clone(), 5_000))).collect();
        let cores = median(&mut cores);
        if engine.worker_rule() == WorkerRule::One {
            verdicts.at_most(
                &format!("right, {engine}: cores used by a CPU mix"),
                cores,
                1.02,
                "smol's reactor included",
            );
        } else {
            verdicts.at_least(&format!("right, {engine}: cores used by a CPU mix"), cores, 1.90, "");
        }
    }
}

/// The cost of a whole campaign beyond its cells.
pub(crate) fn campaign(options: &Args, _speed: Speed, verdicts: &mut Verdicts) {
    if !options.wants("campaign") {
        return;
    }
    let folder = Scratch::new();
    let scenario = folder.scenario("engines = [\"smol-local\", \"async-executor\", \"rayon\"]", "[]");
    let mut times: Vec<f64> = (0..7)
        .map(|_| {
            let started = Instant::now();
            let mut command = Command::new(env!("CARGO_BIN_EXE_taskmix"));
            command.arg("run").arg(&scenario).arg("--out").arg(&folder.0).arg("--quiet");
            assert!(command.output().expect("a run").status.success());
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let calibration = 200.0 + 100.0;
    verdicts.at_most("campaign of 3 trivial cells, ms beyond calibration", median(&mut times) - calibration, 150.0, "");
}

/// The parent's CPU time while a cell measures, over three seconds amid one cell.
pub(crate) fn parent(options: &Args, _speed: Speed, verdicts: &mut Verdicts) {
    if !options.wants("parent") {
        return;
    }
    let folder = Scratch::new();
    let scenario = folder.scenario("engines = [\"smol-local\"]", "[{ sleep = \"5s\" }]");
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskmix"));
    command.arg("run").arg(&scenario).arg("--out").arg(&folder.0).arg("--quiet");
    let mut child = command.stderr(std::process::Stdio::null()).spawn().expect("a run");
    let ticks = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("a running parent");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        // utime and stime of the process alone, in hundredths of a second (proc(5), fields 14 and 15).
        fields[11].parse::<f64>().expect("utime") + fields[12].parse::<f64>().expect("stime")
    };
    std::thread::sleep(Duration::from_secs(1));
    let before = ticks(child.id());
    std::thread::sleep(Duration::from_secs(3));
    let used = (ticks(child.id()) - before) / 100.0 / 3.0 * 100.0;
    assert!(child.wait().expect("a run").success());
    verdicts.at_most("parent while a cell measures, % of a core", used, 2.0, "");
}

/// A folder that is deleted when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("taskmix-overhead-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        Self(folder)
    }

    /// Writes a scenario of one instance.
    fn scenario(&self, engines: &str, steps: &str) -> PathBuf {
        let path = self.0.join("trivial.toml");
        let text =
            format!("question = \"nothing?\"\n{engines}\nrepeats = 1\n[[task]]\nname = \"one\"\nsteps = {steps}\n");
        std::fs::write(&path, text).expect("a scenario");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
