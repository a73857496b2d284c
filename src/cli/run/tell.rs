//! The output of a run for readers: its table on stdout, notes and warnings on stderr.

use std::io::{self, Write};

use super::rounds::{Ended, Enough};
use crate::archive::RunFolder;
use crate::cli::terminal::{say, unless_unread, width};
use crate::report::{self, TableOptions, arrival_notes, budget_spent, percent, precision_text};
use crate::stats::Summary;
use taskmix_engine::scenario::{Repeats, Scenario};

/// Prints the table, with the question above it.
pub(super) fn table(scenario: &Scenario, summaries: &[Summary], finding: &str) -> io::Result<()> {
    let arrivals = arrival_notes(scenario);
    let options = TableOptions { width: width(), colour: true, arrivals: &arrivals, finding };
    let mut out = anstream::stdout().lock();
    let printed = writeln!(out, "{}: {}\n", scenario.name, scenario.question)
        .and_then(|()| report::table(&mut out, summaries, &options));
    unless_unread(printed)
}

/// Prints the last line: where the files are.
pub(super) fn place(folder: &RunFolder) -> io::Result<()> {
    unless_unread(writeln!(anstream::stdout(), "{}", folder.path().display()))
}

/// The note if `repeats = "auto"` has reached its precision.
pub(super) fn precise(ended: &Ended) -> Option<String> {
    let Some(Enough::Precise(Some(widest))) = &ended.enough else { return None };
    Some(format!(
        "precise enough after {} rounds: the widest interval is within {} of its median ({})",
        ended.rounds,
        percent(widest.within),
        precision_text(widest)
    ))
}

/// The warning if `repeats = "auto"` has ended because its time was spent.
pub(super) fn spent(scenario: &Scenario, ended: &Ended) -> Option<String> {
    let (Repeats::Auto(precision), Some(Enough::Spent(widest))) = (scenario.repeats, &ended.enough) else {
        return None;
    };
    Some(budget_spent(widest.as_ref(), precision.within, ended.rounds))
}

/// Prints how many cells have no instances in `tasks.csv`.
pub(super) fn left_out(left_out: u32, cells: usize) {
    say(&format!(
        "tasks.csv leaves out {left_out} of {cells} cells, of more than 100,000 instances; `--tasks always` keeps them"
    ));
}
