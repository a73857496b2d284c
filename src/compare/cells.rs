//! The cells of a run, in its scenario's order, and their pairs with the cells of another run.

use super::{CellPair, Ending, Figure, Metrics, Reason, Tolerance, Unmatched, Verdict};
use crate::archive::RunArchive;
use crate::stats::{Repeats, WHOLE_MIX, repeats};
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Axis, Param};

/// All repeats of a cell.
pub(super) struct Cell<'a> {
    pub(super) key: &'a CellKey,
    /// Its tasks, then the whole mix.
    tasks: Vec<Repeats<'a>>,
}

/// The cells of a run in order of matrix point, engine and workers, whatever order they were measured in.
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

/// The index of the cell's value on each axis.
fn point(key: &CellKey, axes: &[Axis]) -> Vec<Option<usize>> {
    let index = |(axis, param): (&Axis, &Param)| axis.values.iter().position(|value| *value == param.value);
    axes.iter().zip(&key.params).map(index).collect()
}

impl Cell<'_> {
    /// Whether `key` is this cell in another run. Its parameters may be in another order.
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

    /// The tasks that the cell's counterpart lacks; none if it has no counterpart.
    pub(super) fn tasks_missing_in(&self, others: &[Cell<'_>]) -> Vec<Unmatched> {
        let Some(other) = others.iter().find(|other| other.is_of(self.key)) else { return Vec::new() };
        let missing = self.tasks.iter().filter(|task| other.task(task.task).is_none());
        missing.map(|task| Unmatched { key: self.key.clone(), task: Some(task.task.to_owned()) }).collect()
    }

    fn ending(&self) -> Ending {
        // Without a row of the whole mix, the rows of the tasks count all repeats as failed.
        let row = self.task(WHOLE_MIX).or(self.tasks.first());
        row.map_or(Ending { ok: 0, repeats: 0 }, |row| Ending { ok: row.ok(), repeats: row.count() })
    }
}

/// The comparison of a cell that both runs have.
pub(super) fn pair(old: &Cell<'_>, new: &Cell<'_>, tolerance: Tolerance, metrics: &Metrics<'_>) -> CellPair {
    let mut figures = Vec::new();
    for task in &old.tasks {
        if let Some(other) = new.task(task.task) {
            let measures = metrics.measures(task, other);
            figures.extend(measures.into_iter().filter_map(|measure| Figure::new(measure, task, other, tolerance)));
        }
    }
    let (old_ending, new_ending) = (old.ending(), new.ending());
    let verdict = verdict_on_endings(old_ending, new_ending);
    CellPair { key: old.key.clone(), old: old_ending, new: new_ending, verdict, figures }
}

/// A cell that succeeded in every old repeat must succeed in every new one. If some repeats failed before, a change of their
/// number is inconclusive.
fn verdict_on_endings(old: Ending, new: Ending) -> Verdict {
    match (old.ok == old.repeats, new.ok == new.repeats) {
        (true, true) => Verdict::Same,
        (true, false) => Verdict::Worse,
        (false, true) => Verdict::Better,
        (false, false) if old.ok == 0 && new.ok == 0 => Verdict::Same,
        (false, false) => Verdict::Inconclusive(Reason::Failed),
    }
}
