//! The records of one cell. They are decoded from the record file as they are read, without a copy.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::InstanceRecord;
use super::clock::Timeline;
use super::instance::{Offloaded, State};
use super::layout::{FLAG_ON_POOL, FLAG_QUEUED, NEVER, NONE, NOWHERE, Slot, end};
use super::mapping::Mapping;
use super::share::Marks;

/// The released instances of one cell, in order of release.
#[derive(Clone, Default)]
pub struct Records(Source);

#[derive(Clone)]
enum Source {
    Listed(Vec<InstanceRecord>),
    Mapped(Arc<Mapped>),
}

impl Default for Source {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

struct Mapped {
    mapping: Arc<Mapping>,
    timeline: Timeline,
    /// Which slots of open arrivals were released.
    released: Marks,
    /// Where the slots of closed loops begin.
    open: usize,
    /// The present steps of workers, by slot: the last known steps of instances that never ended.
    last_steps: HashMap<usize, u16>,
}

impl Records {
    /// The records in `mapping`, of which the first `open` slots belong to open arrivals.
    pub fn mapped(mapping: Arc<Mapping>, open: usize) -> Self {
        let header = mapping.header();
        let timeline = Timeline::new(header.start_tick.load(Relaxed), header.ticks_per_second.load(Relaxed));
        let released = released(&mapping, open);
        let on_a_worker = mapping.workers().iter().filter_map(|line| {
            let slot = line.slot.load(Relaxed).checked_sub(1)?;
            Some((slot as usize, line.step.load(Relaxed) as u16))
        });
        let last_steps = on_a_worker.collect();
        Self(Source::Mapped(Arc::new(Mapped { mapping, timeline, released, open, last_steps })))
    }

    /// How many instances were released.
    pub fn len(&self) -> usize {
        match &self.0 {
            Source::Listed(listed) => listed.len(),
            Source::Mapped(mapped) => mapped.slots().count(),
        }
    }

    /// Whether no instance was released.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Decodes the records one by one.
    pub fn iter(&self) -> Box<dyn Iterator<Item = InstanceRecord> + '_> {
        match &self.0 {
            Source::Listed(listed) => Box::new(listed.iter().cloned()),
            Source::Mapped(mapped) => Box::new(mapped.slots().map(|(index, slot)| mapped.decode(index, slot))),
        }
    }
}

impl<'a> IntoIterator for &'a Records {
    type Item = InstanceRecord;
    type IntoIter = Box<dyn Iterator<Item = InstanceRecord> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Which slots of open arrivals were certainly released.
///
/// A dispatcher writes its mark once a batch: a cell that died in a batch has released more than the mark says. An instance that
/// has started was released, and so were all before it in the same share.
fn released(mapping: &Mapping, open: usize) -> Marks {
    let mut released = Marks::released(mapping);
    let was_released = |slot: &Slot| slot.started_tick.load(Relaxed) > 0 || slot.ended.load(Relaxed) != end::NOT;
    for index in released.least()..open {
        if was_released(&mapping.slots()[index]) {
            released.raise(index);
        }
    }
    released
}

impl Mapped {
    /// The slots released, with their indices.
    fn slots(&self) -> impl Iterator<Item = (usize, &Slot)> {
        let slots = self.mapping.slots().iter().enumerate();
        slots.filter(|(index, slot)| {
            if *index < self.open { self.released.has(*index) } else { slot.scheduled_ns.load(Relaxed) != NEVER }
        })
    }

    /// The present step of the worker that runs it, if one does; else the step in its slot.
    fn last_step(&self, index: usize, slot: &Slot) -> Option<u16> {
        let step = Some(slot.step.load(Relaxed)).filter(|step| *step != NOWHERE);
        self.last_steps.get(&index).copied().or(step)
    }

    fn decode(&self, index: usize, slot: &Slot) -> InstanceRecord {
        let state = match slot.ended.load(Relaxed) {
            end::DONE => State::Done,
            end::CANCELLED => State::Cancelled,
            end::FAILED => State::Failed,
            _ => State::Stalled,
        };
        let ended = state != State::Stalled;
        let time = |tick: u64| (tick > 0).then(|| self.timeline.since_start_ns(tick));
        let started_ns = time(slot.started_tick.load(Relaxed));
        let finished_ns = if ended { time(slot.finished_tick.load(Relaxed)) } else { None };
        let cancel_at = slot.cancel_at_ns.load(Relaxed);
        let cancel =
            (cancel_at != NEVER && finished_ns.is_none_or(|finished| finished > cancel_at)).then_some(cancel_at);
        let at_cancel = if started_ns.is_some_and(|at| at <= cancel_at) { State::Running } else { State::Pending };
        InstanceRecord {
            task: slot.task.load(Relaxed),
            instance: slot.instance.load(Relaxed),
            state,
            scheduled_ns: slot.scheduled_ns.load(Relaxed),
            started_ns,
            finished_ns,
            cancel_requested_ns: cancel,
            state_at_cancel: cancel.map(|_| at_cancel),
            busy_ns: ended.then(|| self.timeline.length_ns(slot.busy_ticks.load(Relaxed))),
            max_poll_ns: ended.then(|| self.timeline.length_ns(slot.max_poll_ticks.load(Relaxed))),
            polls: ended.then(|| slot.polls.load(Relaxed)),
            worker: ended.then(|| slot.worker.load(Relaxed)).filter(|worker| *worker != NONE),
            last_step: started_ns.and_then(|_| self.last_step(index, slot)),
            offloaded: match slot.flags.load(Relaxed) {
                flags if flags & FLAG_ON_POOL != 0 => Some(Offloaded::OnPool),
                flags if flags & FLAG_QUEUED != 0 => Some(Offloaded::Queued),
                _ => None,
            },
            units: slot.units.load(Relaxed),
            units_after_cancel: slot.units_after_cancel.load(Relaxed),
        }
    }
}

impl From<Vec<InstanceRecord>> for Records {
    fn from(listed: Vec<InstanceRecord>) -> Self {
        Self(Source::Listed(listed))
    }
}

impl PartialEq for Records {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().take(100)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::layout::{FLAG_CANCEL, Shape};

    /// A record file with a clock that ticks twice a nanosecond and began at 1,000.
    fn mapping(workers: usize, slots: usize) -> Arc<Mapping> {
        let (_, mapping) = Mapping::create(Shape { workers, probes: 0, slots, run_slices: 0 }).unwrap();
        mapping.header().ticks_per_second.store(2_000_000_000, Relaxed);
        mapping.header().start_tick.store(1_000, Relaxed);
        for slot in mapping.slots() {
            slot.scheduled_ns.store(NEVER, Relaxed);
            slot.cancel_at_ns.store(NEVER, Relaxed);
        }
        Arc::new(mapping)
    }

    /// A slot of an instance that was done, with a different value in every field.
    fn fill(slot: &Slot) {
        slot.scheduled_ns.store(10, Relaxed);
        slot.started_tick.store(1_040, Relaxed);
        slot.finished_tick.store(1_100, Relaxed);
        slot.busy_ticks.store(24, Relaxed);
        slot.max_poll_ticks.store(14, Relaxed);
        slot.units.store(77, Relaxed);
        slot.units_after_cancel.store(7, Relaxed);
        slot.polls.store(3, Relaxed);
        slot.step.store(5, Relaxed);
        slot.worker.store(1, Relaxed);
        slot.task.store(2, Relaxed);
        slot.instance.store(9, Relaxed);
        slot.ended.store(end::DONE, Relaxed);
        slot.flags.store(FLAG_QUEUED, Relaxed);
    }

    fn only(mapping: Arc<Mapping>) -> InstanceRecord {
        mapping.header().released.value.store(1, Relaxed);
        let records = Records::mapped(mapping, 1);
        assert_eq!(records.len(), 1);
        records.iter().next().unwrap()
    }

    #[test]
    fn a_slot_becomes_a_record_with_ticks_as_nanoseconds() {
        let mapping = mapping(0, 1);
        fill(&mapping.slots()[0]);
        let expected = InstanceRecord {
            task: 2,
            instance: 9,
            state: State::Done,
            scheduled_ns: 10,
            started_ns: Some(20),
            finished_ns: Some(50),
            cancel_requested_ns: None,
            state_at_cancel: None,
            busy_ns: Some(12),
            max_poll_ns: Some(7),
            polls: Some(3),
            worker: Some(1),
            last_step: Some(5),
            offloaded: Some(Offloaded::Queued),
            units: 77,
            units_after_cancel: 7,
        };
        assert_eq!(only(mapping), expected);
    }

    #[test]
    fn the_state_of_a_record_says_how_the_instance_ended() {
        for (ended, state) in [
            (end::NOT, State::Stalled),
            (end::DONE, State::Done),
            (end::CANCELLED, State::Cancelled),
            (end::FAILED, State::Failed),
        ] {
            let mapping = mapping(0, 1);
            fill(&mapping.slots()[0]);
            mapping.slots()[0].ended.store(ended, Relaxed);
            assert_eq!(only(mapping).state, state);
        }
    }

    #[test]
    fn offloaded_work_is_queued_then_on_the_pool_then_over() {
        for (flags, offloaded) in [
            (FLAG_QUEUED, Some(Offloaded::Queued)),
            (FLAG_QUEUED | FLAG_CANCEL, Some(Offloaded::Queued)),
            (FLAG_ON_POOL | FLAG_CANCEL, Some(Offloaded::OnPool)),
            (FLAG_CANCEL, None),
        ] {
            let mapping = mapping(0, 1);
            fill(&mapping.slots()[0]);
            mapping.slots()[0].flags.store(flags, Relaxed);
            assert_eq!(only(mapping).offloaded, offloaded, "{flags}");
        }
    }

    #[test]
    fn a_cancellation_counts_if_it_was_due_before_the_end() {
        for (cancel_at, requested, state) in [
            (15, Some(15), Some(State::Pending)),
            (20, Some(20), Some(State::Running)),
            (49, Some(49), Some(State::Running)),
            (50, None, None),
            (60, None, None),
        ] {
            let mapping = mapping(0, 1);
            let slot = &mapping.slots()[0];
            fill(slot);
            slot.cancel_at_ns.store(cancel_at, Relaxed);
            slot.flags.store(FLAG_CANCEL, Relaxed);
            let record = only(mapping);
            assert_eq!((record.cancel_requested_ns, record.state_at_cancel), (requested, state), "at {cancel_at}");
        }
    }

    #[test]
    fn an_instance_that_never_ended_has_no_figures_but_the_present_step_of_its_worker() {
        let mapping = mapping(2, 1);
        let slot = &mapping.slots()[0];
        fill(slot);
        slot.ended.store(end::NOT, Relaxed);
        mapping.workers()[1].slot.store(1, Relaxed);
        mapping.workers()[1].step.store(4, Relaxed);
        let record = only(mapping);
        assert_eq!((record.state, record.started_ns, record.last_step), (State::Stalled, Some(20), Some(4)));
        let figures = (record.finished_ns, record.busy_ns, record.max_poll_ns, record.polls, record.worker);
        assert_eq!(figures, (None, None, None, None, None));
    }

    #[test]
    fn an_instance_that_never_started_has_neither_a_start_nor_a_step() {
        let mapping = mapping(1, 1);
        let slot = &mapping.slots()[0];
        slot.scheduled_ns.store(10, Relaxed);
        slot.finished_tick.store(1_100, Relaxed);
        slot.worker.store(u16::MAX, Relaxed);
        slot.ended.store(end::CANCELLED, Relaxed);
        let record = only(mapping);
        assert_eq!((record.started_ns, record.last_step, record.worker), (None, None, None), "not on a worker");
        assert_eq!((record.finished_ns, record.polls), (Some(50), Some(0)));
    }

    #[test]
    fn an_instance_that_has_started_was_released_whatever_the_mark_says() {
        let mapping = mapping(0, 6);
        for slot in &mapping.slots()[..5] {
            slot.scheduled_ns.store(0, Relaxed);
        }
        mapping.header().released.value.store(1, Relaxed);
        mapping.slots()[3].started_tick.store(1_040, Relaxed);
        let records = Records::mapped(mapping, 5);
        let started: Vec<bool> = records.iter().map(|record| record.started_ns.is_some()).collect();
        assert_eq!(started, [false, false, false, true], "the instances before it were released too");
    }

    #[test]
    fn an_instance_that_has_started_shows_the_release_of_earlier_ones_in_its_own_share_only() {
        let mapping = mapping(2, 8);
        mapping.header().dispatchers.store(2, Relaxed);
        for (slot, instance) in mapping.slots().iter().zip(0..) {
            slot.instance.store(instance, Relaxed);
        }
        mapping.workers()[0].released.store(1, Relaxed);
        mapping.workers()[1].released.store(4, Relaxed);
        mapping.slots()[7].started_tick.store(1_040, Relaxed);
        let records = Records::mapped(mapping, 8);
        assert_eq!(records.iter().map(|record| record.instance).collect::<Vec<_>>(), [0, 1, 3, 5, 7]);
    }

    #[test]
    fn only_released_slots_are_records() {
        // Four open slots, of which two were released, and three of closed loops, of which the middle one was.
        let mapping = mapping(0, 7);
        for (slot, instance) in mapping.slots().iter().zip(0..) {
            slot.instance.store(instance, Relaxed);
            slot.scheduled_ns.store(if instance < 4 || instance == 5 { 0 } else { NEVER }, Relaxed);
        }
        mapping.header().released.value.store(2, Relaxed);
        let records = Records::mapped(mapping, 4);
        assert_eq!(records.iter().map(|record| record.instance).collect::<Vec<_>>(), [0, 1, 5]);
        assert_eq!(records.len(), 3);
    }
}
