//! Whether an instance and its peer are on one core during a round: that decides how long a round takes.
//!
//! The peer notes its core before it answers. The instance compares it with its own when it has the answer.

use std::sync::Arc;

use crate::host::present_cpu;
use crate::plan::Mechanism;
use crate::record::{Lane, Placed, Segment};

/// Of rounds that take far less than a microsecond, one in this many is sampled, and the last of a step: to look up the present
/// core takes some nanoseconds, on both sides.
const SPARSE: u32 = 64;

/// Where a peer notes its core, and in which rounds.
pub(super) struct Placement {
    notes: Arc<Segment>,
    /// One round in this many is sampled.
    every: u32,
}

impl Placement {
    /// The placement of a peer that leaves its notes in `notes`.
    pub(super) fn new(mechanism: Mechanism, notes: Arc<Segment>) -> Self {
        let every = if mechanism == Mechanism::ShmSpin { SPARSE } else { 1 };
        // If not every round is sampled, `ask` writes this before each round.
        if every == 1 {
            notes.note(Lane::There, 1);
        }
        Self { notes, every }
    }

    /// Asks the peer to note its core in round `round` of `rounds`, if that round is sampled.
    pub(super) fn ask(&self, round: u32, rounds: u32) {
        self.notes.note(Lane::There, self.is_sampled(round, rounds).into());
    }

    /// Counts the round that has ended, if it is sampled.
    pub(super) fn look(&self, round: u32, rounds: u32, placed: &mut Placed) {
        if !self.is_sampled(round, rounds) {
            return;
        }
        if let (Some(peer_core), Some(own_core)) = (self.notes.noted(Lane::Back).checked_sub(1), present_cpu()) {
            placed.count(peer_core == own_core);
        }
    }

    fn is_sampled(&self, round: u32, rounds: u32) -> bool {
        (round + 1).is_multiple_of(self.every) || round + 1 == rounds
    }
}

/// The peer's side: notes its core, if it is asked to.
pub fn note_core(notes: &Segment) {
    if notes.noted(Lane::There) != 0 {
        notes.note(Lane::Back, present_cpu().map_or(0, |cpu| cpu + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placement(mechanism: Mechanism) -> (Placement, Segment) {
        let file = Segment::notes_file().unwrap();
        (Placement::new(mechanism, Arc::new(Segment::open_notes(&file).unwrap())), Segment::open_notes(&file).unwrap())
    }

    /// The rounds of a step that were sampled.
    fn sampled(mechanism: Mechanism, rounds: u32) -> Vec<u32> {
        let (placement, peer_notes) = placement(mechanism);
        let mut placed = Placed::default();
        let mut sampled = Vec::new();
        for round in 0..rounds {
            let before = placed.sampled;
            peer_notes.note(Lane::Back, 0);
            placement.ask(round, rounds);
            note_core(&peer_notes);
            placement.look(round, rounds, &mut placed);
            if placed.sampled > before {
                sampled.push(round);
            }
        }
        sampled
    }

    #[test]
    fn every_round_is_sampled_but_of_quick_rounds_only_a_few_and_the_last() {
        assert_eq!(sampled(Mechanism::Pipe, 3), [0, 1, 2]);
        assert_eq!(sampled(Mechanism::Semaphore, 3), [0, 1, 2]);
        assert_eq!(sampled(Mechanism::ShmSpin, 1), [0]);
        assert_eq!(sampled(Mechanism::ShmSpin, 130), [63, 127, 129]);
    }

    #[test]
    fn a_peer_on_another_core_does_not_count_as_on_the_same_core() {
        let (placement, peer_notes) = placement(Mechanism::Pipe);
        let mut placed = Placed::default();
        let core_note = |away: u32| present_cpu().unwrap() + 1 + away;
        // The thread may move to another core in between: then it samples again.
        while placed.same_core == 0 {
            peer_notes.note(Lane::Back, core_note(0));
            placement.look(0, 1, &mut placed);
        }
        let before = placed;
        peer_notes.note(Lane::Back, core_note(1_000));
        placement.look(0, 1, &mut placed);
        assert_eq!((placed.sampled, placed.same_core), (before.sampled + 1, before.same_core));
    }
}
