//! Why there is no picture.

use crate::archive::ReadError;

/// A CSV file can't be read, or is not enough for the picture that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// A file can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The options contradict each other, or there is nothing to draw.
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
            Self::Read(error) => error.remedy(),
            Self::Unsuited { remedy, .. } => remedy,
            Self::Pixels { .. } => "draw it with `--format svg`",
        }
    }
}
