//! The cells of the next round, and the reason why there is none.

use std::time::{Duration, Instant};

use super::measured::MeasuredCells;
use crate::campaign::Ending;
use crate::stats::{KnownPrecision, least_precise, median_ranks};
use taskmix_engine::plan::{Campaign, PlannedCell};
use taskmix_engine::scenario::{Precision, Repeats};

/// The rounds of a campaign: a fixed number, or as many as the precision needs and the time allows.
#[derive(Debug)]
pub(super) struct Rounds {
    repeats: Repeats,
    begun: Instant,
    /// Rounds that were begun, or were complete in an earlier part of the run.
    count: u32,
}

/// Why there is no further round.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Enough {
    /// The fixed number of repeats is reached.
    AsAsked,
    /// Every cell's headline is known precisely enough; with the least precise one, if any cell has one.
    Precise(Option<KnownPrecision>),
    /// The time is spent, or the maximum number of rounds is reached; with the least precise headline.
    Spent(Option<KnownPrecision>),
}

impl Rounds {
    /// Starts the clock of the time budget.
    pub(super) fn new(repeats: Repeats) -> Self {
        Self { repeats, begun: Instant::now(), count: 0 }
    }

    /// How many rounds there were so far.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// The cells of the next round that were not measured yet, or why there is none.
    pub(super) fn next(&mut self, campaign: &Campaign, measured: &MeasuredCells) -> Result<Vec<PlannedCell>, Enough> {
        loop {
            if let Some(enough) = self.enough(measured) {
                return Err(enough);
            }
            self.count += 1;
            let missing: Vec<PlannedCell> =
                campaign.round(self.count).into_iter().filter(|cell| !measured.had(&cell.key)).collect();
            if !missing.is_empty() {
                return Ok(missing);
            }
        }
    }

    fn enough(&self, measured: &MeasuredCells) -> Option<Enough> {
        match self.repeats {
            Repeats::Fixed(repeats) => (self.count >= repeats).then_some(Enough::AsAsked),
            Repeats::Auto(precision) => self.enough_for(&precision, measured),
        }
    }

    fn enough_for(&self, precision: &Precision, measured: &MeasuredCells) -> Option<Enough> {
        if self.count == 0 {
            return None;
        }
        let least = least_precise(measured.samples(), precision.headline);
        let has_intervals = median_ranks(self.count as usize).is_some();
        // If all cells fail, none becomes precise: a few rounds are enough.
        if has_intervals && least.as_ref().is_none_or(|least| least.within <= precision.within) {
            return Some(Enough::Precise(least));
        }
        // A round that would end after the budget is not begun.
        let spent = self.begun.elapsed();
        let next_ends = spent + spent / self.count;
        (next_ends > precision.budget || self.count >= Repeats::MOST).then_some(Enough::Spent(least))
    }
}

/// The longest expected time of all rounds; `round` is the time of one round.
pub(super) fn expected(repeats: Repeats, round: Duration) -> Duration {
    match repeats {
        Repeats::Fixed(repeats) => round * repeats,
        Repeats::Auto(precision) => precision.budget.max(round),
    }
}

/// How the rounds ended.
pub(super) struct Ended {
    pub(super) ending: Ending,
    /// Why there was no further round; absent if the run was interrupted.
    pub(super) enough: Option<Enough>,
    pub(super) rounds: u32,
}
