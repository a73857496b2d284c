//! The cells of a run, in its scenario's order, and the pairs that they make with those of another.

use super::{CellPair, Ending, Figure, Reason, Tolerance, Unmatched, Verdict};
use crate::metric::Metric;
use crate::plan::CellKey;
use crate::report::RunArchive;
use crate::scenario::{Axis, Param};
use crate::stats::{Repeats, WHOLE_MIX, repeats};

/// All repeats of a cell.
pub(super) struct Cell<'a> {
    pub(super) key: &'a CellKey,
    /// Its tasks, then the whole mix.
    tasks: Vec<Repeats<'a>>,
}

/// The cells of a run: points of the matrix, then engines, then workers, though they were measured shuffled.
pub(super) fn cells(run: &RunArchive) -> Vec<Cell<'_>> {
    let mut cells: Vec<Cell<'_>> = Vec::new();
    for task in repeats(&run.samples) {
        match cells.iter_mut().find(|cell| cell.key.is_repeat_of(task.key)) {
            Some(cell) => cell.tasks.push(task),
            None => cells.push(Cell { key: task.key, tasks: vec![task] }),
        }
    }
    cells.sort_by_cached_key(|cell| (point(cell.key, &run.axes), cell.key.engine, cell.key.workers, cell.key.probe_ns));
    cells
}

/// Of each axis, which value it is.
fn point(key: &CellKey, axes: &[Axis]) -> Vec<Option<usize>> {
    let place = |(axis, param): (&Axis, &Param)| axis.values.iter().position(|value| *value == param.value);
    axes.iter().zip(&key.params).map(place).collect()
}

impl Cell<'_> {
    /// Whether it is this cell in another run. The parameters may stand in another order.
    pub(super) fn is_of(&self, key: &CellKey) -> bool {
        let has = |param: &Param| {
            key.params.iter().any(|other| other.name == param.name && other.value.is_same_as(param.value))
        };
        self.key.engine == key.engine
            && self.key.workers == key.workers
            && self.key.probe_ns == key.probe_ns
            && self.key.params.len() == key.params.len()
            && self.key.params.iter().all(has)
    }

    fn task(&self, name: &str) -> Option<&Repeats<'_>> {
        self.tasks.iter().find(|task| task.task == name)
    }

    /// The tasks that its counterpart lacks; none if it has no counterpart.
    pub(super) fn tasks_missing_in(&self, others: &[Cell<'_>]) -> Vec<Unmatched> {
        let Some(other) = others.iter().find(|other| other.is_of(self.key)) else { return Vec::new() };
        let missing = self.tasks.iter().filter(|task| other.task(task.task).is_none());
        missing.map(|task| Unmatched { key: self.key.clone(), task: Some(task.task.to_owned()) }).collect()
    }

    fn ending(&self) -> Ending {
        // Without a row of the whole mix the others count their repeats as failed.
        let row = self.task(WHOLE_MIX).or(self.tasks.first());
        row.map_or(Ending { ok: 0, repeats: 0 }, |row| Ending { ok: row.ok(), repeats: row.count() })
    }
}

/// A cell of both runs.
pub(super) fn pair(old: &Cell<'_>, new: &Cell<'_>, tolerance: Tolerance, metrics: &[Metric]) -> CellPair {
    let mut figures = Vec::new();
    for task in &old.tasks {
        if let Some(other) = new.task(task.task) {
            figures.extend(metrics.iter().filter_map(|&metric| Figure::new(metric, task, other, tolerance)));
        }
    }
    let (ending, other) = (old.ending(), new.ending());
    CellPair { key: old.key.clone(), old: ending, new: other, verdict: of_endings(ending, other), figures }
}

/// A cell that ended well in every old repeat must do so in every new one. Where some failed before, it can't be told
/// whether fewer would now.
fn of_endings(old: Ending, new: Ending) -> Verdict {
    match (old.ok == old.repeats, new.ok == new.repeats) {
        (true, true) => Verdict::Same,
        (true, false) => Verdict::Worse,
        (false, true) => Verdict::Better,
        (false, false) if old.ok == 0 && new.ok == 0 => Verdict::Same,
        (false, false) => Verdict::Inconclusive(Reason::Failed),
    }
}
