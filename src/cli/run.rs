//! `taskmix run`: every cell of every scenario, its files, its table, its verdict as an exit code.

use std::collections::BTreeSet;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;

use super::args::RunArgs;
use super::exit::{CantStart, FAILED, INTERRUPTED, OK};
use super::facts::{calibration, facts};
use super::load::{Loaded, load_all};
use super::progress::Progress;
use super::ran_out::ran_out;
use super::speed::Measured;
use crate::campaign::{CampaignError, CellOutcome, Ending, Event, Interrupt, Launcher, Runner};
use crate::host;
use crate::plan::{Campaign, CellKey, estimate};
use crate::report::{FolderError, RunFolder, TableOptions, TasksPolicy, failure_line, table};
use crate::scenario::{Arrival, Scenario};
use crate::stats::{Sample, samples, summaries};

/// The width of the table where there is no terminal to ask.
const WIDTH: u16 = 120;

/// Runs all of them, one after the other.
pub(super) fn run(args: &RunArgs) -> anyhow::Result<u8> {
    let loaded = load_all(&args.scenarios, Some(&args.overrides))?;
    if cfg!(debug_assertions) {
        warn("this is a debug build, whose figures mean little; use `cargo run --release`");
    }
    let interrupt = Interrupt::listen().context("can't listen for Ctrl-C")?;
    // The folders first: a place that can't be written must not cost a measurement.
    let policy = TasksPolicy::from(args.tasks);
    let open =
        |scenario: &Scenario| RunFolder::create(&args.out, &scenario.name, &scenario.axes, policy, Timestamp::now());
    let mut first = Some(open(&loaded[0].scenario).map_err(CantStart)?);
    let speed = Measured::before();
    if let Some(unrest) = speed.unrest() {
        warn(&unrest);
    }
    let mut code = OK;
    for Loaded { scenario, .. } in &loaded {
        let folder = match first.take() {
            Some(folder) => folder,
            // Behind the first: something has been measured, this is no bad start any more.
            None => open(scenario)?,
        };
        let run = Run { args, scenario, speed: &speed, interrupt: &interrupt, policy };
        match run.measure(folder)? {
            OK => {}
            INTERRUPTED => return Ok(INTERRUPTED),
            failed => code = failed,
        }
    }
    Ok(code)
}

struct Run<'a> {
    args: &'a RunArgs,
    scenario: &'a Scenario,
    speed: &'a Measured,
    interrupt: &'a Interrupt,
    policy: TasksPolicy,
}

/// What has come of a run so far.
#[derive(Default)]
struct Tally {
    samples: Vec<Sample>,
    failed: u32,
    /// Cells that have ended, well or not.
    cells: usize,
}

impl Run<'_> {
    fn measure(&self, mut folder: RunFolder) -> anyhow::Result<u8> {
        let mut campaign = Campaign::new(self.scenario, host::cores())?;
        for cell in &mut campaign.cells {
            cell.fault = self.args.fault.filter(|(engine, _)| *engine == cell.key.engine).map(|(_, kind)| kind);
        }
        let mut facts = facts(self.scenario, &campaign, folder.run_id(), self.policy, self.speed);
        folder.write_facts(&facts)?;

        let mut tally = Tally::default();
        let ending = self.cells(&campaign, &mut folder, &mut tally)?;
        let mut summaries = summaries(&tally.samples);
        // Measured in shuffled order, told in the scenario's.
        let place = |key: &CellKey| campaign.settings.iter().position(|cell| cell.is_repeat_of(key));
        summaries.sort_by_key(|summary| place(&summary.key));
        folder.finish(&summaries)?;
        let after = self.speed.after();
        facts.calibration.after = calibration(&after);
        facts.complete = ending == Ending::Complete;
        facts.interrupted = ending == Ending::Interrupted;
        folder.write_facts(&facts)?;

        if let Some(drift) = self.speed.drift(&after) {
            warn(&drift);
        }
        for warning in ran_out(self.scenario, &tally.samples) {
            warn(&warning);
        }
        if !self.args.quiet && !summaries.is_empty() {
            unless_unread(self.print(&summaries))?;
        }
        self.note(&folder, ending, tally.cells, campaign.cells.len())?;
        Ok(match ending {
            Ending::Interrupted => INTERRUPTED,
            Ending::Complete if tally.failed > 0 => FAILED,
            Ending::Complete => OK,
        })
    }

    fn cells(&self, campaign: &Campaign, folder: &mut RunFolder, tally: &mut Tally) -> anyhow::Result<Ending> {
        let expected = campaign.cells.iter().map(|cell| {
            estimate(&campaign.points[cell.point], cell.key.engine, cell.key.workers, host::cores()).cell_ns
        });
        let expected = Duration::from_nanos(expected.sum());
        let progress = Progress::new(campaign.cells.len(), expected, self.args.quiet);
        let launcher = Launcher::new(env::current_exe().context("can't find this program's own file")?);
        let listener = |event: Event<'_>| {
            progress.show(&event);
            match event {
                Event::CellEnded(outcome) => tally.add(outcome, folder, &progress),
                Event::CellStarted { .. } | Event::Progress { .. } => Ok(()),
            }
        };
        let runner = Runner {
            timeout: self.scenario.timeout,
            speed: self.speed.speed(),
            launcher: &launcher,
            interrupt: self.interrupt,
        };
        let ending = runner.run(campaign, listener);
        progress.clear();
        ending.map_err(|error| match error {
            CampaignError::Listener(error) => error.into(),
            CampaignError::Launch(error) => anyhow::Error::new(error).context("can't run the next cell"),
        })
    }

    fn print(&self, summaries: &[crate::stats::Summary]) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        let closed_loops = closed_loops(self.scenario);
        let options = TableOptions { width: width(), colour: true, closed_loops: &closed_loops };
        writeln!(out, "{}: {}\n", self.scenario.name, self.scenario.question)?;
        table(&mut out, summaries, &options)
    }

    /// The last lines: what was left out, what is not done yet, and where the files are.
    fn note(&self, folder: &RunFolder, ending: Ending, measured: usize, cells: usize) -> io::Result<()> {
        let expectations = self.scenario.expectations.len();
        if expectations > 0 && !self.args.quiet {
            let things = if expectations == 1 { "expectation" } else { "expectations" };
            say(&format!("{expectations} {things} not evaluated yet"));
        }
        if folder.cells_without_tasks() > 0 {
            say(&format!(
                "tasks.csv leaves out {} of {cells} cells, of more than 100,000 instances; `--tasks always` keeps them",
                folder.cells_without_tasks()
            ));
        }
        if ending == Ending::Interrupted {
            warn(&format!("interrupted: {measured} of {cells} cells were measured, and are kept"));
        }
        if !self.args.quiet {
            unless_unread(writeln!(anstream::stdout(), "{}", folder.path().display()))?;
        }
        Ok(())
    }
}

impl Tally {
    fn add(&mut self, outcome: &CellOutcome, folder: &mut RunFolder, progress: &Progress) -> Result<(), FolderError> {
        let cell = samples(outcome);
        folder.add_cell(outcome, &cell)?;
        self.samples.extend(cell);
        self.cells += 1;
        if !outcome.exit.is_ok() {
            self.failed += 1;
            progress.say(|| warn(&failure_line(outcome)));
        }
        Ok(())
    }
}

fn closed_loops(scenario: &Scenario) -> BTreeSet<String> {
    let tasks = scenario.points.iter().flat_map(|point| &point.tasks);
    tasks.filter(|task| matches!(task.arrival, Arrival::Closed { .. })).map(|task| task.name.clone()).collect()
}

fn width() -> u16 {
    let terminal = io::stdout().is_terminal().then(|| comfy_table::Table::new().width()).flatten();
    // As other programs do, for a pipe or a file.
    let asked = || env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(asked).unwrap_or(WIDTH)
}

/// A reader that went away costs what it would have read: neither the scenarios to come nor the exit code.
fn unless_unread(printed: io::Result<()>) -> io::Result<()> {
    match printed {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

fn warn(text: &str) {
    // A closed stderr must not end a run.
    let _ = writeln!(anstream::stderr(), "warning: {text}");
}

fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "note: {text}");
}
