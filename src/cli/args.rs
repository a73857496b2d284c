//! What can be typed.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Parser, Subcommand, ValueEnum};

use crate::plan::Fault;
use crate::report::TasksPolicy;
use crate::scenario::EngineName;

/// Runs one mix of tasks under several executors and measures what it costs.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run scenarios for real and write what was measured
    Run(RunArgs),
    /// Report every problem of every file; nothing is run
    Check {
        /// Scenario files, or the bare names of files in `scenarios/`
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Show the cells in order, their work, and the time and memory that they will need; nothing is run
    Plan(PlanArgs),
    /// List the scenarios with the question that each asks
    List,
    /// Describe the engines: their versions, what is native, emulated or unsupported
    Engines,
    /// Be an engine, speaking the engine protocol (docs/engine-protocol.md)
    #[command(hide = true)]
    Engine {
        /// Print the engine's description as JSON
        #[arg(long)]
        describe: bool,
        #[arg(value_parser = engine())]
        name: EngineName,
    },
    /// Be the probe's helper
    #[command(hide = true)]
    Probe,
}

/// What a run and a plan have in common.
#[derive(Debug, clap::Args)]
pub(super) struct Overrides {
    /// Run this engine instead of the file's; may be repeated
    #[arg(long = "engine", value_name = "E", action = ArgAction::Append, value_parser = engine())]
    pub(super) engines: Vec<EngineName>,
    /// Use so many workers instead of the file's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(super) workers: Option<u32>,
    /// Measure each cell so often instead of the file's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) repeats: Option<u32>,
    /// Draw from this seed instead of the file's
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
}

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Scenario files, or the bare names of files in `scenarios/`
    #[arg(required = true, value_name = "SCENARIO")]
    pub(super) scenarios: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) overrides: Overrides,
    /// Write to DIR/<scenario>/<run id>/
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(super) out: PathBuf,
    /// Write a row for each instance: `auto` leaves out cells of more than 100,000
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) tasks: Tasks,
    /// Count an inconclusive expectation as a failed one
    #[arg(long)]
    pub(super) strict: bool,
    /// Print no progress and no table, only warnings and errors
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Break the cells of an engine on purpose: ENGINE=panic|abort|overflow|hang|kill
    #[arg(long, hide = true, value_parser = fault)]
    pub(super) fault: Option<(EngineName, Fault)>,
}

#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// Scenario files, or the bare names of files in `scenarios/`
    #[arg(required = true, value_name = "SCENARIO")]
    pub(super) scenarios: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) overrides: Overrides,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Tasks {
    Auto,
    Always,
    Never,
}

impl From<Tasks> for TasksPolicy {
    fn from(tasks: Tasks) -> Self {
        match tasks {
            Tasks::Auto => Self::Auto,
            Tasks::Always => Self::Always,
            Tasks::Never => Self::Never,
        }
    }
}

/// An engine's name, so that clap lists them all and suggests the nearest.
fn engine() -> impl TypedValueParser<Value = EngineName> {
    PossibleValuesParser::new(EngineName::ALL.map(EngineName::as_str))
        .map(|name| name.parse().expect("only names of engines come through"))
}

fn fault(text: &str) -> Result<(EngineName, Fault), String> {
    let (engine, kind) = text.split_once('=').ok_or("write ENGINE=KIND")?;
    let kind = match kind {
        "panic" => Fault::Panic,
        "abort" => Fault::Abort,
        "overflow" => Fault::Overflow,
        "hang" => Fault::Hang,
        "kill" => Fault::Kill,
        _ => return Err(format!("unknown fault `{kind}`")),
    };
    Ok((engine.parse().map_err(|error| format!("{error}"))?, kind))
}
