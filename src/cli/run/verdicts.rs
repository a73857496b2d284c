//! The verdicts on a run's expectations: `expect.csv`, the terminal, and whether the run passes.

use std::io::{self, Write};

use crate::archive::{FolderError, RunFolder};
use crate::cli::terminal::{say, width};
use crate::expect::{Judged, Verdict, evaluate, is_expected_stall};
use crate::report::{verdict_line, verdicts};
use crate::stats::Sample;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::Scenario;

/// The verdicts on a run.
pub(super) struct Verdicts {
    judged: Vec<Judged>,
    /// The failed cells.
    failed: Vec<CellKey>,
}

impl Verdicts {
    /// Judges the samples; writes `expect.csv` if the scenario has expectations.
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

    /// All judged expectations.
    pub(super) fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// Prints the verdicts, if there are any.
    pub(super) fn print(&self) -> io::Result<()> {
        if self.judged.is_empty() {
            return Ok(());
        }
        let mut out = anstream::stdout().lock();
        writeln!(out)?;
        verdicts(&mut out, &self.judged, width(), true)
    }

    /// A warning for each expectation that does not hold.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.judged.iter().filter(|judged| judged.verdict != Verdict::Holds).map(verdict_line)
    }

    /// Prints how many stalls were expected.
    pub(super) fn tell_expected_stalls(&self) {
        let expected = self.failed.iter().filter(|cell| is_expected_stall(&self.judged, cell)).count();
        if expected == 1 {
            say("1 failed cell counts as passed: an expectation that holds claims its stall");
        } else if expected > 1 {
            say(&format!("{expected} failed cells count as passed: an expectation that holds claims their stall"));
        }
    }

    /// Whether no expectation fails and each failed cell is an expected stall; with `strict`, whether all expectations hold too.
    pub(super) fn pass(&self, strict: bool) -> bool {
        let worst = if strict { Verdict::Holds } else { Verdict::Inconclusive };
        self.judged.iter().all(|judged| judged.verdict <= worst)
            && self.failed.iter().all(|cell| is_expected_stall(&self.judged, cell))
    }
}
