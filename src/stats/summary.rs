//! Samples over their repeats: for each figure the median and its interval.
//!
//! What a repeat lacks is not passed over: see [`summaries`].

use super::{Figures, Sample, Summary, WHOLE_MIX, median_interval};
use crate::metric::{Kind, Metric};
use crate::plan::CellKey;

/// The samples of one cell's repeats, in the order in which they were given.
struct Group<'a> {
    key: &'a CellKey,
    task: &'a str,
    samples: Vec<&'a Sample>,
}

/// Summarises samples by cell and task, in order of first appearance.
///
/// A repeat is failed if the row of its whole mix says so, or if that row is missing. A figure that is absent in every
/// repeat is absent. Otherwise
/// - a failed repeat keeps its counts; every other figure of it ranks worst: a time as +∞, a rate as −∞;
/// - a figure absent in a repeat that ended well ranks worst too if the repeat has failed instances, which rank as +∞
///   themselves; if it has none, too few values supported the figure there, and the repeat is left out of it.
pub fn summaries(samples: &[Sample]) -> Vec<Summary> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for sample in samples {
        match groups.iter_mut().find(|group| group.task == sample.task && group.key.is_repeat_of(&sample.key)) {
            Some(group) => group.samples.push(sample),
            None => groups.push(Group { key: &sample.key, task: &sample.task, samples: vec![sample] }),
        }
    }
    let ended_well = |key: &CellKey| {
        let mix = groups.iter().find(|group| group.task == WHOLE_MIX && group.key.is_repeat_of(key));
        let row = mix.and_then(|group| group.samples.iter().find(|sample| sample.key.repeat == key.repeat));
        row.is_some_and(|sample| sample.exit.as_deref() == Some("ok"))
    };
    groups.iter().map(|group| summary(group, ended_well)).collect()
}

fn summary(group: &Group<'_>, ended_well: impl Fn(&CellKey) -> bool) -> Summary {
    let repeats: Vec<(&Sample, bool)> = group.samples.iter().map(|&s| (s, ended_well(&s.key))).collect();
    let mut figures = Figures::default();
    for &metric in Metric::ALL {
        if repeats.iter().any(|(sample, _)| sample.figures.get(metric).is_some()) {
            let values: Vec<f64> =
                repeats.iter().filter_map(|&(sample, ok)| ranked_value(sample, ok, metric)).collect();
            figures.set(metric, median_interval(&values));
        }
    }
    let mut key = group.key.clone();
    key.repeat = repeats.len() as u32;
    let ok = repeats.iter().filter(|(_, ok)| *ok).count() as u32;
    Summary { key, task: group.task.to_owned(), figures, ok }
}

/// What a repeat contributes to a figure's median, if anything.
fn ranked_value(sample: &Sample, ended_well: bool, metric: Metric) -> Option<f64> {
    let value = sample.figures.get(metric);
    let worst = match metric.kind() {
        Kind::Rate => f64::NEG_INFINITY,
        Kind::Count | Kind::Time | Kind::Bytes | Kind::Share => f64::INFINITY,
    };
    if ended_well {
        let failed = sample.figures.get(Metric::Failed).is_some_and(|count| count > 0.0);
        value.or_else(|| failed.then_some(worst))
    } else if metric.kind() == Kind::Count {
        Some(value.unwrap_or(worst))
    } else {
        Some(worst)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{OutcomeBuilder, samples};
    use super::*;
    use crate::campaign::{CellOutcome, Exit};

    fn of_mix(outcomes: &[CellOutcome]) -> Summary {
        let samples: Vec<Sample> = outcomes.iter().flat_map(samples).collect();
        summaries(&samples).pop().expect("the whole mix comes last")
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
        let summary = of_mix(&outcomes);
        assert_eq!((summary.key.repeat, summary.ok), (6, 6));
        let makespan = summary.figures.get(Metric::Makespan).unwrap();
        assert_eq!((makespan.median, makespan.bounds), (35.0, Some((10.0, 60.0))));
    }

    #[test]
    fn failed_repeats_rank_last_in_times_first_in_rates_and_keep_their_counts() {
        let mut outcomes: Vec<_> = (1..=5).map(|n| repeat(n, u64::from(n) * 10)).collect();
        outcomes.push(timed_out(6));
        let summary = of_mix(&outcomes);
        assert_eq!((summary.key.repeat, summary.ok), (6, 5));
        let makespan = summary.figures.get(Metric::Makespan).unwrap();
        assert_eq!((makespan.median, makespan.bounds), (35.0, None), "with the failed one ranked sixth");
        let throughput = summary.figures.get(Metric::Throughput).unwrap();
        assert_eq!(throughput.bounds, None);
        assert!((throughput.median - f64::midpoint(1e9 / 40.0, 1e9 / 30.0)).abs() < 1.0, "{}", throughput.median);
        assert_eq!(summary.figures.get(Metric::Stalled).unwrap().bounds, Some((0.0, 1.0)));
        assert_eq!(summary.figures.get(Metric::Done).map(|figure| figure.median), Some(1.0));
    }

    #[test]
    fn a_median_among_the_failed_is_absent() {
        let outcomes = [repeat(1, 10), timed_out(2), timed_out(3)];
        let summary = of_mix(&outcomes);
        assert_eq!(summary.figures.get(Metric::Makespan), None);
        assert_eq!(summary.figures.get(Metric::LatencyP50), None, "though the failed ones have one of their own");
        assert_eq!(summary.figures.get(Metric::Stalled).map(|figure| figure.median), Some(1.0));
    }

    #[test]
    fn a_figure_that_too_few_values_support_leaves_its_repeat_out() {
        let few = |n| OutcomeBuilder::new().repeat(n).burst_done(0, 9, 7).span(7).outcome();
        let enough = |n| OutcomeBuilder::new().repeat(n).burst_done(0, 10, 8).span(8).outcome();
        let summary = of_mix(&[few(1), enough(2), few(3)]);
        assert_eq!(summary.figures.get(Metric::LatencyP90).map(|figure| figure.median), Some(8.0));
        assert_eq!(of_mix(&[few(1)]).figures.get(Metric::LatencyP90), None);
    }

    #[test]
    fn a_figure_lost_to_failed_instances_ranks_last_even_in_a_good_repeat() {
        let lossy = |n| OutcomeBuilder::new().repeat(n).burst_done(0, 9, 7).failed(0, 0, 7).span(7).outcome();
        let whole = |n| OutcomeBuilder::new().repeat(n).burst_done(0, 10, 8).span(8).outcome();
        assert_eq!(of_mix(&[lossy(1), whole(2), lossy(3)]).figures.get(Metric::LatencyMax), None);
        assert_eq!(
            of_mix(&[whole(1), whole(2), lossy(3)]).figures.get(Metric::LatencyMax).map(|figure| figure.median),
            Some(8.0)
        );
    }

    #[test]
    fn groups_come_in_order_of_first_appearance() {
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
}
