//! The terminal's table: a block per point of the matrix, a row per engine and task with one per named step below, then one sentence on what stands out.
//!
//! It fits the width that the caller gives: intervals stand beside their medians where there is room, else below them,
//! and tasks below their engines where there is still less.

mod form;
mod steps;

use std::collections::BTreeSet;
use std::io::{self, Write};

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle,
};

use self::form::{Form, Layout};
use super::block::{Block, DISTURBED, DISTURBED_MARK, blocks, marked_task};
use super::cancelled::cancelled_shares;
use super::readable::{NO_BREAK, format_count, format_interval};
use super::saturated::{saturated, saturated_notes};
use crate::stats::{Interval, Summary, WHOLE_MIX};
use taskmix_engine::metric::Metric;
use taskmix_engine::scenario::{Arrival, Scenario};
use taskmix_engine::units::format_bytes;

/// The table's width and colour, and the notes below it.
#[derive(Debug, Clone, Copy)]
pub struct TableOptions<'a> {
    /// The columns of the terminal.
    pub width: u16,
    /// Whether to colour it.
    pub colour: bool,
    /// Notes on how the tasks arrive.
    pub arrivals: &'a [String],
    /// The sentence below the table: [`finding`](super::finding::finding).
    pub finding: &'a str,
}

/// So many saturated tasks have a note of their own below the table; each of their rows is marked.
const MOST_SATURATED: usize = 4;

/// Writes the table.
pub fn table(out: &mut impl Write, summaries: &[Summary], options: &TableOptions<'_>) -> io::Result<()> {
    let blocks = blocks(summaries);
    let all = |form| blocks.iter().map(|block| rows(block, form)).collect::<Vec<_>>();
    let fits = |form: &Form| all(*form).iter().all(|rows| width(rows, *form) <= usize::from(options.width));
    let cancels = any(summaries, Metric::Cancelled);
    let forms = Layout::ALL.map(|layout| Form { layout, cancels });
    // The narrowest table has no cancel times: with them, words would be broken.
    let form = forms.into_iter().find(fits).unwrap_or(Form { layout: Layout::Narrow, cancels: false });
    for (block, rows) in blocks.iter().zip(all(form)) {
        let title = block.title();
        if !title.is_empty() {
            writeln!(out, "{}", styled(&title, BOLD, options.colour))?;
        }
        writeln!(out, "{}\n", render(&rows, form, options).replace(NO_BREAK, " "))?;
    }
    writeln!(out, "{}", styled(options.finding, BOLD, options.colour))?;
    let saturated = saturated_notes(summaries);
    for note in saturated.iter().take(MOST_SATURATED) {
        writeln!(out, "{note}")?;
    }
    if saturated.len() > MOST_SATURATED {
        writeln!(out, "{} more rows are saturated.", saturated.len() - MOST_SATURATED)?;
    }
    for note in options.arrivals {
        writeln!(out, "{note}")?;
    }
    for line in legend(summaries, form) {
        writeln!(out, "{}", styled(&line, DIM, options.colour))?;
    }
    Ok(())
}

/// The notes of reports on tasks that do not arrive at fixed times: closed loops and spawned tasks.
pub fn arrival_notes(scenario: &Scenario) -> Vec<String> {
    let names = |is_meant: fn(&Arrival) -> bool| {
        let tasks = scenario.points.iter().flat_map(|point| &point.tasks).filter(|task| is_meant(&task.arrival));
        let names: BTreeSet<String> = tasks.map(|task| format!("`{}`", task.name)).collect();
        Vec::from_iter(names).join(", ")
    };
    let notes = [
        (
            names(|arrival| matches!(arrival, Arrival::Closed { .. })),
            "closed loop: no claim about coordinated omission.",
        ),
        (names(|arrival| matches!(arrival, Arrival::Spawned(_))), "spawned: latency counts from the spawn."),
    ];
    notes.into_iter().filter(|(names, _)| !names.is_empty()).map(|(names, note)| format!("{names}: {note}")).collect()
}

const LAG_MEASURED: &str = "latency: from the intended release to the end. lag: how long a tiny request from outside waits; \
                            measured in further cells, `probed`.";

const LAG_NOT_MEASURED: &str =
    "latency: from the intended release to the end. lag: not measured; `--probe` adds cells that measure it.";

/// What the columns mean.
fn legend(summaries: &[Summary], form: Form) -> Vec<String> {
    let bounds = |summary: &Summary| {
        Metric::ALL.iter().any(|&metric| summary.figures.get(metric).is_some_and(|figure| figure.bounds.is_some()))
    };
    let cancels = any(summaries, Metric::Cancelled);
    let of_cancels = [
        (form.cancels, "cancel: from the intended request to the stop."),
        (cancels && !form.cancels, "A wider terminal shows cancel times."),
        (any(summaries, Metric::Unstopped), "unstopped: ran to its end although its cancellation was requested."),
    ];
    let of_cancels: Vec<&str> = of_cancels.into_iter().filter_map(|(holds, text)| holds.then_some(text)).collect();
    let of_cancels = of_cancels.join(" ");
    let is_probed = summaries.iter().any(|summary| summary.key.is_probed());
    let is_disturbed = summaries.iter().any(|summary| summary.disturbed > 0);
    let disturbed = if is_disturbed { format!("{DISTURBED_MARK}: {DISTURBED}") } else { String::new() };
    let cancelled = cancelled_shares(summaries).map(|text| format!("latency {text}")).unwrap_or_default();
    let mut lines = vec![
        if is_probed { LAG_MEASURED } else { LAG_NOT_MEASURED },
        &of_cancels,
        &cancelled,
        &disturbed,
        "cpu: CPU time as a share of makespan × workers. –: not known, or too few values to tell.",
    ];
    if summaries.iter().any(|summary| !summary.steps.is_empty()) {
        lines.push(steps::LEGEND);
    }
    if summaries.iter().any(bounds) && form.layout == Layout::Narrow {
        lines.push("Figures are medians over the repeats; a wider terminal shows their intervals.");
    } else if summaries.iter().any(bounds) {
        lines.push("Figures are medians over the repeats; [ ]: where the median lies, with 95 % confidence.");
    } else if summaries.iter().any(|summary| summary.key.repeat > 1) {
        lines.push("Figures are medians over the repeats; an interval needs 6 that ended well.");
    }
    lines.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// One row's cells.
struct Row {
    /// In the order of [`Form::header`]; one alone if it is the name of an engine above its tasks.
    cells: Vec<String>,
    /// Whether an instance or a repeat of it ended badly.
    bad: bool,
}

fn rows(block: &Block<'_>, form: Form) -> Vec<Row> {
    let mut last_engine = String::new();
    let mut rows = Vec::new();
    for summary in block.by_engine() {
        let engine = block.engine(summary);
        let first = engine != last_engine;
        let Row { mut cells, bad } = row(summary, form);
        let label = if first { unbroken(&engine) } else { String::new() };
        if form.layout.nests_tasks() {
            if first {
                rows.push(Row { cells: vec![label], bad: false });
            }
            cells[0].insert_str(0, &unbroken("  "));
        } else {
            cells.insert(0, label);
        }
        rows.push(Row { cells, bad });
        for Row { mut cells, bad } in steps::rows(summary, form) {
            if form.layout.nests_tasks() {
                cells[0].insert_str(0, &unbroken("  "));
            } else {
                cells.insert(0, String::new());
            }
            rows.push(Row { cells, bad });
        }
        last_engine = engine;
    }
    rows
}

/// A summary's row, without its engine.
fn row(summary: &Summary, Form { layout, cancels }: Form) -> Row {
    let mix = summary.task == WHOLE_MIX;
    let figure = |metric| summary.figures.get(metric);
    // A figure that such a cell does not measure is left blank.
    let applies = |metric: Metric| !summary.key.is_probed() || metric.is_of_the_probe();
    let time = |metric| if applies(metric) { time_cell(figure(metric), layout) } else { String::new() };
    let of_mix = |text: String| if mix { text } else { String::new() };
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| dash(summary).to_owned());
    let between = layout.separator();
    let cpu = figure(Metric::CpuUtilisation)
        .map(|share| format!("{:.0}{NO_BREAK}%{between}of{NO_BREAK}{}", share.median * 100.0, summary.key.workers));
    let memory = figure(Metric::PeakRss).map(|bytes| unbroken(&format_bytes(bytes.median)));
    let (instances, bad) = instances(summary, mix);
    let comma = if layout == Layout::Wide { ", " } else { "\n" };
    let mut cells = vec![
        unbroken(&marked_task(summary)),
        time(Metric::Makespan),
        time(Metric::LatencyP50),
        time(Metric::LatencyP99),
    ];
    cells.extend(cancels.then(|| time(Metric::CancelMax)));
    cells.extend([of_mix(time(Metric::LagP99)), of_mix(or_dash(cpu)), of_mix(or_dash(memory)), instances.join(comma)]);
    Row { cells, bad }
}

/// The text for a missing figure of usage.
fn dash(summary: &Summary) -> &'static str {
    if summary.key.is_probed() { "" } else { "–" }
}

fn time_cell(interval: Option<Interval>, layout: Layout) -> String {
    let Some(interval) = interval else { return "–".to_owned() };
    let (median, bounds) = format_interval(interval);
    let between = layout.separator();
    let bounds = bounds
        .filter(|_| layout != Layout::Narrow)
        .map(|bounds| format!("{between}{}", unbroken(&bounds)))
        .unwrap_or_default();
    format!("{}{bounds}", unbroken(&median))
}

/// Whether the count is above 0 in any summary.
pub(super) fn any(summaries: &[Summary], metric: Metric) -> bool {
    summaries.iter().any(|summary| count(summary, metric) > 0.0)
}

/// The median count; 0 where there is none.
fn count(summary: &Summary, metric: Metric) -> f64 {
    summary.figures.get(metric).map_or(0.0, |figure| figure.median)
}

/// How many instances ended in one way: `6 done`, `8–12 done` if the repeats differ, `stalled in 3 of 6 repeats` if only some
/// have any. `None` if none has.
fn outcome(summary: &Summary, metric: Metric, word: &str) -> Option<String> {
    let text = match summary.count_range(metric) {
        Some(range) if range.least < range.greatest && range.least <= 0.0 => {
            format!("{word} in {} of {} repeats", range.above_zero, summary.key.repeat)
        }
        Some(range) if range.least < range.greatest => {
            format!("{}–{} {word}", format_count(range.least), format_count(range.greatest))
        }
        _ => Some(count(summary, metric))
            .filter(|count| *count > 0.0)
            .map(|count| format!("{} {word}", format_count(count)))?,
    };
    Some(unbroken(&text))
}

/// How the instances ended, and whether an instance or a repeat ended badly.
pub(super) fn instances(summary: &Summary, mix: bool) -> (Vec<String>, bool) {
    let count = |metric| count(summary, metric);
    let mut parts: Vec<String> = [
        (Metric::Done, "done"),
        (Metric::Cancelled, "cancelled"),
        (Metric::Failed, "failed"),
        (Metric::Stalled, "stalled"),
        (Metric::Unstopped, "unstopped"),
    ]
    .into_iter()
    .filter_map(|(metric, word)| outcome(summary, metric, word))
    .collect();
    parts.extend(saturated(summary).map(|_| "saturated".to_owned()));
    if parts.is_empty() {
        parts.push("none".to_owned());
    }
    let all_ok = summary.ok == summary.key.repeat;
    if mix && !all_ok {
        parts.push(unbroken(&format!("{} of {} ok", summary.ok, summary.key.repeat)));
    }
    if mix && summary.disturbed > 0 {
        parts.push(unbroken(&format!("{} of {} disturbed", summary.disturbed, summary.key.repeat)));
    }
    (parts, !all_ok || count(Metric::Failed) > 0.0 || count(Metric::Stalled) > 0.0)
}

fn unbroken(text: &str) -> String {
    text.replace(' ', &NO_BREAK.to_string())
}

/// The widest line of the rows, if no line is broken.
fn width(rows: &[Row], form: Form) -> usize {
    let table = plain(rows, form, false);
    table.lines().map(|line| line.trim_end().chars().count()).max().unwrap_or(0)
}

fn render(rows: &[Row], form: Form, options: &TableOptions<'_>) -> String {
    let mut table = plain(rows, form, options.colour);
    if width(rows, form) > usize::from(options.width) {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(options.width);
    }
    table.trim_fmt()
}

fn plain(rows: &[Row], form: Form, colour: bool) -> Table {
    let mut table = Table::new();
    // The caller decides whether to colour, not the terminal.
    table.force_no_tty();
    if colour {
        table.enforce_styling();
    }
    let lines = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    table.load_style(lines).set_content_arrangement(ContentArrangement::Disabled);
    let header: Vec<&str> = form.header().collect();
    let between = form.layout.separator().to_string();
    table.set_header(header.iter().map(|name| Cell::new(name.replace(' ', &between)).add_attribute(Attribute::Bold)));
    for Row { cells, bad } in rows {
        table.add_row(cells.iter().enumerate().map(|(column, text)| {
            let cell = Cell::new(text);
            match header[column] {
                "engine" if !form.layout.nests_tasks() || cells.len() == 1 => cell.add_attribute(Attribute::Bold),
                "instances" if *bad => cell.fg(Color::Red),
                _ => cell,
            }
        }));
    }
    for (name, column) in header.iter().zip(table.column_iter_mut()) {
        let space = if form.layout.nests_tasks() { 1 } else { 2 };
        column.set_padding((0, if *name == "instances" { 0 } else { space }));
        if *name == "engine" {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        if matches!(*name, "cpu" | "peak memory") {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

pub(super) const BOLD: &str = "\u{1b}[1m";
pub(super) const DIM: &str = "\u{1b}[2m";

pub(super) fn styled(text: &str, style: &str, colour: bool) -> String {
    if colour { format!("{style}{text}\u{1b}[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests;
