//! `taskmix compare`: finds, reads and compares two runs, and prints the result in one of four forms; nothing is measured.

use std::io::{self, Write};

use super::args::{CompareArgs, CompareFormat};
use super::exit::{BAD_INPUT, FAILED, OK};
use super::load::open_run;
use super::terminal::width;
use crate::archive::{csv, write_json};
use crate::compare::{self, DEFAULT_METRICS, Metrics, warnings};
use crate::report::json::CompareDocument;
use crate::report::{CompareOptions, Compared, compare_csv, compare_markdown, compare_text, warning_text};
use taskmix_engine::metric::{Metric, StepMetric};

pub(super) fn compare(args: &CompareArgs) -> anyhow::Result<u8> {
    let old = open_run(&args.out, &args.old, "--out")?;
    let new = open_run(&args.out, &args.new, "--out")?;
    // A name such as `wait_p99` is that of a figure of tasks and of one of named steps.
    let instances: Vec<Metric> = args.metrics.iter().filter_map(|name| Metric::from_name(name)).collect();
    let steps: Vec<StepMetric> = args.metrics.iter().filter_map(|name| StepMetric::from_name(name)).collect();
    let asked = Metrics { instances: &instances, steps: &steps };
    let metrics = if args.metrics.is_empty() { &DEFAULT_METRICS } else { &asked };
    let comparison = compare::compare(&old, &new, args.tolerance, metrics);
    let warnings = warnings(&old, &new);
    let compared = Compared { old: &old, new: &new, warnings: &warnings, comparison: &comparison };
    let code = if comparison.is_worse() {
        FAILED
    } else if comparison.has_no_figure() {
        BAD_INPUT
    } else {
        OK
    };
    match print(&compared, args) {
        // If the reader of the output has gone, the exit code is still wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(code),
        printed => printed.map(|()| code).map_err(Into::into),
    }
}

fn print(compared: &Compared<'_>, args: &CompareArgs) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match args.format {
        CompareFormat::Text => {
            for warning in compared.warnings {
                // A closed stderr must not prevent the comparison.
                let _ = write!(anstream::stderr(), "{}", warning_text(warning));
            }
            compare_text(&mut out, compared, CompareOptions { width: width(), colour: true, all: args.all })
        }
        CompareFormat::Markdown => compare_markdown(&mut out, compared, args.all),
        CompareFormat::Csv => compare_csv(&mut csv::writer(&mut out), compared).map_err(io::Error::from),
        CompareFormat::Json => write_json(&mut out, &CompareDocument::new(compared)),
    }
}
