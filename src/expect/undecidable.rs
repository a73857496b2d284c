//! The timings that a fixed number of repeats can never decide.

use super::Nature;
use super::places::places;
use super::verdict::FEWEST_ROUNDS;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Expectation, Repeats, Scenario};

/// The timings of a scenario that are inconclusive whatever is measured, since its repeats are fixed and too few for an interval.
///
/// Not among them are claims whose cells are not run at any point: more repeats would not decide those.
pub fn undecidable<'a>(scenario: &'a Scenario, settings: &[CellKey]) -> Vec<&'a Expectation> {
    match scenario.repeats {
        Repeats::Fixed(repeats) if repeats < FEWEST_ROUNDS => {}
        // `auto` goes on until there are intervals, unless its time is spent.
        Repeats::Fixed(_) | Repeats::Auto(_) => return Vec::new(),
    }
    let is_run = |expectation: &&Expectation| {
        let figures = expectation.condition.figures();
        places(scenario, settings, &figures)
            .iter()
            .any(|place| figures.iter().all(|figure| place.cell(&scenario.axes, settings, figure).is_ok()))
    };
    let timings = scenario.expectations.iter().filter(|claim| Nature::of(&claim.condition) == Nature::Timing);
    timings.filter(is_run).collect()
}
