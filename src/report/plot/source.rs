//! Where the rows come from: the folder of a run, or one CSV file of any name.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::archive::ReadError;
use crate::archive::rows::{CsvTable, has_figures};

/// A folder with CSV files of the usual names, or one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlotSource {
    /// `summary.csv`, `tasks.csv`, … of a run, or of a similar folder.
    Folder(PathBuf),
    /// One of these files, under any name: its columns tell which.
    File(PathBuf),
}

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// Figures over the repeats.
    Summary,
    /// Instances.
    Tasks,
    /// Moments.
    States,
    /// Probes.
    Probe,
}

impl Rows {
    pub(super) const ALL: [Self; 4] = [Self::Summary, Self::Tasks, Self::States, Self::Probe];

    /// The file of a run that has them.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::Summary => "summary.csv",
            Self::Tasks => "tasks.csv",
            Self::States => "states.csv",
            Self::Probe => "probe.csv",
        }
    }

    /// What to do if there are none.
    pub(super) const fn remedy(self) -> &'static str {
        match self {
            Self::Tasks => {
                "`taskmix run --tasks always` writes a row for each instance; `--tasks never` leaves them out"
            }
            Self::Summary | Self::States | Self::Probe => {
                "a run has it when it has ended: `taskmix run SCENARIO --resume` completes one that was cut short"
            }
        }
    }
}

impl PlotSource {
    /// A path that is a CSV file, or a folder with at least one that pictures are drawn from. `None` for any other.
    pub fn at(path: &Path) -> Option<Self> {
        if path.is_file() {
            return Some(Self::File(path.to_owned()));
        }
        let has_rows = Rows::ALL.iter().any(|rows| path.join(rows.file()).is_file());
        has_rows.then(|| Self::Folder(path.to_owned()))
    }

    /// Where pictures go by default: `plots/` in the folder, or beside the file.
    pub fn plots(&self) -> PathBuf {
        match self {
            Self::Folder(path) => path.join("plots"),
            Self::File(path) => path.parent().unwrap_or(Path::new("")).join("plots"),
        }
    }

    /// Which rows there are.
    pub(super) fn kinds(&self) -> Result<Vec<Rows>, ReadError> {
        match self {
            Self::Folder(path) => Ok(Rows::ALL.into_iter().filter(|rows| path.join(rows.file()).is_file()).collect()),
            Self::File(path) => kind(&open(path, "")?).map(|rows| vec![rows]),
        }
    }

    /// Opens the file that has these rows.
    pub(super) fn open(&self, rows: Rows) -> Result<CsvTable<File>, ReadError> {
        match self {
            Self::Folder(path) => open(&path.join(rows.file()), rows.remedy()),
            Self::File(path) => {
                let table = open(path, "")?;
                let found = kind(&table)?;
                if found == rows {
                    return Ok(table);
                }
                Err(ReadError::File {
                    file: table.file().to_owned(),
                    what: format!("its columns are those of `{}`, not of `{}`", found.file(), rows.file()),
                    remedy: "leave `--kind` out, or give the file that the picture is drawn from".to_owned(),
                })
            }
        }
    }

    /// Opens `samples.csv`, if it is there.
    pub(super) fn open_samples(&self) -> Result<Option<CsvTable<File>>, ReadError> {
        self.open_if_any("samples.csv")
    }

    /// Opens `spans.csv`, if it is there.
    pub(super) fn open_spans(&self) -> Result<Option<CsvTable<File>>, ReadError> {
        self.open_if_any("spans.csv")
    }

    fn open_if_any(&self, name: &str) -> Result<Option<CsvTable<File>>, ReadError> {
        match self {
            Self::Folder(path) if path.join(name).is_file() => open(&path.join(name), "").map(Some),
            Self::Folder(_) | Self::File(_) => Ok(None),
        }
    }
}

fn open(path: &Path, remedy: &str) -> Result<CsvTable<File>, ReadError> {
    let file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ReadError::Missing { path: path.to_owned(), remedy: remedy.to_owned() },
        _ => ReadError::Unreadable { file: path.display().to_string(), source },
    })?;
    CsvTable::read(&path.display().to_string(), file)
}

/// The kind of a file, by its columns.
fn kind(table: &CsvTable<File>) -> Result<Rows, ReadError> {
    let has = |name: &str| table.column(name).is_some();
    if has("t_ns") {
        Ok(Rows::States)
    } else if has("written_ns") || has("lag_ns") {
        Ok(Rows::Probe)
    } else if has("scheduled_ns") || has("started_ns") || has("finished_ns") {
        Ok(Rows::Tasks)
    } else if has_figures(table) {
        Ok(Rows::Summary)
    } else {
        Err(ReadError::File {
            file: table.file().to_owned(),
            what: "no picture is drawn from these columns".to_owned(),
            remedy:
                "give `summary.csv`, `tasks.csv`, `states.csv` or `probe.csv`, or a file with columns of one of them"
                    .to_owned(),
        })
    }
}
