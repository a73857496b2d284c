//! `taskmix plot`: a run found, its CSV files drawn, the pictures written or shown; nothing measured.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{PlotArgs, PlotFormat};
use super::exit::OK;
use super::load::BadInput;
use super::terminal::{say, unless_unread, width};
use crate::report::{PlotError, PlotFile, PlotForm, PlotSource, draw_plot, find_run, plots, write_in};

pub(super) fn plot(args: &PlotArgs) -> anyhow::Result<u8> {
    let place = Place::new(args)?;
    let source = source(&args.results, &args.run)?;
    let plots = plots(&source, args.kind, args.metric).map_err(|error| bad(&error))?;
    for note in &plots.notes {
        say(note);
    }
    let mut files = Vec::new();
    for picture in plots.all() {
        files.extend(draw_plot(picture, place.form()).map_err(|error| bad(&error))?);
    }
    match place {
        Place::Terminal => show(&files)?,
        Place::Folder(folder, _) => write(&folder.unwrap_or_else(|| source.plots()), files)?,
        Place::File(path, _) => write_one(&path, files)?,
    }
    Ok(OK)
}

/// Where pictures go, and in which form.
enum Place {
    Terminal,
    /// `None` is the run's own.
    Folder(Option<PathBuf>, PlotForm),
    File(PathBuf, PlotForm),
}

impl Place {
    fn new(args: &PlotArgs) -> Result<Self, BadInput> {
        let extension = args.out.as_deref().and_then(Path::extension).and_then(|extension| extension.to_str());
        let of_file = match extension {
            Some("svg") => Some(PlotFormat::Svg),
            Some("png") => Some(PlotFormat::Png),
            _ => None,
        };
        let asked = args.format.or(of_file).unwrap_or(PlotFormat::Svg);
        let form = match (asked, &args.out) {
            (PlotFormat::Term, Some(_)) => {
                return Err(unsuited("`--format term` writes no file", "leave `--out` out, or ask for `svg` or `png`"));
            }
            (PlotFormat::Term, None) => return Ok(Self::Terminal),
            (PlotFormat::Svg, _) => PlotForm::Svg,
            (PlotFormat::Png, _) => PlotForm::Png,
        };
        match (&args.out, of_file) {
            (Some(_), Some(of_file)) if of_file != asked => {
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

/// A run by any of its names; or CSV files that no run left behind.
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
