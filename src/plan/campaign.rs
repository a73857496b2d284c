//! All cells of one `taskmix run`, in the order in which they are measured.

use std::num::NonZeroU32;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::cell_plan::PointPlan;
use super::key::CellKey;
use super::program::{Fault, TooBig};
use crate::scenario::{EngineName, Scenario};

/// All cells of a run.
#[derive(Debug)]
pub struct Campaign {
    /// What the cells of each point share.
    pub points: Vec<PointPlan>,
    /// One of each cell in the scenario's order: points, engines, workers. Their `repeat` is 0.
    pub settings: Vec<CellKey>,
    /// The cells, in order: each round runs every cell once, shuffled; never all of one and then all of another.
    pub cells: Vec<PlannedCell>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedCell {
    /// Which.
    pub key: CellKey,
    /// Its point's index.
    pub point: usize,
    /// The size of the idiom's blocking pool, if set.
    pub blocking_threads: Option<u32>,
    /// How it is broken on purpose, in tests of what happens then.
    pub fault: Option<Fault>,
}

impl Campaign {
    /// Expands a scenario for a machine of `cores` cores.
    pub fn new(scenario: &Scenario, cores: u32) -> Result<Self, TooBig> {
        let points = scenario
            .points
            .iter()
            .map(|point| PointPlan::new(&point.tasks, scenario.seed))
            .collect::<Result<Vec<_>, _>>()?;
        let round = round(scenario, cores);
        // The stream number keeps the order apart from the draws.
        let mut rng = ChaCha8Rng::seed_from_u64(scenario.seed);
        rng.set_stream(u64::MAX);
        let mut cells = Vec::with_capacity(round.len() * scenario.repeats as usize);
        for repeat in 1..=scenario.repeats {
            let mut shuffled = round.clone();
            shuffled.shuffle(&mut rng);
            cells.extend(shuffled.into_iter().map(|mut cell| {
                cell.key.repeat = repeat;
                cell
            }));
        }
        Ok(Self { points, settings: round.into_iter().map(|cell| cell.key).collect(), cells })
    }
}

/// One of each cell: points × engines × workers, in the scenario's order.
fn round(scenario: &Scenario, cores: u32) -> Vec<PlannedCell> {
    let mut cells = Vec::new();
    for (index, point) in scenario.points.iter().enumerate() {
        for &engine in &scenario.engines {
            for workers in workers(engine, &point.workers, cores) {
                let key = CellKey {
                    scenario: scenario.name.clone(),
                    params: point.params.clone(),
                    engine,
                    workers,
                    repeat: 0,
                };
                let blocking_threads = point.blocking_threads.map(NonZeroU32::get);
                cells.push(PlannedCell { key, point: index, blocking_threads, fault: None });
            }
        }
    }
    cells
}

/// The worker counts of an engine; one of a single thread runs once.
fn workers(engine: EngineName, asked: &[Option<NonZeroU32>], cores: u32) -> Vec<u32> {
    if engine.is_single_threaded() {
        return vec![1];
    }
    let mut counts: Vec<u32> = Vec::new();
    for count in asked.iter().map(|count| count.map_or(cores, NonZeroU32::get)) {
        if !counts.contains(&count) {
            counts.push(count);
        }
    }
    counts
}
