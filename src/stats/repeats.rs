//! The samples of one cell's repeats, and the value that each repeat contributes to a figure.
//!
//! A missing value is not skipped: see [`Repeats::values`].

use super::{Sample, StepSample, WHOLE_MIX};
use taskmix_engine::metric::{Kind, Metric, StepMetric};
use taskmix_engine::plan::CellKey;

/// One task's samples (or the whole mix's) over the repeats of a cell, in the order in which they were given.
#[derive(Debug, Clone)]
pub struct Repeats<'a> {
    /// The cell; its `repeat` is that of the first sample.
    pub key: &'a CellKey,
    /// The task's name, or [`WHOLE_MIX`].
    pub task: &'a str,
    /// Each repeat's sample, and whether that repeat succeeded.
    samples: Vec<(&'a Sample, bool)>,
    /// During how many repeats the machine was disturbed: the row of the whole mix says so.
    disturbed: u32,
}

/// Groups samples by cell and task, in order of first appearance.
///
/// A repeat has succeeded if the row of its whole mix has the exit `ok`. Without that row it has failed.
pub fn repeats(samples: &[Sample]) -> Vec<Repeats<'_>> {
    let mut groups: Vec<Repeats<'_>> = Vec::new();
    for sample in samples {
        match groups.iter_mut().find(|group| group.task == sample.task && group.key.is_repeat_of(&sample.key)) {
            Some(group) => group.samples.push((sample, false)),
            None => groups.push(Repeats {
                key: &sample.key,
                task: &sample.task,
                samples: vec![(sample, false)],
                disturbed: 0,
            }),
        }
    }
    let mixes: Vec<Repeats<'_>> = groups.iter().filter(|group| group.task == WHOLE_MIX).cloned().collect();
    for group in &mut groups {
        let mix = mixes.iter().find(|mix| mix.key.is_repeat_of(group.key));
        for (sample, ok) in &mut group.samples {
            let row = mix.and_then(|mix| mix.samples.iter().find(|(row, _)| row.key.repeat == sample.key.repeat));
            *ok = row.is_some_and(|(row, _)| row.exit.as_deref() == Some("ok"));
            group.disturbed += u32::from(row.is_some_and(|(row, _)| row.is_disturbed()));
        }
    }
    groups
}

impl<'a> Repeats<'a> {
    /// How many repeats there are.
    pub fn count(&self) -> u32 {
        self.samples.len() as u32
    }

    /// How many of them succeeded.
    pub fn ok(&self) -> u32 {
        self.samples.iter().filter(|(_, ok)| *ok).count() as u32
    }

    /// During how many of them the machine was disturbed.
    pub fn disturbed(&self) -> u32 {
        self.disturbed
    }

    /// The values that the repeats contribute to a figure; empty if the figure is absent in all of them. Otherwise
    /// - a failed repeat keeps its counts. Each of its other figures ranks worst: a time as +∞, a rate as −∞;
    /// - a figure absent in a successful repeat also ranks worst if the repeat has failed instances, which rank as +∞ themselves.
    ///   Without failed instances too few values supported the figure, so the repeat contributes no value.
    pub fn values(&self, metric: Metric) -> Vec<f64> {
        if self.samples.iter().all(|(sample, _)| sample.figures.get(metric).is_none()) {
            return Vec::new();
        }
        self.samples.iter().filter_map(|&(sample, ok)| ranked_value(sample, ok, metric)).collect()
    }

    /// The names of the task's named steps, in order of first appearance.
    pub fn steps(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for step in self.samples.iter().flat_map(|(sample, _)| &sample.steps) {
            if !names.contains(&step.step.as_str()) {
                names.push(&step.step);
            }
        }
        names
    }

    /// The values that the repeats contribute to a figure of a named step, likewise. A failed repeat, which has no count of
    /// executions, contributes none.
    pub fn step_values(&self, step: &str, metric: StepMetric) -> Vec<f64> {
        let of_sample = |sample: &'a Sample| sample.steps.iter().find(|other| other.step == step);
        let value = |step: Option<&StepSample>| step.and_then(|step| step.get(metric));
        if self.samples.iter().all(|(sample, _)| value(of_sample(sample)).is_none()) {
            return Vec::new();
        }
        let ranked = |&(sample, succeeded): &(&'a Sample, bool)| {
            let step = of_sample(sample);
            match metric.kind() {
                Kind::Count => value(step),
                _ if !succeeded => Some(f64::INFINITY),
                _ => value(step).or_else(|| step.is_some_and(|step| step.failed > 0).then_some(f64::INFINITY)),
            }
        };
        self.samples.iter().filter_map(ranked).collect()
    }
}

/// The value that a repeat contributes to a figure, if any.
fn ranked_value(sample: &Sample, succeeded: bool, metric: Metric) -> Option<f64> {
    let value = sample.figures.get(metric);
    let worst = match metric.kind() {
        Kind::Rate => f64::NEG_INFINITY,
        Kind::Count | Kind::Time | Kind::Bytes | Kind::Share => f64::INFINITY,
    };
    if succeeded {
        let failed = sample.figures.get(Metric::Failed).is_some_and(|count| count > 0.0);
        value.or_else(|| failed.then_some(worst))
    } else if metric.kind() == Kind::Count {
        Some(value.unwrap_or(worst))
    } else {
        Some(worst)
    }
}
