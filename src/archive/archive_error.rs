//! Why a run's folder can't be read back.

use std::io;
use std::path::{Path, PathBuf};

use crate::archive::csv::samples::SamplesError;
use crate::archive::run_toml::SCHEMA_VERSION;

/// A folder belongs to no run, or a file in it can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The path does not exist, or is no folder.
    #[error("there is no folder `{}`", path.display())]
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// The folder holds no run, or a run that was stopped before it began.
    #[error("there is no `{}`", path.display())]
    NoFacts {
        /// The missing `run.toml`.
        path: PathBuf,
    },
    /// A file can't be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// `run.toml` is broken.
    #[error("`{}`, line {line}: {what}", path.display())]
    Facts {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// The files are those of another version.
    #[error("`{}`: schema version {found}, not {SCHEMA_VERSION}", path.display())]
    Version {
        /// The `run.toml`.
        path: PathBuf,
        /// The version in it.
        found: i64,
    },
    /// The matrix of the run can't be read.
    #[error("`{}`: the matrix is not readable: {what}", path.display())]
    Matrix {
        /// The `run.toml`.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// `samples.csv` is broken, or of another scenario.
    #[error("`{}`", path.display())]
    Samples {
        /// The file.
        path: PathBuf,
        /// What is wrong, and at which line.
        source: SamplesError,
    },
}

impl ArchiveError {
    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), source }
    }

    pub(super) fn facts(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let above = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = 1 + above.matches('\n').count();
        // One line: the parser's own text draws the place over several.
        let what = error.message().lines().collect::<Vec<_>>().join(", ");
        Self::Facts { path: path.to_owned(), line, what }
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NoFolder { .. } => "give the folder of a run, such as `results/blocking/latest`",
            Self::NoFacts { .. } => "give the folder of one run: `taskmix run` writes `run.toml` into it as it begins",
            Self::Unreadable { .. } => "check that the file is there, is whole, and may be read",
            Self::Facts { .. } => "put back what was changed by hand, or run the scenario again",
            Self::Version { .. } => "read it with the version of taskmix that wrote it, or run the scenario again",
            Self::Matrix { .. } => "read it with the version of taskmix that wrote it: see its `taskmix_version`",
            Self::Samples { .. } => {
                "take out every row of the cell that is broken: what is left is read as a run that was stopped"
            }
        }
    }
}
