//! Whether an instance and its peer are on one core while they talk: that decides what a round costs.
//!
//! The peer notes its core before it answers, the instance compares it with its own when it has the answer.

use std::sync::Arc;

use crate::host::present_cpu;
use crate::plan::Mechanism;
use crate::record::{Lane, Placed, Segment};

/// Of rounds that take far less than a microsecond one in so many is looked at, and the last of a step: to ask for one's core
/// takes some nanoseconds, on both sides.
const SPARSE: u32 = 64;

/// What a peer notes, and when it is to.
pub(super) struct Place {
    notes: Arc<Segment>,
    /// One round in so many is looked at.
    every: u32,
}

impl Place {
    /// That of a peer which leaves its notes there.
    pub(super) fn new(mechanism: Mechanism, notes: Arc<Segment>) -> Self {
        let every = if mechanism == Mechanism::ShmSpin { SPARSE } else { 1 };
        // Else before each round.
        if every == 1 {
            notes.note(Lane::There, 1);
        }
        Self { notes, every }
    }

    /// Asks the peer for its core in round `round` of `rounds`, if that one is to be looked at.
    pub(super) fn ask(&self, round: u32, rounds: u32) {
        self.notes.note(Lane::There, self.is_sampled(round, rounds).into());
    }

    /// Counts the round that has come to its end, if it was to be looked at.
    pub(super) fn look(&self, round: u32, rounds: u32, placed: &mut Placed) {
        if !self.is_sampled(round, rounds) {
            return;
        }
        if let (Some(theirs), Some(ours)) = (self.notes.noted(Lane::Back).checked_sub(1), present_cpu()) {
            placed.count(theirs == ours);
        }
    }

    fn is_sampled(&self, round: u32, rounds: u32) -> bool {
        (round + 1).is_multiple_of(self.every) || round + 1 == rounds
    }
}

/// The peer's side: notes its core, if that is asked for.
pub fn note_place(notes: &Segment) {
    if notes.noted(Lane::There) != 0 {
        notes.note(Lane::Back, present_cpu().map_or(0, |cpu| cpu + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(mechanism: Mechanism) -> (Place, Segment) {
        let file = Segment::notes_file().unwrap();
        (Place::new(mechanism, Arc::new(Segment::open_notes(&file).unwrap())), Segment::open_notes(&file).unwrap())
    }

    /// Whether each of some rounds of a step was looked at.
    fn looked_at(mechanism: Mechanism, rounds: u32) -> Vec<u32> {
        let (place, theirs) = place(mechanism);
        let mut placed = Placed::default();
        let mut looked_at = Vec::new();
        for round in 0..rounds {
            let before = placed.sampled;
            theirs.note(Lane::Back, 0);
            place.ask(round, rounds);
            note_place(&theirs);
            place.look(round, rounds, &mut placed);
            if placed.sampled > before {
                looked_at.push(round);
            }
        }
        looked_at
    }

    #[test]
    fn every_round_is_looked_at_but_of_those_that_are_quick_a_few_and_the_last() {
        assert_eq!(looked_at(Mechanism::Pipe, 3), [0, 1, 2]);
        assert_eq!(looked_at(Mechanism::Semaphore, 3), [0, 1, 2]);
        assert_eq!(looked_at(Mechanism::ShmSpin, 1), [0]);
        assert_eq!(looked_at(Mechanism::ShmSpin, 130), [63, 127, 129]);
    }

    #[test]
    fn a_peer_on_another_core_is_told_from_one_on_the_same() {
        let (place, theirs) = place(Mechanism::Pipe);
        let mut placed = Placed::default();
        let here = |away: u32| present_cpu().unwrap() + 1 + away;
        // Moved away in between, as may happen, the thread looks again.
        while placed.same_core == 0 {
            theirs.note(Lane::Back, here(0));
            place.look(0, 1, &mut placed);
        }
        let before = placed;
        theirs.note(Lane::Back, here(1_000));
        place.look(0, 1, &mut placed);
        assert_eq!((placed.sampled, placed.same_core), (before.sampled + 1, before.same_core));
    }
}
