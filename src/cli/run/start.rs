//! Begins a run in a new folder, or resumes an incomplete one.

use jiff::Timestamp;

use super::measured::MeasuredCells;
use crate::archive::{LastRun, RunFacts, RunFolder, TasksPolicy};
use crate::cli::args::RunArgs;
use crate::cli::exit::CantStart;
use crate::cli::facts::differences;
use crate::cli::registered::Registered;
use crate::cli::terminal::warn;
use taskmix_engine::host;
use taskmix_engine::plan::{Campaign, Fault};
use taskmix_engine::scenario::{EngineName, Scenario};

/// All cells, the folder to write to, and the cells that it has already.
pub(super) struct Start {
    pub(super) campaign: Campaign,
    pub(super) folder: RunFolder,
    pub(super) measured: MeasuredCells,
    /// The facts of an earlier part of the run.
    pub(super) earlier: Option<RunFacts>,
}

/// Makes a new folder, or resumes the latest run with `--resume`. With `fault`, an engine's cells are broken on purpose.
pub(super) fn start(
    args: &RunArgs,
    scenario: &Scenario,
    registered: &Registered,
    fault: Option<(EngineName, Fault)>,
) -> anyhow::Result<Start> {
    let policy = TasksPolicy::from(args.tasks);
    let mut campaign = Campaign::new(scenario, host::cores())?;
    if args.trace {
        for engine in campaign.trace(registered.engines()) {
            warn(&format!(
                "`{engine}` does not record which instance is on which thread: `spans.csv` will have no rows of it"
            ));
        }
    }
    if let Some((engine, fault)) = fault {
        campaign.break_engine(engine, fault);
    }
    if args.resume {
        return resume(args, scenario, campaign, registered, policy);
    }
    let folder = RunFolder::create(&args.out, &scenario.name, &scenario.axes, policy, Timestamp::now());
    let folder = if args.trace { folder.and_then(RunFolder::with_spans) } else { folder };
    Ok(Start { campaign, folder: folder.map_err(CantStart::from)?, measured: MeasuredCells::default(), earlier: None })
}

fn resume(
    args: &RunArgs,
    scenario: &Scenario,
    campaign: Campaign,
    registered: &Registered,
    policy: TasksPolicy,
) -> anyhow::Result<Start> {
    let last = LastRun::find(&args.out, &scenario.name).map_err(CantStart::from)?;
    let name = &scenario.name;
    if last.facts.complete {
        let what = format!("the latest run of `{name}`, {}, is complete: run without `--resume`", last.facts.run_id);
        return Err(CantStart::Resume(what).into());
    }
    let differences = differences(&last.facts, scenario, &campaign, args, registered);
    if !differences.is_empty() {
        let what = format!(
            "the latest run of `{name}`, {}, differs: {}; repeat its options, or run without `--resume`",
            last.facts.run_id,
            differences.join("; ")
        );
        return Err(CantStart::Resume(what).into());
    }
    let (folder, samples) = RunFolder::resume(&last, &scenario.axes, policy).map_err(CantStart::from)?;
    Ok(Start { campaign, folder, measured: MeasuredCells::resumed(samples), earlier: Some(last.facts) })
}
