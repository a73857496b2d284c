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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse;

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
        let campaign = Campaign::new(&scenario("workers = [1, 2, 4]\nrepeats = 7"), 2).unwrap();
        // Two points, of two engines with three worker counts and one with one.
        let cells = 2 * (3 + 1 + 3);
        assert_eq!(campaign.cells.len(), 7 * cells);
        let mut first = texts(&campaign.cells[..cells]);
        first.sort();
        first.dedup();
        assert_eq!(first.len(), cells, "no cell twice");
        for (round, repeat) in campaign.cells.chunks(cells).zip(1..) {
            assert!(round.iter().all(|cell| cell.key.repeat == repeat));
            let mut texts = texts(round);
            texts.sort();
            assert_eq!(texts, first, "round {repeat}");
        }
    }

    #[test]
    fn rounds_are_shuffled_each_in_its_own_way_and_the_same_for_one_seed() {
        let of = |seed: u64| Campaign::new(&scenario(&format!("repeats = 5\nseed = {seed}")), 2).unwrap().cells;
        let cells = of(1);
        assert_eq!(cells, of(1));
        assert_ne!(texts(&cells), texts(&of(2)));
        let rounds: Vec<Vec<String>> = cells.chunks(6).map(texts).collect();
        assert!(rounds.windows(2).any(|pair| pair[0] != pair[1]), "all of A and then all of B, again and again");
    }

    #[test]
    fn all_cores_and_their_number_are_one_worker_count() {
        let mut all = scenario("repeats = 1");
        for point in &mut all.points {
            point.workers = vec![None, NonZeroU32::new(3), NonZeroU32::new(1), None];
        }
        let campaign = Campaign::new(&all, 3).unwrap();
        let mut workers: Vec<u32> = campaign.cells.iter().map(|cell| cell.key.workers).collect();
        workers.sort_unstable();
        // Of both points: rayon and async-executor with 1 and 3, smol-local with 1.
        assert_eq!(workers, [1, 1, 1, 1, 1, 1, 3, 3, 3, 3]);
    }

    #[test]
    fn cells_of_one_point_share_its_draws_and_each_knows_its_point() {
        let campaign = Campaign::new(&scenario("repeats = 2"), 2).unwrap();
        assert_eq!(campaign.points.len(), 2);
        for cell in &campaign.cells {
            let nap = campaign.points[cell.point].work[0].mean.sleep_ns;
            let nap = std::time::Duration::from_nanos(nap);
            assert_eq!(cell.key.params[0].value, crate::scenario::ParamValue::Duration(nap));
        }
    }
}
