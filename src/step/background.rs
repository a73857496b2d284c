//! The ends of tasks in the background, counted apart: what is left of them is cut off when the foreground is over.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

use crate::plan::CellPlan;
use crate::record::layout::{Line, NEVER};

/// The background of a cell.
#[derive(Debug)]
pub struct Background {
    /// How many instances it may have.
    slots: u64,
    /// How many have ended or will never come, less offloaded work under way.
    ended: Line,
    /// When the foreground was over, nanoseconds since the start of the span; [`NEVER`] before.
    over_ns: AtomicU64,
}

impl Background {
    /// That of `plan`, if it has one.
    pub(super) fn of(plan: &CellPlan) -> Option<Self> {
        let tasks = plan.tasks.iter().filter(|task| task.background);
        let slots: u64 = tasks.map(|task| u64::from(task.count)).sum();
        (slots > 0).then(|| Self { slots, ended: Line::default(), over_ns: AtomicU64::new(NEVER) })
    }

    /// The foreground was over at `now`, nanoseconds since the start of the span.
    pub(super) fn foreground_over(&self, now: u64) {
        // Release: whoever cuts the background off must see what the foreground wrote, and through it who ends the span.
        self.over_ns.store(now, Release);
    }

    /// When the foreground was over, nanoseconds since the start of the span, if it is.
    pub fn foreground_over_ns(&self) -> Option<u64> {
        Some(self.over_ns.load(Acquire)).filter(|ns| *ns != NEVER)
    }

    /// So many more ends; whether these were the last. One more than there are instances: it is for whoever cuts them off to
    /// add it, so that the span does not end amid that.
    pub(super) fn count_ends(&self, ends: u64) -> bool {
        self.ended.value.fetch_add(ends, AcqRel).wrapping_add(ends) == self.slots + 1
    }

    /// Work begins that may outlive its instance: one end less until it is over.
    pub(super) fn hold_end(&self) {
        self.ended.value.fetch_sub(1, AcqRel);
    }
}
