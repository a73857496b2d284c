//! A comparison on the terminal.

use std::fmt::Write as _;
use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};

use super::Compared;
use super::words::{Row, rows, run_text, sentence, unmatched_text};
use crate::compare::{CellPair, Reason, Unmatched, Verdict, Warning};
use crate::report::failure::setting_text;
use crate::report::readable::NO_BREAK;
use taskmix_engine::units::format_count;

/// How a comparison is shown.
#[derive(Debug, Clone, Copy)]
pub struct CompareOptions {
    /// The columns of the terminal.
    pub width: u16,
    /// Whether to colour it.
    pub colour: bool,
    /// Whether figures without a difference are shown too.
    pub all: bool,
}

const HEADER: [&str; 6] = ["task", "figure", "old", "new", "new / old", "verdict"];

/// At most so many lines of a scenario's differences are shown.
const MOST_LINES: usize = 24;

/// How the interval stands: beside its estimate, below it, or nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Wide,
    Tall,
    Narrow,
}

/// Writes the figures, cell by cell. The warnings are left to the caller: see [`warning_text`].
pub fn compare_text(out: &mut impl Write, compared: &Compared<'_>, options: CompareOptions) -> io::Result<()> {
    let comparison = compared.comparison;
    writeln!(out, "old: {}", run_text(compared.old))?;
    writeln!(out, "new: {}\n", run_text(compared.new))?;
    let shown: Vec<(&CellPair, Vec<Row>)> = comparison
        .cells
        .iter()
        .map(|cell| (cell, rows(cell, options.all)))
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    let widths = |layout| widths(shown.iter().flat_map(|(_, rows)| rows), layout);
    let fits = |layout: &Layout| total(widths(*layout)) <= usize::from(options.width);
    let layout = [Layout::Wide, Layout::Tall].into_iter().find(fits).unwrap_or(Layout::Narrow);
    for (cell, rows) in &shown {
        writeln!(out, "{}", styled(&setting_text(&cell.key), BOLD, options.colour))?;
        writeln!(out, "{}\n", table(rows, layout, widths(layout), options).replace(NO_BREAK, " "))?;
    }
    left_out(out, compared, &shown, options)?;
    for (which, unmatched) in [("old", &comparison.only_old), ("new", &comparison.only_new)] {
        only_in(out, which, unmatched)?;
    }
    let named: Vec<&Row> = shown.iter().flat_map(|(_, rows)| rows).collect();
    legend(out, &named, layout, options)?;
    writeln!(out, "{}", styled(&sentence(comparison), BOLD, options.colour))
}

/// A warning, with its details below.
pub fn warning_text(warning: &Warning) -> String {
    let mut text = format!("warning: {}\n", warning.text);
    for line in warning.details.iter().take(MOST_LINES) {
        let _ = writeln!(text, "  {line}");
    }
    let more = warning.details.len().saturating_sub(MOST_LINES);
    if more > 0 {
        let _ = writeln!(text, "  … and {more} more lines");
    }
    text
}

/// How many rows are not shown.
fn left_out(
    out: &mut impl Write,
    compared: &Compared<'_>,
    shown: &[(&CellPair, Vec<Row>)],
    options: CompareOptions,
) -> io::Result<()> {
    let hidden = compared.comparison.counts().same;
    let cells = compared.comparison.cells.len() - shown.len();
    if options.all || hidden == 0 {
        return Ok(());
    }
    let figures = if hidden == 1 { "figure" } else { "figures" };
    let whole = match cells {
        0 => String::new(),
        1 => ", 1 whole cell among them".to_owned(),
        cells => format!(", {cells} whole cells among them"),
    };
    let count = format_count(hidden as u64);
    writeln!(out, "Not shown: {count} {figures} without a difference{whole}; `--all` shows them.\n")
}

fn only_in(out: &mut impl Write, which: &str, unmatched: &[Unmatched]) -> io::Result<()> {
    if unmatched.is_empty() {
        return Ok(());
    }
    writeln!(out, "Only in the {which} run:")?;
    for one in unmatched {
        writeln!(out, "  {}", unmatched_text(one))?;
    }
    writeln!(out)
}

/// What the columns and verdicts mean, and why some figures are inconclusive.
fn legend(out: &mut impl Write, rows: &[&Row], layout: Layout, options: CompareOptions) -> io::Result<()> {
    let mut lines = Vec::new();
    if rows.iter().any(|row| !row.bounds.is_empty()) {
        lines.push(match layout {
            Layout::Wide | Layout::Tall => {
                "[ ]: where the true ratio lies, with 95 % confidence; of counts, the difference.".to_owned()
            }
            Layout::Narrow => "A wider terminal shows intervals.".to_owned(),
        });
    }
    if rows.iter().any(|row| row.verdict == Verdict::Changed) {
        lines.push("changed: it differs, but neither more nor less of it is better.".to_owned());
    }
    let reasons = [Reason::Wide, Reason::Failed, Reason::TooFew, Reason::Zero, Reason::NotInOld, Reason::NotInNew];
    let reasons: Vec<String> = reasons
        .into_iter()
        .map(|reason| (reason, rows.iter().filter(|row| row.verdict == Verdict::Inconclusive(reason)).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| format!("{reason} ({count})"))
        .collect();
    if !reasons.is_empty() {
        lines.push(format!("inconclusive: {}.", reasons.join("; ")));
    }
    for line in lines {
        writeln!(out, "{}", styled(&line, DIM, options.colour))?;
    }
    Ok(())
}

/// The texts of a row in a layout.
fn cells(row: &Row, layout: Layout) -> [String; 6] {
    let mut cells = row.cells.clone().map(|cell| cell.replace(' ', &NO_BREAK.to_string()));
    let bounds = row.bounds.replace(' ', &NO_BREAK.to_string());
    if !bounds.is_empty() {
        match layout {
            Layout::Wide => cells[4] = format!("{}{NO_BREAK}{bounds}", cells[4]),
            Layout::Tall => cells[4] = format!("{}\n{bounds}", cells[4]),
            Layout::Narrow => {}
        }
    }
    cells
}

/// How wide each column must be for all the tables, so that they stand below each other.
fn widths<'a>(rows: impl Iterator<Item = &'a Row>, layout: Layout) -> [usize; 6] {
    let mut widths = HEADER.map(|name| name.chars().count());
    for row in rows {
        for (width, text) in widths.iter_mut().zip(cells(row, layout)) {
            *width = text.lines().map(|line| line.chars().count()).fold(*width, usize::max);
        }
    }
    widths
}

/// Two spaces between columns.
fn total(widths: [usize; 6]) -> usize {
    widths.iter().sum::<usize>() + 2 * (widths.len() - 1)
}

fn table(rows: &[Row], layout: Layout, widths: [usize; 6], options: CompareOptions) -> String {
    let mut table = Table::new();
    // The caller decides whether to colour, not the terminal.
    table.force_no_tty();
    if options.colour {
        table.enforce_styling();
    }
    let lines = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    table.load_style(lines).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(
        HEADER.map(|name| Cell::new(name.replace(' ', &NO_BREAK.to_string())).add_attribute(Attribute::Bold)),
    );
    let mut last = "";
    for row in rows {
        let mut texts = cells(row, layout);
        if row.cells[0] == last {
            texts[0].clear();
        }
        last = &row.cells[0];
        let mut cells = texts.map(Cell::new);
        if let Some(colour) = colour(row.verdict) {
            let verdict = cells[5].clone();
            cells[5] = verdict.fg(colour);
        }
        table.add_row(cells);
    }
    let too_wide = total(widths) > usize::from(options.width);
    if too_wide {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(options.width);
    }
    for ((index, column), width) in table.column_iter_mut().enumerate().zip(widths) {
        // The table itself separates columns by one more space.
        let padding = u16::from(index + 1 < HEADER.len());
        column.set_padding((0, padding));
        if !too_wide {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width as u16 + padding)));
        }
    }
    table.trim_fmt()
}

const fn colour(verdict: Verdict) -> Option<Color> {
    match verdict {
        Verdict::Worse => Some(Color::Red),
        Verdict::Better => Some(Color::Green),
        Verdict::Changed => Some(Color::Yellow),
        Verdict::Same | Verdict::Inconclusive(_) => None,
    }
}

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";

fn styled(text: &str, style: &str, colour: bool) -> String {
    if colour { format!("{style}{text}\u{1b}[0m") } else { text.to_owned() }
}
