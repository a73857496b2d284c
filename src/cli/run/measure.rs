//! Measures one run: its rounds, its files, its end.

use std::env;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use toml::Table;

use super::measured::MeasuredCells;
use super::rounds::{Ended, Enough, Rounds, expected};
use super::start::Start;
use super::tell;
use super::verdicts::Verdicts;
use crate::archive::{Calibration, FolderError, RunFacts, RunFolder};
use crate::campaign::{CampaignError, Ending, Event, Interrupt, Launcher, Runner, SETUP, Speed};
use crate::cli::args::{Format, RunArgs};
use crate::cli::exit::{FAILED, INTERRUPTED, OK};
use crate::cli::facts::{calibration, facts, host_after};
use crate::cli::progress::Progress;
use crate::cli::registered::Registered;
use crate::cli::report::write_page_of;
use crate::cli::speed::Measured;
use crate::cli::terminal::{say, unless_unread, warn};
use crate::report::json::{Outcome, RunEntry, SummaryDocument};
use crate::report::{Failures, caveats, cell_text, disturbed, failed, finding, ran_out};
use crate::stats::{Summary, summaries};
use taskmix_engine::host;
use taskmix_engine::plan::{Campaign, CellKey, estimates, nanoseconds};
use taskmix_engine::scenario::{Repeats, Scenario};

/// The inputs of a run.
pub(super) struct Run<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) scenario: &'a Scenario,
    pub(super) registered: &'a Registered,
    pub(super) speed: &'a Measured,
    pub(super) interrupt: &'a Interrupt,
}

impl Run<'_> {
    /// Measures the missing cells and reports them. Returns the exit code and the entry for JSON output.
    pub(super) fn measure(&self, start: Start) -> anyhow::Result<(u8, RunEntry)> {
        let Start { campaign, mut folder, mut measured, earlier } = start;
        let mut facts = self.facts(&campaign, &folder, earlier);
        folder.write_facts(&facts)?;

        let ended = self.rounds(&campaign, &facts, &mut folder, &mut measured)?;
        let summaries = in_order(&campaign, &measured);
        folder.finish(&summaries)?;
        let settings: Vec<CellKey> = campaign.settings.iter().map(|cell| cell.key.clone()).collect();
        let no_expect = self.args.overrides.no_expect;
        let verdicts = Verdicts::of(self.scenario, &settings, measured.samples(), &folder, no_expect)?;
        let after = self.speed.after().context("can't measure on the cores of the cells")?;
        add_end(&mut facts, &ended, &measured, &after);
        folder.write_facts(&facts)?;

        let mut warnings = self.warnings(&measured, &ended, &after);
        warnings.extend(verdicts.warnings());
        if ended.ending == Ending::Complete {
            warnings.extend(verdicts.too_few_repeats(ended.rounds));
        }
        let outcome = Outcome {
            summaries: &summaries,
            judged: verdicts.judged(),
            failed: failed(measured.samples()).collect(),
            disturbed: disturbed(measured.samples()).collect(),
            warnings: warnings.clone(),
            finding: finding(&summaries, Some(self.scenario)),
        };
        let path = folder.path().display().to_string();
        let entry = RunEntry::new(&facts, &self.scenario.question, path, &outcome);
        folder.write_document("summary.json", &SummaryDocument::new(&entry))?;
        // The last file, made from the others. An error in writing it is reported after the table.
        let page = write_page_of(folder.path());
        self.print_table(&summaries, &outcome.finding, &verdicts)?;
        for warning in &warnings {
            warn(warning);
        }
        verdicts.tell_expected_stalls();
        self.print_end(&folder, measured.order().len(), &ended)?;
        page?;
        let code = match ended.ending {
            Ending::Interrupted => INTERRUPTED,
            Ending::Complete if !verdicts.pass(self.args.strict) => FAILED,
            Ending::Complete => OK,
        };
        Ok((code, entry))
    }

    /// The warnings that make the figures doubtful.
    fn warnings(&self, measured: &MeasuredCells, ended: &Ended, after: &Measured) -> Vec<String> {
        let mut warnings = Vec::from_iter(self.speed.drift(after));
        warnings.extend(ran_out(self.scenario, measured.samples()));
        warnings.extend(caveats(measured.samples(), self.args.retry_disturbed));
        warnings.extend(tell::spent(self.scenario, ended));
        warnings
    }

    /// The facts of a run that begins or is resumed.
    fn facts(&self, campaign: &Campaign, folder: &RunFolder, earlier: Option<RunFacts>) -> RunFacts {
        let Some(mut earlier) = earlier else {
            return RunFacts {
                calibration: Calibration { before: calibration(self.speed), after: Table::new() },
                ..facts(self.scenario, campaign, folder.run_id(), self.args, self.registered)
            };
        };
        earlier.resumed.push(Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        earlier.interrupted = false;
        if let Some(drift) = speed_before(&earlier).and_then(|before| self.speed.drift_since(before)) {
            warn(&drift);
        }
        earlier
    }

    fn rounds(
        &self,
        campaign: &Campaign,
        facts: &RunFacts,
        folder: &mut RunFolder,
        measured: &mut MeasuredCells,
    ) -> anyhow::Result<Ended> {
        let progress = self.progress(campaign);
        let launcher = Launcher::new(env::current_exe().context("can't find this program's own file")?);
        let launcher = launcher.with(self.registered.programs().cloned());
        let runner = Runner {
            setup: SETUP,
            timeout: self.scenario.timeout,
            speed: self.work_speed(facts),
            launcher: &launcher,
            retries: self.args.retry_disturbed,
            interrupt: self.interrupt,
        };
        let under_way = runner.begin(campaign).context("can't make the memory files of the draws")?;
        let mut rounds = Rounds::new(self.scenario.repeats);
        let mut failures = Failures::default();
        progress.found(measured.earlier());
        let (ending, enough) = loop {
            let cells = match rounds.next(campaign, measured) {
                Ok(cells) => cells,
                Err(enough) => break (Ending::Complete, Some(enough)),
            };
            progress.at_least((rounds.count() as usize) * campaign.settings.len());
            let listener = |event: Event<'_>| listen(&event, &progress, folder, measured, &mut failures);
            match under_way.run(&cells, listener) {
                Ok(Ending::Complete) => {}
                Ok(Ending::Interrupted) => break (Ending::Interrupted, None),
                Err(error) => {
                    progress.clear();
                    return Err(cant_go_on(error));
                }
            }
        };
        progress.clear();
        Ok(Ended { ending, enough, rounds: rounds.count() })
    }

    fn progress(&self, campaign: &Campaign) -> Progress {
        let engines = self.registered.engines();
        let timeout = nanoseconds(self.scenario.timeout);
        let needs = estimates(engines, &campaign.points, &campaign.settings, host::cores(), timeout);
        let round = Duration::from_nanos(needs.iter().map(|needs| needs.cell_ns.min(timeout)).sum());
        let cells = match self.scenario.repeats {
            Repeats::Fixed(repeats) => campaign.settings.len() * repeats as usize,
            Repeats::Auto(_) => campaign.settings.len(),
        };
        Progress::new(cells, expected(self.scenario.repeats, round), self.args.quiet)
    }

    /// The speed from which the work of the cells is computed. A resumed run uses the speed at its beginning, so that all of its
    /// cells do the same number of iterations.
    fn work_speed(&self, facts: &RunFacts) -> Speed {
        let speed = self.speed.speed();
        Speed { iterations_per_second: speed_before(facts).unwrap_or(speed.iterations_per_second), ..speed }
    }

    /// Prints the table and the verdicts, before the warnings.
    fn print_table(&self, summaries: &[Summary], finding: &str, verdicts: &Verdicts) -> anyhow::Result<()> {
        if self.prints_text() && !summaries.is_empty() {
            tell::table(self.scenario, summaries, finding)?;
            unless_unread(verdicts.print())?;
        }
        Ok(())
    }

    /// Prints the last lines: what was left out, why the run ended, and where the files are.
    fn print_end(&self, folder: &RunFolder, cells: usize, ended: &Ended) -> anyhow::Result<()> {
        if let Some(note) = tell::precise(ended).filter(|_| !self.args.quiet) {
            say(&note);
        }
        if folder.cells_without_tasks() > 0 {
            tell::left_out(folder.cells_without_tasks(), cells);
        }
        if ended.ending == Ending::Interrupted {
            warn(&format!(
                "interrupted: {cells} cells were measured, and are kept; the same command with `--resume` completes the run"
            ));
        }
        if self.prints_text() {
            tell::place(folder)?;
        }
        Ok(())
    }

    /// Whether the output is text and not suppressed.
    fn prints_text(&self) -> bool {
        !self.args.quiet && self.args.format == Format::Text
    }
}

/// Iterations of the kernel per second at the beginning of the run.
fn speed_before(facts: &RunFacts) -> Option<f64> {
    facts.calibration.before.get("iterations_per_second")?.as_float()
}

/// Adds the facts that are known only at the end.
fn add_end(facts: &mut RunFacts, ended: &Ended, measured: &MeasuredCells, after: &Measured) {
    facts.calibration.after = calibration(after);
    facts.host_after = host_after();
    facts.complete = ended.ending == Ending::Complete;
    facts.interrupted = ended.ending == Ending::Interrupted;
    facts.cells.order = measured.order().to_vec();
    if let Some(auto) = &mut facts.resolved.auto {
        facts.resolved.repeats = ended.rounds;
        let ended_by = match ended.enough {
            Some(Enough::Precise(_)) => "precise",
            Some(Enough::Spent(_)) => "budget",
            Some(Enough::AsAsked) | None => "",
        };
        ended_by.clone_into(&mut auto.ended_by);
    }
}

/// Handles an event: shows progress, and writes the rows of a cell that has ended.
fn listen(
    event: &Event<'_>,
    progress: &Progress,
    folder: &mut RunFolder,
    measured: &mut MeasuredCells,
    failures: &mut Failures,
) -> Result<(), FolderError> {
    progress.show(event);
    match event {
        Event::CellStarted { .. } | Event::Progress { .. } => {}
        Event::CellDisturbed(outcome) => {
            let causes: Vec<String> = outcome.surroundings.disturbed_by.iter().map(ToString::to_string).collect();
            let (cell, causes) = (cell_text(&outcome.key), causes.join(", "));
            progress.say(|| say(&format!("{cell}: disturbed by {causes}, measured again")));
        }
        Event::CellEnded(outcome) => {
            measured.add(outcome, folder)?;
            if !outcome.exit.is_ok() {
                let line = failures.line(outcome);
                progress.say(|| warn(&line));
            }
        }
    }
    Ok(())
}

/// The summaries in the scenario's order; the cells are measured in shuffled order.
fn in_order(campaign: &Campaign, measured: &MeasuredCells) -> Vec<Summary> {
    let mut summaries = summaries(measured.samples());
    summaries.sort_by_key(|summary| campaign.place(&summary.key));
    summaries
}

fn cant_go_on(error: CampaignError<FolderError>) -> anyhow::Error {
    match error {
        CampaignError::Listener(error) => error.into(),
        CampaignError::Launch(error) => anyhow::Error::new(error).context("can't run the next cell"),
    }
}
