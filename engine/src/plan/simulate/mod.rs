//! A cell in virtual time: instances, workers, cores, pools, locks and channels, without running anything.
//!
//! It foretells the span, and whether instances wait for each other for ever. The rules are those of the engines; what only a
//! machine can tell, such as the time to wake a thread, is a typical time.

mod instance;
mod objects;
mod operate;
mod rules;
mod seats;
mod sync;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use self::instance::{Instance, On, State};
use self::objects::{Channel, Kind, Object};
use self::rules::{Rules, START_THREAD_NS};
use self::seats::{Cores, Seats};
use super::point_plan::PointPlan;
use super::program::Op;
use super::support::Engines;
use crate::record::layout::NEVER;
use crate::scenario::EngineName;

/// The maximum of instances of one simulation.
const MOST_SLOTS: usize = 300_000;

/// So many operations of instances take as long to simulate as an event.
const OPERATIONS_PER_EVENT: u64 = 8;

/// About the least time of a yield or of a synchronisation that need not wait, nanoseconds. The simulation leaves it out.
const QUICK_NS: u64 = 50;

/// If these take longer together, and a tenth of the span, the span is a lower bound; nanoseconds.
const MOST_QUICK_NS: u64 = 10_000_000;

/// What the simulation has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foretold {
    /// All instances end, the last at this time, nanoseconds since the start of the span.
    Ends(u64),
    /// Instances wait for each other for ever.
    Stalls,
    /// Simulating it takes too long, or the end depends on small differences; the cell takes at least so many nanoseconds.
    Beyond(u64),
}

/// Something that happens at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// An open instance is due.
    Arrive(u32),
    /// The thread of an instance has been started.
    Started(u32),
    /// The think time of a client of this task and group is over.
    Think(u16, u32),
    Cancel(u32),
    /// The foreground has ended.
    Stop,
    /// What an instance waits for is over, if it is still its wait number `.1`.
    Over(u32, u32),
    /// An idle thread of this group has been woken.
    Woken(u32),
    /// A core has worked for a thread so many nanoseconds.
    Worked(u32, u64),
}

/// A cell in virtual time.
#[derive(Debug)]
struct Simulation<'a> {
    point: &'a PointPlan,
    rules: Rules,
    /// How much it may still simulate: an event takes [`OPERATIONS_PER_EVENT`], an operation of an instance one.
    effort: u64,
    /// How many yields and synchronisations were free of charge.
    quick: u64,
    now: u64,
    /// Breaks ties of equal times: first come, first served.
    order: u64,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    instances: Vec<Instance>,
    seats: Vec<Seats>,
    cores: Cores,
    objects: Vec<Object>,
    /// The object of the connections to the peers of a task.
    connections: BTreeMap<(u16, u16), u16>,
    /// For each task, how many requests its clients have released.
    requested: Vec<u32>,
    /// For each task, how many of its clients are between two requests, or wait for an answer.
    clients: Vec<u32>,
    /// How many instances are under way, and how many of the foreground are still to come or under way.
    live: u64,
    foreground: u64,
    /// Whether the foreground has ended.
    is_over: bool,
    last_end: u64,
    /// Whether the background was more than the engine can serve.
    is_overloaded: bool,
    /// When the dispatcher has started the thread before.
    dispatcher_ns: u64,
    /// What the present instance has spent on waking threads, nanoseconds; it adds to its next work.
    waker_ns: u64,
    /// Instances that are ready to run on the thread that they have.
    ready: VecDeque<u32>,
}

/// Simulates a cell of `point`, for at most so many events. `threads` are its workers and the size of its pool for blocking calls.
pub(super) fn simulate(
    engines: &Engines,
    point: &PointPlan,
    engine: EngineName,
    threads: (u32, Option<u32>),
    cores: u32,
    most_events: u64,
) -> (Foretold, u64) {
    let effort_of_slots = point.slots() as u64 / OPERATIONS_PER_EVENT;
    if point.slots() > MOST_SLOTS || most_events <= effort_of_slots {
        return (Foretold::Beyond(0), 0);
    }
    let mut simulation = Simulation::new(point, Rules::new(engines, point, engine, threads, cores));
    let effort = (most_events - effort_of_slots).saturating_mul(OPERATIONS_PER_EVENT);
    simulation.effort = effort;
    simulation.schedule_arrivals();
    let foretold = simulation.finish();
    (foretold, effort_of_slots + (effort - simulation.effort) / OPERATIONS_PER_EVENT)
}

impl<'a> Simulation<'a> {
    fn new(point: &'a PointPlan, rules: Rules) -> Self {
        let instances = point.draws.task.iter().zip(&point.draws.instance);
        let mut objects: Vec<Object> = point.objects.iter().map(Object::new).collect();
        let mut connections = BTreeMap::new();
        for (task, plan) in (0_u16..).zip(&point.tasks) {
            for (peers, plan) in (0_u16..).zip(&plan.program.peers) {
                connections.insert((task, peers), objects.len() as u16);
                objects.push(Object::connections(plan.count));
            }
            for (index, object) in objects.iter_mut().enumerate() {
                let uses = |object: fn(Op) -> Option<u16>| {
                    let is_it = plan.program.ops.iter().any(|op| object(op.op).map(usize::from) == Some(index));
                    u64::from(is_it) * u64::from(plan.count)
                };
                if let Kind::Channel(Channel { open, receivers, .. }) = &mut object.kind {
                    *open += uses(Op::sends_to);
                    *receivers += uses(Op::takes_from);
                }
            }
        }
        Self {
            now: 0,
            order: 0,
            events: BinaryHeap::new(),
            instances: instances.map(|(task, number)| Instance::new(*task, *number)).collect(),
            seats: Seats::of(&rules),
            cores: Cores::new(rules.cores),
            objects,
            connections,
            requested: vec![0; point.tasks.len()],
            clients: vec![0; point.tasks.len()],
            live: 0,
            foreground: 0,
            is_over: false,
            last_end: 0,
            is_overloaded: false,
            dispatcher_ns: 0,
            waker_ns: 0,
            ready: VecDeque::new(),
            effort: 0,
            quick: 0,
            point,
            rules,
        }
    }

    fn schedule_arrivals(&mut self) {
        let draws = &self.point.draws;
        for slot in 0..draws.open {
            let at = draws.scheduled_ns[slot as usize];
            self.foreground += u64::from(!self.point.tasks[usize::from(draws.task[slot as usize])].background);
            self.at(at, Event::Arrive(slot));
        }
        for slot in 0..draws.open {
            let at = draws.cancel_ns[slot as usize];
            if at != NEVER {
                self.at(at, Event::Cancel(slot));
            }
        }
        for (task, plan) in (0_u16..).zip(&self.point.tasks) {
            let Some(closed) = &plan.closed else { continue };
            for client in 0..closed.clients {
                let think = closed.thinks.row(&self.point.numbers, client).first().copied().unwrap_or(0);
                self.foreground += u64::from(!plan.background);
                self.clients[usize::from(task)] += 1;
                self.at(think, Event::Think(task, client % self.rules.groups));
            }
        }
    }

    fn at(&mut self, time: u64, event: Event) {
        self.order += 1;
        self.events.push(Reverse((time.max(self.now), self.order, event)));
    }

    /// Lets time pass until everything has ended.
    fn finish(&mut self) -> Foretold {
        while self.effort > OPERATIONS_PER_EVENT {
            self.effort -= OPERATIONS_PER_EVENT;
            while let Some(slot) = self.ready.pop_front() {
                self.operate(slot);
                if self.effort == 0 {
                    return Foretold::Beyond(self.now);
                }
            }
            if self.foreground == 0 && !std::mem::replace(&mut self.is_over, true) {
                self.happen(Event::Stop);
                continue;
            }
            if self.is_over && self.live == 0 {
                return self.end_of_all();
            }
            let Some(Reverse((time, _, event))) = self.events.pop() else {
                // Nothing can send any more.
                if self.close_idle_channels() {
                    continue;
                }
                return if self.live == 0 { self.end_of_all() } else { Foretold::Stalls };
            };
            self.now = time;
            self.happen(event);
        }
        Foretold::Beyond(self.now)
    }

    /// If the background gets more than the engine can serve, the end depends on small differences.
    fn end_of_all(&self) -> Foretold {
        let quick_ns = self.quick * QUICK_NS / u64::from(self.rules.cores).max(1);
        if self.is_overloaded {
            Foretold::Beyond(0)
        } else if quick_ns > MOST_QUICK_NS.max(self.last_end / 10) {
            Foretold::Beyond(self.last_end)
        } else {
            Foretold::Ends(self.last_end)
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive(slot) => self.dispatch_in_turn(event, slot % self.rules.groups),
            Event::Started(slot) => self.queue(slot),
            Event::Think(_, group) => self.dispatch_in_turn(event, group),
            Event::Cancel(slot) => self.dispatch_in_turn(event, self.instances[slot as usize].home),
            Event::Stop => self.dispatch_in_turn(event, 0),
            Event::Over(slot, turn) => {
                let instance = &self.instances[slot as usize];
                if instance.turn == turn && matches!(instance.state, State::Running | State::Waiting(On::Time)) {
                    self.resume(slot);
                }
            }
            Event::Woken(place) => self.seat_next(place),
            Event::Worked(slot, ns) => self.worked(slot, ns),
        }
    }

    /// What the dispatcher does.
    fn dispatch(&mut self, event: Event) {
        match event {
            Event::Arrive(slot) => self.arrive(slot, slot % self.rules.groups),
            Event::Think(task, group) => self.request(task, group),
            Event::Cancel(slot) => self.cancel(slot),
            Event::Stop => self.stop_background(),
            Event::Started(_) | Event::Over(..) | Event::Woken(_) | Event::Worked(..) => {}
        }
    }

    /// Releases an instance from outside.
    fn arrive(&mut self, slot: u32, group: u32) {
        if self.is_over {
            return;
        }
        self.live += 1;
        let instance = &mut self.instances[slot as usize];
        (instance.home, instance.place) = (group, group);
        instance.state = State::Queued;
        if self.rules.workers.is_some() {
            return self.queue(slot);
        }
        // The dispatcher starts one thread after the other.
        self.dispatcher_ns = self.dispatcher_ns.max(self.now) + START_THREAD_NS;
        self.at(self.dispatcher_ns, Event::Started(slot));
    }

    /// The next request of a client.
    fn request(&mut self, task: u16, group: u32) {
        let plan = &self.point.tasks[usize::from(task)];
        let Some(closed) = &plan.closed else { return };
        let number = self.requested[usize::from(task)];
        if number >= plan.count || closed.until_ns.is_some_and(|until| self.now >= until) || self.is_over {
            self.clients[usize::from(task)] -= 1;
            self.foreground -= u64::from(!plan.background);
            if self.clients[usize::from(task)] == 0 {
                self.no_more_of(task, u64::from(plan.count - self.requested[usize::from(task)]));
            }
            return;
        }
        self.requested[usize::from(task)] += 1;
        let slot = closed.first_slot + number;
        let cancel = self.point.draws.cancel_ns[slot as usize];
        if cancel != NEVER {
            let from = if closed.cancel_after { self.now } else { 0 };
            self.at(from.saturating_add(cancel), Event::Cancel(slot));
        }
        self.arrive(slot, group);
    }

    /// Books the end of an instance that came from outside or was spawned.
    fn ended(&mut self, slot: u32) {
        self.live -= 1;
        self.last_end = self.last_end.max(self.now);
        let instance = &mut self.instances[slot as usize];
        instance.state = State::Ended;
        let (task, parent, group) = (instance.task, instance.parent, instance.home);
        let plan = &self.point.tasks[usize::from(task)];
        self.no_more_of(task, 1);
        if plan.spawned.is_some() {
            self.foreground -= u64::from(!plan.background);
        } else if let Some(closed) = &plan.closed {
            let next = self.requested[usize::from(task)];
            let think = closed.thinks.row(&self.point.numbers, next).first().copied().unwrap_or(0);
            self.at(self.now.saturating_add(think), Event::Think(task, group));
        } else {
            self.foreground -= u64::from(!plan.background);
        }
        let Some(parent) = parent else { return };
        let above = &mut self.instances[parent as usize];
        above.joins -= 1;
        if above.joins == 0 && above.is_waiting_on(On::Children) {
            self.wake(parent);
        }
    }

    /// Cancels the background, as the foreground has ended.
    fn stop_background(&mut self) {
        let is_live = |instance: &Instance| !matches!(instance.state, State::Unborn | State::Ended);
        let live = (0_u32..).zip(&self.instances).filter(|(_, instance)| is_live(instance));
        let live: Vec<u32> = live.map(|(slot, _)| slot).collect();
        for slot in live {
            self.cancel(slot);
        }
    }

    /// Requests the end of an instance.
    fn cancel(&mut self, slot: u32) {
        let instance = &mut self.instances[slot as usize];
        if matches!(instance.state, State::Unborn | State::Ended) || instance.is_cancelled {
            return;
        }
        instance.is_cancelled = true;
        let state = instance.state;
        if let Some(children) = self.point.tasks[usize::from(instance.task)].children
            && instance.joins > 0
        {
            let first = children.first_slot + instance.number * children.each;
            (first..first + instance.spawned).for_each(|child| {
                if self.instances[child as usize].parent.is_some() {
                    self.cancel(child);
                }
            });
        }
        let instance = &self.instances[slot as usize];
        let is_offloaded = instance.offload_end.is_some();
        if self.rules.wakes_sleepers && matches!(state, State::Waiting(_)) && !instance.seated && !is_offloaded {
            self.resume(slot);
        } else if self.rules.drops_queued_calls && is_offloaded && state == State::Queued {
            self.end(slot);
        }
    }
}

#[cfg(test)]
mod tests;
