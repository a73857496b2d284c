//! Summaries of the samples of repeats: for each figure the median and its interval.

use super::{CountRange, Figures, Repeats, Sample, StepFigures, StepSummary, Summary, median_interval, repeats};
use taskmix_engine::metric::{Kind, Metric, StepMetric};

/// Summarises samples by cell and task, in order of first appearance. A value that a repeat lacks is not skipped: see
/// [`Repeats::values`]. A figure that is absent in every repeat is absent.
pub fn summaries(samples: &[Sample]) -> Vec<Summary> {
    repeats(samples).iter().map(summary).collect()
}

fn summary(repeats: &Repeats<'_>) -> Summary {
    let (mut figures, mut counts) = (Figures::default(), Vec::new());
    for &metric in Metric::ALL {
        let values = repeats.values(metric);
        if metric.kind() == Kind::Count {
            counts.extend(count_range(&values).map(|range| (metric, range)));
        }
        figures.set(metric, median_interval(&values));
    }
    let mut key = repeats.key.clone();
    key.repeat = repeats.count();
    let steps = repeats.steps().into_iter().map(|step| step_summary(repeats, step)).collect();
    let (ok, disturbed) = (repeats.ok(), repeats.disturbed());
    Summary { key, task: repeats.task.to_owned(), figures, counts, ok, disturbed, steps }
}

fn step_summary(repeats: &Repeats<'_>, step: &str) -> StepSummary {
    let mut figures = StepFigures::default();
    for &metric in StepMetric::ALL {
        figures.set(metric, median_interval(&repeats.step_values(step, metric)));
    }
    StepSummary { step: step.to_owned(), figures }
}

/// The range of a count over the repeats that have it; absent if none has.
fn count_range(values: &[f64]) -> Option<CountRange> {
    // A failed repeat without the count ranks as +∞.
    let known = || values.iter().copied().filter(|count| count.is_finite());
    let (least, greatest) = (known().reduce(f64::min)?, known().reduce(f64::max)?);
    let above_zero = known().filter(|count| *count > 0.0).count() as u32;
    Some(CountRange { least, greatest, above_zero })
}

#[cfg(test)]
mod tests {
    use super::super::{OutcomeBuilder, samples};
    use super::*;
    use crate::campaign::{CellOutcome, Exit};
    use taskmix_engine::record::{Placed, StepHistogram, StepPart};

    fn mix_summary(outcomes: &[CellOutcome]) -> Summary {
        let samples: Vec<Sample> = outcomes.iter().flat_map(samples).collect();
        summaries(&samples).pop().expect("the whole mix is last")
    }

    fn repeat(number: u32, span_ns: u64) -> CellOutcome {
        OutcomeBuilder::new().repeat(number).done(0, 0, 0, span_ns).span(span_ns).outcome()
    }

    fn timed_out(number: u32) -> CellOutcome {
        OutcomeBuilder::new().repeat(number).done(0, 0, 0, 5).stalled(0, 0, None).exit(Exit::Timeout).outcome()
    }

    #[test]
    fn the_median_of_six_repeats_has_all_six_as_its_interval() {
        let outcomes: Vec<_> = (1..=6).map(|n| repeat(n, u64::from(n) * 10)).collect();
        let summary = mix_summary(&outcomes);
        assert_eq!((summary.key.repeat, summary.ok), (6, 6));
        let makespan = summary.figures.get(Metric::Makespan).unwrap();
        assert_eq!((makespan.median, makespan.bounds), (35.0, Some((10.0, 60.0))));
    }

    #[test]
    fn failed_repeats_rank_last_in_times_first_in_rates_and_keep_their_counts() {
        let mut outcomes: Vec<_> = (1..=5).map(|n| repeat(n, u64::from(n) * 10)).collect();
        outcomes.push(timed_out(6));
        let summary = mix_summary(&outcomes);
        assert_eq!((summary.key.repeat, summary.ok), (6, 5));
        let makespan = summary.figures.get(Metric::Makespan).unwrap();
        assert_eq!((makespan.median, makespan.bounds), (35.0, None), "with the failed repeat ranked sixth");
        let throughput = summary.figures.get(Metric::Throughput).unwrap();
        assert_eq!(throughput.bounds, None);
        assert!((throughput.median - f64::midpoint(1e9 / 40.0, 1e9 / 30.0)).abs() < 1.0, "{}", throughput.median);
        assert_eq!(summary.figures.get(Metric::Stalled).unwrap().bounds, Some((0.0, 1.0)));
        assert_eq!(summary.figures.get(Metric::Done).map(|figure| figure.median), Some(1.0));
        let stalled = CountRange { least: 0.0, greatest: 1.0, above_zero: 1 };
        assert_eq!(summary.count_range(Metric::Stalled), Some(stalled), "in the sixth repeat alone");
    }

    #[test]
    fn a_median_among_failed_repeats_is_absent() {
        let outcomes = [repeat(1, 10), timed_out(2), timed_out(3)];
        let summary = mix_summary(&outcomes);
        assert_eq!(summary.figures.get(Metric::Makespan), None);
        assert_eq!(summary.figures.get(Metric::LatencyP50), None, "though the failed repeats have a p50 of their own");
        assert_eq!(summary.figures.get(Metric::Stalled).map(|figure| figure.median), Some(1.0));
    }

    #[test]
    fn a_figure_that_too_few_values_support_leaves_its_repeat_out() {
        let few = |n| OutcomeBuilder::new().repeat(n).burst_done(0, 9, 7).span(7).outcome();
        let enough = |n| OutcomeBuilder::new().repeat(n).burst_done(0, 10, 8).span(8).outcome();
        let summary = mix_summary(&[few(1), enough(2), few(3)]);
        assert_eq!(summary.figures.get(Metric::LatencyP90).map(|figure| figure.median), Some(8.0));
        assert_eq!(mix_summary(&[few(1)]).figures.get(Metric::LatencyP90), None);
    }

    #[test]
    fn a_figure_lost_to_failed_instances_ranks_last_even_in_a_good_repeat() {
        let lossy = |n| OutcomeBuilder::new().repeat(n).burst_done(0, 9, 7).failed(0, 0, 7).span(7).outcome();
        let whole = |n| OutcomeBuilder::new().repeat(n).burst_done(0, 10, 8).span(8).outcome();
        assert_eq!(mix_summary(&[lossy(1), whole(2), lossy(3)]).figures.get(Metric::LatencyMax), None);
        assert_eq!(
            mix_summary(&[whole(1), whole(2), lossy(3)]).figures.get(Metric::LatencyMax).map(|figure| figure.median),
            Some(8.0)
        );
    }

    #[test]
    fn groups_are_in_order_of_first_appearance() {
        let samples: Vec<Sample> = [
            OutcomeBuilder::new().workers(2).done(0, 0, 0, 5).span(5).outcome(),
            OutcomeBuilder::new().workers(1).done(0, 0, 0, 5).span(5).outcome(),
            OutcomeBuilder::new().workers(2).repeat(2).done(0, 0, 0, 5).span(5).outcome(),
        ]
        .iter()
        .flat_map(samples)
        .collect();
        let order: Vec<_> = summaries(&samples).into_iter().map(|s| (s.key.workers, s.task, s.key.repeat)).collect();
        let expected = [(2, "alpha", 2), (2, "beta", 2), (2, "*", 2), (1, "alpha", 1), (1, "beta", 1), (1, "*", 1)];
        assert_eq!(order, expected.map(|(workers, task, repeats)| (workers, task.to_owned(), repeats)));
    }

    #[test]
    fn a_named_step_has_no_times_in_a_failed_repeat_and_so_ranks_last_there() {
        let named = |ns| StepHistogram {
            task: 0,
            step: "fetch".to_owned(),
            wait: StepPart::default(),
            hold: StepPart::default(),
            total: StepPart { buckets: vec![(ns, 4)] },
            placed: Placed::default(),
        };
        let good = |number| CellOutcome { named_steps: vec![named(u64::from(number))], ..repeat(number, 10) };
        let of_fetch = |outcomes: &[CellOutcome]| {
            let samples: Vec<Sample> = outcomes.iter().flat_map(samples).collect();
            summaries(&samples).remove(0).steps.remove(0).figures
        };
        let whole: Vec<CellOutcome> = (1..=6).map(good).collect();
        let figure = of_fetch(&whole).get(StepMetric::TotalP50).unwrap();
        assert_eq!((figure.median, figure.bounds), (3.5, Some((1.0, 6.0))));
        let cut: Vec<CellOutcome> = (1..=5).map(good).chain([timed_out(6)]).collect();
        let figure = of_fetch(&cut).get(StepMetric::TotalP50).unwrap();
        assert_eq!((figure.median, figure.bounds), (3.5, None), "with the failed repeat ranked sixth");
        let count = of_fetch(&cut).get(StepMetric::Executions).unwrap();
        assert_eq!((count.median, count.bounds), (4.0, None), "of five repeats");
        assert_eq!(of_fetch(&cut).get(StepMetric::WaitP50), None);
        let most = [good(1), timed_out(2), timed_out(3)];
        assert_eq!(of_fetch(&most).get(StepMetric::TotalP50), None);
    }
}
