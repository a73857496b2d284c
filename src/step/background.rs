//! The ends of tasks in the background, counted apart: what is left of them is cut off when the foreground is over.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

use crate::plan::CellPlan;
use crate::record::{CommonBackground, Commons, Share};

/// The background of a cell.
#[derive(Debug)]
pub struct Background {
    /// What `ended` comes to: its instances, and one for each dispatcher that has cut its own off.
    all: u64,
    common: &'static CommonBackground,
}

impl Background {
    /// That of `plan`, if it has one, among so many dispatchers as `share` is of.
    pub(super) fn of(plan: &CellPlan, share: Share, commons: Commons) -> Option<Self> {
        let tasks = plan.tasks.iter().filter(|task| task.background);
        let slots: u64 = tasks.map(|task| u64::from(task.count)).sum();
        (slots > 0).then(|| Self { all: slots + u64::from(share.of()), common: commons.background })
    }

    /// The foreground was over at `now`, nanoseconds since the start of the span.
    pub(super) fn foreground_over(&self, now: u64) {
        // Release: whoever cuts the background off must see what the foreground wrote, and through it who ends the span.
        self.common.over_ns.value.store(now.max(1), Release);
    }

    /// When the foreground was over, nanoseconds since the start of the span, if it is.
    pub fn foreground_over_ns(&self) -> Option<u64> {
        Some(self.common.over_ns.value.load(Acquire)).filter(|ns| *ns > 0)
    }

    /// A dispatcher releases nothing more; whether all do so by now.
    pub fn is_last_cut(&self, share: Share) -> bool {
        // AcqRel: the last one counts what never comes of all, so it must see what the others have released.
        self.common.cuts.value.fetch_add(1, AcqRel) + 1 == u64::from(share.of())
    }

    /// So many more ends; whether these were the last. There is one more for each dispatcher than there are instances: it is
    /// for whoever cuts them off to add it, so that the span does not end amid that.
    pub(super) fn count_ends(&self, ends: u64) -> bool {
        self.common.ended.value.fetch_add(ends, AcqRel).wrapping_add(ends) == self.all
    }

    /// Work begins that may outlive its instance: one end less until it is over.
    pub(super) fn hold_end(&self) {
        self.common.ended.value.fetch_sub(1, AcqRel);
    }
}
