//! Compares two runs cell by cell: which figures are worse, better, the same, or inconclusive.
//!
//! Pure: it works on runs in memory, and knows neither files nor the presentation of a comparison.

mod cells;
mod figure;
#[cfg(test)]
pub(crate) mod testing;
mod tolerance;
mod verdict;
mod warning;

use crate::archive::RunArchive;
use crate::stats::Repeats;
use taskmix_engine::metric::{Metric, StepMetric};
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::Measure;

pub use figure::{Distance, Figure, Side};
pub use tolerance::{Tolerance, ToleranceError};
pub use verdict::{Reason, Verdict};
pub use warning::{Topic, Warning, warnings};

/// The figures that are compared by default. CPU time is compared as a share of the span. The kernel counts its sum exactly, but
/// only samples how it splits into user and system time.
pub const DEFAULT_METRICS: Metrics<'static> = Metrics {
    instances: &[
        Metric::Makespan,
        Metric::LatencyP50,
        Metric::LatencyP99,
        Metric::CancelMax,
        Metric::LagP99,
        Metric::CpuUtilisation,
        Metric::PeakRss,
        Metric::Done,
        Metric::Cancelled,
        Metric::Failed,
        Metric::Stalled,
    ],
    steps: &[
        StepMetric::WaitP50,
        StepMetric::WaitP99,
        StepMetric::HoldP50,
        StepMetric::HoldP99,
        StepMetric::TotalP50,
        StepMetric::TotalP99,
    ],
};

/// The cells that two runs share, compared, and those of one run only.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Changes up to this count as no difference.
    pub tolerance: Tolerance,
    /// The cells of both runs, in the order of the old run's scenario.
    pub cells: Vec<CellPair>,
    /// The cells and tasks that the new run lacks.
    pub only_old: Vec<Unmatched>,
    /// The cells and tasks that the old run lacks.
    pub only_new: Vec<Unmatched>,
}

/// A cell of both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct CellPair {
    /// The cell, with the old run's key; its `repeat` means nothing.
    pub key: CellKey,
    /// How the old repeats ended.
    pub old: Ending,
    /// How the new repeats ended.
    pub new: Ending,
    /// The verdict on how they ended.
    pub verdict: Verdict,
    /// The figures of each task, then those of the whole mix. A figure that neither run has is left out.
    pub figures: Vec<Figure>,
}

/// How a cell's repeats ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// How many succeeded.
    pub ok: u32,
    /// How many there are.
    pub repeats: u32,
}

/// A cell, or a task of a cell, of one run only.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmatched {
    /// The cell; its `repeat` means nothing.
    pub key: CellKey,
    /// The task; `None` if the whole cell has no counterpart.
    pub task: Option<String>,
}

/// How many figures have which verdict; the verdicts on how cells ended are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Worse.
    pub worse: usize,
    /// Better.
    pub better: usize,
    /// Changed, neither better nor worse.
    pub changed: usize,
    /// No difference beyond the tolerance.
    pub same: usize,
    /// Inconclusive.
    pub inconclusive: usize,
}

impl Counts {
    /// The sum of all counts.
    pub const fn total(&self) -> usize {
        self.worse + self.better + self.changed + self.same + self.inconclusive
    }
}

/// The figures to compare, in this order.
#[derive(Debug, Clone, Copy)]
pub struct Metrics<'a> {
    /// Of each task, and of the whole mix.
    pub instances: &'a [Metric],
    /// Of each named step.
    pub steps: &'a [StepMetric],
}

impl Metrics<'_> {
    /// The measures of a task in both runs: those of its instances, then those of its named steps.
    fn measures(&self, old: &Repeats<'_>, new: &Repeats<'_>) -> Vec<Measure> {
        let mut steps: Vec<&str> = old.steps();
        for step in new.steps() {
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        let mut measures: Vec<Measure> = self.instances.iter().copied().map(Measure::Instances).collect();
        for step in steps {
            measures.extend(self.steps.iter().map(|&metric| Measure::Step { step: step.to_owned(), metric }));
        }
        measures
    }
}

/// Compares two runs. Cells are matched by their parameters, engine and workers, tasks by name; the scenarios' names do not
/// matter.
pub fn compare(old: &RunArchive, new: &RunArchive, tolerance: Tolerance, metrics: &Metrics<'_>) -> Comparison {
    let (old, new) = (cells::cells(old), cells::cells(new));
    let (mut only_old, mut only_new) = (Vec::new(), Vec::new());
    let mut pairs = Vec::new();
    for cell in &old {
        match new.iter().find(|other| other.is_of(cell.key)) {
            Some(other) => pairs.push(cells::pair(cell, other, tolerance, metrics)),
            None => only_old.push(Unmatched { key: cell.key.clone(), task: None }),
        }
        only_old.extend(cell.tasks_missing_in(&new));
    }
    for cell in &new {
        if !old.iter().any(|other| other.is_of(cell.key)) {
            only_new.push(Unmatched { key: cell.key.clone(), task: None });
        }
        only_new.extend(cell.tasks_missing_in(&old));
    }
    Comparison { tolerance, cells: pairs, only_old, only_new }
}

impl Comparison {
    /// How many figures have which verdict.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for figure in self.cells.iter().flat_map(|cell| &cell.figures) {
            *match figure.verdict {
                Verdict::Worse => &mut counts.worse,
                Verdict::Better => &mut counts.better,
                Verdict::Changed => &mut counts.changed,
                Verdict::Same => &mut counts.same,
                Verdict::Inconclusive(_) => &mut counts.inconclusive,
            } += 1;
        }
        counts
    }

    /// The cells that succeeded in the old run and fail in the new one.
    pub fn cells_that_fail_now(&self) -> impl Iterator<Item = &CellPair> {
        self.cells.iter().filter(|cell| cell.verdict == Verdict::Worse)
    }

    /// Whether no common cell has a figure in either run.
    pub fn has_no_figure(&self) -> bool {
        self.cells.iter().all(|cell| cell.figures.is_empty())
    }

    /// Whether anything is worse: a figure, or how a cell ends.
    pub fn is_worse(&self) -> bool {
        self.counts().worse > 0 || self.cells_that_fail_now().next().is_some()
    }

    /// The figure that is worse by most, with its cell: the greatest ratio, or else the first.
    pub fn worst(&self) -> Option<(&CellPair, &Figure)> {
        let figures = self.cells.iter().flat_map(|cell| cell.figures.iter().map(move |figure| (cell, figure)));
        let size = |figure: &Figure| figure.ratio().map_or(0.0, |ratio| ratio.ln().abs());
        // Reversed, because `max_by` takes the last of equal figures, and the first is wanted.
        let worse: Vec<_> = figures.filter(|(_, figure)| figure.verdict == Verdict::Worse).collect();
        worse.into_iter().rev().max_by(|(_, one), (_, other)| size(one).total_cmp(&size(other)))
    }
}

#[cfg(test)]
mod tests;
