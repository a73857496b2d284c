//! The longer help texts.

/// A macro, because `concat!` takes only literals.
macro_rules! run_help {
    () => {
        "\
A run is one of
  latest             the newest run of all; `latest~1` is the run before it of the same scenario
  SCENARIO           its newest run; `SCENARIO/latest~2` is the second before that
  RUN ID             such as 2026-11-23T08-14-12Z, or SCENARIO/RUN ID
  PATH               the folder of a run, wherever it is"
    };
}

/// How runs are named.
pub(super) const RUN_HELP: &str = run_help!();

/// How runs are named, and the meaning of the exit code.
pub(super) const COMPARE_HELP: &str = concat!(
    run_help!(),
    "\n
Exits with 0 if nothing is worse, with 1 if a figure is or if a cell that ended well fails now, with 2 if there is nothing to
compare."
);

/// The kinds of pictures, and how runs are named.
pub(super) const PLOT_HELP: &str = concat!(
    run_help!(),
    "

PATH may also be any folder with CSV files of the same names, or one CSV file: only CSV is read.
docs/plots.md shows the pictures.

  bars      a figure of each engine with its interval, at each point: from summary.csv
  sweep     a figure over the values of a parameter or over the workers: from summary.csv
  ecdf      which share of the instances took at most so long: from tasks.csv
  states    how many instances were pending, running, done, … over time: from states.csv
  lag       how long probes waited, over time: from probe.csv
  timeline  what each thread and each instance did, one cell of each engine: from tasks.csv and,
            of a run with `--trace`, spans.csv

Without `--kind` all kinds that suit the run are drawn. Exits with 2 if a file is missing or
malformed, or if there is nothing to draw."
);

/// The contents of the file, and how runs are named.
pub(super) const TRACE_HELP: &str = concat!(
    run_help!(),
    "

PATH may also be any folder with CSV files of the same names. Only CSV files are read: tasks.csv,
spans.csv of a run with `--trace`, states.csv, probe.csv.

The file is JSON in the Trace Event Format: open it in ui.perfetto.dev or chrome://tracing. Each
cell is a process, each worker a thread, each instance a track. Of the matching cells, one of each
engine is written: the greatest values, the most workers, the first repeat.

Exits with 2 if a file is missing or malformed, or if there is nothing to write."
);

/// The help of `--engine`.
pub(super) const ENGINE_HELP: &str = "Run this engine instead of the file's; with NAME=PATH, a program of your own beside them (docs/recipes/your-executor.md); may be repeated";

/// The help of `--format`, which several commands have.
pub(super) const FORMAT_HELP: &str =
    "Print this to standard output: text for people, or one JSON document (docs/json.md)";
