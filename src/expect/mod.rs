//! Compares the expectations with the measurements: a verdict at each point, and a reason if it is inconclusive.
//!
//! Pure functions from samples to verdicts. Nothing here prints, reads files or knows engines.

mod arithmetic;
mod expected_stalls;
mod gap;
mod judge;
mod judged;
mod places;
mod rounds;
#[cfg(test)]
mod tests;
mod undecidable;
mod verdict;

#[cfg(test)]
pub(crate) use arithmetic::stored_rounding;
pub use judged::{Judged, JudgedPoint, Nature, Unit, Verdict};
pub use undecidable::undecidable;
pub use verdict::FEWEST_ROUNDS;

use crate::stats::Sample;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::Scenario;

/// Judges every expectation of `scenario`, in its order.
///
/// `settings` has one key for each cell of a round ([`Campaign::settings`](taskmix_engine::plan::Campaign::settings)); other
/// cells were not run. `samples` are the rows of all repeats, in any order. The last round may be incomplete: it does not count
/// for an expectation whose cells it lacks.
pub fn evaluate(scenario: &Scenario, settings: &[CellKey], samples: &[Sample]) -> Vec<Judged> {
    let rounds = rounds::Rounds::new(settings, samples);
    scenario.expectations.iter().map(|expectation| judge::judge(scenario, &rounds, expectation)).collect()
}

/// Whether the stall of a failed cell is expected: an invariant that holds claims it.
///
/// Only a cell that timed out with stalled instances can be expected, never a cell that died.
pub fn is_expected_stall(judged: &[Judged], cell: &CellKey) -> bool {
    judged.iter().any(|judged| judged.expected_stalls.contains(cell))
}
