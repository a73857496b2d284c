//! `summary.csv`, or a file with its columns: a median for each figure, with the ends of its interval where they are known.

use std::collections::HashMap;
use std::io::Read;

use super::cell::Param;
use super::{Cell, Cells, Column, CsvTable, Row};
use crate::archive::ReadError;
use crate::archive::csv::samples::PROBE;
use crate::stats::{Figures, Interval, WHOLE_MIX};
use taskmix_engine::metric::Metric;

/// The figures of a task of a cell over its repeats.
#[derive(Debug, Clone)]
pub(crate) struct SummaryRow {
    pub(crate) cell: Cell,
    /// The task's name, or [`WHOLE_MIX`]; of a named step, as in `steps_summary.csv`, `TASK.STEP`.
    pub(crate) task: String,
    /// How many repeats there are, if the file has it.
    pub(crate) repeats: Option<u32>,
    /// How many of them ended well, likewise.
    pub(crate) ok: Option<u32>,
    pub(crate) figures: Figures<Interval>,
}

/// The whole file.
#[derive(Debug)]
pub(crate) struct SummaryTable {
    pub(crate) params: Vec<Param>,
    /// No cell has a task twice: the figures of the cell that measures lag are added to the row of the other cell.
    pub(crate) rows: Vec<SummaryRow>,
    /// The figures that have a column, in the vocabulary's order.
    pub(crate) metrics: Vec<Metric>,
}

/// The columns of one figure.
struct FigureColumns {
    metric: Metric,
    median: Column,
    bounds: Option<(Column, Column)>,
}

/// Reads it all. A column `repeat` makes it a file of single repeats, which has no medians.
pub(crate) fn summary<R: Read>(mut table: CsvTable<R>) -> Result<SummaryTable, ReadError> {
    let file = table.file().to_owned();
    let malformed = |what: &str, remedy: &str| ReadError::File {
        file: file.clone(),
        what: what.to_owned(),
        remedy: remedy.to_owned(),
    };
    if table.column("repeat").is_some() {
        let remedy = "bars and sweeps are drawn from medians: give `summary.csv`, or a file with its columns";
        return Err(malformed("each row is a single repeat", remedy));
    }
    let cells = Cells::of(&table)?;
    let figures = figure_columns(&table);
    if figures.is_empty() {
        let remedy = "results/README.md lists the figures: `latency_p99_ns` is one, with its unit as in the files";
        return Err(malformed("no column is a figure", remedy));
    }
    let (task, repeats, ok) = (table.column("task"), table.column("repeats"), table.column("repeats_ok"));
    let mut lines: HashMap<(Cell, String), u64> = HashMap::new();
    let (probe, step) = (table.column(PROBE), table.column("step"));
    let mut rows: Vec<SummaryRow> = Vec::new();
    table.each(|row| {
        let name = task.map(|task| row.text(task)).filter(|name| !name.is_empty()).unwrap_or(WHOLE_MIX);
        let step = step.map(|step| row.text(step)).filter(|step| !step.is_empty());
        let task = step.map_or_else(|| name.to_owned(), |step| format!("{name}.{step}"));
        let cell = cells.cell(row)?;
        let is_probed = probe.is_some_and(|probe| !row.text(probe).is_empty());
        if let Some(measured) = rows.iter_mut().find(|row| is_probed && row.cell == cell && row.task == task) {
            for columns in figures.iter().filter(|columns| columns.metric.is_of_the_probe()) {
                measured.figures.set(columns.metric, interval(row, columns)?);
            }
            return Ok(());
        }
        if let Some(line) = lines.insert((cell.clone(), task.clone()), row.line()) {
            return Err(row.broken(format!(
                "the same cell and task as line {line}; tell them apart by a column of their own, such as `param_run`"
            )));
        }
        let mut found = Figures::default();
        for columns in &figures {
            found.set(columns.metric, interval(row, columns)?);
        }
        let count = |column: Option<Column>| column.map(|column| whole(row, column)).transpose().map(Option::flatten);
        rows.push(SummaryRow { cell, task, repeats: count(repeats)?, ok: count(ok)?, figures: found });
        Ok(())
    })?;
    let metrics = figures.iter().map(|columns| columns.metric).collect();
    Ok(SummaryTable { params: cells.params, rows, metrics })
}

/// The figures that a file has.
fn figure_columns<R: Read>(table: &CsvTable<R>) -> Vec<FigureColumns> {
    let columns = |&metric: &Metric| {
        let (column, name) = (metric.column(), metric.name());
        let unit = &column[name.len()..];
        let end = |which: &str| table.column(&format!("{name}_{which}{unit}"));
        Some(FigureColumns { metric, median: table.column(&column)?, bounds: end("lo").zip(end("hi")) })
    };
    Metric::ALL.iter().filter_map(columns).collect()
}

/// Whether a file has any figure's column.
pub(crate) fn has_figures<R: Read>(table: &CsvTable<R>) -> bool {
    !figure_columns(table).is_empty()
}

fn interval(row: &Row<'_>, columns: &FigureColumns) -> Result<Option<Interval>, ReadError> {
    let Some(median) = row.number(columns.median)? else { return Ok(None) };
    let Some((low, high)) = columns.bounds else { return Ok(Some(Interval { median, bounds: None })) };
    let bounds = row.number(low)?.zip(row.number(high)?);
    if bounds.is_some_and(|(low, _)| low > median) {
        return Err(row.wrong(low, "at most the median"));
    }
    if bounds.is_some_and(|(_, high)| high < median) {
        return Err(row.wrong(high, "at least the median"));
    }
    Ok(Some(Interval { median, bounds }))
}

fn whole(row: &Row<'_>, column: Column) -> Result<Option<u32>, ReadError> {
    match row.text(column) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| row.wrong(column, "a whole number, or nothing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SummaryTable, ReadError> {
        summary(CsvTable::read("s.csv", text.as_bytes())?)
    }

    #[test]
    fn an_engine_and_a_figure_are_enough() {
        let table = read("latency_p99_ns,engine\n2e6,mine\n,rayon\n").unwrap();
        assert_eq!(table.metrics, [Metric::LatencyP99]);
        let figures: Vec<_> = table.rows.iter().map(|row| row.figures.get(Metric::LatencyP99)).collect();
        assert_eq!(figures, [Some(Interval { median: 2e6, bounds: None }), None]);
        assert_eq!((table.rows[0].task.as_str(), table.rows[0].repeats), ("*", None));
    }

    #[test]
    fn a_row_of_a_named_step_is_not_taken_for_its_task_s() {
        let table = read("engine,task,step,wait_p99_ns\na,api,cache,3\na,api,query,4\na,api,,5\n").unwrap();
        let tasks: Vec<&str> = table.rows.iter().map(|row| row.task.as_str()).collect();
        assert_eq!(tasks, ["api.cache", "api.query", "api"]);
    }

    #[test]
    fn an_interval_has_both_ends_or_none() {
        let head = "engine,task,repeats,repeats_ok,makespan_ns,makespan_lo_ns,makespan_hi_ns\n";
        let table = read(&format!("{head}a,t,6,5,3,2,4\nb,t,6,6,3,2,\n")).unwrap();
        let bounds: Vec<_> = table.rows.iter().map(|row| row.figures.get(Metric::Makespan).unwrap().bounds).collect();
        assert_eq!(bounds, [Some((2.0, 4.0)), None]);
        assert_eq!((table.rows[0].repeats, table.rows[0].ok), (Some(6), Some(5)));
    }

    #[test]
    fn an_invalid_row_is_an_error_with_its_place() {
        let head = "engine,task,repeats,makespan_ns,makespan_lo_ns,makespan_hi_ns\n";
        for (rows, message) in [
            ("a,t,6,3,4,5\n", "`s.csv`, line 2, column `makespan_lo_ns`: expected at most the median, found `4`"),
            ("a,t,6,3,1,2\n", "`s.csv`, line 2, column `makespan_hi_ns`: expected at least the median, found `2`"),
            ("a,t,x,3,1,4\n", "`s.csv`, line 2, column `repeats`: expected a whole number, or nothing, found `x`"),
            (
                "a,t,6,3,1,4\nb,t,6,3,1,4\na,t,6,3,1,4\n",
                "`s.csv`, line 4: the same cell and task as line 2; tell them apart by a column of their own, such as `param_run`",
            ),
        ] {
            assert_eq!(read(&format!("{head}{rows}")).unwrap_err().to_string(), message);
        }
        assert_eq!(read("engine,colour\n").unwrap_err().to_string(), "`s.csv`: no column is a figure");
        assert_eq!(read("engine,repeat,done\n").unwrap_err().to_string(), "`s.csv`: each row is a single repeat");
    }
}
