//! One figure of both runs: its medians, how far they are apart, and the verdict.

use super::{Reason, Tolerance, Verdict};
use crate::stats::{Contrast, Interval, NoRatio, Repeats, difference, median_interval, ratio};
use taskmix_engine::scenario::Measure;

/// A figure of a task, or of the whole mix, in both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The task's name, or [`crate::stats::WHOLE_MIX`].
    pub task: String,
    /// Which figure; of a named step of the task, too.
    pub metric: Measure,
    /// The figure in the old run.
    pub old: Side,
    /// The figure in the new run.
    pub new: Side,
    /// How far the new run is from the old one; absent if it can't be computed.
    pub distance: Option<Distance>,
    /// Whether it is worse, better or the same.
    pub verdict: Verdict,
}

/// A figure in one of the runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Side {
    /// How many repeats have a value, or rank as the worst because they failed.
    pub repeats: u32,
    /// The median with its interval; absent without any value, or if it falls among failed repeats.
    pub median: Option<Interval>,
}

/// How far two figures are apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distance {
    /// New ÷ old.
    Ratio(Contrast),
    /// New − old, for counts.
    Difference(Contrast),
}

impl Figure {
    /// A figure of both runs; `None` if neither has it.
    pub(super) fn new(metric: Measure, old: &Repeats<'_>, new: &Repeats<'_>, tolerance: Tolerance) -> Option<Self> {
        let values = |repeats: &Repeats<'_>| match &metric {
            Measure::Instances(metric) => repeats.values(*metric),
            Measure::Step { step, metric } => repeats.step_values(step, *metric),
        };
        let values = (values(old), values(new));
        if values.0.is_empty() && values.1.is_empty() {
            return None;
        }
        let side = |values: &[f64]| Side { repeats: values.len() as u32, median: median_interval(values) };
        let (distance, verdict) = if metric.is_tally() {
            compare_counts(&metric, &values.0, &values.1)
        } else {
            compare_measurements(&metric, &values.0, &values.1, tolerance)
        };
        let (old, new, task) = (side(&values.0), side(&values.1), old.task.to_owned());
        Some(Self { task, metric, old, new, distance, verdict })
    }

    /// The ratio, if it has one.
    pub fn ratio(&self) -> Option<f64> {
        match self.distance? {
            Distance::Ratio(contrast) => contrast.estimate,
            Distance::Difference(_) => None,
        }
    }
}

fn compare_measurements(
    metric: &Measure,
    old: &[f64],
    new: &[f64],
    tolerance: Tolerance,
) -> (Option<Distance>, Verdict) {
    match ratio(old, new) {
        Ok(contrast) => {
            let verdict = match contrast.bounds {
                Some(bounds) => Verdict::of_ratio(bounds, tolerance, metric.better()),
                None => Verdict::Inconclusive(Reason::TooFew),
            };
            (Some(Distance::Ratio(contrast)), verdict)
        }
        Err(NoRatio::Zero) => (None, Verdict::Inconclusive(Reason::Zero)),
        Err(NoRatio::Empty) => (None, missing(old)),
    }
}

/// Counts that are the same in all repeats of a run are compared exactly, however few the repeats. If they vary from repeat to
/// repeat, their difference has an interval.
fn compare_counts(metric: &Measure, old: &[f64], new: &[f64]) -> (Option<Distance>, Verdict) {
    let Some(contrast) = difference(old, new) else { return (None, missing(old)) };
    let is_steady =
        |values: &[f64]| values.iter().all(|value| value.is_finite() && value.total_cmp(&values[0]).is_eq());
    let bounds = match contrast.bounds {
        None if is_steady(old) && is_steady(new) => Some((new[0] - old[0], new[0] - old[0])),
        bounds => bounds,
    };
    let verdict = match bounds {
        Some(bounds) => Verdict::of_difference(bounds, metric.better()),
        None => Verdict::Inconclusive(Reason::TooFew),
    };
    (Some(Distance::Difference(contrast)), verdict)
}

const fn missing(old: &[f64]) -> Verdict {
    Verdict::Inconclusive(if old.is_empty() { Reason::NotInOld } else { Reason::NotInNew })
}
