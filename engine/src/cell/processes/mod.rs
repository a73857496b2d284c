//! `processes`: one event loop in each of N processes, the model of servers that fork before they serve.
//!
//! This process is their parent. It starts them, begins the span for all of them at once, and adds up their usage; within the
//! span it sleeps. Each worker is this same program with a share of the cell ([`worker`]), on the engine of `smol-local`.

mod member;
mod team;
pub(super) mod worker;

use std::io::pipe;

use super::built::ticks_per_second;
use super::{CellError, descriptor, memory, say, usage};
use crate::plan::{CellPlan, End, Message, PROTOCOL};
use crate::record::{Mapping, Recorder};
use team::Team;

/// Runs a cell in as many processes as it has workers.
pub(super) fn run(plan: &CellPlan) -> Result<(), CellError> {
    let recorder = Recorder::new(Mapping::open(descriptor(3, true)?)?, ticks_per_second(plan));
    let (gate, gate_writer) = pipe()?;
    let mut team = Team::start(plan, gate)?;
    team.hear_until_all_are_ready()?;
    memory::reset_peak();
    say(&Message::Ready { protocol: PROTOCOL })?;
    let before = usage::now();
    recorder.start();
    // All workers see the end of the file at once.
    drop(gate_writer);
    team.wait()?;
    let own = usage::between(before, usage::at_end());
    team.hear_until_all_have_ended()?;
    let theirs = team.dismiss()?;
    say(&Message::End(End { usage: own.plus(theirs.usage), ..theirs }))
}
