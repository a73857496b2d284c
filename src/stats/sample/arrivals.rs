//! Whether latency grows from release to release, as it does while a queue grows.

use crate::stats::ranked::{Percentile, Ranked};
use taskmix_engine::metric::Metric;
use taskmix_engine::record::{InstanceRecord, State};

/// The latencies of a task's instances, by the half of the releases to which they belong.
pub(super) struct Halves {
    /// The number of the first instance of the later half.
    middle: u64,
    earlier: Ranked,
    later: Ranked,
}

impl Halves {
    /// For a task of which so many instances were released.
    pub(super) fn of(released: u64) -> Self {
        Self { middle: released.div_ceil(2), earlier: Ranked::default(), later: Ranked::default() }
    }

    /// Adds an instance. A cancelled one has no latency, one that failed or never ended an infinite one.
    pub(super) fn count(&mut self, record: &InstanceRecord) {
        let half = if u64::from(record.instance) < self.middle { &mut self.earlier } else { &mut self.later };
        match (record.state, record.finished_ns) {
            (State::Done, Some(finished)) => half.record(finished.saturating_sub(record.scheduled_ns)),
            (State::Cancelled, _) => {}
            _ => half.record_never(),
        }
    }

    /// The median of the later half ÷ that of the earlier one; absent if one of them is not known or has too few values.
    pub(super) fn growth(&self) -> Option<f64> {
        let fewest = Metric::LatencyGrowth.fewest_values() / 2;
        let median = |half: &Ranked| half.percentile(Percentile::P50).filter(|_| half.count() >= fewest);
        let (earlier, later) = (median(&self.earlier)?, median(&self.later)?);
        (earlier > 0).then(|| later as f64 / earlier as f64)
    }
}
