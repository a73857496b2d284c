//! The figures of an instance between its start and its end: the time of its polls, and its work.
// Relaxed: an instance is polled by one thread at a time, and its executor orders one poll before the next.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::clock::tick;
use super::layout::Slot;
use super::worker::Worker;

/// How many synchronisations of one poll are not timed: the end of a wait, an answer, and the next wait.
const UNTIMED_SYNCS: u8 = 3;

/// Times one poll, if it takes time.
///
/// A read of the clock costs more than a yield or an iteration of a loop. A poll with nothing else in it is not timed and counts
/// as 0: a measurement of it would be one of the clock, which adds a quarter to a bare executor's yield. Nor is a poll with a
/// few synchronisations: to take a message that is there takes less time than two reads of the clock.
#[derive(Debug)]
pub struct PollTimer {
    slot: u32,
    /// When the poll began, ticks; 0 if unknown.
    began: u64,
    /// Whether something took time.
    timed: bool,
    /// How many synchronisations were not timed.
    untimed_syncs: u8,
    worker: Worker,
}

impl PollTimer {
    /// A poll of `slot` begins on the present thread.
    #[inline]
    pub fn new(slot: u32) -> Self {
        Self { slot, began: 0, timed: false, untimed_syncs: 0, worker: Worker::current() }
    }

    /// A timer for offloaded work, which is no poll: nothing is timed.
    pub fn none() -> Self {
        Self { slot: 0, began: 0, timed: true, untimed_syncs: 0, worker: Worker::none() }
    }

    /// This is the instance's first poll: gives the time of its start.
    #[inline]
    pub fn first(&mut self) -> u64 {
        self.began = tick();
        self.began
    }

    /// From here on the poll takes time, at step number `step`.
    #[inline]
    pub fn takes_time(&mut self, step: u16) {
        if self.timed {
            self.worker.at(step);
            return;
        }
        self.timed = true;
        if self.began == 0 {
            self.began = tick();
        }
        self.worker.enter(self.slot, self.began, step);
    }

    /// The instance synchronises at step number `step` without blocking its thread. More than a few times in a poll take time.
    #[inline]
    pub fn syncs(&mut self, step: u16) {
        if self.untimed_syncs < UNTIMED_SYNCS && !self.timed {
            self.untimed_syncs += 1;
        } else {
            self.takes_time(step);
        }
    }

    /// The poll goes on at step number `step` after a wait in which its thread may have run other instances.
    pub fn goes_on(&self, step: u16) {
        if self.timed {
            self.worker.enter(self.slot, self.began, step);
        }
    }

    /// The poll is over. Gives its length, ticks, if it took time; and the present tick, if that is known without another read.
    #[inline]
    pub fn stop(&mut self) -> (Option<u64>, Option<u64>) {
        if !self.timed {
            return (None, (self.began > 0 && self.untimed_syncs == 0).then_some(self.began));
        }
        let now = tick();
        self.worker.leave();
        (Some(now.saturating_sub(self.began)), Some(now))
    }

    /// When the poll began, ticks, once something took time.
    pub fn began(&self) -> u64 {
        self.began
    }

    /// The worker on whose thread the poll runs.
    pub fn worker(&self) -> Worker {
        self.worker
    }
}

/// The figures of an instance between its start and its end. They take few bytes: a million instances may be waiting.
///
/// Times beyond 32 bits, such as a poll of seconds, are added to the slot at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter {
    /// Time inside polls, ticks, beyond what the slot has.
    busy: u32,
    /// The longest poll, ticks, if the slot has none longer.
    max_poll: u32,
    /// Work done, nominal nanoseconds, beyond what the slot has.
    units: u32,
    /// How many polls.
    pub polls: u32,
}

impl Meter {
    /// A poll of `length` ticks is over.
    #[inline]
    pub fn polled(&mut self, length: u64, slot: &Slot) {
        if let Ok(length) = u32::try_from(length) {
            self.max_poll = self.max_poll.max(length);
            match self.busy.checked_add(length) {
                Some(busy) => self.busy = busy,
                None => add(&slot.busy_ticks, u64::from(length)),
            }
        } else {
            add(&slot.busy_ticks, length);
            slot.max_poll_ticks.fetch_max(length, Relaxed);
        }
    }

    /// `units` nominal nanoseconds of work are done.
    #[inline]
    pub fn worked(&mut self, units: u64, slot: &Slot) {
        match u32::try_from(units).ok().and_then(|units| self.units.checked_add(units)) {
            Some(units) => self.units = units,
            None => {
                slot.units.fetch_add(units, Relaxed);
            }
        }
    }

    /// Work done beyond what the slot has, nominal nanoseconds.
    pub(super) fn units(self) -> u64 {
        u64::from(self.units)
    }

    /// Writes everything to the slot.
    #[inline]
    pub(super) fn write(self, slot: &Slot) {
        // Added, not stored: the slot may have some already, and offloaded work adds from its own thread.
        if self.busy > 0 {
            add(&slot.busy_ticks, u64::from(self.busy));
            let longest = slot.max_poll_ticks.load(Relaxed).max(u64::from(self.max_poll));
            slot.max_poll_ticks.store(longest, Relaxed);
        }
        slot.polls.store(self.polls, Relaxed);
        if self.units > 0 {
            slot.units.fetch_add(u64::from(self.units), Relaxed);
        }
    }
}

/// Adds to a field that has no other writer now.
#[inline]
fn add(field: &AtomicU64, more: u64) {
    field.store(field.load(Relaxed) + more, Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::layout::{Shape, end};
    use crate::record::{Mapping, Recorder};

    fn recorder(slots: usize) -> Recorder {
        let (_, mapping) = Mapping::create(Shape { workers: 0, probes: 0, slots, run_slices: 0 }).unwrap();
        Recorder::new(mapping, 1_000_000_000)
    }

    #[test]
    fn units_of_an_instance_and_of_its_offloaded_work_add_up_however_many() {
        let huge = u64::from(u32::MAX);
        for units in [7, huge, huge + 1, 9 * huge] {
            let recorder = recorder(1);
            let slot = recorder.slot(0);
            let (mut own, mut offloaded) = (Meter::default(), Meter::default());
            for _ in 0..3 {
                own.worked(units, slot);
                offloaded.worked(units, slot);
            }
            recorder.add_units(0, offloaded);
            recorder.ended(0, end::DONE, 9, own, 1, Worker::none());
            assert_eq!(slot.units.load(Relaxed), 6 * units);
            assert_eq!(slot.worker.load(Relaxed), u16::MAX);
        }
    }

    #[test]
    fn a_few_synchronisations_are_not_timed_and_many_are() {
        let mut timer = PollTimer::new(0);
        let began = timer.first();
        for _ in 0..UNTIMED_SYNCS {
            timer.syncs(1);
        }
        assert_eq!((timer.stop(), timer.began()), ((None, None), began), "and the present tick is not known");
        timer.syncs(1);
        assert!(matches!(timer.stop(), (Some(_), Some(now)) if now >= began));
    }

    #[test]
    fn polls_add_up_and_the_longest_is_kept_however_long() {
        let huge = u64::from(u32::MAX);
        for lengths in [[5, 9, 1], [huge, 9, huge], [huge + 7, 3, 2], [4, 2 * huge, 3 * huge]] {
            let recorder = recorder(1);
            let slot = recorder.slot(0);
            let mut meter = Meter::default();
            for length in lengths {
                meter.polled(length, slot);
            }
            recorder.ended(0, end::DONE, 9, meter, 1, Worker::none());
            assert_eq!(slot.busy_ticks.load(Relaxed), lengths.iter().sum::<u64>(), "{lengths:?}");
            assert_eq!(Some(slot.max_poll_ticks.load(Relaxed)), lengths.into_iter().max(), "{lengths:?}");
        }
    }
}
