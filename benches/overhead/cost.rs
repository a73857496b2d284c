//! The cost of measuring in time and memory, as ratios to the bare executor in the same round.

use taskmix::campaign::{CellOutcome, Speed};
use taskmix::stats::median_interval;
use taskmix_engine::scenario::{EngineName, Step, Verb, WorkerRule};

use crate::Args;
use crate::cells::{run, run_text, run_traced, step, us};
use crate::verdict::{Verdicts, fastest, median, range};
use crate::{bare, bare_meetings, usage};

fn yields() -> Vec<Step> {
    vec![step(Verb::Loop { times: 20, steps: vec![step(Verb::Yield)] })]
}

/// Instances of a cell that is over in a fraction of a second. On a busy machine many short rounds tell more than a few long
/// ones, since each long round has another share of the other load.
const FEW: u32 = 200_000;

/// The limit of hops on `smol-local` and `async-executor`, as a ratio to bare hops: it keeps them from becoming more expensive.
const HOP_LIMIT: f64 = 1.30;

/// The limit of hops between threads. The kernel puts both threads on one core or on two, anew each time, and a hop takes 5 µs
/// or 0.2 µs. So the limit catches only a breakdown.
const THREADS_HOP_LIMIT: f64 = 50.0;

/// The times of each round: nanoseconds an instance, in wall time and CPU time.
#[derive(Default)]
pub(crate) struct Rounds {
    ours: Vec<f64>,
    theirs: Vec<f64>,
    our_cpu: Vec<f64>,
    their_cpu: Vec<f64>,
    ratios: Vec<f64>,
}

impl Rounds {
    fn push(&mut self, ours: (f64, f64), theirs: (f64, f64)) {
        self.ours.push(ours.0);
        self.our_cpu.push(ours.1);
        self.theirs.push(theirs.0);
        self.their_cpu.push(theirs.1);
        self.ratios.push(ours.0 / theirs.0);
    }

    /// The median of the ratios, and a note with its details. `each` names the unit of the times.
    pub(crate) fn ratio(self, each: &str) -> (f64, String) {
        let Self { mut ours, mut theirs, mut our_cpu, mut their_cpu, ratios } = self;
        let ratio = median_interval(&ratios).expect("rounds");
        let bounds = ratio.bounds.map_or_else(String::new, |(low, high)| format!(" [{low:.2}, {high:.2}]"));
        let note = format!(
            "{:.0} ns / {:.0} ns {each}; {} rounds: median{bounds} of {}; of the fastest {:.2}; CPU time {:.0} / {:.0} ns",
            median(&mut ours),
            median(&mut theirs),
            ratios.len(),
            range(&ratios),
            fastest(&ours) / fastest(&theirs),
            median(&mut our_cpu),
            median(&mut their_cpu)
        );
        (ratio.median, note)
    }
}

/// Measures twice and returns the second result. A process starts with the memory pages that the process before it has freed,
/// so each measured process must follow one of its own kind.
fn second<T>(mut measure: impl FnMut() -> T) -> T {
    drop(measure());
    measure()
}

/// A cell of `count` instances: nanoseconds an instance, in wall time and CPU time.
fn ours(speed: Speed, engine: EngineName, work: &str, count: u32) -> (f64, f64) {
    let steps = match work {
        "yields" => yields(),
        "cpu" => vec![step(Verb::Cpu { work: us(usage::WORK_NS / 1_000), yield_every: None })],
        _ => Vec::new(),
    };
    each_of(&run(speed, engine, steps, count), count)
}

/// The nanoseconds of each of `count` instances of a cell, in wall time and CPU time.
pub(crate) fn each_of(outcome: &CellOutcome, count: u32) -> (f64, f64) {
    let usage = outcome.usage.expect("usage");
    let cpu_ns = usage.user_cpu_ns + usage.system_cpu_ns;
    let each = |ns: u64| ns as f64 / f64::from(count);
    (each(outcome.span_ns.expect("a span")), each(cpu_ns))
}

/// The same for the hand-written program.
fn theirs(speed: Speed, engine: EngineName, work: &str, count: u32) -> (f64, f64) {
    let taken = bare::run(engine.as_str(), work, count, speed.iterations_per_second);
    (taken.each_ns, taken.cpu_ns)
}

/// The time of an instance whose work is only scheduling. On `threads` and `processes` it does real work, since starting threads
/// and processes would outweigh the rest.
pub(crate) fn time(options: &Args, speed: Speed, verdicts: &mut Verdicts) {
    let (local, executor, rayon) = (EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Rayon);
    let (tokio, tokio_local) = (EngineName::Tokio, EngineName::TokioLocal);
    let (threads, processes) = (EngineName::Threads, EngineName::Processes);
    for (engine, work, count, limit) in [
        (local, "empty", FEW, 1.10),
        (executor, "empty", FEW, 1.10),
        (rayon, "empty", FEW, 1.25),
        (tokio, "empty", FEW, 1.10),
        (tokio_local, "empty", FEW, 1.10),
        (local, "yields", FEW, 1.10),
        (executor, "yields", FEW, 1.10),
        (tokio, "yields", FEW, 1.10),
        (tokio_local, "yields", FEW, 1.10),
        // So few that all threads may live at once.
        (threads, "cpu", 5_000, 1.05),
        (processes, "cpu", 20_000, 1.05),
    ] {
        if !options.wants(&format!("time {engine} {work}")) {
            continue;
        }
        let ours = || ours(speed, engine, work, count);
        let theirs = || theirs(speed, engine, work, count);
        let rounds = rounds(options, ours, theirs);
        verdict(&format!("time, {engine}, {work}"), "an instance", rounds, limit, verdicts);
    }
}

/// The time of a hop between two instances through a channel, and of an entry under an uncontended lock.
pub(crate) fn meetings(options: &Args, speed: Speed, verdicts: &mut Verdicts) {
    let (local, executor, rayon) = (EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Rayon);
    let (tokio, tokio_local, threads) = (EngineName::Tokio, EngineName::TokioLocal, EngineName::Threads);
    for engine in [local, executor, tokio, tokio_local, rayon, threads] {
        // Between threads a hop is a wake-up through the kernel.
        let (hops, hop_limit) = match engine {
            EngineName::Rayon | EngineName::Threads => (10_000, THREADS_HOP_LIMIT),
            EngineName::Tokio | EngineName::TokioLocal => (100_000, 1.10),
            _ => (100_000, HOP_LIMIT),
        };
        for (work, each, count, limit) in [("hop", "a hop", hops, hop_limit), ("lock", "an entry", FEW, 1.10)] {
            if !options.wants(&format!("time {engine} {work}")) {
                continue;
            }
            let ours = || {
                let outcome = run_text(speed, &sync_scenario(engine, work, count));
                each_of(&outcome, count)
            };
            let theirs = || theirs(speed, engine, work, count);
            let rounds = rounds(options, ours, theirs);
            verdict(&format!("time, {engine}, {work}"), each, rounds, limit, verdicts);
        }
    }
}

/// The scenario of `count` hops or entries.
fn sync_scenario(engine: EngineName, work: &str, count: u32) -> String {
    let rest = if work == "hop" { hops(count) } else { entries(count) };
    format!(
        "question = \"what does synchronisation cost?\"\nengines = [\"{engine}\"]\nworkers = 2\nrepeats = 1\n{rest}"
    )
}

fn hops(count: u32) -> String {
    let task = |name, [first, second]: [&str; 2]| {
        let steps = format!("[{{ loop = {}, steps = [{{ {first} }}, {{ {second} }}] }}]", count / 2);
        format!("[[task]]\nname = \"{name}\"\nsteps = {steps}\n")
    };
    let caller = task("caller", ["send = \"there\"", "recv = \"back\""]);
    let echo = task("echo", ["recv = \"there\"", "send = \"back\""]);
    format!("[channel.there]\ncapacity = 1\n[channel.back]\ncapacity = 1\n{caller}{echo}")
}

fn entries(count: u32) -> String {
    let entry = format!("{{ lock = \"ledger\", steps = [{{ cpu = \"{}ns\" }}] }}", bare_meetings::ENTRY_NS);
    format!("[mutex.ledger]\n[[task]]\nname = \"writer\"\nsteps = [{{ loop = {count}, steps = [{entry}] }}]\n")
}

/// Measures both sides in as many rounds as the options say.
pub(crate) fn rounds(options: &Args, ours: impl Fn() -> (f64, f64), theirs: impl Fn() -> (f64, f64)) -> Rounds {
    let mut rounds = Rounds::default();
    for round in 0..options.rounds {
        // The order alternates, so that neither side always runs on a warmer machine.
        if round % 2 == 0 {
            let (ours, theirs) = (second(&ours), second(&theirs));
            rounds.push(ours, theirs);
        } else {
            let (theirs, ours) = (second(&theirs), second(&ours));
            rounds.push(ours, theirs);
        }
    }
    rounds
}

/// Judges the median of the ratios against `limit`. `each` names the unit of the times.
fn verdict(what: &str, each: &str, rounds: Rounds, limit: f64, verdicts: &mut Verdicts) {
    let (ratio, note) = rounds.ratio(each);
    verdicts.at_most(&format!("{what}: median ratio"), ratio, limit, &note);
}

/// The cost of `--trace`: the same cells with and without it. The instances are so few that every span is recorded.
pub(crate) fn trace(options: &Args, speed: Speed, verdicts: &mut Verdicts) {
    let (local, executor, rayon) = (EngineName::SmolLocal, EngineName::AsyncExecutor, EngineName::Rayon);
    for (engine, work, count, limit) in [
        (local, "empty", 100_000, 1.5),
        (executor, "empty", 100_000, 1.5),
        (rayon, "empty", 100_000, 1.5),
        (local, "yields", 5_000, 1.5),
        (executor, "yields", 5_000, 1.5),
    ] {
        if !options.wants(&format!("time {engine} {work} --trace")) {
            continue;
        }
        let steps = || if work == "yields" { yields() } else { Vec::new() };
        let each = |outcome: &CellOutcome| outcome.span_ns.expect("a span") as f64 / f64::from(count);
        let (mut with, mut without, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..options.rounds {
            let traced = || {
                let outcome = run_traced(speed, engine, steps(), count);
                assert_eq!(outcome.trace.as_ref().expect("a trace").dropped, 0, "there is room for all");
                each(&outcome)
            };
            let plain = || each(&run(speed, engine, steps(), count));
            // The order alternates, as above.
            let (traced, plain) = if round % 2 == 0 {
                let traced = traced();
                (traced, plain())
            } else {
                let plain = plain();
                (traced(), plain)
            };
            with.push(traced);
            without.push(plain);
            ratios.push(traced / plain);
        }
        let ratio = median(&mut with) / median(&mut without);
        let note = format!(
            "{:.0} ns / {:.0} ns an instance; ratios {}; of the fastest {:.2}",
            median(&mut with),
            median(&mut without),
            range(&ratios),
            fastest(&with) / fastest(&without)
        );
        verdicts.at_most(&format!("time, {engine}, {work} --trace: ratio"), ratio, limit, &note);
    }
}

/// The memory of sleeping instances, without the record.
pub(crate) fn memory(options: &Args, speed: Speed, verdicts: &mut Verdicts) {
    if !options.wants("memory") {
        return;
    }
    let count = 1_000_000;
    let steps = vec![step(Verb::Sleep(us(5_000_000)))];
    // On tokio the timer of an instance is an allocation of its own, of 128 bytes. The bare task holds it inline.
    for (engine, limit) in [(EngineName::SmolLocal, 48.0), (EngineName::Tokio, 136.0), (EngineName::TokioLocal, 136.0)]
    {
        let outcome = run(speed, engine, steps.clone(), count);
        let ours = outcome.usage.and_then(|usage| usage.peak_rss_bytes).expect("a peak") as f64 / f64::from(count);
        let theirs =
            bare::run(engine.as_str(), "sleep", count, speed.iterations_per_second).peak_bytes / f64::from(count);
        let note = format!("{ours:.0} B / {theirs:.0} B");
        let what = format!("memory, {engine}: bytes a sleeper beyond bare");
        verdicts.at_most(&what, ours - theirs, limit, &note);
    }
}

/// The cost of an instance, at counts over three orders of magnitude and more.
pub(crate) fn flatness(options: &Args, speed: Speed, verdicts: &mut Verdicts) {
    for engine in EngineName::ALL {
        if !options.wants(&format!("flat {engine}")) {
            continue;
        }
        let mut costs = Vec::new();
        let counts = match engine.worker_rule() {
            // A thread takes a hundred times as long as a task, and a million of them may not live at once.
            WorkerRule::Cores => vec![1_000, 2_000, 4_000, 8_000, 16_000],
            // Starting the span of several processes takes as long as some hundred instances.
            _ if engine.has_processes() => vec![100_000, 1_000_000, 4_000_000],
            WorkerRule::One | WorkerRule::AsAsked => vec![1_000, 10_000, 100_000, 1_000_000, 4_000_000],
        };
        for count in counts.iter().copied() {
            let mut each: Vec<f64> = (0..5)
                .map(|_| run(speed, engine, Vec::new(), count).span_ns.expect("a span") as f64 / f64::from(count))
                .collect();
            costs.push(median(&mut each));
        }
        let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
        let most = costs.iter().copied().fold(0.0, f64::max);
        let note = format!("ns an instance at {counts:?}: {costs:.0?}");
        verdicts.at_most(&format!("flat, {engine}: most ÷ least expensive"), most / least, 1.5, &note);
    }
}
