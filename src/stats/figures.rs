//! Samples and summaries: a sample has one cell's figures of one task, a summary the same figures over the repeats.

use super::StepSample;
use crate::campaign::Surroundings;
use taskmix_engine::metric::{Metric, StepMetric};
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::Measure;

/// The name of the row that stands for all tasks together.
pub const WHOLE_MIX: &str = "*";

/// A value for each metric, or its absence.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures<T>([Option<T>; Metric::COUNT]);

impl<T: Copy> Default for Figures<T> {
    fn default() -> Self {
        Self([None; Metric::COUNT])
    }
}

impl<T: Copy> Figures<T> {
    /// The value, if there is one.
    pub fn get(&self, metric: Metric) -> Option<T> {
        self.0[metric as usize]
    }

    /// Sets a value, or its absence.
    pub fn set(&mut self, metric: Metric, value: impl Into<Option<T>>) {
        self.0[metric as usize] = value.into();
    }
}

/// One cell's figures of one task, or of the whole mix.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Which cell.
    pub key: CellKey,
    /// The task's name, or [`WHOLE_MIX`].
    pub task: String,
    /// Its figures; whole numbers below 2^53 are exact.
    pub figures: Figures<f64>,
    /// How the cell ended: the text of the `exit` column, on the row of the whole mix only.
    pub exit: Option<String>,
    /// The other work of the machine meanwhile; on the row of the whole mix only.
    pub surroundings: Option<Surroundings>,
    /// On the row of the whole mix of a traced cell: how many run slices did not fit into its record.
    pub spans_dropped: Option<u64>,
    /// On the row of the whole mix of a cell that timed out: which instances wait for which.
    pub waits: Vec<String>,
    /// The figures of the task's named steps; none of a cell that was cut off.
    pub steps: Vec<StepSample>,
}

impl Sample {
    /// Whether the machine was disturbed meanwhile. Only the row of the whole mix knows.
    pub fn is_disturbed(&self) -> bool {
        self.surroundings.as_ref().is_some_and(|around| !around.disturbed_by.is_empty())
    }
}

/// A median over repeats, with its interval if there are enough repeats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The median.
    pub median: f64,
    /// The ends of its confidence interval; `None` below 6 repeats, or if an end falls among failed repeats.
    pub bounds: Option<(f64, f64)>,
}

/// The figures of one task, or of the whole mix, over the repeats of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Which cell; `repeat` is the number of repeats.
    pub key: CellKey,
    /// The task's name, or [`WHOLE_MIX`].
    pub task: String,
    /// Its figures.
    pub figures: Figures<Interval>,
    /// How its counts differ between the repeats, of those that any repeat has.
    pub counts: Vec<(Metric, CountRange)>,
    /// How many of the repeats succeeded.
    pub ok: u32,
    /// During how many of the repeats the machine was disturbed.
    pub disturbed: u32,
    /// Its named steps.
    pub steps: Vec<StepSummary>,
}

impl Summary {
    /// A figure of its instances or of one of its named steps.
    pub fn figure(&self, measure: &Measure) -> Option<Interval> {
        match measure {
            Measure::Instances(metric) => self.figures.get(*metric),
            Measure::Step { step, metric } => {
                self.steps.iter().find(|summary| summary.step == *step)?.figures.get(*metric)
            }
        }
    }
}

/// The figures of a named step over the repeats of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct StepSummary {
    /// Its name.
    pub step: String,
    /// Its figures.
    pub figures: StepFigures,
}

/// The median of each figure of a named step, or its absence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepFigures([Option<Interval>; StepMetric::COUNT]);

impl StepFigures {
    /// The median, if there is one.
    pub fn get(&self, metric: StepMetric) -> Option<Interval> {
        self.0[metric as usize]
    }

    /// Sets a median, or its absence.
    pub fn set(&mut self, metric: StepMetric, median: Option<Interval>) {
        self.0[metric as usize] = median;
    }
}

impl Summary {
    /// How a count differs between the repeats; absent if no repeat has it.
    pub fn count_range(&self, metric: Metric) -> Option<CountRange> {
        self.counts.iter().find(|(other, _)| *other == metric).map(|(_, range)| *range)
    }
}

/// A count over the repeats of a cell: a median describes no repeat if the outcome differs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountRange {
    /// The least count.
    pub least: f64,
    /// The greatest count.
    pub greatest: f64,
    /// In how many repeats it is above 0.
    pub above_zero: u32,
}
