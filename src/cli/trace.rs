//! `taskmix trace`: a run as a file for ui.perfetto.dev, from its CSV files; nothing measured.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::TraceArgs;
use super::exit::OK;
use super::load::BadInput;
use super::terminal::{say, unless_unread};
use crate::report::{TraceChoice, find_run, trace as trace_of, write_whole};

/// The file's name in the folder of its run.
const FILE: &str = "trace.json";

pub(super) fn trace(args: &TraceArgs) -> anyhow::Result<u8> {
    let folder = folder(&args.results, &args.run)?;
    let choice = TraceChoice {
        engines: args.engines.clone(),
        at: args.at.clone(),
        workers: args.workers,
        repeat: args.repeat,
        all: args.all,
    };
    let trace = trace_of(&folder, &choice).map_err(|error| BadInput::new(&error, error.remedy()))?;
    for note in &trace.notes {
        say(note);
    }
    let to = args.out.clone().unwrap_or_else(|| folder.join(FILE));
    write_whole(&to, &trace.json)?;
    unless_unread(writeln!(anstream::stdout(), "{}", to.display()))?;
    Ok(OK)
}

/// A run by any of its names; or a folder with its CSV files.
fn folder(results: &Path, typed: &str) -> Result<PathBuf, BadInput> {
    find_run(results, typed).or_else(|error| {
        let path = Path::new(typed);
        let is_one = ["tasks.csv", "spans.csv"].iter().any(|file| path.join(file).is_file());
        is_one.then(|| path.to_owned()).ok_or_else(|| BadInput::new(&error, &error.remedy("--results")))
    })
}
