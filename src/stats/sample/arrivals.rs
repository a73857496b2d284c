//! Whether latency grows from release to release, as it does while a queue grows.

use crate::stats::ranked::{Percentile, Ranked};
use taskmix_engine::metric::Metric;
use taskmix_engine::record::{InstanceRecord, State};

const QUARTERS: u64 = 4;

/// The latencies of a task's instances, by the quarter of the releases to which they belong.
pub(super) struct Quarters {
    released: u64,
    latencies: [Ranked; QUARTERS as usize],
}

impl Quarters {
    /// For a task of which so many instances were released.
    pub(super) fn of(released: u64) -> Self {
        Self { released: released.max(1), latencies: Default::default() }
    }

    /// Adds an instance. A cancelled one has no latency, one that failed or never ended an infinite one.
    pub(super) fn count(&mut self, record: &InstanceRecord) {
        let quarter = (u64::from(record.instance) * QUARTERS / self.released).min(QUARTERS - 1);
        let latencies = &mut self.latencies[quarter as usize];
        match (record.state, record.finished_ns) {
            (State::Done, Some(finished)) => latencies.record(finished.saturating_sub(record.scheduled_ns)),
            (State::Cancelled, _) => {}
            _ => latencies.record_never(),
        }
    }

    /// The least ratio of the medians of one quarter and the one before; absent if a median is not known or has too few values.
    pub(super) fn growth(&self) -> Option<f64> {
        let fewest = Metric::LatencyGrowth.fewest_values() / QUARTERS;
        let median = |quarter: &Ranked| quarter.percentile(Percentile::P50).filter(|_| quarter.count() >= fewest);
        let ratio = |pair: &[Ranked]| {
            let (earlier, later) = (median(&pair[0])?, median(&pair[1])?);
            (earlier > 0).then(|| later as f64 / earlier as f64)
        };
        self.latencies.windows(2).map(ratio).try_fold(f64::INFINITY, |least, ratio| Some(least.min(ratio?)))
    }
}
