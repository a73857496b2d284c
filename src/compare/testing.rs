//! Hand-made runs for tests: a matrix of `hold`, six repeats, the task `bystander` and the whole mix.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use crate::archive::run_toml::tests::facts;
use crate::archive::{RunArchive, RunFacts, ScenarioFacts};
use crate::stats::{Figures, Sample, WHOLE_MIX};
use taskmix_engine::metric::Metric;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Axis, AxisKind, EngineName, Param, ParamValue, WorkerRule};

/// A quiet machine's repeats: within a thousandth of each other.
pub(crate) const STEADY: [f64; 6] = [0.9995, 1.0, 1.0005, 0.9998, 1.0002, 1.0001];

/// Builds a run.
#[derive(Clone)]
pub(crate) struct RunBuilder {
    run: RunArchive,
    engine: EngineName,
    hold_ms: u64,
}

impl RunBuilder {
    /// A complete run without a cell. The present cell is `smol-local` at `hold = 1ms`.
    pub(crate) fn new(run_id: &str) -> Self {
        let hold = |ms| ParamValue::Duration(Duration::from_millis(ms));
        let axis = Axis { name: "hold".to_owned(), kind: AxisKind::Duration, values: vec![hold(1), hold(20)] };
        let text = "question = \"why?\"\nseed = 42\n[[task]]\nname = \"bystander\"\n";
        let facts = RunFacts {
            run_id: run_id.to_owned(),
            complete: true,
            scenario: ScenarioFacts::new("mix", text),
            ..facts(42)
        };
        let path = PathBuf::from("results/mix").join(run_id);
        let run = RunArchive { path, facts, axes: vec![axis], samples: Vec::new() };
        Self { run, engine: EngineName::SmolLocal, hold_ms: 1 }
    }

    /// Changes the present cell, to which the following figures belong.
    pub(crate) fn at(mut self, engine: EngineName, hold_ms: u64) -> Self {
        (self.engine, self.hold_ms) = (engine, hold_ms);
        self
    }

    /// Adds a figure to the present cell: a value for each repeat, times `unit`. A lag goes to the cell that measures it.
    pub(crate) fn figure(mut self, task: &str, metric: Metric, unit: f64, values: &[f64]) -> Self {
        let is_probed = metric.is_of_the_probe();
        for (repeat, value) in (1..).zip(values) {
            self.sample(WHOLE_MIX, repeat, is_probed).exit = Some("ok".to_owned());
            self.sample(task, repeat, is_probed).figures.set(metric, value * unit);
        }
        self
    }

    /// Makes a repeat of the present cell fail.
    pub(crate) fn failed(mut self, repeat: u32) -> Self {
        self.sample(WHOLE_MIX, repeat, false).exit = Some("timeout".to_owned());
        self
    }

    /// Changes the run's facts.
    pub(crate) fn facts(mut self, change: impl FnOnce(&mut RunFacts)) -> Self {
        change(&mut self.run.facts);
        self
    }

    pub(crate) fn run(self) -> RunArchive {
        self.run
    }

    fn sample(&mut self, task: &str, repeat: u32, is_probed: bool) -> &mut Sample {
        let workers = if self.engine.worker_rule() == WorkerRule::One { 1 } else { 2 };
        let value = ParamValue::Duration(Duration::from_millis(self.hold_ms));
        let params = vec![Param { name: "hold".to_owned(), value }];
        let probe_ns = NonZeroU64::new(1_000_000).filter(|_| is_probed);
        let key = CellKey { scenario: "mix".to_owned(), params, engine: self.engine, workers, repeat, probe_ns };
        let samples = &mut self.run.samples;
        let index = samples.iter().position(|sample| sample.key == key && sample.task == task);
        let index = index.unwrap_or_else(|| {
            samples.push(Sample {
                key,
                task: task.to_owned(),
                figures: Figures::default(),
                exit: None,
                surroundings: None,
                spans_dropped: None,
                waits: Vec::new(),
                steps: Vec::new(),
            });
            samples.len() - 1
        });
        &mut samples[index]
    }
}

/// A pair of runs with every kind of result: worse, better, the same, inconclusive, a changed count, a cell that fails now, and
/// cells of one run only.
pub(crate) fn assorted() -> (RunArchive, RunArchive) {
    use EngineName::{AsyncExecutor, Rayon, SmolLocal};
    const MS: f64 = 1e6;
    let wild = [0.7, 0.9, 1.0, 1.1, 1.4, 1.9];
    let both = |id: &str, p99: f64, lag: f64, cancelled: f64| {
        RunBuilder::new(id)
            .at(SmolLocal, 20)
            .figure("bystander", Metric::LatencyP99, p99 * MS, &STEADY)
            .figure("bystander", Metric::Makespan, 400.0 * MS, &STEADY)
            .figure("bystander", Metric::Cancelled, cancelled, &[1.0; 6])
            .figure(WHOLE_MIX, Metric::LagP99, lag * MS, &STEADY)
            .figure(WHOLE_MIX, Metric::PeakRss, 4.5 * 1024.0 * 1024.0, &STEADY)
            .at(SmolLocal, 1)
            .figure("bystander", Metric::LatencyP99, 3.0 * MS, &wild)
            .at(Rayon, 1)
            .figure("bystander", Metric::Makespan, 400.0 * MS, &STEADY)
    };
    let old = both("2026-11-23T03-40-12Z", 22.0, 19.0, 12.0).at(AsyncExecutor, 1);
    let old = old.figure("bystander", Metric::Makespan, MS, &STEADY);
    let new = both("2026-11-23T04-00-00Z", 88.0, 9.5, 15.0).failed(4);
    let new = new.at(AsyncExecutor, 20).figure("bystander", Metric::Makespan, MS, &STEADY);
    let new = new.at(SmolLocal, 1).figure("late", Metric::Makespan, MS, &STEADY).facts(|facts| {
        facts.scenario = ScenarioFacts::new("mix", &facts.scenario.text.replace("42", "43"));
        facts.resolved.seed = 43;
    });
    (old.run(), new.run())
}
