//! Threads and cores: which instance gets one, and when.

use std::collections::VecDeque;

use super::instance::State;
use super::rules::{END_THREAD_NS, QUANTUM_NS, Rules, WAKE_NS, WAKER_NS, WARM_NS, WARM_WAKE_NS};
use super::{Event, Simulation};
use crate::scenario::OffloadPool;

/// A group of threads with one queue.
#[derive(Debug)]
pub(super) struct Seats {
    free: u32,
    queue: VecDeque<Job>,
    /// What its dispatcher is to do.
    due: Vec<Event>,
    /// When a thread of it became idle last, nanoseconds.
    idle_since: u64,
}

/// What a thread of a group is wanted for.
#[derive(Debug, Clone, Copy)]
enum Job {
    /// To run this instance.
    Run(u32),
    /// To run the dispatcher, which is a task of its event loop.
    Dispatch,
}

impl Seats {
    /// The workers of each group, then the pools for blocking calls, then the pools for computing.
    pub(super) fn of(rules: &Rules) -> Vec<Self> {
        let each = [rules.workers.unwrap_or(u32::MAX), rules.blocking_threads, rules.cpu_threads.unwrap_or(u32::MAX)];
        let seats = each.into_iter().flat_map(|free| std::iter::repeat_n(free, rules.groups as usize));
        seats.map(|free| Self { free, queue: VecDeque::new(), due: Vec::new(), idle_since: 0 }).collect()
    }
}

/// The cores, and the threads that want one, each with the nanoseconds that it has left.
#[derive(Debug)]
pub(super) struct Cores {
    free: u32,
    /// The kernel prefers a thread that has just become ready to one that has used its core.
    fresh: VecDeque<(u32, u64)>,
    used: VecDeque<(u32, u64)>,
}

impl Cores {
    pub(super) fn new(free: u32) -> Self {
        Self { free, fresh: VecDeque::new(), used: VecDeque::new() }
    }
}

/// How many instances may be queued before one of the background: if there are more, it arrives faster than it is served.
const LONG_QUEUE: usize = 100;

/// The place of the number of a thread that only ends.
const NO_INSTANCE: u32 = u32::MAX;

impl Simulation<'_> {
    /// The pool of a group.
    pub(super) fn pool(&self, pool: OffloadPool, group: u32) -> u32 {
        let number = match pool {
            OffloadPool::Blocking => 1,
            OffloadPool::Cpu => 2,
        };
        number * self.rules.groups + group
    }

    /// Puts an instance without a thread into the queue of its place.
    pub(super) fn queue(&mut self, slot: u32) {
        let instance = &mut self.instances[slot as usize];
        if instance.state == State::Ended {
            return;
        }
        instance.state = State::Queued;
        let (place, task) = (instance.place, instance.task);
        let seats = &mut self.seats[place as usize];
        seats.queue.push_back(Job::Run(slot));
        let is_long = seats.free == 0 && seats.queue.len() > LONG_QUEUE;
        self.is_overloaded |= is_long && self.point.tasks[usize::from(task)].background;
        if seats.free > 0 {
            let idle_since = seats.idle_since;
            seats.idle_since = self.now;
            let wake_ns = self.wake_ns(idle_since);
            self.at(self.now.saturating_add(wake_ns), Event::Woken(place));
        }
    }

    /// The time to wake a thread that is idle since then. On a sleeping core this also takes time of the instance that does it.
    pub(super) fn wake_ns(&mut self, idle_since: u64) -> u64 {
        if self.now.saturating_sub(idle_since) < WARM_NS {
            return WARM_WAKE_NS;
        }
        self.waker_ns += WAKER_NS;
        WAKE_NS
    }

    /// Gives the next instance of the queue a thread, if one is idle.
    pub(super) fn seat_next(&mut self, place: u32) {
        while self.seats[place as usize].free > 0 {
            let slot = match self.seats[place as usize].queue.pop_front() {
                None => return,
                Some(Job::Run(slot)) => slot,
                Some(Job::Dispatch) => {
                    self.seats[place as usize].free -= 1;
                    for event in std::mem::take(&mut self.seats[place as usize].due) {
                        self.dispatch(event);
                    }
                    self.seats[place as usize].free += 1;
                    continue;
                }
            };
            let instance = &mut self.instances[slot as usize];
            // A queued call that was dropped.
            if instance.state != State::Queued {
                continue;
            }
            self.seats[place as usize].free -= 1;
            instance.state = State::Running;
            instance.seated = true;
            self.ready.push_back(slot);
            return;
        }
    }

    /// Puts a running instance behind the queued ones.
    pub(super) fn queue_behind(&mut self, slot: u32) {
        let instance = &mut self.instances[slot as usize];
        instance.state = State::Queued;
        self.seats[instance.place as usize].queue.push_back(Job::Run(slot));
        self.leave_seat(slot);
    }

    /// Does what is due, as soon as the dispatcher of this group gets a thread.
    pub(super) fn dispatch_in_turn(&mut self, event: Event, group: u32) {
        let seats = &mut self.seats[group as usize];
        if !self.rules.wakes_sleepers || seats.free > 0 {
            return self.dispatch(event);
        }
        if seats.due.is_empty() {
            seats.queue.push_back(Job::Dispatch);
        }
        seats.due.push(event);
    }

    /// Takes the thread from an instance, which goes on with the next one.
    pub(super) fn leave_seat(&mut self, slot: u32) {
        let instance = &mut self.instances[slot as usize];
        if std::mem::take(&mut instance.seated) {
            let place = instance.place;
            let seats = &mut self.seats[place as usize];
            seats.free += 1;
            seats.idle_since = self.now;
            self.seat_next(place);
        }
    }

    /// Continues an instance whose wait is over.
    pub(super) fn resume(&mut self, slot: u32) {
        let instance = &mut self.instances[slot as usize];
        instance.turn += 1;
        if instance.seated {
            instance.state = State::Running;
            self.ready.push_back(slot);
        } else {
            self.queue(slot);
        }
    }

    /// Computes for `ns` on a core.
    pub(super) fn compute(&mut self, slot: u32, ns: u64) {
        let ns = ns.saturating_add(std::mem::take(&mut self.waker_ns));
        self.cores.fresh.push_back((slot, ns));
        self.use_cores();
    }

    /// The end of a thread occupies a core, and delays nothing else.
    pub(super) fn end_thread(&mut self) {
        self.compute(NO_INSTANCE, END_THREAD_NS);
    }

    fn use_cores(&mut self) {
        while self.cores.free > 0 {
            let next = self.cores.fresh.pop_front().or_else(|| self.cores.used.pop_front());
            let Some((slot, left)) = next else { return };
            self.cores.free -= 1;
            let ns = left.min(QUANTUM_NS.max(left / 64));
            if slot != NO_INSTANCE {
                self.instances[slot as usize].on_core_ns = left;
            }
            self.at(self.now.saturating_add(ns), Event::Worked(slot, ns));
        }
    }

    pub(super) fn worked(&mut self, slot: u32, ns: u64) {
        self.cores.free += 1;
        if slot != NO_INSTANCE {
            let left = self.instances[slot as usize].on_core_ns - ns;
            if left > 0 {
                self.cores.used.push_back((slot, left));
            } else {
                self.ready.push_back(slot);
            }
        }
        self.use_cores();
    }
}
