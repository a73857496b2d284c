//! `taskmix report`: writes the page of a run from the files in its folder. `taskmix run` does the same at its end.

use std::io::Write;
use std::path::Path;

use super::args::ReportArgs;
use super::exit::OK;
use super::load::open_run;
use super::terminal::unless_unread;
use crate::archive::{FolderError, RunArchive, folder_of, write_whole};
use crate::report::html::{Beside, Extras, Picture, Section, page, timeline};
use crate::report::{Picture as Drawn, PlotForm, PlotSource, Plots, Timeline, draw_plot, plots};

/// The page's name in the folder of its run.
pub(super) const PAGE: &str = "report.html";

pub(super) fn report(args: &ReportArgs) -> anyhow::Result<u8> {
    let run = open_run(&args.results, &args.run, "--results")?;
    let to = args.out.clone().unwrap_or_else(|| run.path.join(PAGE));
    write_page(&run, &to)?;
    unless_unread(writeln!(anstream::stdout(), "{}", to.display()))?;
    Ok(OK)
}

/// Reads the folder of a finished run, and writes its page there.
pub(super) fn write_page_of(folder: &Path) -> anyhow::Result<()> {
    let run = RunArchive::open(folder)?;
    Ok(write_page(&run, &folder.join(PAGE))?)
}

fn write_page(run: &RunArchive, to: &Path) -> Result<(), FolderError> {
    let beside = Beside::seen_from(folder_of(to), &run.path).map_err(|error| FolderError::unwritable(to, error))?;
    // Pictures that can't be drawn are left out: the tables have the same figures, and `taskmix plot` says why.
    let plots = plots(&PlotSource::Folder(run.path.clone()), None, None).unwrap_or_default();
    let pictures = plots.pictures.iter().flat_map(drawings).collect();
    let timelines = timelines(&plots);
    let extras = Extras { beside, stalled: run.stalled(), pictures, timelines };
    write_whole(to, page(run, &extras).as_bytes())
}

fn timelines(plots: &Plots) -> Vec<Section> {
    let with_svg = |found: &Timeline| drawings(&found.picture).first().map(|drawing| timeline(found, &drawing.svg));
    plots.timeline.as_ref().and_then(with_svg).into_iter().collect()
}

fn drawings(picture: &Drawn) -> Vec<Picture> {
    let files = draw_plot(picture, PlotForm::Svg).unwrap_or_default();
    let svgs = files.into_iter().filter_map(|file| String::from_utf8(file.bytes).ok());
    svgs.map(|svg| Picture { title: picture.title().to_owned(), caption: picture.caption(), svg }).collect()
}
