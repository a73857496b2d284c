//! Why the rows of a file can't be read.

use std::io;
use std::path::PathBuf;

/// A CSV file is missing or malformed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("there is no `{}`", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// How to get it.
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
        /// What stands there.
        found: String,
    },
}

impl ReadError {
    /// What to do about it.
    pub fn remedy(&self) -> &str {
        match self {
            Self::Missing { remedy, .. } | Self::File { remedy, .. } => remedy,
            Self::Unreadable { .. } => "check that it is a file and may be read",
            Self::Row { .. } | Self::Field { .. } => {
                "mend the row or take it out; results/README.md tells what each column holds"
            }
        }
    }
}
