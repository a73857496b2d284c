//! The words and figures of a comparison that its text and its Markdown have in common.

use crate::archive::RunArchive;
use crate::compare::{CellPair, Comparison, Counts, Distance, Ending, Figure, Side, Unmatched, Verdict};
use crate::report::failure::setting_text;
use crate::report::readable::{format_count, format_fine_ratio};
use crate::stats::{Contrast, WHOLE_MIX};
use taskmix_engine::metric::Kind;
use taskmix_engine::units::{format_bytes, format_duration, format_rate};

/// A run in a line, such as `mix, 2026-11-23T03-40-12Z, taskmix 0.1.0: results/mix/2026-11-23T03-40-12Z`.
pub(super) fn run_text(run: &RunArchive) -> String {
    let facts = &run.facts;
    format!("{}, {}, taskmix {}: {}", facts.scenario.name, facts.run_id, facts.taskmix_version, run.path.display())
}

/// A row of a table: task, figure, old, new, distance, verdict.
pub(super) struct Row {
    pub(super) cells: [String; 6],
    /// The interval of the distance; empty if there is none.
    pub(super) bounds: String,
    pub(super) verdict: Verdict,
}

/// The rows of a cell: how it ended, then its figures. Without `all`, rows without a difference are left out.
pub(super) fn rows(cell: &CellPair, all: bool) -> Vec<Row> {
    let ended = (all || cell.verdict != Verdict::Same).then(|| ending_row(cell));
    let figures = cell.figures.iter().filter(|figure| all || figure.verdict != Verdict::Same);
    ended.into_iter().chain(figures.map(figure_row)).collect()
}

fn ending_row(cell: &CellPair) -> Row {
    let ok_of = |ending: Ending| format!("{} of {}", ending.ok, ending.repeats);
    let verdict = cell.verdict;
    let cells = [task_text(WHOLE_MIX), "ended well".to_owned(), ok_of(cell.old), ok_of(cell.new), String::new()];
    let [task, figure, old, new, apart] = cells;
    Row { cells: [task, figure, old, new, apart, verdict.as_str().to_owned()], bounds: String::new(), verdict }
}

fn figure_row(figure: &Figure) -> Row {
    let (apart, bounds) = figure.distance.map_or((dash(), String::new()), distance_text);
    let cells = [
        task_text(&figure.task),
        figure.metric.name(),
        side_text(figure.metric.kind(), figure.old),
        side_text(figure.metric.kind(), figure.new),
        apart,
        figure.verdict.as_str().to_owned(),
    ];
    Row { cells, bounds, verdict: figure.verdict }
}

fn task_text(task: &str) -> String {
    if task == WHOLE_MIX { "whole mix".to_owned() } else { task.to_owned() }
}

fn dash() -> String {
    "–".to_owned()
}

fn side_text(kind: Kind, side: Side) -> String {
    let Some(median) = side.median.map(|interval| interval.median) else { return dash() };
    match kind {
        Kind::Time => format_duration(median),
        Kind::Bytes => format_bytes(median),
        Kind::Rate => format_rate(median),
        Kind::Share => format!("{:.1} %", median * 100.0),
        Kind::Count => format_count(median),
    }
}

/// The distance and its interval.
fn distance_text(distance: Distance) -> (String, String) {
    match distance {
        Distance::Ratio(contrast) => {
            parts(contrast, |ratio| format!("{} ×", format_fine_ratio(ratio)), format_fine_ratio)
        }
        Distance::Difference(contrast) => parts(contrast, signed, signed),
    }
}

fn parts(contrast: Contrast, estimate: impl Fn(f64) -> String, end: impl Fn(f64) -> String) -> (String, String) {
    // An end that is not finite lies among repeats that failed.
    let end = |value: f64| if value.is_finite() { end(value) } else { "∞".to_owned() };
    let bounds = contrast.bounds.map(|(low, high)| format!("[{}, {}]", end(low), end(high)));
    (contrast.estimate.map_or_else(dash, estimate), bounds.unwrap_or_default())
}

/// A difference of counts with its sign.
fn signed(difference: f64) -> String {
    let sign = match difference {
        more if more > 0.0 => "+",
        less if less < 0.0 => "−",
        _ => "",
    };
    format!("{sign}{}", format_count(difference.abs()))
}

/// A cell, or a task of a cell, of one run only.
pub(super) fn unmatched_text(unmatched: &Unmatched) -> String {
    let cell = setting_text(&unmatched.key);
    match unmatched.task.as_deref() {
        Some(task) => format!("{} of {cell}", task_text(task)),
        None => cell,
    }
}

/// The result, in one sentence.
pub(in crate::report) fn sentence(comparison: &Comparison) -> String {
    if comparison.cells.is_empty() {
        return "The runs have no cell in common: there is nothing to compare.".to_owned();
    }
    if comparison.has_no_figure() && !comparison.is_worse() {
        return "No common cell has one of these figures: there is nothing to compare. Lag needs both runs with `--probe`."
            .to_owned();
    }
    let Counts { worse, better, changed, same, inconclusive } = comparison.counts();
    let total = comparison.counts().total();
    let mut parts = Vec::new();
    let failing: Vec<String> = comparison.cells_that_fail_now().map(|cell| setting_text(&cell.key)).collect();
    if !failing.is_empty() {
        let cells = if failing.len() == 1 { "cell that ended well fails" } else { "cells that ended well fail" };
        parts.push(format!("{} {cells} now ({})", failing.len(), failing.join("; ")));
    }
    match comparison.worst() {
        Some((cell, figure)) => parts.push(format!("{worse} of {total} figures worse{}", most(cell, figure, worse))),
        None => parts.push(format!("none of {total} figures is worse")),
    }
    parts.push(format!("{better} better"));
    if changed > 0 {
        parts.push(format!("{changed} changed"));
    }
    parts.push(format!("{same} without a difference beyond {}", comparison.tolerance));
    parts.push(format!("{inconclusive} inconclusive"));
    let text = parts.join(", ");
    let first = text.chars().next().map_or(0, char::len_utf8);
    format!("{}{}.", text[..first].to_uppercase(), &text[first..])
}

/// The figure that is worse by most, with its ratio if it has one.
fn most(cell: &CellPair, figure: &Figure, worse: usize) -> String {
    let task = if figure.task == WHOLE_MIX { String::new() } else { format!(" of `{}`", figure.task) };
    let ratio = figure.ratio().map(|ratio| format!(", {} ×", format_fine_ratio(ratio))).unwrap_or_default();
    let most = if worse == 1 { "" } else { "above all " };
    format!(" ({most}{}{task} under {}{ratio})", figure.metric.name(), setting_text(&cell.key))
}
