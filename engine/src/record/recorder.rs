//! The writing side of a record. In its span a cell writes without allocation, lock or system call.
//!
//! A slot is written only at the start and the end of its instance. The worker line shows which instance a thread runs.
// Relaxed throughout: each field has one writer at a time, and the campaign reads after the cell has exited. Counters that
// need a stronger order say so at their use.

use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use super::clock::{Moment, Timeline, tick};
use super::layout::{FLAG_CANCEL, FLAG_ON_POOL, FLAG_QUEUED, Header, NEVER, Slot};
use super::mapping::Mapping;
use super::meter::Meter;
use super::share::Share;
use super::tracer::Tracer;
use super::worker::Worker;

/// The recorder of a cell.
#[derive(Debug)]
pub struct Recorder {
    mapping: &'static Mapping,
    header: &'static Header,
    slots: &'static [Slot],
    timeline: OnceLock<Timeline>,
    share: Share,
    /// The marks up to which instances are released, and up to which probes are handled.
    marks: [&'static AtomicU64; 2],
    /// Of a traced cell: records which instance ran on which thread.
    tracer: Option<Tracer>,
}

impl Recorder {
    /// A recorder that writes to `mapping`.
    ///
    /// The mapping is leaked: a cell's process lives as long as its record, and every thread writes to it.
    pub fn new(mapping: Mapping, ticks_per_second: u64) -> Self {
        Self::of_share(mapping, ticks_per_second, Share::WHOLE)
    }

    /// The same for one of several dispatchers, each of which has the worker line of its own number.
    pub fn of_share(mapping: Mapping, ticks_per_second: u64, share: Share) -> Self {
        let mapping: &'static Mapping = Box::leak(Box::new(mapping));
        let (header, slots) = (mapping.header(), mapping.slots());
        header.ticks_per_second.store(ticks_per_second, Relaxed);
        let marks = if share.is_whole() {
            [&header.released.value, &header.probed.value]
        } else {
            header.dispatchers.store(share.of().into(), Relaxed);
            let line = &mapping.workers()[share.index() as usize];
            [&line.released, &line.probed]
        };
        Self { mapping, header, slots, timeline: OnceLock::new(), share, marks, tracer: Tracer::of(mapping) }
    }

    /// The record's memory.
    pub fn mapping(&self) -> &'static Mapping {
        self.mapping
    }

    /// Which of the instances and probes it records.
    pub fn share(&self) -> Share {
        self.share
    }

    /// Of a traced cell: records which instance ran on which thread.
    pub fn tracer(&self) -> Option<&Tracer> {
        self.tracer.as_ref()
    }

    /// The span begins now.
    pub fn start(&self) {
        let header = self.header;
        let now = Moment::now();
        header.start_monotonic_ns.store(now.monotonic_ns, Relaxed);
        header.start_tick.store(now.tick, Relaxed);
        self.join();
    }

    /// The span has begun: another recorder of the same record has written its start.
    pub fn join(&self) {
        let header = self.header;
        let timeline = Timeline::new(header.start_tick.load(Relaxed), header.ticks_per_second.load(Relaxed));
        self.timeline.set(timeline).expect("a span starts once");
    }

    /// The span ended at `now`.
    pub fn end(&self, now: Moment) {
        let header = self.header;
        header.end_monotonic_ns.store(now.monotonic_ns, Relaxed);
        header.end_tick.store(now.tick, Relaxed);
    }

    /// Whether the span has begun.
    pub fn has_started(&self) -> bool {
        self.timeline.get().is_some()
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

    /// An instance is suspended at step number `step`: it may wait for ever, or it holds something that others may wait for.
    pub fn suspended(&self, slot: u32, step: u16) {
        self.slot(slot).step.store(step, Relaxed);
    }

    /// An instance has ended at step number `step`; `how` is one of [`super::layout::end`].
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
        self.slot(slot).units.fetch_add(meter.units(), Relaxed);
    }

    /// Whether the cancellation of `slot` has been requested.
    pub fn is_cancelled(&self, slot: u32) -> bool {
        self.slot(slot).flags.load(Relaxed) & FLAG_CANCEL != 0
    }

    /// Requests the cancellation of `slot`.
    pub fn request_cancel(&self, slot: u32) {
        self.slot(slot).flags.fetch_or(FLAG_CANCEL, Relaxed);
    }

    /// The offloaded work of `slot` is in the queue of its pool.
    pub fn queued(&self, slot: u32) {
        self.slot(slot).flags.fetch_or(FLAG_QUEUED, Relaxed);
    }

    /// A thread of a pool begins the offloaded work of `slot`.
    pub fn on_pool(&self, slot: u32) {
        self.slot(slot).flags.fetch_xor(FLAG_QUEUED | FLAG_ON_POOL, Relaxed);
    }

    /// The offloaded work of `slot` is over, or will never begin.
    pub fn off_pool(&self, slot: u32) {
        self.slot(slot).flags.fetch_and(!(FLAG_QUEUED | FLAG_ON_POOL), Relaxed);
    }

    /// Records `units` of work done in the ticks `from..to`. The share of these ticks after the slot's intended cancellation is
    /// the share of the units that counts as done after it.
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

    /// Whether the span is over.
    pub fn has_ended(&self) -> bool {
        self.header.end_tick.load(Relaxed) > 0
    }

    /// The open instances of its share below slot `end` are released; only the dispatcher calls this.
    pub fn released(&self, end: u32) {
        self.marks[0].store(u64::from(end), Relaxed);
    }

    /// The probes of its share below line `end` are handled.
    pub fn probed(&self, end: usize) {
        self.marks[1].store(end as u64, Relaxed);
    }

    /// Counts `ends` more ends and gives their number so far. An instance that will never be released counts as one; offloaded
    /// work that outlives its instance counts as one less until it is over.
    #[inline]
    pub fn count_ends(&self, ends: u64) -> u64 {
        // AcqRel: the thread that counts the last end must see everything that the others wrote.
        self.header.ended.value.fetch_add(ends, AcqRel).wrapping_add(ends)
    }

    /// Offloaded work begins that may outlive its instance: one end less until it is over.
    pub fn hold_end(&self) {
        self.header.ended.value.fetch_sub(1, AcqRel);
    }
}

impl Worker {
    /// Makes the present thread worker `number` of `recorder`; of one dispatcher of several, its own.
    pub fn enlist(recorder: &'static Recorder, number: usize) {
        let number = recorder.share().nth(number);
        Self::set(number, &recorder.mapping().workers()[number]);
    }

    /// Gives the present thread line number `line` of `recorder`, though it is no worker.
    pub fn take_line(recorder: &'static Recorder, line: usize) {
        Self::set_line(line, recorder.mapping().workers().get(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::layout::Shape;

    fn recorder(slots: usize) -> Recorder {
        let (_, mapping) = Mapping::create(Shape { workers: 0, probes: 0, slots, run_slices: 0 }).unwrap();
        Recorder::new(mapping, 1_000_000_000)
    }

    #[test]
    fn work_counts_as_after_a_cancellation_by_the_share_of_its_time_after_it() {
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
        assert_eq!(recorder.count_ends(1), 1);
        recorder.hold_end();
        assert_eq!(recorder.count_ends(1), 1, "both have ended, their offloaded work has not");
        assert_eq!(recorder.count_ends(1), 2);
    }

    #[test]
    fn an_end_held_before_any_other_leaves_the_count_at_the_number_of_slots() {
        let recorder = recorder(1);
        recorder.hold_end();
        assert_eq!(recorder.count_ends(1), 0);
        assert_eq!(recorder.count_ends(1), 1);
    }
}
