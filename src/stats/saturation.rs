//! Saturation: more is offered than the engine serves, and the queue grows.

use super::{Summary, WHOLE_MIX};
use taskmix_engine::metric::Metric;

/// A task is saturated only if the time in which its instances came is less than this share of the time until all had ended.
const LEAST_SHARE: f64 = 0.9;

/// And only if the median latency of each quarter of its instances is at least so many times that of the quarter before.
///
/// In a queue that grows from nothing it is 3, 1.67 and 1.4 times. A few long instances, wherever they are, leave the medians
/// alone; a wait that all have in common makes them alike; a stall leaves the quarters before it alike.
const LEAST_GROWTH: f64 = 1.2;

/// The load of a saturated task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Saturation {
    /// Instances released a second.
    pub offered: f64,
    /// Instances done a second of makespan.
    pub served: f64,
}

/// The load of a task that an engine can't keep up with, by the medians over the repeats. Only open arrivals that are spread over
/// time can saturate: a burst offers all at once, and a closed loop no more than is served.
pub fn saturation(summary: &Summary) -> Option<Saturation> {
    let median = |metric| summary.figures.get(metric).map(|figure| figure.median).filter(|median| median.is_finite());
    let (offered, growth) = (median(Metric::Offered)?, median(Metric::LatencyGrowth)?);
    let (released, makespan) = (median(Metric::Released)?, median(Metric::Makespan)?);
    let served = median(Metric::Throughput)?;
    let is_late = released * 1e9 < LEAST_SHARE * offered * makespan;
    (summary.task != WHOLE_MIX && is_late && growth >= LEAST_GROWTH).then_some(Saturation { offered, served })
}

#[cfg(test)]
mod tests {
    use super::super::{OutcomeBuilder, samples, summaries};
    use super::*;

    const MS: u64 = 1_000_000;

    /// The load of 100 instances, one each 5 ms, with these latencies, if it is too much.
    fn of(latency_ms: impl Fn(u64) -> u64) -> Option<Saturation> {
        let builder = (0..100_u64).fold(OutcomeBuilder::new(), |builder, number| {
            let release = number * 5 * MS;
            builder.done(0, release, release, release + latency_ms(number) * MS)
        });
        let summaries = summaries(&samples(&builder.span(60_000 * MS).outcome()));
        assert!(summaries.iter().any(|row| row.task == WHOLE_MIX) && saturation(&summaries[0]) == find(&summaries));
        find(&summaries)
    }

    fn find(summaries: &[Summary]) -> Option<Saturation> {
        summaries.iter().find_map(saturation)
    }

    #[test]
    fn a_queue_that_grows_is_saturation() {
        // One is done each 30 ms.
        let found = of(|number| (number + 1) * 30 - number * 5).expect("it is saturated");
        assert!((found.offered - 200.0).abs() < 1e-6 && (found.served - 33.3).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn neither_a_tail_nor_a_wait_of_all_nor_a_pause_at_the_end_is_saturation() {
        assert_eq!(of(|_| 2), None);
        assert_eq!(of(|number| if number == 99 { 20_000 } else { 2 }), None);
        assert_eq!(of(|number| if number % 3 == 0 { 20_000 } else { 2 }), None);
        assert_eq!(of(|_| 20_000), None);
        assert_eq!(of(|number| if number >= 80 { 20_000 } else { 2 }), None);
        // A stall from the 60th to the end: it is the longest for the first of those.
        assert_eq!(of(|number| if number >= 60 { 800 - number * 5 } else { 2 }), None);
        // It grows, and all are done soon after the last release.
        assert_eq!(of(|number| 1 + number / 10), None);
    }

    #[test]
    fn bursts_and_closed_loops_are_never_saturated() {
        let late = |is_open: bool, period: u64| {
            let builder = (0..100_u64).fold(OutcomeBuilder::new(), |builder, number| {
                builder.done(0, number * period, number * period, (number + 1) * 30 * MS)
            });
            let mut outcome = builder.span(3_000 * MS).outcome();
            outcome.is_open = vec![is_open; 2];
            find(&summaries(&samples(&outcome)))
        };
        assert!(late(true, 5 * MS).is_some());
        assert_eq!(late(true, 0), None);
        assert_eq!(late(false, 5 * MS), None);
    }
}
