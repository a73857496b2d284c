//! The exit codes, which scripts rely on.

use crate::report::{FolderError, LastRunError};

/// All went well.
pub const OK: u8 = 0;

/// A cell failed and no expectation names that, an expectation fails, or measuring could not go on; of a comparison:
/// something is worse.
pub const FAILED: u8 = 1;

/// A bad scenario or a bad command line: nothing was measured, or nothing could be compared.
pub const BAD_INPUT: u8 = 2;

/// Ctrl-C: what was measured is kept.
pub const INTERRUPTED: u8 = crate::campaign::EXIT_INTERRUPTED;

/// A results folder that can't be made is bad input; anything later is a failure.
pub(super) fn of(error: &anyhow::Error) -> u8 {
    let before_measuring = error.downcast_ref::<CantStart>().is_some();
    if before_measuring { BAD_INPUT } else { FAILED }
}

/// The run can't begin: nothing was measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum CantStart {
    /// The results folder can't be made, or not be reopened.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// There is no run to take up.
    #[error("can't resume")]
    NoLastRun(#[from] LastRunError),
    /// The latest run is not one to take up.
    #[error("can't resume: {0}")]
    Resume(String),
}
