//! Cells of taskmix itself, without its files and tables: a plan, a process, an outcome.

use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use taskmix::campaign::{CellOutcome, Event, Exit, Interrupt, Launcher, Runner, SETUP, Speed};
use taskmix_engine::plan::{Campaign, Engines};
use taskmix_engine::record::clock::{Moment, counter_is_trusted, use_counter};
use taskmix_engine::scenario::{Arrival, EngineName, Length, Point, Repeats, Scenario, Step, Task, Verb, parse};
use taskmix_engine::step::calibrate;

use crate::verdict::Verdicts;

/// Calibrates as a run does.
pub(crate) fn measure_speed(verdicts: &mut Verdicts) -> Speed {
    let counter = counter_is_trusted();
    use_counter(counter);
    let (from, started) = (Moment::now(), Instant::now());
    let calibration = calibrate(Duration::from_millis(200));
    let ticks = from.ticks_per_second_until(Moment::now());
    verdicts.at_most("calibration, ms", started.elapsed().as_secs_f64() * 1e3, 300.0, "");
    let ticks_per_second = if counter { ticks } else { 0 };
    Speed { iterations_per_second: calibration.iterations_per_second, ticks_per_second }
}

/// A step.
pub(crate) fn step(verb: Verb) -> Step {
    Step { verb, name: None, origin: 0..0 }
}

/// A fixed length in microseconds.
pub(crate) fn us(length: u64) -> Length {
    Length::Fixed(Duration::from_micros(length))
}

/// Runs one cell of `count` instances that arrive at once, on two workers.
pub(crate) fn run(speed: Speed, engine: EngineName, steps: Vec<Step>, count: u32) -> CellOutcome {
    run_on(speed, engine, steps, count, 2)
}

/// The same, traced.
pub(crate) fn run_traced(speed: Speed, engine: EngineName, steps: Vec<Step>, count: u32) -> CellOutcome {
    run_cell(speed, engine, steps, count, 2, true)
}

/// The same on `workers` workers.
pub(crate) fn run_on(speed: Speed, engine: EngineName, steps: Vec<Step>, count: u32, workers: u32) -> CellOutcome {
    run_cell(speed, engine, steps, count, workers, false)
}

fn run_cell(speed: Speed, engine: EngineName, steps: Vec<Step>, count: u32, workers: u32, trace: bool) -> CellOutcome {
    let (name, arrival) = ("task".into(), Arrival::Burst);
    let task = Task { name, count, background: false, arrival, steps, cancel: None, origin: 0..0 };
    let point = Point {
        params: vec![],
        workers: vec![NonZeroU32::new(workers)],
        blocking_threads: None,
        cpu_threads: None,
        cpus: None,
        objects: vec![],
        tasks: vec![task],
    };
    let scenario = Scenario {
        name: "overhead".into(),
        question: "what does measuring cost?".into(),
        engines: vec![engine],
        repeats: Repeats::Fixed(1),
        seed: 1,
        timeout: Duration::from_mins(1),
        probe: None,
        stack_size: None,
        axes: vec![],
        points: vec![point],
        expectations: vec![],
        text: String::new(),
    };
    run_scenario(speed, &scenario, trace)
}

/// Runs the only cell of the scenario in `text`, which asks for two workers.
pub(crate) fn run_text(speed: Speed, text: &str) -> CellOutcome {
    run_scenario(speed, &parse("overhead", text).expect("a good scenario").scenario, false)
}

fn run_scenario(speed: Speed, scenario: &Scenario, trace: bool) -> CellOutcome {
    let mut campaign = Campaign::new(scenario, 2).expect("a plan");
    if trace {
        campaign.trace(&Engines::default());
    }
    let launcher = Launcher::new(env!("CARGO_BIN_EXE_taskmix").into());
    let mut outcome = None;
    let keep = |event: Event<'_>| {
        if let Event::CellEnded(ended) = event {
            assert_eq!(ended.exit, Exit::Ok, "{}", ended.stderr);
            outcome = Some(ended.clone());
        }
        Ok::<(), std::convert::Infallible>(())
    };
    let runner = Runner {
        setup: SETUP,
        timeout: scenario.timeout,
        speed,
        launcher: &launcher,
        retries: 0,
        interrupt: interrupt(),
    };
    let under_way = runner.begin(&campaign).expect("memory files");
    under_way.run(&campaign.round(1), keep).expect("a cell");
    outcome.expect("an outcome")
}

fn interrupt() -> &'static Interrupt {
    static INTERRUPT: OnceLock<Interrupt> = OnceLock::new();
    INTERRUPT.get_or_init(|| Interrupt::listen().expect("signals"))
}
