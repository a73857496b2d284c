//! A run's folder, read back: its facts and its samples.
//!
//! A run that was stopped is read as well: its `samples.csv` lacks cells, and its facts say that it is not complete.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use toml::Table;

use super::ArchiveError;
use crate::archive::csv::stalled::{self, Stalled};
use crate::archive::csv::{samples, steps};
use crate::archive::run_toml::{AxisFacts, RunFacts, SCHEMA_VERSION};
use crate::stats::Sample;
use taskmix_engine::diagnostic::Diagnostic;
use taskmix_engine::metric::Metric;
use taskmix_engine::scenario::{Axis, parse};

/// A run that was measured before, whole or in part.
#[derive(Debug, Clone, PartialEq)]
pub struct RunArchive {
    /// The folder.
    pub path: PathBuf,
    /// The facts of the run: `run.toml`.
    pub facts: RunFacts,
    /// The matrix of the run.
    pub axes: Vec<Axis>,
    /// Each cell's figures, in the order in which the cells were measured: `samples.csv`, with the named steps of `steps.csv`.
    /// Empty if none was.
    pub samples: Vec<Sample>,
}

impl RunArchive {
    /// Reads the folder of a run, complete or not.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        if !path.is_dir() {
            return Err(ArchiveError::NoFolder { path: path.to_owned() });
        }
        let facts = facts(&path.join("run.toml"))?;
        let axes = axes(&facts, &path.join("run.toml"))?;
        let place = path.join("samples.csv");
        let file = File::open(&place).map_err(|error| ArchiveError::unreadable(&place, error))?;
        let mut samples = samples::read(file, &axes).map_err(|source| ArchiveError::Samples { path: place, source })?;
        // A run that was killed has no such file yet, a run of an earlier version perhaps none.
        let place = path.join("steps.csv");
        if let Ok(file) = File::open(&place) {
            steps::read_into(file, &axes, &mut samples)
                .map_err(|source| ArchiveError::Samples { path: place, source })?;
        }
        Ok(Self { path: path.to_owned(), facts, axes, samples })
    }
}

impl RunArchive {
    /// The steps at which instances stalled, as far as `tasks.csv` has them; it is read only if any stalled.
    pub fn stalled(&self) -> Vec<Stalled> {
        let any = self.samples.iter().any(|sample| sample.figures.get(Metric::StalledRunning).is_some_and(|n| n > 0.0));
        let file = any.then(|| File::open(self.path.join("tasks.csv")).ok()).flatten();
        file.map(|file| stalled::read(file, &self.axes)).unwrap_or_default()
    }
}

/// Reads a `run.toml`.
pub(super) fn facts(path: &Path) -> Result<RunFacts, ArchiveError> {
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ArchiveError::NoFacts { path: path.to_owned() },
        _ => ArchiveError::unreadable(path, error),
    })?;
    let broken = |error| ArchiveError::facts(path, &text, &error);
    let table: Table = text.parse().map_err(broken)?;
    // Before the rest: another version may have other keys.
    match table.get("schema_version").and_then(toml::Value::as_integer) {
        Some(found) if found != i64::from(SCHEMA_VERSION) => {
            Err(ArchiveError::Version { path: path.to_owned(), found })
        }
        _ => toml::from_str(&text).map_err(broken),
    }
}

/// The matrix as it was resolved; the scenario's for older runs, which did not record it.
fn axes(facts: &RunFacts, path: &Path) -> Result<Vec<Axis>, ArchiveError> {
    let unreadable = |what: String| ArchiveError::Matrix { path: path.to_owned(), what };
    match &facts.resolved.axes {
        Some(axes) => {
            let read = |axis: &AxisFacts| {
                axis.axis().map_err(|value| unreadable(format!("`{value}` is no value of `{}`", axis.name)))
            };
            axes.iter().map(read).collect()
        }
        None => match parse(&facts.scenario.name, &facts.scenario.text) {
            Ok(parsed) => Ok(parsed.scenario.axes),
            Err(found) => {
                let first = found.into_iter().find(Diagnostic::is_error);
                Err(unreadable(first.map(|first| first.message).unwrap_or_default()))
            }
        },
    }
}

#[cfg(test)]
mod tests;
