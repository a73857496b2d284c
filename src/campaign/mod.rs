//! The parent's side: one child process per cell, launched, probed, watched, timed out, collected.
//!
//! It reports by [`Event`]s. It must not know how results look.

mod collect;
mod event;
mod family;
mod interrupt;
mod launch;
mod miscount;
mod overdue;
mod plausible;
pub mod prober;
mod program;
mod rounds;
mod run;
mod surroundings;
mod traffic;
mod waits;
mod watch;

pub use event::{CellOutcome, Disturbance, Event, Exit, Seen, Surroundings};
pub use interrupt::{EXIT_INTERRUPTED, Interrupt};
pub use launch::Launcher;
pub use program::{Program, ProgramError};
pub use run::{CampaignError, Ending, Runner, SETUP, Speed, UnderWay};
