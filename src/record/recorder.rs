//! The writing side of a record: what a cell notes in its span, without allocation, lock or system call.
//!
//! A slot is written at an instance's start and end only; *who is on this thread, since when* is the worker's line.
// Relaxed throughout: each field has one writer at a time, and the campaign reads after the cell has exited. The counters
// that order anything say so at their use.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use super::clock::{Moment, Timeline, tick};
use super::layout::{FLAG_CANCEL, Header, NEVER, Slot, WorkerLine};
use super::mapping::Mapping;

/// The recorder of a cell.
#[derive(Debug)]
pub struct Recorder {
    mapping: &'static Mapping,
    header: &'static Header,
    slots: &'static [Slot],
    timeline: OnceLock<Timeline>,
}

/// The worker to which a thread belongs.
#[derive(Debug, Clone, Copy)]
pub struct Worker {
    /// Its number, from 0; `u16::MAX` on a thread that is nobody's.
    pub number: u16,
    line: &'static WorkerLine,
}

static NOBODY: WorkerLine = WorkerLine::nobody();

thread_local! {
    static WORKER: Cell<Worker> = const { Cell::new(Worker { number: u16::MAX, line: &NOBODY }) };
}

impl Worker {
    /// The worker of the present thread.
    #[inline]
    pub fn current() -> Self {
        WORKER.get()
    }

    /// No worker: for threads of which no line tells.
    pub fn nobody() -> Self {
        Self { number: u16::MAX, line: &NOBODY }
    }

    /// Makes the present thread worker `number` of `recorder`.
    pub fn enlist(recorder: &'static Recorder, number: usize) {
        WORKER.set(Self { number: number as u16, line: &recorder.mapping.workers()[number] });
    }

    /// A poll of `slot` that takes time began at `since`, and is at step number `step`.
    #[inline]
    fn enter(self, slot: u32, since: u64, step: u16) {
        self.line.since_tick.store(since, Relaxed);
        self.line.step.store(u64::from(step), Relaxed);
        self.line.slot.store(u64::from(slot) + 1, Relaxed);
    }

    /// The poll has come to step number `step`.
    #[inline]
    fn at(self, step: u16) {
        self.line.step.store(u64::from(step), Relaxed);
    }

    /// The poll is over.
    #[inline]
    fn leave(self) {
        self.line.slot.store(0, Relaxed);
    }
}

/// Times one poll, if it takes time.
///
/// A read of the clock costs more than a yield or a turn of a loop does. A poll in which nothing else happens is not timed
/// and counts as 0: to time it would be to measure the clock, at a quarter of the price of a bare executor's yield.
#[derive(Debug)]
pub struct PollTimer {
    slot: u32,
    /// When the poll began, ticks; 0 if unknown.
    began: u64,
    /// Whether something took time.
    timed: bool,
    worker: Worker,
}

impl PollTimer {
    /// A poll of `slot` begins on the present thread.
    #[inline]
    pub fn new(slot: u32) -> Self {
        Self { slot, began: 0, timed: false, worker: Worker::current() }
    }

    /// Of offloaded work, which is no poll: nothing is timed.
    pub fn nobody() -> Self {
        Self { slot: 0, began: 0, timed: true, worker: Worker::nobody() }
    }

    /// It is the instance's first: gives the time of its start.
    #[inline]
    pub fn first(&mut self) -> u64 {
        self.began = tick();
        self.began
    }

    /// From here on it takes time, at step number `step`.
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

    /// The poll is over: gives its length, ticks, if it took time, and the present tick, if it is known for nothing.
    #[inline]
    pub fn stop(&mut self) -> (Option<u64>, Option<u64>) {
        if !self.timed {
            return (None, (self.began > 0).then_some(self.began));
        }
        let now = tick();
        self.worker.leave();
        (Some(now.saturating_sub(self.began)), Some(now))
    }

    /// On whose thread.
    pub fn worker(&self) -> Worker {
        self.worker
    }
}

/// What an instance gathers between its start and its end, in few bytes: a million of them may be waiting.
///
/// Ticks beyond 32 bits, as of a poll of seconds, go to the slot at once, where they add up.
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

    /// Writes everything to the slot.
    #[inline]
    fn write(self, slot: &Slot) {
        // Added, not stored: the slot may have some already, and offloaded work adds from its own thread.
        add(&slot.busy_ticks, u64::from(self.busy));
        let longest = slot.max_poll_ticks.load(Relaxed).max(u64::from(self.max_poll));
        slot.max_poll_ticks.store(longest, Relaxed);
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

impl Recorder {
    /// Writes to `mapping`, whose clock ticks so often.
    ///
    /// The mapping is leaked: a cell's process lives as long as its record, and every thread writes to it.
    pub fn new(mapping: Mapping, ticks_per_second: u64) -> Self {
        let mapping: &'static Mapping = Box::leak(Box::new(mapping));
        let (header, slots) = (mapping.header(), mapping.slots());
        header.ticks_per_second.store(ticks_per_second, Relaxed);
        Self { mapping, header, slots, timeline: OnceLock::new() }
    }

    /// The memory behind it.
    pub fn mapping(&self) -> &'static Mapping {
        self.mapping
    }

    /// The span begins now.
    pub fn start(&self) {
        let header = self.header;
        let now = Moment::now();
        let timeline = Timeline::new(now.tick, header.ticks_per_second.load(Relaxed));
        self.timeline.set(timeline).expect("a span starts once");
        header.start_monotonic_ns.store(now.monotonic_ns, Relaxed);
        header.start_tick.store(now.tick, Relaxed);
    }

    /// The span ended at `now`.
    pub fn end(&self, now: Moment) {
        let header = self.header;
        header.end_monotonic_ns.store(now.monotonic_ns, Relaxed);
        header.end_tick.store(now.tick, Relaxed);
    }

    /// The clock of the span.
    pub fn timeline(&self) -> &Timeline {
        self.timeline.get().expect("the span has started")
    }

    /// Nanoseconds since the start of the span.
    pub fn now_ns(&self) -> u64 {
        self.timeline().since_start_ns(tick())
    }

    /// Slot number `slot`.
    #[inline]
    pub fn slot(&self, slot: u32) -> &Slot {
        &self.slots[slot as usize]
    }

    /// The first poll of an instance.
    #[inline]
    pub fn started(&self, slot: u32, now: u64) {
        self.slot(slot).started_tick.store(now, Relaxed);
    }

    /// An instance is suspended at step number `step`, on something that may never come.
    pub fn suspended(&self, slot: u32, step: u16) {
        self.slot(slot).step.store(step, Relaxed);
    }

    /// The end of an instance at step number `step`; `how` is one of [`super::layout::end`].
    #[inline]
    pub fn ended(&self, slot: u32, how: u8, now: u64, meter: Meter, step: u16, worker: Worker) {
        let slot = self.slot(slot);
        meter.write(slot);
        slot.finished_tick.store(now, Relaxed);
        slot.step.store(step, Relaxed);
        slot.worker.store(worker.number, Relaxed);
        slot.ended.store(how, Relaxed);
    }

    /// Adds offloaded work to its instance.
    pub fn add_units(&self, slot: u32, meter: Meter) {
        self.slot(slot).units.fetch_add(u64::from(meter.units), Relaxed);
    }

    /// Whether the cancellation of `slot` has been requested.
    pub fn is_cancelled(&self, slot: u32) -> bool {
        self.slot(slot).flags.load(Relaxed) & FLAG_CANCEL != 0
    }

    /// Requests the cancellation of `slot`.
    pub fn request_cancel(&self, slot: u32) {
        self.slot(slot).flags.store(FLAG_CANCEL, Relaxed);
    }

    /// Notes `units` of work done in the ticks `from..to` of which some may lie after the slot's intended cancellation:
    /// that share of them counts as done after it.
    pub fn worked(&self, slot: u32, units: u64, from: u64, to: u64) {
        let slot = self.slot(slot);
        let cancel_at = slot.cancel_at_ns.load(Relaxed);
        if cancel_at == NEVER || to <= from {
            return;
        }
        let cancel_tick = self.timeline().tick_at(cancel_at);
        let after = to.saturating_sub(cancel_tick.max(from));
        let share = (u128::from(units) * u128::from(after) / u128::from(to - from)) as u64;
        slot.units_after_cancel.fetch_add(share, Relaxed);
    }

    /// Adds to the number of open instances released; the dispatcher is its only writer.
    pub fn released(&self, total: u32) {
        self.header.released.value.store(u64::from(total), Relaxed);
    }

    /// One more end; gives how many there are. Work that outlives its instance is one less while it goes on.
    pub fn count_end(&self) -> u64 {
        // AcqRel: whoever sees the last end must see everything that the others wrote.
        self.header.ended.value.fetch_add(1, AcqRel).wrapping_add(1)
    }

    /// Work begins that may outlive its instance: one end less until it is over.
    pub fn hold_end(&self) {
        self.header.ended.value.fetch_sub(1, AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::layout::{Shape, end};

    fn recorder(slots: usize) -> Recorder {
        let (_, mapping) = Mapping::create(Shape { workers: 0, probes: 0, slots }).unwrap();
        Recorder::new(mapping, 1_000_000_000)
    }

    #[test]
    fn work_counts_as_after_a_cancellation_by_the_part_of_its_time_that_is() {
        for (cancel_ns, after) in [(NEVER, 0), (0, 600), (100, 600), (300, 400), (500, 200), (700, 0), (9_000, 0)] {
            let recorder = recorder(1);
            recorder.start();
            recorder.slot(0).cancel_at_ns.store(cancel_ns, Relaxed);
            let start = recorder.timeline().tick_at(0);
            recorder.worked(0, 600, start + 100, start + 700);
            assert_eq!(recorder.slot(0).units_after_cancel.load(Relaxed), after, "cancelled at {cancel_ns}");
            assert_eq!(recorder.slot(0).units.load(Relaxed), 0, "the work itself is added at the end");
        }
    }

    #[test]
    fn work_that_outlives_its_instance_keeps_the_span_open() {
        let recorder = recorder(2);
        assert_eq!(recorder.count_end(), 1);
        recorder.hold_end();
        assert_eq!(recorder.count_end(), 1, "both have ended, their offloaded work has not");
        assert_eq!(recorder.count_end(), 2);
    }

    #[test]
    fn held_before_any_end_the_count_comes_back_to_the_number_of_slots() {
        let recorder = recorder(1);
        recorder.hold_end();
        assert_eq!(recorder.count_end(), 0);
        assert_eq!(recorder.count_end(), 1);
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
            recorder.ended(0, end::DONE, 9, own, 1, Worker::nobody());
            assert_eq!(slot.units.load(Relaxed), 6 * units);
            assert_eq!(slot.worker.load(Relaxed), u16::MAX);
        }
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
            recorder.ended(0, end::DONE, 9, meter, 1, Worker::nobody());
            assert_eq!(slot.busy_ticks.load(Relaxed), lengths.iter().sum::<u64>(), "{lengths:?}");
            assert_eq!(Some(slot.max_poll_ticks.load(Relaxed)), lengths.into_iter().max(), "{lengths:?}");
        }
    }
}
