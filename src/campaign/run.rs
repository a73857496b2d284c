//! The campaign: runs its cells one after the other.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use super::collect::collect;
use super::event::{CellOutcome, Event, Exit};
use super::interrupt::Interrupt;
use super::launch::{LaunchError, Launcher};
use super::surroundings::Before;
use super::watch::{WatchResult, watch};
use taskmix_engine::plan::{Campaign, CellPlan, PlannedCell, PointPlan, SETUP_NS, nanoseconds};
use taskmix_engine::record::clock::monotonic_ns;
use taskmix_engine::record::{make_read_only, memory_file};

/// Why a campaign can't go on. A cell that fails is a result, not one of these.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError<E> {
    /// Processes, pipes or memory files.
    #[error("can't run the next cell")]
    Launch(#[from] io::Error),
    /// The listener can't go on.
    #[error(transparent)]
    Listener(E),
}

/// How a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every cell was run.
    Complete,
    /// The user interrupted it.
    Interrupted,
}

/// How long a cell may take to build and warm up its engine.
pub const SETUP: Duration = Duration::from_nanos(SETUP_NS);

/// The machine's speed, measured before the first cell and used for all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    /// Iterations of the kernel per nominal second.
    pub iterations_per_second: f64,
    /// The rate of the processor's counter; 0 if it isn't used.
    pub ticks_per_second: u64,
}

/// Runs cells; its settings hold for all of them.
#[derive(Debug, Clone, Copy)]
pub struct Runner<'a> {
    /// How long a cell may take to get ready: [`SETUP`], except in tests.
    pub setup: Duration,
    /// How long a cell's span may last.
    pub timeout: Duration,
    /// How fast the machine is.
    pub speed: Speed,
    /// Starts the cells.
    pub launcher: &'a Launcher,
    /// How often a disturbed cell is measured again.
    pub retries: u32,
    /// Ends the campaign before its last cell.
    pub interrupt: &'a Interrupt,
}

/// A running campaign. Its draws are in memory files that all cells share.
#[derive(Debug)]
pub struct UnderWay<'a> {
    runner: Runner<'a>,
    campaign: &'a Campaign,
    numbers: Vec<File>,
}

impl<'a> Runner<'a> {
    /// Prepares to run cells of `campaign`.
    pub fn begin(self, campaign: &'a Campaign) -> io::Result<UnderWay<'a>> {
        let numbers = campaign.points.iter().map(|point| draws(&point.numbers)).collect::<io::Result<Vec<_>>>()?;
        Ok(UnderWay { runner: self, campaign, numbers })
    }
}

impl UnderWay<'_> {
    /// Runs `cells` of the campaign in order and passes the events to `listener`.
    pub fn run<E>(
        &self,
        cells: &[PlannedCell],
        mut listener: impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<Ending, CampaignError<E>> {
        for cell in cells {
            for attempt in 1.. {
                if self.runner.interrupt.is_raised() {
                    return Ok(Ending::Interrupted);
                }
                let Some(mut outcome) = self.cell(cell, &mut listener)? else { return Ok(Ending::Interrupted) };
                outcome.surroundings.attempt = attempt;
                if attempt > self.runner.retries || !outcome.is_worth_another_attempt() {
                    listener(Event::CellEnded(&outcome)).map_err(CampaignError::Listener)?;
                    break;
                }
                listener(Event::CellDisturbed(&outcome)).map_err(CampaignError::Listener)?;
            }
        }
        Ok(Ending::Complete)
    }

    /// Runs one cell, once; nothing if it was interrupted.
    fn cell<E>(
        &self,
        cell: &PlannedCell,
        listener: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<Option<CellOutcome>, CampaignError<E>> {
        let point = &self.campaign.points[cell.point];
        let instances = point.foreground_slots();
        listener(Event::CellStarted { key: &cell.key, instances }).map_err(CampaignError::Listener)?;
        let mut heard = Ok(());
        let progress = |ended| {
            if heard.is_ok() {
                heard = listener(Event::Progress { ended });
            }
        };
        let outcome = self.runner.run_cell(cell, point, &self.numbers[cell.point], progress)?;
        heard.map_err(CampaignError::Listener)?;
        Ok(outcome)
    }
}

impl Runner<'_> {
    /// Runs one cell; nothing if it was interrupted.
    fn run_cell(
        &self,
        cell: &PlannedCell,
        point: &PointPlan,
        numbers: &File,
        progress: impl FnMut(u64),
    ) -> io::Result<Option<CellOutcome>> {
        let plan = cell_plan(cell, point, self.speed);
        let before = Before::now();
        let launched = monotonic_ns();
        let mut running = match self.launcher.launch(&plan, point, numbers, nanoseconds(self.timeout)) {
            Ok(running) => running,
            Err(LaunchError::Io(error)) => return Err(error),
            Err(LaunchError::Custom { mapping, stderr, error }) => {
                let result = WatchResult::failed(Exit::Protocol(format!("it can't be started: {error}")));
                let lived = launched..=monotonic_ns();
                return Ok(Some(collect(cell.key.clone(), &plan, point, &mapping, &stderr, result, &lived)));
            }
        };
        let mut result = watch(&mut running, [self.setup, self.timeout], self.interrupt, progress)?;
        if result.exit.is_ok() && running.lost_its_probe() {
            result.exit = Exit::Protocol("the probe's helper died".into());
        }
        if result.interrupted {
            return Ok(None);
        }
        let looks = result.looks;
        let lived = launched..=monotonic_ns();
        let mut outcome = collect(cell.key.clone(), &plan, point, &running.mapping, &running.stderr, result, &lived);
        // Its processes are reaped first, so their processor time is not counted as foreign.
        drop(running);
        outcome.surroundings = before.until_now(looks, &outcome.probes);
        Ok(Some(outcome))
    }
}

fn cell_plan(cell: &PlannedCell, point: &PointPlan, speed: Speed) -> CellPlan {
    let mut plan = point.cell(cell.key.engine, cell.key.workers, cell.blocking_threads);
    plan.stack_size = cell.stack_size;
    plan.trace = cell.trace;
    plan.probe_ns = cell.key.probe_ns;
    plan.iterations_per_second = speed.iterations_per_second;
    plan.ticks_per_second = speed.ticks_per_second;
    if let Some(kind) = cell.fault {
        plan.break_with(kind);
    }
    plan
}

/// A memory file with the numbers of descriptor 5.
fn draws(numbers: &[u64]) -> io::Result<File> {
    let mut file = memory_file("taskmix-draws", 0)?;
    let mut bytes = Vec::with_capacity(1 << 16);
    for chunk in numbers.chunks(1 << 13) {
        bytes.clear();
        bytes.extend(chunk.iter().flat_map(|number| number.to_le_bytes()));
        file.write_all(&bytes)?;
    }
    // All cells of a point share the file: a change by one cell would reach the next.
    make_read_only(&file)?;
    Ok(file)
}
