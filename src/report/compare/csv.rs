//! A comparison of two runs as CSV: rows of warnings, of how cells ended, of figures, and of what only one run has.

use std::io::Write;
use std::num::NonZeroU64;

use crate::archive::csv::{Row, key, samples};
use crate::compare::{CellPair, Distance, Figure, Reason, Side, Unmatched, Verdict};
use crate::report::Compared;
use crate::stats::{Contrast, Interval, WHOLE_MIX};
use taskmix_engine::metric::Better;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::Axis;

/// The columns after the key.
const OWN: [&str; 22] = [
    "task",
    "figure",
    "better",
    "old",
    "old_lo",
    "old_hi",
    "old_repeats",
    "new",
    "new_lo",
    "new_hi",
    "new_repeats",
    "ratio",
    "ratio_lo",
    "ratio_hi",
    "difference",
    "difference_lo",
    "difference_hi",
    "verdict",
    "reason",
    "topic",
    "text",
    samples::PROBE,
];

/// At most so many decimals of a ratio.
const RATIO_DECIMALS: usize = 6;

/// The columns, in order: what kind of row it is, the cell, then the figure.
fn columns(axes: &[Axis]) -> Vec<String> {
    let mut columns = vec!["row".to_owned()];
    // The key without the scenario and the repeat, which a pair of cells does not have.
    let key = key::columns(axes, "repeat");
    columns.extend_from_slice(&key[1..key.len() - 1]);
    columns.extend(OWN.map(str::to_owned));
    columns
}

/// Writes all of it, header first: the warnings, then how each cell ended and its figures, then what only one run has.
pub fn write<W: Write>(out: &mut ::csv::Writer<W>, compared: &Compared<'_>) -> ::csv::Result<()> {
    let axes = axes(&compared.old.axes, &compared.new.axes);
    out.write_record(columns(&axes))?;
    for warning in compared.warnings {
        let mut row = Row::begin(out);
        row.text("warning")?;
        blank(&mut row, axes.len() + 2 + OWN.len() - 3)?;
        let text = [std::slice::from_ref(&warning.text), &warning.details].concat().join("\n");
        row.text(warning.topic.as_str())?.text(&text)?.text("")?;
        row.end()?;
    }
    for cell in &compared.comparison.cells {
        ending(out, cell, &axes)?;
        for one in &cell.figures {
            figure(out, &cell.key, one, &axes)?;
        }
    }
    for (name, unmatched) in [("only_old", &compared.comparison.only_old), ("only_new", &compared.comparison.only_new)]
    {
        for one in unmatched {
            only_in(out, name, one, &axes)?;
        }
    }
    out.flush()?;
    Ok(())
}

/// The axes of both runs: the old run's, then the ones that only the new run has.
fn axes(old: &[Axis], new: &[Axis]) -> Vec<Axis> {
    let mut axes = old.to_vec();
    for axis in new {
        if !axes.iter().any(|other| other.name == axis.name && other.kind == axis.kind) {
            axes.push(axis.clone());
        }
    }
    axes
}

fn ending<W: Write>(out: &mut ::csv::Writer<W>, cell: &CellPair, axes: &[Axis]) -> ::csv::Result<()> {
    let mut row = begin(out, "cell", &cell.key, axes)?;
    row.text(WHOLE_MIX)?.text("ended_well")?.text("higher")?;
    for ending in [cell.old, cell.new] {
        row.whole(ending.ok)?.text("")?.text("")?.whole(ending.repeats)?;
    }
    blank(&mut row, 6)?;
    last(row, &cell.key, cell.verdict)
}

fn figure<W: Write>(out: &mut ::csv::Writer<W>, key: &CellKey, figure: &Figure, axes: &[Axis]) -> ::csv::Result<()> {
    let mut row = begin(out, "figure", key, axes)?;
    let metric = &figure.metric;
    row.text(&figure.task)?.text(&metric.column())?.text(match metric.better() {
        Better::Lower => "lower",
        Better::Higher => "higher",
        Better::Neither => "",
    })?;
    let decimals = samples::decimals(metric.kind());
    for Side { repeats, median } in [figure.old, figure.new] {
        let bounds = median.and_then(|median| median.bounds);
        for value in
            [median.map(|Interval { median, .. }| median), bounds.map(|ends| ends.0), bounds.map(|ends| ends.1)]
        {
            row.decimal_if_any(value, decimals)?;
        }
        row.whole(repeats)?;
    }
    let (ratio, difference) = match figure.distance {
        Some(Distance::Ratio(contrast)) => (Some(contrast), None),
        Some(Distance::Difference(contrast)) => (None, Some(contrast)),
        None => (None, None),
    };
    contrast(&mut row, ratio, RATIO_DECIMALS)?;
    contrast(&mut row, difference, decimals)?;
    last(row, key, figure.verdict)
}

/// An infinite end is empty, like any unknown value.
fn contrast<W: Write>(row: &mut Row<'_, W>, contrast: Option<Contrast>, decimals: usize) -> ::csv::Result<()> {
    let bounds = contrast.and_then(|contrast| contrast.bounds);
    for value in [contrast.and_then(|c| c.estimate), bounds.map(|ends| ends.0), bounds.map(|ends| ends.1)] {
        row.decimal_if_any(value.filter(|value| value.is_finite()), decimals)?;
    }
    Ok(())
}

fn only_in<W: Write>(
    out: &mut ::csv::Writer<W>,
    name: &str,
    unmatched: &Unmatched,
    axes: &[Axis],
) -> ::csv::Result<()> {
    let mut row = begin(out, name, &unmatched.key, axes)?;
    row.text_if_any(unmatched.task.as_deref())?;
    blank(&mut row, OWN.len() - 2)?;
    probe(&mut row, &unmatched.key)?;
    row.end()
}

/// The key without the scenario and the repeat; a parameter that the cell does not have is empty.
fn begin<'a, W: Write>(
    out: &'a mut ::csv::Writer<W>,
    name: &str,
    cell: &CellKey,
    axes: &[Axis],
) -> ::csv::Result<Row<'a, W>> {
    let mut row = Row::begin(out);
    row.text(name)?;
    for axis in axes {
        key::write_param(&mut row, axis, cell)?;
    }
    row.text(cell.engine.as_str())?.whole(cell.workers)?;
    Ok(row)
}

fn probe<W: Write>(row: &mut Row<'_, W>, key: &CellKey) -> ::csv::Result<()> {
    row.whole_if_any(key.probe_ns.map(NonZeroU64::get))?;
    Ok(())
}

fn last<W: Write>(mut row: Row<'_, W>, key: &CellKey, verdict: Verdict) -> ::csv::Result<()> {
    row.text(verdict.as_str())?.text_if_any(verdict.reason().map(Reason::as_str))?;
    blank(&mut row, 2)?;
    probe(&mut row, key)?;
    row.end()
}

fn blank<W: Write>(row: &mut Row<'_, W>, fields: usize) -> ::csv::Result<()> {
    for _ in 0..fields {
        row.text("")?;
    }
    Ok(())
}
