//! The command-line arguments.

mod help;
mod values;

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

use self::help::{COMPARE_HELP, ENGINE_HELP, FORMAT_HELP, PLOT_HELP, RUN_HELP, TRACE_HELP};
pub(super) use self::values::{Choice, Probe};
use self::values::{WorkerCounts, engine, fault, mechanism, metric, plot_kind, plot_metric, probe, repeats, workers};
use crate::archive::TasksPolicy;
use crate::compare::Tolerance;
use crate::report::{PlotKind, PlotMetric};
use taskmix_engine::plan::{Fault, Mechanism};
use taskmix_engine::scenario::{EngineName, Repeats, Setting};

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
        /// Check for this engine instead of the file's; with NAME=PATH, for a program of your own beside them; may be repeated
        #[arg(long = "engine", value_name = "E", action = ArgAction::Append)]
        engines: Vec<Choice>,
        #[arg(long, value_name = "FORMAT", default_value = "text", help = FORMAT_HELP)]
        format: Format,
    },
    /// Compare two runs, figure by figure: what is worse, better, the same, or inconclusive
    #[command(after_help = COMPARE_HELP)]
    Compare(CompareArgs),
    /// Write the page of a run again, from its files: `report.html` in its folder
    #[command(after_help = RUN_HELP)]
    Report(ReportArgs),
    /// Draw pictures from the CSV files of a run; nothing is run
    #[command(after_help = PLOT_HELP)]
    Plot(PlotArgs),
    /// Write a run as a file for ui.perfetto.dev: which instance was on which thread, and the states of each; nothing is run
    #[command(after_help = TRACE_HELP)]
    Trace(TraceArgs),
    /// Show the cells in order, their work, and the time and memory that they will need; nothing is run
    Plan(PlanArgs),
    /// List the scenarios with the question that each asks
    List,
    /// Describe the engines: their versions, what is native, emulated or unsupported
    Engines {
        /// Describe this program too, which speaks the engine protocol; may be repeated
        #[arg(long = "engine", value_name = "NAME=PATH", action = ArgAction::Append)]
        engines: Vec<Choice>,
        #[arg(long, value_name = "FORMAT", default_value = "text", help = FORMAT_HELP)]
        format: Format,
    },
    /// Be an engine, speaking the engine protocol (docs/engine-protocol.md)
    #[command(hide = true)]
    Engine {
        /// Print the engine's description as JSON
        #[arg(long)]
        describe: bool,
        /// Be one of the processes of a cell's engine that has several
        #[arg(long, value_name = "K")]
        worker: Option<u32>,
        #[arg(value_parser = engine())]
        name: EngineName,
    },
    /// Be a peer process with which the instances of a cell communicate
    #[command(hide = true)]
    Peer {
        /// Communicate by this mechanism
        #[arg(value_parser = mechanism)]
        mechanism: Mechanism,
        /// Return this many bytes at once
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        bytes: u32,
        /// Use the signal SIGRTMIN + K
        #[arg(long, value_name = "K")]
        signal: Option<u32>,
        /// Use these cores only
        #[arg(long, value_name = "N,…", value_delimiter = ',')]
        cpus: Vec<u32>,
        /// Change a bit, on purpose
        #[arg(long)]
        flip: bool,
        /// Leave before the end, on purpose
        #[arg(long)]
        leave: bool,
    },
    /// Be the probe's helper
    #[command(hide = true)]
    Probe {
        /// Write to this many pipes in turn: standard output, and descriptors 3, 4, …
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        probe_pipes: u32,
        /// Write a probe every N nanoseconds
        #[arg(long, value_name = "N")]
        period_ns: NonZeroU64,
    },
}

/// The options of both `run` and `plan` that override the scenario file.
#[derive(Debug, clap::Args)]
pub(super) struct Overrides {
    #[arg(long = "engine", value_name = "E", action = ArgAction::Append, help = ENGINE_HELP)]
    pub(super) engines: Vec<Choice>,
    /// Use so many workers instead of the file's: a number, several (`1,2,4`), or `all`, one a core
    #[arg(long, value_name = "N[,N…]", value_parser = workers)]
    pub(super) workers: Option<WorkerCounts>,
    /// Run these values of a name of the `[matrix]` instead of the file's: `hold=1ms,5ms`; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE[,VALUE…]", action = ArgAction::Append)]
    pub(super) settings: Vec<Setting>,
    /// Measure each cell so often instead of the file's; `auto` goes on until the figures are known well enough
    #[arg(long, value_name = "N", value_parser = repeats)]
    pub(super) repeats: Option<Repeats>,
    /// Draw from this seed instead of the file's
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Measure lag too, in further cells with a probe every PERIOD; without PERIOD, every `probe` of the file, else every `1ms`
    #[arg(long, value_name = "PERIOD", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = probe)]
    pub(super) probe: Option<Probe>,
    /// Measure no lag, whatever the file asks for: claims about it are inconclusive
    #[arg(long, conflicts_with = "probe")]
    pub(super) no_probe: bool,
    /// Judge no claim: for a quick try
    #[arg(long)]
    pub(super) no_expect: bool,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
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
    /// Record which instance was on which thread from when to when, in `spans.csv`: it adds overhead to the figures
    #[arg(long)]
    pub(super) trace: bool,
    /// Count an inconclusive expectation as a failed one
    #[arg(long, conflicts_with = "no_expect")]
    pub(super) strict: bool,
    /// Complete the latest run of each scenario, which was cut short: only the cells that are missing are measured
    #[arg(long)]
    pub(super) resume: bool,
    /// Measure a cell again, up to N times, if the machine was disturbed meanwhile: by steal, foreign load, late looks or a late probe
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(super) retry_disturbed: u32,
    #[arg(long, value_name = "FORMAT", default_value = "text", help = FORMAT_HELP)]
    pub(super) format: Format,
    /// Print no progress and no table, only warnings and errors
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Break the cells of an engine on purpose: ENGINE=panic|abort|overflow|hang|kill, or its peers: flip|leave
    #[arg(long, hide = true, value_parser = fault)]
    pub(super) fault: Option<(String, Fault)>,
}

#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// Scenario files, or the bare names of files in `scenarios/`
    #[arg(required = true, value_name = "SCENARIO")]
    pub(super) scenarios: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) overrides: Overrides,
    /// Plan a run with `--trace`
    #[arg(long)]
    pub(super) trace: bool,
    #[arg(long, value_name = "FORMAT", default_value = "text", help = FORMAT_HELP)]
    pub(super) format: Format,
}

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

#[derive(Debug, clap::Args)]
pub(super) struct CompareArgs {
    /// The run to compare with
    #[arg(value_name = "OLD")]
    pub(super) old: String,
    /// The run that is judged
    #[arg(value_name = "NEW")]
    pub(super) new: String,
    /// Look runs up in DIR
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(super) out: PathBuf,
    /// Compare this figure instead of the usual ones, such as `latency_p999` (results/README.md lists them, here without their unit); may be repeated
    #[arg(long = "metric", value_name = "NAME", action = ArgAction::Append, value_parser = metric(), hide_possible_values = true)]
    pub(super) metrics: Vec<String>,
    /// Take a ratio that differs from 1 by no more than this as no difference
    #[arg(long, value_name = "SHARE", default_value = "5%", allow_hyphen_values = true)]
    pub(super) tolerance: Tolerance,
    /// Write the comparison in this form
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(super) format: CompareFormat,
    /// Show figures without a difference too; CSV and JSON always do
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// The run
    #[arg(value_name = "RUN")]
    pub(super) run: String,
    /// Look the run up in DIR
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(super) results: PathBuf,
    /// Write the page to FILE instead of `report.html` in the run's folder
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct PlotArgs {
    /// The run, its folder, or one CSV file
    #[arg(value_name = "RUN")]
    pub(super) run: String,
    /// Look the run up in DIR
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(super) results: PathBuf,
    /// Draw this figure, such as `latency_p99` (results/README.md lists them, here without their unit), or what suits of `latency`, `wait`, `service`, `cancel` or `lag`
    #[arg(long, value_name = "NAME", value_parser = plot_metric(), hide_possible_values = true)]
    pub(super) metric: Option<PlotMetric>,
    /// Draw this kind of picture instead of those that suit
    #[arg(long, value_name = "KIND", value_parser = plot_kind())]
    pub(super) kind: Option<PlotKind>,
    /// Write SVG or PNG files, or draw on the terminal [default: svg, or what the name of `--out` ends with]
    #[arg(long, value_name = "FORM")]
    pub(super) format: Option<PlotFormat>,
    /// Write into DIR instead of `RUN/plots/`; with the ending `.svg` or `.png` it is the one picture's file
    #[arg(long, value_name = "DIR|FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct TraceArgs {
    /// The run, or its folder
    #[arg(value_name = "RUN")]
    pub(super) run: String,
    /// Look the run up in DIR
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(super) results: PathBuf,
    /// Take cells of this engine; may be repeated
    #[arg(long = "engine", value_name = "E", action = ArgAction::Append)]
    pub(super) engines: Vec<String>,
    /// Take cells at these values of a name of the `[matrix]`: `hold=20ms`; may be repeated
    #[arg(long, value_name = "NAME=VALUE[,VALUE…]", action = ArgAction::Append)]
    pub(super) at: Vec<Setting>,
    /// Take cells of so many workers
    #[arg(long, value_name = "N")]
    pub(super) workers: Option<u32>,
    /// Take cells of this repeat
    #[arg(long, value_name = "N")]
    pub(super) repeat: Option<u32>,
    /// Take all such cells with all instances, instead of one of each engine with the first 10,000
    #[arg(long)]
    pub(super) all: bool,
    /// Write to FILE instead of `trace.json` in the run's folder
    #[arg(long, short, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlotFormat {
    Svg,
    Png,
    Term,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum CompareFormat {
    Text,
    Markdown,
    Csv,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
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
