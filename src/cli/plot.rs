//! `taskmix plot`: draws pictures from a run's CSV files, and writes or shows them; nothing is measured.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{PlotArgs, PlotFormat};
use super::bad_input::BadInput;
use super::exit::OK;
use super::terminal::{say, unless_unread, width};
use crate::archive::{find_run, write_in};
use crate::report::{PlotError, PlotFile, PlotForm, PlotSource, draw_plot, plots};

pub(super) fn plot(args: &PlotArgs) -> anyhow::Result<u8> {
    let target = PlotTarget::new(args)?;
    let source = source(&args.results, &args.run)?;
    let plots = plots(&source, args.kind, args.metric).map_err(|error| bad(&error))?;
    for note in &plots.notes {
        say(note);
    }
    let mut files = Vec::new();
    for picture in plots.all() {
        files.extend(draw_plot(picture, target.form()).map_err(|error| bad(&error))?);
    }
    match target {
        PlotTarget::Terminal => show(&files)?,
        PlotTarget::Folder(folder, _) => write(&folder.unwrap_or_else(|| source.plots()), files)?,
        PlotTarget::File(path, _) => write_one(&path, files)?,
    }
    Ok(OK)
}

/// The destination of the pictures, and their form.
enum PlotTarget {
    Terminal,
    /// `None` is the run's own folder.
    Folder(Option<PathBuf>, PlotForm),
    File(PathBuf, PlotForm),
}

impl PlotTarget {
    fn new(args: &PlotArgs) -> Result<Self, BadInput> {
        let extension = args.out.as_deref().and_then(Path::extension).and_then(|extension| extension.to_str());
        let file_format = match extension {
            Some("svg") => Some(PlotFormat::Svg),
            Some("png") => Some(PlotFormat::Png),
            _ => None,
        };
        let format = args.format.or(file_format).unwrap_or(PlotFormat::Svg);
        let form = match (format, &args.out) {
            (PlotFormat::Term, Some(_)) => {
                return Err(unsuited("`--format term` writes no file", "leave `--out` out, or ask for `svg` or `png`"));
            }
            (PlotFormat::Term, None) => return Ok(Self::Terminal),
            (PlotFormat::Svg, _) => PlotForm::Svg,
            (PlotFormat::Png, _) => PlotForm::Png,
        };
        match (&args.out, file_format) {
            (Some(_), Some(file_format)) if file_format != format => {
                Err(unsuited("`--format` and the ending of `--out` are not the same", "leave `--format` out"))
            }
            (Some(file), Some(_)) => Ok(Self::File(file.clone(), form)),
            (folder, _) => Ok(Self::Folder(folder.clone(), form)),
        }
    }

    fn form(&self) -> PlotForm {
        match self {
            Self::Terminal => PlotForm::Terminal { columns: width() },
            Self::Folder(_, form) | Self::File(_, form) => *form,
        }
    }
}

/// A run by any of its names, or CSV files outside of a run.
fn source(results: &Path, typed: &str) -> Result<PlotSource, BadInput> {
    let path = Path::new(typed);
    if path.is_file() {
        return Ok(PlotSource::File(path.to_owned()));
    }
    match find_run(results, typed) {
        Ok(folder) => Ok(PlotSource::Folder(folder)),
        Err(error) => PlotSource::at(path).ok_or_else(|| BadInput::new(&error, &error.remedy("--results"))),
    }
}

fn show(files: &[PlotFile]) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    for (number, file) in files.iter().enumerate() {
        let between = if number > 0 { "\n" } else { "" };
        unless_unread(write!(out, "{between}{}", String::from_utf8_lossy(&file.bytes)))?;
    }
    Ok(())
}

fn write(folder: &Path, files: Vec<PlotFile>) -> anyhow::Result<()> {
    for file in files {
        write_in(folder, &file.name, &file.bytes)?;
        unless_unread(writeln!(anstream::stdout(), "{}", folder.join(&file.name).display()))?;
    }
    Ok(())
}

fn write_one(path: &Path, mut files: Vec<PlotFile>) -> anyhow::Result<()> {
    let (Some(file), true) = (files.pop(), files.is_empty()) else {
        let what = format!("there is more than one picture for `{}`", path.display());
        return Err(unsuited(&what, "give a folder, or say which with `--kind` and `--metric`").into());
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    write_in(folder, &name, &file.bytes)?;
    unless_unread(writeln!(anstream::stdout(), "{}", path.display()))?;
    Ok(())
}

fn bad(error: &PlotError) -> BadInput {
    BadInput::new(error, error.remedy())
}

fn unsuited(what: &str, remedy: &str) -> BadInput {
    bad(&PlotError::Unsuited { what: what.to_owned(), remedy: remedy.to_owned() })
}
