//! All records of one cell, decoded from its record file as they are read, without copying them out.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::InstanceRecord;
use super::clock::Timeline;
use super::instance::State;
use super::layout::{NEVER, NOBODY, NOWHERE, Slot, end};
use super::mapping::Mapping;

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
    /// How many slots of open arrivals were released: the first so many.
    open_released: usize,
    /// Where the slots of closed loops begin.
    open: usize,
    /// Steps at which workers were, by slot: the last known of instances that never ended.
    last_steps: HashMap<usize, u16>,
}

impl Records {
    /// The records in `mapping`, of which the first `open` slots belong to open arrivals.
    pub fn mapped(mapping: Arc<Mapping>, open: usize) -> Self {
        let header = mapping.header();
        let timeline = Timeline::new(header.start_tick.load(Relaxed), header.ticks_per_second.load(Relaxed));
        let open_released = (header.released.value.load(Relaxed) as usize).min(open);
        let on_a_worker = mapping.workers().iter().filter_map(|line| {
            let slot = line.slot.load(Relaxed).checked_sub(1)?;
            Some((slot as usize, line.step.load(Relaxed) as u16))
        });
        let last_steps = on_a_worker.collect();
        Self(Source::Mapped(Arc::new(Mapped { timeline, open_released, open, last_steps, mapping })))
    }

    /// How many instances were released.
    pub fn len(&self) -> usize {
        match &self.0 {
            Source::Listed(listed) => listed.len(),
            Source::Mapped(mapped) => mapped.slots().count(),
        }
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Decodes them one by one.
    pub fn iter(&self) -> Box<dyn Iterator<Item = InstanceRecord> + '_> {
        match &self.0 {
            Source::Listed(listed) => Box::new(listed.iter().cloned()),
            Source::Mapped(mapped) => Box::new(mapped.slots().map(|(index, slot)| mapped.decode(index, slot))),
        }
    }
}

impl Mapped {
    /// The slots released, with their indices.
    fn slots(&self) -> impl Iterator<Item = (usize, &Slot)> {
        let slots = self.mapping.slots().iter().enumerate();
        slots.filter(|(index, slot)| {
            *index < self.open_released || *index >= self.open && slot.scheduled_ns.load(Relaxed) != NEVER
        })
    }

    /// Where a worker was with it if it was on one, else where it says that it was.
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
            worker: ended.then(|| slot.worker.load(Relaxed)).filter(|worker| *worker != NOBODY),
            last_step: started_ns.and_then(|_| self.last_step(index, slot)),
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
