//! Why there is no picture.

use std::io;
use std::path::PathBuf;

/// A CSV file is missing, malformed or not enough for the picture that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// A file that the picture is drawn from is not there.
    #[error("there is no `{}`", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// How to come by it.
        remedy: String,
    },
    /// A file can't be read at all.
    #[error("cannot read `{file}`")]
    Unreadable {
        /// Its path, as it was given.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A file is no CSV file, has not the columns, or has no rows.
    #[error("`{file}`: {what}")]
    File {
        /// Its path, as it was given.
        file: String,
        /// What is wrong with it.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// A row is broken.
    #[error("`{file}`, line {line}: {what}")]
    Row {
        /// The file.
        file: String,
        /// The line, from 1: the header's.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A field is no value of its column.
    #[error("`{file}`, line {line}, column `{column}`: expected {expected}, found `{found}`")]
    Field {
        /// The file.
        file: String,
        /// The line, from 1: the header's.
        line: u64,
        /// The column's name.
        column: String,
        /// What should stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// What was asked for does not go together, or there is nothing to draw.
    #[error("{what}")]
    Unsuited {
        /// Why not.
        what: String,
        /// What to ask for instead.
        remedy: String,
    },
    /// The picture could not be turned into pixels.
    #[error("cannot draw `{picture}` as PNG: {what}")]
    Pixels {
        /// Its name.
        picture: String,
        /// What the library says.
        what: String,
    },
}

impl PlotError {
    /// What to do about it.
    pub fn remedy(&self) -> &str {
        match self {
            Self::Missing { remedy, .. } | Self::File { remedy, .. } | Self::Unsuited { remedy, .. } => remedy,
            Self::Unreadable { .. } => "check that it is a file and may be read",
            Self::Row { .. } | Self::Field { .. } => {
                "mend the row or take it out; results/README.md tells what each column holds"
            }
            Self::Pixels { .. } => "draw it with `--format svg`",
        }
    }
}
