//! The folder of one run: `<out>/<scenario>/<run id>/`, with its CSV files and `run.toml`.
//!
//! A result is never overwritten and a file is never half-written. A growing file is called `….partial` until the run
//! ends, except `samples.csv`, which grows by whole rows. Any other file is written beside its place and renamed.
//!
//! `csv` has the columns, writes rows, and reads samples back for `compare` and `report`; `rows` reads any CSV file, by the names of its
//! columns, for pictures and traces.

mod archive_error;
pub mod csv;
mod document;
mod error;
mod growing;
mod place;
mod read_error;
mod reference;
mod resume;
pub(crate) mod rows;
mod run_archive;
pub(crate) mod run_toml;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

pub use archive_error::ArchiveError;
pub use document::write_json;
pub use error::FolderError;
use growing::Growing;
pub use read_error::ReadError;
pub use reference::{NoRun, find_run};
use resume::{Kept, Rows, reopen};
pub use resume::{LastRun, LastRunError};
pub use run_archive::RunArchive;
pub use run_toml::{
    AutoFacts, AxisFacts, Calibration, CellOrder, HOST_MAY_CHANGE, ProgramFacts, Resolved, RunFacts, SCHEMA_VERSION,
    ScenarioFacts, file_hash, text_hash,
};

use crate::campaign::CellOutcome;
use crate::expect::Judged;
use crate::stats::{self, Sample, Summary};
use csv::{expect, probe, samples, spans, states, steps, steps_summary, summary, tasks, writer};
use taskmix_engine::scenario::Axis;

/// Above so many instances, a cell's rows of `tasks.csv` are left out unless they are asked for.
pub const MOST_INSTANCES_BY_DEFAULT: usize = 100_000;

/// Which cells have their instances in `tasks.csv`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TasksPolicy {
    /// Cells of at most [`MOST_INSTANCES_BY_DEFAULT`] instances.
    #[default]
    Auto,
    /// All cells.
    Always,
    /// No cells.
    Never,
}

impl TasksPolicy {
    /// The name, as the command line and `run.toml` spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// The folder of one run, open for writing.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    run_id: String,
    axes: Vec<Axis>,
    policy: TasksPolicy,
    /// Cells whose instances are too many for `tasks.csv`.
    left_out: u32,
    samples: Growing<File>,
    tasks: Growing<File>,
    steps: Growing<File>,
    states: Growing<File>,
    probe: Growing<File>,
    /// Present if the run is traced.
    spans: Option<Growing<File>>,
}

/// The files that grow under another name until the run ends.
const PARTIAL: [&str; 4] = ["tasks.csv", "steps.csv", "states.csv", "probe.csv"];

impl RunFolder {
    /// Makes the folder of a run that begins `now`, with every growing file's header, and points `latest` to it.
    ///
    /// The run id is the UTC time to the second; if that folder exists, `-2`, `-3`, … is appended.
    pub fn create(
        out: &Path,
        scenario: &str,
        axes: &[Axis],
        policy: TasksPolicy,
        now: Timestamp,
    ) -> Result<Self, FolderError> {
        let runs = out.join(scenario);
        fs::create_dir_all(&runs).map_err(|error| FolderError::of(&runs, None, error))?;
        let (path, run_id) = place::claim(&runs, now)?;
        let growing = |name: &str, columns: Vec<String>| {
            let path = path.join(name);
            Growing::create(&path, &columns).map_err(|error| FolderError::of(&path, None, error))
        };
        let folder = Self {
            samples: growing("samples.csv", samples::columns(axes))?,
            tasks: growing("tasks.csv.partial", tasks::columns(axes))?,
            steps: growing("steps.csv.partial", steps::columns(axes))?,
            states: growing("states.csv.partial", states::columns(axes))?,
            probe: growing("probe.csv.partial", probe::columns(axes))?,
            spans: None,
            axes: axes.to_vec(),
            policy,
            left_out: 0,
            path,
            run_id,
        };
        place::point_latest(&runs, &folder.run_id)?;
        Ok(folder)
    }

    /// Makes `spans.csv` too: the run is traced.
    pub fn with_spans(mut self) -> Result<Self, FolderError> {
        let path = self.path.join("spans.csv.partial");
        let made = Growing::create(&path, &spans::columns(&self.axes));
        self.spans = Some(made.map_err(|error| FolderError::of(&path, None, error))?);
        Ok(self)
    }

    /// Resumes `last`, a run that was cut short, with the samples of its whole cells.
    ///
    /// A run that was killed loses its last cell, whose rows may be incomplete.
    pub fn resume(last: &LastRun, axes: &[Axis], policy: TasksPolicy) -> Result<(Self, Vec<Sample>), FolderError> {
        let path = &last.path;
        let samples_csv = path.join("samples.csv");
        let width = samples::columns(axes).iter().position(|column| column == "task").unwrap_or_default();
        let kept = Kept::in_samples(&samples_csv, width, last.facts.interrupted)
            .map_err(|error| FolderError::of(&samples_csv, None, error))?;
        let again = |name: &str, other: &str, columns: Vec<String>, rows: Rows| {
            let (at, other) = (path.join(name), path.join(other));
            reopen(&at, &other, &columns, rows, &kept).map_err(|error| FolderError::of(&at, Some(&samples_csv), error))
        };
        let folder = Self {
            tasks: again("tasks.csv.partial", "tasks.csv", tasks::columns(axes), Rows::Measured)?,
            steps: again("steps.csv.partial", "steps.csv", steps::columns(axes), Rows::Measured)?,
            states: again("states.csv.partial", "states.csv", states::columns(axes), Rows::Measured)?,
            probe: again("probe.csv.partial", "probe.csv", probe::columns(axes), Rows::Probed)?,
            spans: (last.facts.resolved.trace)
                .then(|| again("spans.csv.partial", "spans.csv", spans::columns(axes), Rows::Measured))
                .transpose()?,
            // `samples.csv` comes last: a cell that is missing from it will be measured again.
            samples: again("samples.csv", "samples.csv", samples::columns(axes), Rows::Both)?,
            axes: axes.to_vec(),
            policy,
            left_out: 0,
            path: path.clone(),
            run_id: last.facts.run_id.clone(),
        };
        let rows = File::open(&samples_csv).map_err(|error| FolderError::of(&samples_csv, None, error))?;
        let unreadable = |path: &Path, error: String| FolderError::of(path, None, io::Error::other(error));
        let mut samples = samples::read(rows, axes).map_err(|error| unreadable(&samples_csv, error.to_string()))?;
        let steps_csv = path.join("steps.csv.partial");
        let rows = File::open(&steps_csv).map_err(|error| FolderError::of(&steps_csv, None, error))?;
        steps::read_into(rows, axes, &mut samples).map_err(|error| unreadable(&steps_csv, error.to_string()))?;
        Ok((folder, samples))
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name: the UTC time at which the run began.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// How many cells `tasks.csv` lacks because of their size.
    pub fn cells_without_tasks(&self) -> u32 {
        self.left_out
    }

    /// Appends the rows of a cell that has ended: first its samples, which matter most, then the rest.
    ///
    /// After an error each file still ends with a whole cell, or lacks this one.
    pub fn add_cell(&mut self, outcome: &CellOutcome, cell: &[Sample]) -> Result<(), FolderError> {
        let done = self.samples.append_at_once(|out| samples::write(out, cell));
        self.checked("samples.csv", done)?;
        let done = self.probe.append(|out| probe::write(out, outcome));
        self.checked("probe.csv.partial", done)?;
        // A cell that measures lag has no other rows: the probe disturbs its other figures.
        if outcome.key.is_probed() { Ok(()) } else { self.add_measured(outcome, cell) }
    }

    fn add_measured(&mut self, outcome: &CellOutcome, cell: &[Sample]) -> Result<(), FolderError> {
        let named = cell.iter().flat_map(|sample| &sample.steps);
        let done = self.steps.append(|out| steps::write(out, &outcome.key, named));
        self.checked("steps.csv.partial", done)?;
        let rows = stats::states(outcome);
        let done = self.states.append(|out| states::write(out, &outcome.key, &rows));
        self.checked("states.csv.partial", done)?;
        if let Some(spans) = &mut self.spans {
            let done = spans.append_lines(|out| spans::write(out, outcome));
            self.checked("spans.csv.partial", done)?;
        }
        if self.has_tasks_of(outcome) {
            let done = self.tasks.append_lines(|out| tasks::write(out, outcome));
            self.checked("tasks.csv.partial", done)?;
        }
        Ok(())
    }

    fn has_tasks_of(&mut self, outcome: &CellOutcome) -> bool {
        match self.policy {
            TasksPolicy::Always => true,
            TasksPolicy::Never => false,
            TasksPolicy::Auto => {
                let few = outcome.records.len() <= MOST_INSTANCES_BY_DEFAULT;
                self.left_out += u32::from(!few);
                few
            }
        }
    }

    /// Writes `run.toml`, in place of an earlier one.
    pub fn write_facts(&self, facts: &RunFacts) -> Result<(), FolderError> {
        let text = toml::to_string_pretty(facts).map_err(io::Error::other);
        let done = text.and_then(|text| self.write_whole("run.toml", text.as_bytes()));
        self.checked("run.toml", done)
    }

    /// Ends the run, complete or not: gives the growing files their names, and writes `summary.csv` and,
    /// if a step has a name, `steps_summary.csv`.
    pub fn finish(&mut self, summaries: &[Summary]) -> Result<(), FolderError> {
        // Renames come first: they need no room, so a full disk costs the summary at most.
        for name in PARTIAL.into_iter().chain(self.spans.is_some().then_some("spans.csv")) {
            let done = fs::rename(self.path.join(format!("{name}.partial")), self.path.join(name));
            self.checked(name, done)?;
        }
        self.write_rows("summary.csv", &summary::columns(&self.axes), |out| summary::write(out, summaries))?;
        if summaries.iter().all(|summary| summary.steps.is_empty()) {
            return Ok(());
        }
        let columns = steps_summary::columns(&self.axes);
        self.write_rows("steps_summary.csv", &columns, |out| steps_summary::write(out, summaries))
    }

    /// Writes `expect.csv`.
    pub fn write_verdicts(&self, judged: &[Judged]) -> Result<(), FolderError> {
        self.write_rows("expect.csv", &expect::COLUMNS, |out| expect::write(out, judged))
    }

    /// Writes a whole file of rows.
    fn write_rows(
        &self,
        name: &str,
        columns: &[impl AsRef<[u8]>],
        rows: impl FnOnce(&mut ::csv::Writer<&mut Vec<u8>>) -> ::csv::Result<()>,
    ) -> Result<(), FolderError> {
        let mut bytes = Vec::new();
        let mut out = writer(&mut bytes);
        let written = out.write_record(columns).and_then(|()| rows(&mut out));
        drop(out);
        self.checked(name, written.map_err(io::Error::other))?;
        self.write_file(name, &bytes)
    }

    /// Writes a whole file of any name, such as a picture: beside its place, then renamed.
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        self.checked(name, self.write_whole(name, bytes))
    }

    /// Writes a JSON document under this name.
    pub fn write_document(&self, name: &str, document: &impl Serialize) -> Result<(), FolderError> {
        let mut bytes = Vec::new();
        let done = write_json(&mut bytes, document).and_then(|()| self.write_whole(name, &bytes));
        self.checked(name, done)
    }

    fn write_whole(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        replace(&self.path, name.as_ref(), bytes)
    }

    fn checked(&self, name: &str, done: io::Result<()>) -> Result<(), FolderError> {
        done.map_err(|error| FolderError::of(&self.path.join(name), Some(&self.path.join("samples.csv")), error))
    }
}

/// Writes a whole file at any path: beside its place, then renamed. A path that is no file, such as a pipe, is written to.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let is_other = path.metadata().is_ok_and(|there| !there.is_file());
    let done = match path.file_name() {
        Some(name) if !is_other => replace(folder_of(path), name, bytes),
        _ => fs::write(path, bytes),
    };
    done.map_err(|error| FolderError::of(path, None, error))
}

/// The folder in which a file stands or will stand.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a whole file, such as a picture, into a folder that is made if it is not there: beside its place, then renamed.
pub fn write_in(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
    fs::create_dir_all(folder).map_err(|error| FolderError::of(folder, None, error))?;
    write_whole(&folder.join(name), bytes)
}

fn replace(folder: &Path, name: &OsStr, bytes: &[u8]) -> io::Result<()> {
    // The same as any other file of the run has: the system applies its mask.
    let permissions = fs::Permissions::from_mode(0o666);
    let mut beside = tempfile::Builder::new().permissions(permissions).tempfile_in(folder)?;
    beside.write_all(bytes)?;
    beside.as_file().sync_all()?;
    beside.persist(folder.join(name))?;
    Ok(())
}

#[cfg(test)]
mod tests;
