//! Samples and summaries: a sample has one cell's figures of one task, a summary the same figures over the repeats.

use crate::campaign::Surroundings;
use taskmix_engine::metric::Metric;
use taskmix_engine::plan::CellKey;

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
