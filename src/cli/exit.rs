//! The exit codes, which scripts rely on.

use crate::archive::{FolderError, LastRunError};

/// Success.
pub const OK: u8 = 0;

/// A cell failed and no expectation claims that, an expectation fails, or measuring could not go on. For a comparison: a figure
/// or a cell is worse.
pub const FAILED: u8 = 1;

/// A bad scenario or a bad command line: nothing was measured, or nothing could be compared.
pub const BAD_INPUT: u8 = 2;

/// Ctrl-C; the measured cells are kept.
pub const INTERRUPTED: u8 = crate::campaign::EXIT_INTERRUPTED;

/// The exit code for an error: bad input if the run could not begin, a failure if it came later.
pub(super) fn of(error: &anyhow::Error) -> u8 {
    let before_measuring = error.downcast_ref::<CantStart>().is_some();
    if before_measuring { BAD_INPUT } else { FAILED }
}

/// The run can't begin: nothing was measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum CantStart {
    /// The results folder can't be made or reopened.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// There is no run to resume.
    #[error("can't resume")]
    NoLastRun(#[from] LastRunError),
    /// The latest run can't be resumed.
    #[error("can't resume: {0}")]
    Resume(String),
}
