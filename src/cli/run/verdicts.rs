//! The verdicts on a run's expectations: `expect.csv`, the terminal, and whether the run passes.

use std::io::{self, Write};

use crate::archive::{FolderError, RunFolder};
use crate::cli::terminal::{say, width};
use crate::expect::{FEWEST_ROUNDS, Judged, Verdict, evaluate, is_expected_stall, undecidable};
use crate::report::{verdict_line, verdicts};
use crate::stats::Sample;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::Scenario;

/// The verdicts on a run.
pub(super) struct Verdicts {
    judged: Vec<Judged>,
    /// How many claims the repeats can never decide.
    undecidable: usize,
    /// The failed cells.
    failed: Vec<CellKey>,
}

impl Verdicts {
    /// Judges the samples, unless `no_expect` is set; writes `expect.csv` if the scenario has expectations.
    pub(super) fn of(
        scenario: &Scenario,
        settings: &[CellKey],
        samples: &[Sample],
        folder: &RunFolder,
        no_expect: bool,
    ) -> Result<Self, FolderError> {
        let (judged, undecidable) = if no_expect {
            (Vec::new(), 0)
        } else {
            (evaluate(scenario, settings, samples), undecidable(scenario, settings).len())
        };
        if !judged.is_empty() {
            folder.write_verdicts(&judged)?;
        }
        let is_failed = |sample: &&Sample| sample.exit.as_deref().is_some_and(|exit| exit != "ok");
        let failed = samples.iter().filter(is_failed).map(|sample| sample.key.clone()).collect();
        Ok(Self { judged, undecidable, failed })
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

    /// Why a complete run of so many repeats fails whatever was measured, if it does.
    pub(super) fn too_few_repeats(&self, repeats: u32) -> Option<String> {
        let claims = match self.undecidable {
            0 => return None,
            1 => "1 claim".to_owned(),
            claims => format!("{claims} claims"),
        };
        let repeats = if repeats == 1 { "1 repeat".to_owned() } else { format!("{repeats} repeats") };
        Some(format!(
            "{claims} can never be decided with {repeats}, so the exit code is 1: run with `--repeats {FEWEST_ROUNDS}`, or with \
             `--no-expect` to judge no claim"
        ))
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

    /// Whether no expectation fails or is undecidable, and each failed cell is an expected stall; with `strict`, whether all
    /// expectations hold too.
    pub(super) fn pass(&self, strict: bool) -> bool {
        let worst = if strict { Verdict::Holds } else { Verdict::Inconclusive };
        self.undecidable == 0
            && self.judged.iter().all(|judged| judged.verdict <= worst)
            && self.failed.iter().all(|cell| is_expected_stall(&self.judged, cell))
    }
}
