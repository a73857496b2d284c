//! Which cells come next, and why there are no more.

use std::time::{Duration, Instant};

use super::tally::Tally;
use crate::plan::{Campaign, PlannedCell};
use crate::scenario::{Precision, Repeats};
use crate::stats::{Known, least_precise, median_ranks};

/// The rounds of a campaign: so many, or as many as precision wants and time allows.
#[derive(Debug)]
pub(super) struct Rounds {
    repeats: Repeats,
    begun: Instant,
    /// Rounds handed out, or found whole in an earlier part of the run.
    count: u32,
}

/// Why there is no further round.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Enough {
    /// All repeats that were asked for are there.
    AsAsked,
    /// Every cell's headline is known precisely enough; the widest is given, if any cell has one.
    Precise(Option<Known>),
    /// The time is spent, or there are as many rounds as there can be.
    Spent(Option<Known>),
}

impl Rounds {
    /// Begins now.
    pub(super) fn new(repeats: Repeats) -> Self {
        Self { repeats, begun: Instant::now(), count: 0 }
    }

    /// How many rounds there were so far.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// The cells of the next round that were not measured yet, or why there is none.
    pub(super) fn next(&mut self, campaign: &Campaign, tally: &Tally) -> Result<Vec<PlannedCell>, Enough> {
        loop {
            if let Some(enough) = self.enough(tally) {
                return Err(enough);
            }
            self.count += 1;
            let missing: Vec<PlannedCell> =
                campaign.round(self.count).into_iter().filter(|cell| !tally.had(&cell.key)).collect();
            if !missing.is_empty() {
                return Ok(missing);
            }
        }
    }

    fn enough(&self, tally: &Tally) -> Option<Enough> {
        match self.repeats {
            Repeats::Fixed(repeats) => (self.count >= repeats).then_some(Enough::AsAsked),
            Repeats::Auto(precision) => self.enough_for(&precision, tally),
        }
    }

    fn enough_for(&self, precision: &Precision, tally: &Tally) -> Option<Enough> {
        if self.count == 0 {
            return None;
        }
        let known = least_precise(tally.samples(), precision.headline);
        let has_intervals = median_ranks(self.count as usize).is_some();
        // Cells that all fail never become precise: a few rounds of them are enough.
        if has_intervals && known.as_ref().is_none_or(|known| known.within <= precision.within) {
            return Some(Enough::Precise(known));
        }
        // A round that would end behind the budget is not begun.
        let spent = self.begun.elapsed();
        let next_ends = spent + spent / self.count;
        (next_ends > precision.budget || self.count >= Repeats::MOST).then_some(Enough::Spent(known))
    }
}

/// The most time that all rounds can take, as far as that is known beforehand; `round` is one round's.
pub(super) fn expected(repeats: Repeats, round: Duration) -> Duration {
    match repeats {
        Repeats::Fixed(repeats) => round * repeats,
        Repeats::Auto(precision) => precision.budget.max(round),
    }
}
