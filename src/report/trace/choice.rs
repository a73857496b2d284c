//! Which cells of a run the trace has: one of each engine, unless more are asked for.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;

use crate::archive::ReadError;
use crate::archive::rows::{Cell, Cells, CsvTable, Groups, Param};
use crate::report::PlotError;
use taskmix_engine::scenario::{ParamValue, Setting};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct TraceChoice {
    /// Of these engines; of all, if empty.
    pub engines: Vec<String>,
    /// At these values of the matrix.
    pub at: Vec<Setting>,
    /// Of so many workers.
    pub workers: Option<u32>,
    /// Of this repeat.
    pub repeat: Option<u32>,
    /// All cells that match, not just one of each engine, and all of their instances.
    pub all: bool,
}

/// A cell of a repeat.
pub(super) type Which = (Cell, u32);

/// The chosen cells.
pub(super) struct Chosen {
    /// The names of the matrix.
    pub(super) params: Vec<Param>,
    /// At least one, in order of points, engines, workers and repeats.
    pub(super) cells: Vec<Which>,
    /// How many more cells match.
    pub(super) left_out: usize,
}

/// The files that name every cell with data; the first that exists is read.
const FILES: [&str; 3] = ["samples.csv", "tasks.csv", "spans.csv"];

/// Opens a file of the run; `None` if it does not exist.
pub(super) fn open(folder: &Path, name: &str) -> Result<Option<CsvTable<File>>, ReadError> {
    let path = folder.join(name);
    match File::open(&path) {
        Ok(file) => CsvTable::read(&path.display().to_string(), file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReadError::Unreadable { file: path.display().to_string(), source }),
    }
}

/// Finds the chosen cells.
pub(super) fn choose(folder: &Path, choice: &TraceChoice) -> Result<Chosen, PlotError> {
    for name in FILES {
        if let Some(mut table) = open(folder, name)? {
            let (params, cells) = cells(&mut table)?;
            return chosen(params, cells, choice);
        }
    }
    let remedy = "give a run, or a folder with `tasks.csv` or `spans.csv`".to_owned();
    Err(ReadError::Missing { path: folder.join(FILES[1]), remedy }.into())
}

/// All cells with rows.
fn cells(table: &mut CsvTable<File>) -> Result<(Vec<Param>, Vec<Which>), PlotError> {
    let (cells, repeat) = (Cells::of(table)?, table.column("repeat"));
    let mut groups = Groups::by(cells.columns().chain(repeat));
    let mut found: Vec<Which> = Vec::new();
    table.each(|row| {
        let number = || repeat.map(|repeat| row.ordinal(repeat)).transpose().map(Option::flatten);
        let key = || Ok((cells.cell(row)?, number()?.unwrap_or(1)));
        groups.place(row, key, |which: &Which| found.push(which.clone())).map(|_| ())
    })?;
    Ok((cells.params, found))
}

fn chosen(params: Vec<Param>, mut cells: Vec<Which>, choice: &TraceChoice) -> Result<Chosen, PlotError> {
    if let Some(unknown) = choice.at.iter().find(|at| params.iter().all(|param| param.name != at.name)) {
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        let what = format!("the matrix has no `{}`", unknown.name);
        return Err(PlotError::Unsuited { what, remedy: format!("its names are: {}", listed(&names)) });
    }
    let engines: BTreeSet<String> = cells.iter().map(|(cell, _)| cell.variant.engine.clone()).collect();
    cells.retain(|which| is_asked_for(&params, which, choice));
    if cells.is_empty() {
        let engines: Vec<&str> = engines.iter().map(String::as_str).collect();
        return Err(PlotError::Unsuited {
            what: "the run has no such cell".to_owned(),
            remedy: format!("it is of the engines {}; `summary.csv` tells which cells there are", listed(&engines)),
        });
    }
    cells.sort_by(|(one, first), (other, second)| {
        let (mine, theirs) = (&one.variant, &other.variant);
        let setting = (one.place.cmp(&other.place), mine.workers.cmp(&theirs.workers));
        // If only one cell of an engine is taken, it is the one that the timeline draws.
        let (place, workers) = if choice.all { setting } else { (setting.0.reverse(), setting.1.reverse()) };
        place.then(mine.engine.cmp(&theirs.engine)).then(workers).then(first.cmp(second))
    });
    let all = cells.len();
    if !choice.all {
        let mut seen = BTreeSet::new();
        cells.retain(|(cell, _)| seen.insert(cell.variant.engine.clone()));
    }
    Ok(Chosen { params, left_out: all - cells.len(), cells })
}

fn is_asked_for(params: &[Param], (cell, repeat): &Which, choice: &TraceChoice) -> bool {
    let is_at = |at: &Setting| {
        let value =
            params.iter().position(|param| param.name == at.name).map(|place| cell.place.values[place].as_str());
        at.values.iter().any(|wanted| value.and_then(Param::number) == Some(number(*wanted)))
    };
    (choice.engines.is_empty() || choice.engines.contains(&cell.variant.engine))
        && choice.at.iter().all(is_at)
        && choice.workers.is_none_or(|workers| cell.variant.workers == Some(workers))
        && choice.repeat.is_none_or(|wanted| wanted == *repeat)
}

/// A value as in the files, durations in nanoseconds.
fn number(value: ParamValue) -> f64 {
    match value {
        ParamValue::Duration(duration) => duration.as_nanos() as f64,
        ParamValue::Integer(number) => number as f64,
        ParamValue::Float(number) => number,
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
