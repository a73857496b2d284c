//! All cells of one `taskmix run`, round by round, in the order in which they are measured.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroU64};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::key::CellKey;
use super::point_plan::PointPlan;
use super::program::{Fault, TooBig, nanoseconds};
use super::support::Engines;
use crate::scenario::{EngineName, Scenario, WorkerRule};

/// The cells of a run: rounds of the same cells, as many as there are repeats.
#[derive(Debug)]
pub struct Campaign {
    /// The plan of each point, which its cells share.
    pub points: Vec<PointPlan>,
    /// Each cell once, in the scenario's order: points, engines, workers. Their `repeat` is 0.
    pub settings: Vec<PlannedCell>,
    seed: u64,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedCell {
    /// Its key.
    pub key: CellKey,
    /// Its point's index.
    pub point: usize,
    /// The size of the runtime's pool for blocking calls, if set.
    pub blocking_threads: Option<u32>,
    /// The size of an instance's stack, bytes, if set.
    pub stack_size: Option<u64>,
    /// Whether the engine is to record which instance ran on which thread.
    pub trace: bool,
    /// The fault that is injected, for tests of faults.
    pub fault: Option<Fault>,
}

impl Campaign {
    /// Expands a scenario for a machine of `cores` cores.
    pub fn new(scenario: &Scenario, cores: u32) -> Result<Self, TooBig> {
        let points = scenario
            .points
            .iter()
            .map(|point| {
                let mut plan = PointPlan::new(&point.tasks, scenario.seed)?.with_objects(&point.objects);
                plan.cpu_threads = point.cpu_threads.map(NonZeroU32::get);
                plan.cpus = point.cpus.as_ref().map(|cpus| cpus.numbers.clone()).unwrap_or_default();
                Ok(plan)
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { points, settings: settings(scenario, cores), seed: scenario.seed })
    }

    /// The cells of one repeat, counted from 1: every cell once, in a shuffled order. Repeats of different cells are interleaved.
    pub fn round(&self, repeat: u32) -> Vec<PlannedCell> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        // Streams of their own keep the orders independent of each other and of the draws.
        rng.set_stream(u64::MAX - u64::from(repeat));
        let mut round = self.settings.clone();
        round.shuffle(&mut rng);
        for cell in &mut round {
            cell.key.repeat = repeat;
        }
        round
    }

    /// The size of the pool for computing at each point that uses one, on a machine of `cores` cores.
    pub fn cpu_threads(&self, cores: u32) -> impl Iterator<Item = u32> {
        let used = self.points.iter().filter(|point| point.computes_elsewhere());
        used.map(move |point| point.cpu_threads.unwrap_or(point.cores(cores)))
    }

    /// Turns tracing on for the cells of all engines that support it; returns the engines that don't.
    pub fn trace(&mut self, engines: &Engines) -> BTreeSet<EngineName> {
        let mut untraced = BTreeSet::new();
        for cell in &mut self.settings {
            let can_trace = engines.describe(cell.key.engine).trace;
            // A trace that a probe disturbs does not show the engine as it is.
            cell.trace = can_trace && !cell.key.is_probed();
            if !can_trace {
                untraced.insert(cell.key.engine);
            }
        }
        untraced
    }

    /// Injects a fault into all cells of an engine.
    pub fn break_engine(&mut self, engine: EngineName, fault: Fault) {
        for cell in self.settings.iter_mut().filter(|cell| cell.key.engine == engine) {
            cell.fault = Some(fault);
        }
    }

    /// The position of a cell in the scenario's order; its repeat doesn't matter.
    pub fn place(&self, key: &CellKey) -> Option<usize> {
        self.settings.iter().position(|cell| cell.key.is_repeat_of(key))
    }
}

/// Each cell once: points × engines × workers, in the scenario's order. If lag is measured, each is followed by the cell that
/// measures it. Their `repeat` is 0.
pub fn settings(scenario: &Scenario, cores: u32) -> Vec<PlannedCell> {
    let mut cells = Vec::new();
    let probe_ns = scenario.probe.and_then(|period| NonZeroU64::new(nanoseconds(period)));
    for (index, point) in scenario.points.iter().enumerate() {
        for &engine in &scenario.engines {
            for workers in workers(engine, &point.workers, point.cores(cores)) {
                let key = CellKey {
                    scenario: scenario.name.clone(),
                    params: point.params.clone(),
                    engine,
                    workers,
                    repeat: 0,
                    probe_ns: None,
                };
                let measured = PlannedCell {
                    key,
                    point: index,
                    blocking_threads: point.blocking_threads.map(NonZeroU32::get),
                    stack_size: scenario.stack_size,
                    trace: false,
                    fault: None,
                };
                let probed = probe_ns.map(|_| {
                    let key = CellKey { probe_ns, ..measured.key.clone() };
                    PlannedCell { key, ..measured.clone() }
                });
                cells.push(measured);
                cells.extend(probed);
            }
        }
    }
    cells
}

/// The worker counts of an engine; an engine that is not scalable has one.
fn workers(engine: EngineName, requested: &[Option<NonZeroU32>], cores: u32) -> Vec<u32> {
    match engine.worker_rule() {
        WorkerRule::One => return vec![1],
        WorkerRule::Cores => return vec![cores],
        WorkerRule::AsAsked => {}
    }
    let mut counts: Vec<u32> = Vec::new();
    for count in requested.iter().map(|count| count.map_or(cores, NonZeroU32::get)) {
        if !counts.contains(&count) {
            counts.push(count);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Description;
    use crate::scenario::{CustomName, parse};

    fn scenario(head: &str) -> Scenario {
        let engines = "engines = [\"rayon\", \"smol-local\", \"async-executor\"]";
        let task =
            "[[task]]\nname = \"a\"\ncount = 2\nsteps = [{ sleep = \"$nap\" }]\n[matrix]\nnap = [\"1ms\", \"2ms\"]";
        let text = format!("question = \"?\"\n{engines}\n{head}\n{task}\n");
        parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario
    }

    fn texts(cells: &[PlannedCell]) -> Vec<String> {
        cells.iter().map(|cell| format!("{} {} {:?}", cell.key.engine, cell.key.workers, cell.key.params)).collect()
    }

    #[test]
    fn every_round_holds_every_cell_exactly_once() {
        let campaign = Campaign::new(&scenario("workers = [1, 2, 4]"), 2).unwrap();
        // Two points, of two engines with three worker counts and one with one.
        let cells = 2 * (3 + 1 + 3);
        let mut first = texts(&campaign.settings);
        first.sort();
        first.dedup();
        assert_eq!(first.len(), cells, "no cell twice");
        for repeat in 1..=7 {
            let round = campaign.round(repeat);
            assert!(round.iter().all(|cell| cell.key.repeat == repeat));
            let mut texts = texts(&round);
            texts.sort();
            assert_eq!(texts, first, "round {repeat}");
        }
    }

    #[test]
    fn rounds_are_shuffled_each_in_its_own_way_and_the_same_for_one_seed() {
        let rounds_of = |seed: u64| {
            let campaign = Campaign::new(&scenario(&format!("seed = {seed}")), 2).unwrap();
            (1..=5).map(|repeat| texts(&campaign.round(repeat))).collect::<Vec<_>>()
        };
        let rounds = rounds_of(1);
        assert_eq!(rounds, rounds_of(1));
        assert_ne!(rounds, rounds_of(2));
        assert!(rounds.windows(2).any(|pair| pair[0] != pair[1]), "every round has the same order");
    }

    #[test]
    fn all_cores_and_their_number_are_one_worker_count() {
        let mut all = scenario("");
        for point in &mut all.points {
            point.workers = vec![None, NonZeroU32::new(3), NonZeroU32::new(1), None];
        }
        let campaign = Campaign::new(&all, 3).unwrap();
        let mut workers: Vec<u32> = campaign.settings.iter().map(|cell| cell.key.workers).collect();
        workers.sort_unstable();
        // Of both points: rayon and async-executor with 1 and 3, smol-local with 1.
        assert_eq!(workers, [1, 1, 1, 1, 1, 1, 3, 3, 3, 3]);
    }

    #[test]
    fn an_engine_whose_workers_are_the_cores_runs_once_per_point() {
        let text = "question = \"?\"\nengines = [\"threads\", \"smol-local\"]\nworkers = [1, 7]\n\
                    stack_size = \"64KiB\"\n[[task]]\nname = \"a\"\nsteps = []\n";
        let settings = Campaign::new(&parse("mix", text).unwrap().scenario, 3).unwrap().settings;
        let cells: Vec<_> = settings.iter().map(|cell| (cell.key.engine, cell.key.workers)).collect();
        assert_eq!(cells, [(EngineName::Threads, 3), (EngineName::SmolLocal, 1)]);
        assert!(settings.iter().all(|cell| cell.stack_size == Some(65_536)));
    }

    #[test]
    fn cells_of_one_point_share_its_draws_and_each_knows_its_point() {
        let campaign = Campaign::new(&scenario(""), 2).unwrap();
        assert_eq!(campaign.points.len(), 2);
        for cell in &campaign.round(2) {
            let nap = campaign.points[cell.point].work[0].mean.sleep_ns;
            let nap = std::time::Duration::from_nanos(nap);
            assert_eq!(cell.key.params[0].value, crate::scenario::ParamValue::Duration(nap));
        }
    }

    #[test]
    fn engines_that_can_trace_are_traced_and_the_others_are_named() {
        let mut engines = Engines::default();
        let silent = Description { trace: false, ..Description::smol("mine 1") };
        let silent = EngineName::Custom(engines.add(CustomName::new("campaign-silent").unwrap(), silent));
        let mut all = scenario("");
        all.engines.push(silent);
        let mut campaign = Campaign::new(&all, 2).unwrap();
        assert!(campaign.settings.iter().all(|cell| !cell.trace), "no trace by default");
        assert_eq!(campaign.trace(&engines), BTreeSet::from([silent]));
        assert!(campaign.round(1).iter().all(|cell| cell.trace == (cell.key.engine != silent)));
    }
}
