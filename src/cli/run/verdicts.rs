//! What a run claims and what became of it: `expect.csv`, the verdicts on the terminal, and whether the run passes.

use std::io::{self, Write};

use crate::cli::terminal::{say, width};
use crate::expect::{Judged, Verdict, evaluate, excused};
use crate::plan::CellKey;
use crate::report::{FolderError, RunFolder, verdict_line, verdicts};
use crate::scenario::Scenario;
use crate::stats::Sample;

/// The verdicts on a run.
pub(super) struct Verdicts {
    judged: Vec<Judged>,
    /// The cells that did not end well.
    failed: Vec<CellKey>,
}

impl Verdicts {
    /// Judges what was measured; `expect.csv` is written if anything is claimed.
    pub(super) fn of(
        scenario: &Scenario,
        settings: &[CellKey],
        samples: &[Sample],
        folder: &RunFolder,
    ) -> Result<Self, FolderError> {
        let judged = evaluate(scenario, settings, samples);
        if !judged.is_empty() {
            folder.write_verdicts(&judged)?;
        }
        let is_failed = |sample: &&Sample| sample.exit.as_deref().is_some_and(|exit| exit != "ok");
        let failed = samples.iter().filter(is_failed).map(|sample| sample.key.clone()).collect();
        Ok(Self { judged, failed })
    }

    /// All of them.
    pub(super) fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// Prints them, if anything is claimed.
    pub(super) fn print(&self) -> io::Result<()> {
        if self.judged.is_empty() {
            return Ok(());
        }
        let mut out = anstream::stdout().lock();
        writeln!(out)?;
        verdicts(&mut out, &self.judged, width(), true)
    }

    /// What to warn of: whatever does not hold.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.judged.iter().filter(|judged| judged.verdict != Verdict::Holds).map(verdict_line)
    }

    /// Tells what is excused.
    pub(super) fn tell_excused(&self) {
        let excused = self.failed.iter().filter(|cell| excused(&self.judged, cell)).count();
        if excused == 1 {
            say("1 cell that failed counts as well: an expectation that holds names its stall");
        } else if excused > 1 {
            say(&format!("{excused} cells that failed count as well: an expectation that holds names their stall"));
        }
    }

    /// Whether no expectation fails, and every failed cell is one that an expectation names; if `strict`, whether all hold.
    pub(super) fn pass(&self, strict: bool) -> bool {
        let worst = if strict { Verdict::Holds } else { Verdict::Inconclusive };
        self.judged.iter().all(|judged| judged.verdict <= worst)
            && self.failed.iter().all(|cell| excused(&self.judged, cell))
    }
}
