//! What a run tells people: its table on stdout; notes and warnings on stderr.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::measure::Ended;
use super::rounds::Enough;
use super::tally::Tally;
use crate::cli::terminal::{say, unless_unread, width};
use crate::metric::Metric;
use crate::report::{self, RunFolder, TableOptions, cell_text, figure_text, percent, setting_text};
use crate::scenario::{Arrival, Repeats, Scenario};
use crate::stats::{Known, Summary, Unsteadiness, Unsteady, unsteady};

/// So many things of one kind are named; of more, the number is told.
const MOST_NAMED: usize = 2;

/// The table, with the question above it.
pub(super) fn table(scenario: &Scenario, summaries: &[Summary]) -> io::Result<()> {
    let closed_loops = closed_loops(scenario);
    let options = TableOptions { width: width(), colour: true, closed_loops: &closed_loops };
    let mut out = anstream::stdout().lock();
    let printed = writeln!(out, "{}: {}\n", scenario.name, scenario.question)
        .and_then(|()| report::table(&mut out, summaries, &options));
    unless_unread(printed)
}

/// The last line: where the files are.
pub(super) fn place(folder: &RunFolder) -> io::Result<()> {
    unless_unread(writeln!(anstream::stdout(), "{}", folder.path().display()))
}

/// What makes the figures doubtful, and what to do about it.
pub(super) fn doubts(tally: &Tally, retries: u32) -> Vec<String> {
    let mut doubts = Vec::new();
    let cells = tally.order().len();
    let disturbed: Vec<String> = tally.disturbed().map(|sample| cell_text(&sample.key)).collect();
    if !disturbed.is_empty() {
        let remedy = if retries == 0 { "`--retry-disturbed 2` measures such cells again" } else { "make it quieter" };
        doubts.push(format!(
            "the machine was disturbed during {} of {cells} cells (`disturbed_by` in samples.csv says how): {}; {remedy}",
            disturbed.len(),
            some_of(&disturbed)
        ));
    }
    let found = unsteady(tally.samples());
    let (outliers, drifts): (Vec<&Unsteady>, Vec<&Unsteady>) =
        found.iter().partition(|found| matches!(found.kind, Unsteadiness::Outlier { .. }));
    let texts = |found: &[&Unsteady]| found.iter().map(|found| unsteady_text(found)).collect::<Vec<_>>();
    if !outliers.is_empty() {
        doubts.push(format!(
            "repeats far from the others: {}; see whether something else ran, or take more repeats",
            some_of(&texts(&outliers))
        ));
    }
    if !drifts.is_empty() {
        doubts.push(format!(
            "repeats that rise or fall from round to round: {}; let the machine cool down or settle, and run again",
            some_of(&texts(&drifts))
        ));
    }
    doubts
}

fn unsteady_text(found: &Unsteady) -> String {
    let of = |value| figure_text(found.metric, value);
    let name = in_words(found.metric);
    match found.kind {
        Unsteadiness::Outlier { value, median } => {
            format!("{} ({name} {}, median {})", cell_text(&found.key), of(value), of(median))
        }
        Unsteadiness::Drift { from, to } => {
            format!("{} ({name} went from {} to {})", setting_text(&found.key), of(from), of(to))
        }
    }
}

fn in_words(metric: Metric) -> String {
    metric.name().replace('_', " ")
}

/// The first few, and how many more.
fn some_of(texts: &[String]) -> String {
    let named = texts[..texts.len().min(MOST_NAMED)].join(", ");
    match texts.len() - texts.len().min(MOST_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// What to say if `repeats = "auto"` has ended well.
pub(super) fn precise(ended: &Ended) -> Option<String> {
    let Some(Enough::Precise(Some(known))) = &ended.enough else { return None };
    Some(format!(
        "precise enough after {} rounds: the widest interval is within {} of its median ({})",
        ended.rounds,
        percent(known.within),
        known_text(known)
    ))
}

/// What to warn of if `repeats = "auto"` has ended for want of time.
pub(super) fn spent(scenario: &Scenario, ended: &Ended) -> Option<String> {
    let (Repeats::Auto(precision), Some(Enough::Spent(known))) = (scenario.repeats, &ended.enough) else { return None };
    let rest = match known {
        Some(known) if known.within.is_finite() => format!(
            "{} is known to ± {} only, not ± {}",
            known_text(known),
            percent(known.within),
            percent(precision.within)
        ),
        Some(known) => format!("{} has no interval yet", known_text(known)),
        None => "no cell ended well".to_owned(),
    };
    let rounds = ended.rounds;
    Some(format!("the budget was spent after {rounds} rounds: {rest}; raise `budget`, or accept a wider `within`"))
}

fn known_text(known: &Known) -> String {
    format!("{} of {}", in_words(known.metric), setting_text(&known.key))
}

/// Cells whose instances are not in `tasks.csv`.
pub(super) fn left_out(left_out: u32, cells: usize) {
    say(&format!(
        "tasks.csv leaves out {left_out} of {cells} cells, of more than 100,000 instances; `--tasks always` keeps them"
    ));
}

fn closed_loops(scenario: &Scenario) -> BTreeSet<String> {
    let tasks = scenario.points.iter().flat_map(|point| &point.tasks);
    tasks.filter(|task| matches!(task.arrival, Arrival::Closed { .. })).map(|task| task.name.clone()).collect()
}
