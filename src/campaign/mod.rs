//! The parent's side: one child process per cell, launched, probed, watched, timed out, collected.
//!
//! It reports by [`Event`]s. It must not know how results look.

mod event;

pub use event::{CellOutcome, Event, Exit, Seen};
