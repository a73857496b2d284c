//! Bars: a figure of each engine, with its interval, for each point of the matrix and each task.
//!
//! Where the axis is logarithmic they are points: a bar would need a zero.

use std::collections::BTreeSet;

use super::ink;
use super::matrix::Matrix;
use super::picture::{Frame, Group, Mark, Panel, Picture, RowLabel};
use super::scale::Scale;
use super::words;
use crate::archive::rows::{MatrixPoint, SummaryRow, SummaryTable};
use crate::report::figure_text;
use crate::stats::{Interval, WHOLE_MIX};
use taskmix_engine::metric::Metric;

/// About so many marks on the axis.
const TICKS: usize = 4;

/// The text for a missing figure.
const UNKNOWN: &str = "–";

/// The picture of a figure; `None` if no row has it.
pub(super) fn bars(table: &SummaryTable, metric: Metric) -> Option<Picture> {
    let matrix = Matrix::of(&table.params, table.rows.iter().map(|row| &row.cell));
    let tasks = tasks(table, metric);
    let shown = || table.rows.iter().filter(|row| tasks.contains(&row.task.as_str()));
    let figures = shown().filter_map(|row| row.figures.get(metric)).collect::<Vec<Interval>>();
    if figures.is_empty() {
        return None;
    }
    let scale = Scale::fit(metric.kind(), figures.iter().flat_map(all_values), TICKS);
    let x_title = scale.title(&words::axis(metric));
    let (mut groups, mut notes) = (Vec::new(), Vec::new());
    for (task, place) in tasks.iter().flat_map(|task| matrix.places.iter().map(move |place| (*task, place))) {
        let rows: Vec<&SummaryRow> = rows_of(table, &matrix, task, place);
        let task = if tasks.len() > 1 { task_name(task) } else { "" };
        let heading = words::heading([task, &matrix.heading(place)]);
        match panel(&rows, &matrix, metric, scale.is_log()) {
            Some(panel) => {
                groups.push(Group { heading, panels: vec![panel], x: scale.clone(), x_title: x_title.clone() });
            }
            None if rows.is_empty() => {}
            None => notes.push(format!("{heading}: not known, too few values, or too many failed.")),
        }
    }
    let is_unknown =
        |panel: &Panel| matches!(&panel.frame, Frame::Rows(rows) if rows.iter().any(|row| row.value == UNKNOWN));
    if groups.iter().flat_map(|group| &group.panels).any(is_unknown) {
        notes.push(format!("{UNKNOWN}: not known, too few values, or too many failed."));
    }
    notes.extend(failed(shown(), &matrix));
    let what = match tasks.as_slice() {
        [task] if *task != WHOLE_MIX => format!("{} of {task}", words::figure(metric)),
        _ => words::figure(metric),
    };
    let log = if scale.is_log() { "Logarithmic axis: points, not bars." } else { "" };
    let subtitle = words::sentences(&[&words::medians(shown(), metric), log, &words::setting(&matrix)]);
    Some(Picture {
        name: words::file(metric),
        title: words::title(&matrix, &what),
        subtitle,
        legend: Vec::new(),
        y_title: String::new(),
        groups,
        has_one_axis: true,
        notes,
    })
}

/// The tasks whose figure is shown: each by itself where that means something, else the whole mix.
pub(super) fn tasks(table: &SummaryTable, metric: Metric) -> Vec<&str> {
    let is_of_all = metric.is_of_the_mix() || matches!(metric, Metric::Makespan | Metric::Throughput);
    let having = table.rows.iter().filter(|row| row.figures.get(metric).is_some());
    let names: BTreeSet<&str> = having.map(|row| row.task.as_str()).collect();
    let single: Vec<&str> = names.iter().copied().filter(|name| *name != WHOLE_MIX).collect();
    match (is_of_all && names.contains(WHOLE_MIX), single.is_empty()) {
        (true, _) | (_, true) => vec![WHOLE_MIX],
        (false, false) => single,
    }
}

/// A task as headings name it.
pub(super) fn task_name(task: &str) -> &str {
    if task == WHOLE_MIX { "whole mix" } else { task }
}

/// All values of a figure that its axis must hold.
pub(super) fn all_values(figure: &Interval) -> impl Iterator<Item = f64> + Clone + use<> {
    let (low, high) = figure.bounds.unwrap_or((figure.median, figure.median));
    [figure.median, low, high].into_iter()
}

/// The rows of a point and a task, in the engines' order.
fn rows_of<'a>(table: &'a SummaryTable, matrix: &Matrix, task: &str, place: &MatrixPoint) -> Vec<&'a SummaryRow> {
    let here = |row: &&SummaryRow| row.task == task && row.cell.place == *place;
    let rows: Vec<&SummaryRow> = table.rows.iter().filter(here).collect();
    let ordered = matrix.variants.iter().filter_map(|variant| rows.iter().find(|row| row.cell.variant == *variant));
    ordered.copied().collect()
}

/// A row for each engine; `None` if none has the figure.
fn panel(rows: &[&SummaryRow], matrix: &Matrix, metric: Metric, is_log: bool) -> Option<Panel> {
    let (mut labels, mut marks) = (Vec::new(), Vec::new());
    for (row, summary) in rows.iter().enumerate() {
        let figure = summary.figures.get(metric);
        let value = figure.map_or(UNKNOWN.to_owned(), |figure| figure_text(metric.kind(), figure.median));
        labels.push(RowLabel { label: matrix.label(&summary.cell.variant), value });
        let Some(Interval { median, bounds }) = figure else { continue };
        let look = ink::look(&summary.cell.variant.engine);
        if !is_log {
            marks.push(Mark::Bar { row, to: median, look });
        }
        marks.extend(bounds.map(|(low, high)| Mark::Whisker { row, low, high }));
        if is_log {
            marks.push(Mark::Point { row, at: median, look });
        }
    }
    (!marks.is_empty()).then_some(Panel { heading: None, frame: Frame::Rows(labels), marks })
}

/// Notes on the cells with failed repeats.
pub(super) fn failed<'a>(rows: impl Iterator<Item = &'a SummaryRow>, matrix: &Matrix) -> Vec<String> {
    let failed = rows.filter_map(|row| {
        let (repeats, ok) = row.repeats.zip(row.ok).filter(|(repeats, ok)| ok < repeats)?;
        let cell = words::heading([&*matrix.label(&row.cell.variant), &matrix.heading(&row.cell.place)]);
        Some(format!("{cell}: {} of {repeats} repeats failed", repeats - ok))
    });
    // A cell has a row for each task.
    words::some(failed.collect::<BTreeSet<_>>().into_iter().collect())
}
