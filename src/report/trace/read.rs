//! Reads the chosen cells: instances, run slices, counts of states, probes.

use std::fs::File;
use std::path::Path;

use super::choice::{Which, open};
use crate::archive::ReadError;
use crate::archive::rows::{Cells, Column, CsvTable, Groups, Param, Row};
use taskmix_engine::record::{RunSliceKind, State};

/// The data of the chosen cells.
pub(super) struct TracedCells {
    pub(super) cells: Vec<CellTrace>,
    /// Whether there is `spans.csv`.
    pub(super) has_spans: bool,
}

/// The data of one cell; times in nanoseconds since the start of the span.
pub(super) struct CellTrace {
    which: Which,
    /// In the file's order: that of release.
    pub(super) lives: Vec<Life>,
    /// How many more instances there are.
    pub(super) more_lives: usize,
    /// In the file's order.
    pub(super) run_slices: Vec<OnThread>,
    /// Moments with how many instances were in each state, in the order of [`State::ALL`].
    pub(super) states: Vec<(u64, [u64; 6])>,
    /// When each probe was written, with its lag if it was ever handled.
    pub(super) probes: Vec<(u64, Option<u64>)>,
    /// The latest known time.
    pub(super) last_ns: u64,
}

/// An instance from its release to its end.
pub(super) struct Life {
    pub(super) task: String,
    pub(super) instance: u64,
    pub(super) state: String,
    pub(super) scheduled_ns: u64,
    pub(super) started_ns: Option<u64>,
    pub(super) finished_ns: Option<u64>,
    pub(super) cancel_requested_ns: Option<u64>,
}

/// A run slice: a time that an instance was on a thread.
pub(super) struct OnThread {
    pub(super) task: String,
    pub(super) instance: u64,
    /// Absent on a thread that belongs to no worker.
    pub(super) worker: Option<u64>,
    pub(super) start_ns: u64,
    pub(super) end_ns: u64,
    pub(super) kind: RunSliceKind,
}

impl CellTrace {
    fn new(which: Which) -> Self {
        let (lives, run_slices, states, probes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { which, lives, more_lives: 0, run_slices, states, probes, last_ns: 0 }
    }

    /// Its name, such as `rayon, 2 workers, hold = 20ms, repeat 1`.
    pub(super) fn name(&self, params: &[Param]) -> String {
        let (cell, repeat) = &self.which;
        let workers = cell.variant.workers.map(|workers| match workers {
            1 => "1 worker".to_owned(),
            workers => format!("{workers} workers"),
        });
        let values = params
            .iter()
            .zip(&cell.place.values)
            .map(|(param, value)| format!("{} = {}", param.name, param.text(value)));
        let parts = [cell.variant.engine.clone()].into_iter().chain(workers).chain(values);
        parts.chain([format!("repeat {repeat}")]).collect::<Vec<_>>().join(", ")
    }

    /// The engine.
    pub(super) fn engine(&self) -> &str {
        &self.which.0.variant.engine
    }

    fn knows(&mut self, time: u64) {
        self.last_ns = self.last_ns.max(time);
    }
}

/// Reads these cells from the folder; of each cell the first `most` instances.
pub(super) fn read(folder: &Path, cells: Vec<Which>, most: usize) -> Result<TracedCells, ReadError> {
    let mut cells: Vec<CellTrace> = cells.into_iter().map(CellTrace::new).collect();
    let mut has_spans = false;
    if let Some(table) = open(folder, "tasks.csv")? {
        lives(table, &mut cells, most)?;
    }
    if let Some(table) = open(folder, "spans.csv")? {
        has_spans = true;
        run_slices(table, &mut cells)?;
    }
    if let Some(table) = open(folder, "states.csv")? {
        states(table, &mut cells)?;
    }
    if let Some(table) = open(folder, "probe.csv")? {
        probes(table, &mut cells)?;
    }
    Ok(TracedCells { cells, has_spans })
}

/// Calls `take` with each row of one of the cells.
fn each(
    table: &mut CsvTable<File>,
    cells: &mut [CellTrace],
    mut take: impl FnMut(&mut CellTrace, &Row<'_>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let (key, repeat) = (Cells::of(table)?, table.column("repeat"));
    let mut groups = Groups::by(key.columns().chain(repeat));
    let mut places: Vec<Option<usize>> = Vec::new();
    table.each(|row| {
        let number = || repeat.map(|repeat| row.ordinal(repeat)).transpose().map(Option::flatten);
        let which = || Ok((key.cell(row)?, number()?.unwrap_or(1)));
        let place_of = |which: &Which| cells.iter().position(|cell| cell.which == *which);
        let group = groups.place(row, which, |which| places.push(place_of(which)))?;
        places[group].map_or(Ok(()), |place| take(&mut cells[place], row))
    })?;
    Ok(())
}

/// A time, or a count.
fn whole(row: &Row<'_>, column: Column) -> Result<u64, ReadError> {
    row.needed(column).map(|number| number as u64)
}

fn whole_if_any(row: &Row<'_>, column: Column) -> Result<Option<u64>, ReadError> {
    Ok(row.number(column)?.map(|number| number as u64))
}

fn lives(mut table: CsvTable<File>, cells: &mut [CellTrace], most: usize) -> Result<(), ReadError> {
    let (task, instance, state) = (table.need("task")?, table.need("instance")?, table.need("state")?);
    let [scheduled, started, finished] = ["scheduled_ns", "started_ns", "finished_ns"].map(|name| table.need(name));
    let (scheduled, started, finished) = (scheduled?, started?, finished?);
    let requested = table.column("cancel_requested_ns");
    each(&mut table, cells, |cell, row| {
        let life = Life {
            task: row.text(task).to_owned(),
            instance: whole(row, instance)?,
            state: row.text(state).to_owned(),
            scheduled_ns: whole(row, scheduled)?,
            started_ns: whole_if_any(row, started)?,
            finished_ns: whole_if_any(row, finished)?,
            cancel_requested_ns: requested.map(|column| whole_if_any(row, column)).transpose()?.flatten(),
        };
        let start = life.started_ns.unwrap_or(life.scheduled_ns);
        if start < life.scheduled_ns {
            return Err(row.wrong(started, "a time not before `scheduled_ns`, or nothing"));
        }
        if life.finished_ns.is_some_and(|end| end < start) {
            return Err(row.wrong(finished, "a time not before `started_ns`, or nothing"));
        }
        cell.knows(life.finished_ns.unwrap_or(start).max(life.cancel_requested_ns.unwrap_or(0)));
        if cell.lives.len() < most {
            cell.lives.push(life);
        } else {
            cell.more_lives += 1;
        }
        Ok(())
    })
}

fn run_slices(mut table: CsvTable<File>, cells: &mut [CellTrace]) -> Result<(), ReadError> {
    let (task, instance, worker) = (table.need("task")?, table.need("instance")?, table.need("worker")?);
    let (start, end, kind) = (table.need("start_ns")?, table.need("end_ns")?, table.need("kind")?);
    each(&mut table, cells, |cell, row| {
        let found = RunSliceKind::ALL.into_iter().find(|each| each.as_str() == row.text(kind));
        let run_slice = OnThread {
            task: row.text(task).to_owned(),
            instance: whole(row, instance)?,
            worker: whole_if_any(row, worker)?,
            start_ns: whole(row, start)?,
            end_ns: whole(row, end)?,
            kind: found.ok_or_else(|| row.wrong(kind, "`run`, `block` or `offload`"))?,
        };
        if run_slice.end_ns < run_slice.start_ns {
            return Err(row.wrong(end, "a time not before `start_ns`"));
        }
        cell.knows(run_slice.end_ns);
        cell.run_slices.push(run_slice);
        Ok(())
    })
}

fn states(mut table: CsvTable<File>, cells: &mut [CellTrace]) -> Result<(), ReadError> {
    let time = table.need("t_ns")?;
    let columns = State::ALL.map(|state| table.column(state.as_str()));
    each(&mut table, cells, |cell, row| {
        let mut counts = [0; 6];
        for (count, column) in counts.iter_mut().zip(columns) {
            *count = column.map_or(Ok(0), |column| whole(row, column))?;
        }
        let time = whole(row, time)?;
        cell.knows(time);
        cell.states.push((time, counts));
        Ok(())
    })
}

fn probes(mut table: CsvTable<File>, cells: &mut [CellTrace]) -> Result<(), ReadError> {
    let (written, lag) = (table.need("written_ns")?, table.need("lag_ns")?);
    each(&mut table, cells, |cell, row| {
        let (written, lag) = (whole(row, written)?, whole_if_any(row, lag)?);
        cell.knows(written.saturating_add(lag.unwrap_or(0)));
        cell.probes.push((written, lag));
        Ok(())
    })
}
