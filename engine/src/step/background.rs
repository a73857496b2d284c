//! The ends of background tasks, counted apart: instances that are left are cut off when the foreground is over.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

use crate::plan::CellPlan;
use crate::record::{BackgroundProgress, Share, SharedProgress};

/// The background of a cell.
#[derive(Debug)]
pub struct Background {
    /// The last value of `ended`: one for each instance, and one for each dispatcher that has cut off its share.
    all: u64,
    progress: &'static BackgroundProgress,
}

impl Background {
    /// The background of `plan`, if it has one, for as many dispatchers as `share` says.
    pub(super) fn of(plan: &CellPlan, share: Share, shared_progress: SharedProgress) -> Option<Self> {
        let tasks = plan.tasks.iter().filter(|task| task.background);
        let slots: u64 = tasks.map(|task| u64::from(task.count)).sum();
        (slots > 0).then(|| Self { all: slots + u64::from(share.of()), progress: shared_progress.background })
    }

    /// The foreground was over at `now`, nanoseconds since the start of the span.
    pub(super) fn foreground_over(&self, now: u64) {
        // Release: a dispatcher that cuts the background off must see what the foreground wrote. Through the dispatcher, so must
        // the thread that ends the span.
        self.progress.over_ns.value.store(now.max(1), Release);
    }

    /// When the foreground was over, nanoseconds since the start of the span, if it is.
    pub fn foreground_over_ns(&self) -> Option<u64> {
        Some(self.progress.over_ns.value.load(Acquire)).filter(|ns| *ns > 0)
    }

    /// A dispatcher releases nothing more; returns whether it is the last to do so.
    pub fn is_last_cut(&self, share: Share) -> bool {
        // AcqRel: the last dispatcher counts all instances that never arrive, so it must see what the others have released.
        self.progress.cuts.value.fetch_add(1, AcqRel) + 1 == u64::from(share.of())
    }

    /// Counts ends; returns whether they were the last. Each dispatcher adds one end of its own after it has cut off its share,
    /// so that the span does not end before that.
    pub(super) fn count_ends(&self, ends: u64) -> bool {
        self.progress.ended.value.fetch_add(ends, AcqRel).wrapping_add(ends) == self.all
    }

    /// Work begins that may outlive its instance: until it is over, one end fewer is counted.
    pub(super) fn hold_end(&self) {
        self.progress.ended.value.fetch_sub(1, AcqRel);
    }
}
