//! How precisely figures are known: the width of their intervals.

use super::{Sample, WHOLE_MIX, summaries};
use taskmix_engine::metric::Metric;
use taskmix_engine::plan::CellKey;

/// How precisely one figure of one cell's whole mix is known.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownPrecision {
    /// Which cell; `repeat` is the number of repeats.
    pub key: CellKey,
    /// Which figure.
    pub metric: Metric,
    /// How far the farther end of its interval is from its median, as a share of the median; infinite without interval.
    pub within: f64,
}

/// The cell whose `headline` is known least precisely; `None` if no cell succeeded.
///
/// A cell that lacks the headline, such as a p99 of fewer than 100 instances, is judged by its makespan, and one that measures lag by
/// its median lag. A cell that never succeeded, or met no probe, is left out: no number of repeats makes its figures known. Cells
/// that measure lag count only if the headline is a lag, and then no other cells count.
pub fn least_precise(samples: &[Sample], headline: Metric) -> Option<KnownPrecision> {
    let summaries = summaries(samples);
    let whole = summaries.into_iter().filter(|summary| {
        summary.task == WHOLE_MIX && summary.ok > 0 && summary.key.is_probed() == headline.is_of_the_probe()
    });
    let precisions = whole.filter_map(|summary| {
        let instead = if summary.key.is_probed() { Metric::LagP50 } else { Metric::Makespan };
        let metric = [headline, instead].into_iter().find(|metric| summary.figures.get(*metric).is_some())?;
        let ends = summary.figures.get(metric).and_then(|figure| Some((figure.median, figure.bounds?)));
        let within = ends.map_or(f64::INFINITY, |(median, (low, high))| {
            let farther = (high - median).max(median - low);
            if farther > 0.0 { farther / median.abs() } else { 0.0 }
        });
        Some(KnownPrecision { key: summary.key, metric, within })
    });
    precisions.max_by(|a, b| a.within.total_cmp(&b.within))
}

#[cfg(test)]
mod tests {
    use super::super::{OutcomeBuilder, samples};
    use super::*;
    use crate::campaign::{CellOutcome, Exit};

    fn cell(workers: u32, repeat: u32, span_ns: u64) -> CellOutcome {
        OutcomeBuilder::new().workers(workers).repeat(repeat).done(0, 0, 0, span_ns).span(span_ns).outcome()
    }

    fn least(outcomes: &[CellOutcome], headline: Metric) -> Option<(u32, Metric, f64)> {
        let samples: Vec<Sample> = outcomes.iter().flat_map(samples).collect();
        least_precise(&samples, headline).map(|least| (least.key.workers, least.metric, least.within))
    }

    #[test]
    fn the_cell_with_the_widest_interval_is_named() {
        let steady = (1..=6).map(|repeat| cell(1, repeat, 1_000 + u64::from(repeat)));
        let loose = (1..=6).map(|repeat| cell(2, repeat, 1_000 + u64::from(repeat) * 20));
        let all: Vec<CellOutcome> = steady.chain(loose).collect();
        let (workers, metric, within) = least(&all, Metric::LatencyP50).unwrap();
        assert_eq!((workers, metric), (2, Metric::LatencyP50));
        // The median of 1,020 to 1,120 is 1,070.
        assert!((within - 50.0 / 1_070.0).abs() < 1e-9, "{within}");
    }

    #[test]
    fn the_makespan_replaces_a_figure_that_too_few_instances_support() {
        let all: Vec<CellOutcome> = (1..=6).map(|repeat| cell(1, repeat, 1_000)).collect();
        assert_eq!(least(&all, Metric::LatencyP99), Some((1, Metric::Makespan, 0.0)));
    }

    #[test]
    fn the_median_lag_replaces_a_p99_that_too_few_probes_support() {
        let probed =
            |repeat| OutcomeBuilder::new().repeat(repeat).span(9_000_000).probe(1_000_000, Some(5_000)).outcome();
        let all: Vec<CellOutcome> = (1..=6).map(probed).collect();
        assert_eq!(least(&all, Metric::LagP99), Some((1, Metric::LagP50, 0.0)));
    }

    #[test]
    fn without_an_interval_nothing_is_known_precisely() {
        let five: Vec<CellOutcome> = (1..=5).map(|repeat| cell(1, repeat, 1_000)).collect();
        assert_eq!(least(&five, Metric::Makespan), Some((1, Metric::Makespan, f64::INFINITY)));
    }

    #[test]
    fn cells_that_never_succeed_are_left_out() {
        let failed = |repeat| OutcomeBuilder::new().repeat(repeat).stalled(0, 0, None).exit(Exit::Timeout).outcome();
        let failed: Vec<CellOutcome> = (1..=6).map(failed).collect();
        assert_eq!(least(&failed, Metric::Makespan), None);
    }
}
