//! The parent's side: one child process per cell, launched, probed, watched, timed out, collected.
//!
//! It reports by [`Event`]s. It must not know how results look.

mod collect;
mod ended_process;
mod event;
mod group;
mod interrupt;
mod launch;
mod message_balance;
mod miscount;
pub mod prober;
mod program;
mod reject_impossible;
mod rounds;
mod run;
mod surroundings;
mod undispatched;
mod waits;
mod watch;

pub use event::{CellOutcome, Disturbance, Event, Exit, Seen, Surroundings};
pub use interrupt::{EXIT_INTERRUPTED, Interrupt};
pub use launch::Launcher;
pub use program::{Program, ProgramError};
pub use run::{CampaignError, Ending, Runner, SETUP, Speed, UnderWay};
