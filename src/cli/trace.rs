//! `taskmix trace`: writes a run as a file for ui.perfetto.dev, from its CSV files; nothing is measured.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::TraceArgs;
use super::bad_input::BadInput;
use super::exit::OK;
use super::terminal::{say, unless_unread};
use crate::archive::{find_run, write_whole};
use crate::report::{TraceChoice, trace as trace_of};

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

/// The folder of a run by any of its names, or a folder with CSV files.
fn folder(results: &Path, typed: &str) -> Result<PathBuf, BadInput> {
    find_run(results, typed).or_else(|error| {
        let path = Path::new(typed);
        let has_csv = ["tasks.csv", "spans.csv"].iter().any(|file| path.join(file).is_file());
        has_csv.then(|| path.to_owned()).ok_or_else(|| BadInput::new(&error, &error.remedy("--results")))
    })
}
