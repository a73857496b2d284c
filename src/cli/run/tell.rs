//! What a run tells people: its table on stdout; notes and warnings on stderr.

use std::io::{self, Write};

use super::measure::Ended;
use super::rounds::Enough;
use crate::cli::terminal::{say, unless_unread, width};
use crate::report::{self, RunFolder, TableOptions, arrival_notes, budget_spent, known_text, percent};
use crate::scenario::{Repeats, Scenario};
use crate::stats::Summary;

/// The table, with the question above it.
pub(super) fn table(scenario: &Scenario, summaries: &[Summary]) -> io::Result<()> {
    let arrivals = arrival_notes(scenario);
    let options = TableOptions { width: width(), colour: true, arrivals: &arrivals };
    let mut out = anstream::stdout().lock();
    let printed = writeln!(out, "{}: {}\n", scenario.name, scenario.question)
        .and_then(|()| report::table(&mut out, summaries, &options));
    unless_unread(printed)
}

/// The last line: where the files are.
pub(super) fn place(folder: &RunFolder) -> io::Result<()> {
    unless_unread(writeln!(anstream::stdout(), "{}", folder.path().display()))
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
    Some(budget_spent(known.as_ref(), precision.within, ended.rounds))
}

/// Cells whose instances are not in `tasks.csv`.
pub(super) fn left_out(left_out: u32, cells: usize) {
    say(&format!(
        "tasks.csv leaves out {left_out} of {cells} cells, of more than 100,000 instances; `--tasks always` keeps them"
    ));
}
