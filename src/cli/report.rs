//! `taskmix report`: the page of a run, made of the files in its folder; `taskmix run` makes it in the same way at its end.

use std::io::Write;
use std::path::Path;

use super::args::ReportArgs;
use super::exit::OK;
use super::load::open_run;
use super::terminal::unless_unread;
use crate::report::html::{Beside, Extras, page};
use crate::report::{FolderError, RunArchive, folder_of, write_whole};

/// The page's name in the folder of its run.
pub(super) const PAGE: &str = "report.html";

pub(super) fn report(args: &ReportArgs) -> anyhow::Result<u8> {
    let run = open_run(&args.results, &args.run, "--results")?;
    let to = args.out.clone().unwrap_or_else(|| run.path.join(PAGE));
    write_page(&run, &to)?;
    unless_unread(writeln!(anstream::stdout(), "{}", to.display()))?;
    Ok(OK)
}

/// Reads the folder of a run that has ended, and writes its page there.
pub(super) fn write_page_of(folder: &Path) -> anyhow::Result<()> {
    let run = RunArchive::open(folder)?;
    Ok(write_page(&run, &folder.join(PAGE))?)
}

fn write_page(run: &RunArchive, to: &Path) -> Result<(), FolderError> {
    let beside = Beside::seen_from(folder_of(to), &run.path).map_err(|error| FolderError::unwritable(to, error))?;
    let extras = Extras { beside, stalled: run.stalled(), ..Extras::default() };
    write_whole(to, page(run, &extras).as_bytes())
}
