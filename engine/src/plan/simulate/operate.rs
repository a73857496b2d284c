//! An instance that has a thread runs its operations until it works, waits or ends.

use super::super::program::{Op, Operation};
use super::super::support::Keeps;
use super::instance::{On, State};
use super::rules::{START_THREAD_NS, round_ns};
use super::{Event, Simulation};
use crate::scenario::OffloadPool;

/// What follows an operation.
#[derive(PartialEq, Eq)]
pub(super) enum Next {
    /// The next operation.
    Go,
    /// The instance works, waits or has ended.
    Stop,
}

impl Simulation<'_> {
    /// Runs operations of an instance that has a thread.
    pub(super) fn operate(&mut self, slot: u32) {
        self.waker_ns = 0;
        while self.effort > 0 && self.step(slot) == Next::Go {
            self.effort -= 1;
        }
        self.effort = self.effort.saturating_sub(1);
    }

    fn step(&mut self, slot: u32) -> Next {
        let task = self.instances[slot as usize].task;
        let ops = &self.point.tasks[usize::from(task)].program.ops;
        let instance = &mut self.instances[slot as usize];
        if !std::mem::replace(&mut instance.has_begun, true) && self.rules.begin_ns > 0 {
            self.compute(slot, self.rules.begin_ns);
            return Next::Stop;
        }
        if instance.offload_end == Some(instance.pc) && instance.work_ns == 0 {
            return self.return_from_pool(slot);
        }
        let is_between = instance.work_ns == 0 && instance.to_spawn == 0 && !instance.is_joining;
        if (is_between && usize::from(instance.pc) == ops.len())
            || (instance.is_cancelled && instance.offload_end.is_none())
        {
            self.end(slot);
            return Next::Stop;
        }
        if instance.to_spawn > 0 {
            return self.spawn_one(slot);
        }
        if instance.is_joining {
            return self.join(slot);
        }
        if instance.work_ns > 0 {
            // Between two slices others run, where an instance can let them.
            if !std::mem::replace(&mut instance.may_work, true) && self.yield_now(slot) == Next::Stop {
                return Next::Stop;
            }
            return self.work(slot);
        }
        let operation = ops[usize::from(instance.pc)];
        self.execute(slot, operation)
    }

    fn execute(&mut self, slot: u32, Operation { op, .. }: Operation) -> Next {
        let instance = &mut self.instances[slot as usize];
        if let Op::Again { shift, bits, times, to } = op {
            instance.again((shift, bits, times, to));
            return Next::Go;
        }
        instance.pc += 1;
        self.quick += u64::from(op.syncs() || op == Op::Yield);
        let instance = &mut self.instances[slot as usize];
        match op {
            Op::Cpu { ns, slice_ns } => {
                let ns = self.duration(slot, ns);
                let instance = &mut self.instances[slot as usize];
                instance.work_ns = ns;
                instance.slice_ns = slice_ns.unwrap_or(u64::MAX).max(1);
                if ns == 0 { Next::Go } else { self.work(slot) }
            }
            Op::Sleep { ns } => {
                let ns = self.duration(slot, ns);
                let holds = self.holds_thread(slot);
                let end = self.rules.end_of_sleep(self.now, ns, holds);
                self.wait(slot, On::Time, holds);
                let event = Event::Over(slot, self.instances[slot as usize].turn);
                self.at(end, event);
                Next::Stop
            }
            Op::Block { ns } => {
                let ns = self.duration(slot, ns);
                let end = self.rules.end_of_sleep(self.now, ns, true);
                let instance = &mut self.instances[slot as usize];
                instance.turn += 1;
                let event = Event::Over(slot, instance.turn);
                self.at(end, event);
                Next::Stop
            }
            Op::Yield => self.yield_now(slot),
            Op::Offload { end, pool, .. } => self.offload(slot, pool, end),
            Op::Spawn { count, join, .. } => {
                instance.to_spawn = count;
                instance.is_joining = join;
                Next::Go
            }
            Op::Back { to } => {
                instance.pc = to;
                Next::Go
            }
            Op::Round { peers, rounds } => self.round(slot, peers, rounds),
            Op::Again { .. } | Op::Enter { .. } | Op::Leave { .. } | Op::Fault { .. } => Next::Go,
            Op::Send { .. }
            | Op::Recv { .. }
            | Op::Drain { .. }
            | Op::Lock { .. }
            | Op::Permit { .. }
            | Op::Release
            | Op::Barrier { .. }
            | Op::Ipc { .. } => self.synchronise(slot, op),
        }
    }

    /// A duration, or the next draw.
    fn duration(&mut self, slot: u32, fixed: Option<u64>) -> u64 {
        if let Some(ns) = fixed {
            return ns;
        }
        let instance = &mut self.instances[slot as usize];
        let row = self.point.tasks[usize::from(instance.task)].durations.row(&self.point.numbers, instance.number);
        let ns = row.get(instance.draw as usize).copied().unwrap_or(0);
        instance.draw += 1;
        ns
    }

    /// Whether an instance that waits keeps its thread.
    pub(super) fn holds_thread(&self, slot: u32) -> bool {
        self.rules.keeps != Keeps::Blocks || self.instances[slot as usize].offload_end.is_some()
    }

    /// Begins a wait, which keeps the thread or leaves it.
    pub(super) fn wait(&mut self, slot: u32, on: On, holds_thread: bool) {
        let instance = &mut self.instances[slot as usize];
        instance.state = State::Waiting(on);
        instance.turn += 1;
        instance.waits_since = self.now;
        if !holds_thread {
            self.leave_seat(slot);
        }
    }

    /// Does the next slice of a `cpu` step.
    fn work(&mut self, slot: u32) -> Next {
        let instance = &mut self.instances[slot as usize];
        let ns = instance.work_ns.min(instance.slice_ns);
        instance.work_ns -= ns;
        instance.may_work = false;
        self.compute(slot, ns);
        Next::Stop
    }

    /// Lets the others in the queue run first, where an instance can.
    fn yield_now(&mut self, slot: u32) -> Next {
        if self.holds_thread(slot) {
            return Next::Go;
        }
        self.queue_behind(slot);
        Next::Stop
    }

    fn offload(&mut self, slot: u32, pool: OffloadPool, end: u16) -> Next {
        let has_pool = match (self.rules.keeps, pool) {
            (Keeps::Sleeps, _) | (Keeps::Work, OffloadPool::Blocking) => false,
            (Keeps::Work | Keeps::Blocks, _) => true,
        };
        if !has_pool {
            return Next::Go;
        }
        self.leave_seat(slot);
        let home = self.instances[slot as usize].home;
        let place = self.pool(pool, home);
        let instance = &mut self.instances[slot as usize];
        instance.offload_end = Some(end);
        instance.place = place;
        self.queue(slot);
        Next::Stop
    }

    fn return_from_pool(&mut self, slot: u32) -> Next {
        self.leave_seat(slot);
        let instance = &mut self.instances[slot as usize];
        instance.offload_end = None;
        instance.place = instance.home;
        self.queue(slot);
        Next::Stop
    }

    /// Round trips: on the pool for blocking calls, where the mechanism can't be polled and waits must not block.
    fn round(&mut self, slot: u32, peers: u16, rounds: u32) -> Next {
        let instance = &self.instances[slot as usize];
        let plan = &self.point.tasks[usize::from(instance.task)].program.peers[usize::from(peers)];
        let ns = round_ns(plan, &self.point.cpus).saturating_mul(rounds.into());
        let pc = instance.pc;
        let instance = &mut self.instances[slot as usize];
        (instance.work_ns, instance.slice_ns, instance.may_work) = (ns, u64::MAX, true);
        if plan.mechanism.blocks() && !self.holds_thread(slot) {
            return self.offload(slot, OffloadPool::Blocking, pc);
        }
        Next::Go
    }

    /// Releases one child; after the last, waits for all that it joins.
    fn spawn_one(&mut self, slot: u32) -> Next {
        let instance = &mut self.instances[slot as usize];
        let has_thread_each = self.rules.workers.is_none();
        let children = self.point.tasks[usize::from(instance.task)].children;
        let Some(children) = children else { return Next::Go };
        let child = children.first_slot + instance.number * children.each + instance.spawned;
        instance.spawned += 1;
        instance.to_spawn -= 1;
        let joins = instance.is_joining;
        instance.joins += u32::from(joins);
        let home = instance.home;
        self.release_child(child, joins.then_some(slot), home);
        if has_thread_each {
            self.compute(slot, START_THREAD_NS);
            return Next::Stop;
        }
        Next::Go
    }

    fn join(&mut self, slot: u32) -> Next {
        let instance = &mut self.instances[slot as usize];
        if !std::mem::take(&mut instance.is_joining) || instance.joins == 0 {
            return Next::Go;
        }
        // A parent on a pool runs other jobs meanwhile.
        self.wait(slot, On::Children, false);
        Next::Stop
    }

    fn release_child(&mut self, child: u32, parent: Option<u32>, home: u32) {
        let instance = &mut self.instances[child as usize];
        (instance.parent, instance.home, instance.place) = (parent, home, home);
        self.live += 1;
        self.foreground += u64::from(!self.point.tasks[usize::from(instance.task)].background);
        self.queue(child);
    }

    /// Ends an instance: done, failed or cancelled.
    pub(super) fn end(&mut self, slot: u32) {
        let held = std::mem::take(&mut self.instances[slot as usize].held);
        held.into_iter().rev().for_each(|object| self.release(object));
        self.ended(slot);
        self.leave_seat(slot);
        if self.rules.workers.is_none() {
            self.end_thread();
        }
    }
}
