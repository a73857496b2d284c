//! The exit codes, which scripts rely on.

use crate::report::FolderError;

/// All went well.
pub const OK: u8 = 0;

/// A cell failed and no expectation names that, an expectation fails, or measuring could not go on.
pub const FAILED: u8 = 1;

/// A bad scenario or a bad command line: nothing was measured.
pub const BAD_INPUT: u8 = 2;

/// Ctrl-C: what was measured is kept.
pub const INTERRUPTED: u8 = crate::campaign::EXIT_INTERRUPTED;

/// A results folder that can't be made is bad input; anything later is a failure.
pub(super) fn of(error: &anyhow::Error) -> u8 {
    let before_measuring = error.downcast_ref::<CantStart>().is_some();
    if before_measuring { BAD_INPUT } else { FAILED }
}

/// The results folder can't be made: nothing was measured.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct CantStart(#[from] pub(super) FolderError);
