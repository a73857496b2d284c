//! Expectations, held against what was measured: a verdict at each point, and the reason where there is none.
//!
//! Pure functions from samples to verdicts. Nothing here prints, reads files or knows engines.

mod arithmetic;
mod excuse;
mod gap;
mod judge;
mod judged;
mod places;
mod rounds;
#[cfg(test)]
mod tests;
mod verdict;

pub use judged::{Judged, JudgedPoint, Nature, Unit, Verdict};

use crate::plan::CellKey;
use crate::scenario::Scenario;
use crate::stats::Sample;

/// Judges every expectation of `scenario`, in its order.
///
/// `settings` holds one key of each cell of a round ([`Campaign::settings`](crate::plan::Campaign::settings)): what is
/// not in it was not run. `samples` are the rows of all repeats, in any order. The last round may have been cut: it does
/// not count where a cell of it lacks.
pub fn evaluate(scenario: &Scenario, settings: &[CellKey], samples: &[Sample]) -> Vec<Judged> {
    let rounds = rounds::Rounds::new(settings, samples);
    scenario.expectations.iter().map(|expectation| judge::judge(scenario, &rounds, expectation)).collect()
}

/// Whether a failed cell is what an expectation says: an invariant that holds names its stall.
///
/// Only a cell that ran into its timeout with stalled instances can be excused; never one that died.
pub fn excused(judged: &[Judged], cell: &CellKey) -> bool {
    judged.iter().any(|judged| judged.excuses.contains(cell))
}
