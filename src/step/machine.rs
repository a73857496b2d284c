//! The interpreter of a flat program: from operation to operation until it waits, ends, or is cancelled.
//!
//! It keeps a program counter, one word of loop counters, a cursor into its draws, and what it waits for.

mod meeting;
mod waiting;

use std::marker::PhantomData;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use self::meeting::MEETS;
use super::objects::Objects;
use super::offload::Body;
use super::run::Shared;
use super::spawn::Brought;
use super::task_run::TaskRun;
use super::wait::Wait;
use super::{block, fault, meet, named};
use crate::idiom::{Boxed, Idiom};
use crate::plan::{Op, Operation};
use crate::record::clock::tick;
use crate::record::layout::{NOWHERE, end};
use crate::record::{Meter, PollTimer};

/// A program under way.
#[derive(Debug)]
pub(super) struct Machine<I, W> {
    pub(super) slot: u32,
    /// How many of the instance's draws are taken.
    draw: u32,
    /// The passes of every loop so far, each in bits of its own.
    counters: u64,
    /// What it has gathered.
    pub(super) meter: Meter,
    pub(super) task: u16,
    pc: u16,
    /// The operation behind its last.
    end: u16,
    /// Whose cancellation it looks for.
    cancels: Cancels,
    wait: W,
    idiom: PhantomData<fn() -> I>,
}

/// Whose cancellation stops an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancels {
    /// Nobody's.
    None,
    /// Its own.
    Own,
    /// That of whoever waits for it, or of who waits for that.
    Above,
}

/// What an operation leads to.
enum Next {
    /// The operation behind it, or wherever the counter points by now.
    Operation,
    /// Back to the engine until woken.
    Pending,
    /// Nothing more: what it needs will never be there.
    Failed,
}

impl<I: Idiom, W: Wait<I>> Machine<I, W> {
    /// The whole program of task number `number`.
    #[inline]
    pub(super) fn new(slot: u32, number: u16, task: &TaskRun) -> Self {
        Self {
            slot,
            draw: 0,
            counters: 0,
            meter: Meter::default(),
            task: number,
            pc: 0,
            end: task.program.ops.len() as u16,
            cancels: match (task.cancellable, task.is_joined()) {
                (false, _) => Cancels::None,
                (true, false) => Cancels::Own,
                (true, true) => Cancels::Above,
            },
            wait: W::default(),
            idiom: PhantomData,
        }
    }

    /// A part of a program, taken over from the instance that offloads it: nothing stops it half-way.
    pub(super) fn part(body: Body) -> Self {
        Self {
            slot: body.slot,
            draw: body.draw,
            counters: body.counters,
            meter: Meter::default(),
            task: body.task,
            pc: body.from,
            end: body.to,
            cancels: Cancels::None,
            wait: W::default(),
            idiom: PhantomData,
        }
    }

    /// Whether its instance's cancellation has been requested.
    #[inline]
    pub(super) fn is_cancelled(&self, shared: &Shared) -> bool {
        match self.cancels {
            Cancels::None => false,
            Cancels::Own => shared.recorder.is_cancelled(self.slot),
            Cancels::Above => shared.cancelled_above(self.slot).is_some(),
        }
    }

    /// What its instance has brought about by spawning.
    #[inline]
    pub(super) fn brought(&self) -> Brought {
        self.wait.brought()
    }

    /// The number of the present step; 0 before the first and in an empty program.
    pub(super) fn step(&self, task: &TaskRun) -> u16 {
        let at = usize::from(self.pc).saturating_sub(1);
        task.program.ops.get(at).map_or(0, |operation| operation.step)
    }

    /// Goes on until it pends, or ends: one of [`end`]. `offload` starts the part of the program that it is given elsewhere.
    #[inline]
    pub(super) fn advance(
        &mut self,
        shared: &Shared,
        objects: &'static Objects<I>,
        offload: impl Fn(Body) -> Boxed<()>,
        timer: &mut PollTimer,
        cx: &mut Context<'_>,
    ) -> Poll<u8> {
        let task = &shared.tasks[usize::from(self.task)];
        loop {
            if self.wait.is_waiting() {
                let Operation { op, step } = &task.program.ops[usize::from(self.pc) - 1];
                if meet::is_brief(op, objects) {
                    timer.meets(*step);
                } else {
                    timer.takes_time(*step);
                }
                if self.poll_wait(shared, task, cx).is_pending() {
                    return Poll::Pending;
                }
                if let Next::Failed = self.wait_is_over(shared, objects, task, timer) {
                    return Poll::Ready(self.failed(shared));
                }
            }
            let left = self.wait.take_left();
            if left == 0 {
                if self.pc == self.end {
                    return Poll::Ready(end::DONE);
                }
                // What only closes a step comes before the look at the flag: with nothing left to do, a request is too late.
                if self.closes_a_step(shared, task) {
                    continue;
                }
            }
            if self.is_cancelled(shared) {
                return Poll::Ready(end::CANCELLED);
            }
            let next = if left > 0 {
                timer.takes_time(self.step(task));
                self.go_on(shared, task, left, cx)
            } else {
                let operation = &task.program.ops[usize::from(self.pc)];
                self.pc += 1;
                if let Op::Yield = operation.op {
                    if I::NEVER_PENDS {
                        timer.takes_time(operation.step);
                    }
                    Self::yield_now(cx)
                } else if meet::is_brief(&operation.op, objects) {
                    timer.meets(operation.step);
                    self.meet(operation.op, operation.step, shared, objects, task)
                } else {
                    timer.takes_time(operation.step);
                    self.execute(*operation, shared, objects, task, &offload, cx)
                }
            };
            match next {
                Next::Operation => {}
                Next::Pending => return Poll::Pending,
                Next::Failed => return Poll::Ready(self.failed(shared)),
            }
        }
    }

    /// Takes the end of a loop's pass or of a named step, if that is what comes next.
    #[inline]
    fn closes_a_step(&mut self, shared: &Shared, task: &TaskRun) -> bool {
        match task.program.ops[usize::from(self.pc)].op {
            Op::Again { shift, bits, times, to } => {
                self.pc += 1;
                self.again(shift, bits, times, to);
            }
            Op::Leave { name } => {
                self.pc += 1;
                named::leave(self.wait.marks(), name, shared, self.task);
            }
            Op::Release => {
                let name = task.program.name_at(usize::from(self.pc));
                // Read before: the next may have it at once.
                let until = name.map(|_| tick());
                let holds = self.wait.holds().expect(MEETS);
                let placed = name.and_then(|_| holds.placed());
                holds.release();
                if let Some((name, until)) = name.zip(until) {
                    named::lets_go(self.wait.marks(), name, until, shared, self.task);
                }
                if let Some((name, placed)) = name.zip(placed) {
                    named::placed(name, placed, shared, self.task);
                }
                self.pc += 1;
            }
            Op::Back { to } => {
                if let Some(name) = task.program.name_at(usize::from(self.pc)) {
                    named::needs_another(self.wait.marks(), name, shared, self.task);
                }
                self.pc = to;
            }
            _ => return false,
        }
        true
    }

    /// The rest of the `cpu` step that yielded last.
    #[inline(never)]
    fn go_on(&mut self, shared: &Shared, task: &TaskRun, left: u64, cx: &mut Context<'_>) -> Next {
        let Op::Cpu { slice_ns, .. } = task.program.ops[usize::from(self.pc) - 1].op else {
            unreachable!("only a `cpu` step leaves work behind a yield")
        };
        self.cpu(shared, task, left, slice_ns, cx)
    }

    /// An operation that takes time. Out of line, so that what a yield costs is not its frame.
    #[inline(never)]
    fn execute(
        &mut self,
        Operation { op, step }: Operation,
        shared: &Shared,
        objects: &'static Objects<I>,
        task: &TaskRun,
        offload: impl Fn(Body) -> Boxed<()>,
        cx: &mut Context<'_>,
    ) -> Next {
        match op {
            Op::Yield | Op::Again { .. } | Op::Leave { .. } | Op::Release | Op::Back { .. } => {
                unreachable!("taken before")
            }
            Op::Send { .. } | Op::Recv { .. } | Op::Drain { .. } => return self.meet(op, step, shared, objects, task),
            Op::Lock { .. } | Op::Permit { .. } | Op::Barrier { .. } | Op::Ipc { .. } | Op::Round { .. } => {
                return self.meet(op, step, shared, objects, task);
            }
            Op::Cpu { ns, slice_ns } => {
                let ns = self.length(ns, shared, task);
                return self.cpu(shared, task, ns, slice_ns, cx);
            }
            Op::Sleep { ns } => {
                let ns = self.length(ns, shared, task);
                self.wait.sleep(Duration::from_nanos(ns));
                // Whoever holds a lock meanwhile can be told of, should nobody get it.
                if self.is_holding() {
                    shared.recorder.suspended(self.slot, step);
                }
            }
            Op::Block { ns } => {
                let ns = self.length(ns, shared, task);
                block::keeping_thread::<I, W, _>(shared, self.slot, || block::block(ns));
            }
            Op::Offload { end, draws, pool } => {
                // The counter stays here until the wait is over: this is where the instance is.
                let (slot, task, from) = (self.slot, self.task, self.pc);
                let (counters, draw) = (self.counters, self.draw);
                self.wait.boxed(offload(Body { slot, task, from, to: end, counters, draw, pool }));
                self.draw += draws;
                shared.recorder.suspended(slot, step);
            }
            Op::Spawn { task: child, count, join } => {
                let family = self.wait.family().expect("a program that spawns has a family");
                shared.recorder.suspended(self.slot, if join { step } else { NOWHERE });
                let mut spawn = || shared.spawn(self.slot, task, child, count, join, family);
                if join { block::lending_thread::<I, W, _>(shared, self.slot, spawn) } else { spawn() }
            }
            Op::Enter { name } => named::enter(self.wait.marks(), name),
            Op::Fault { kind } => fault::commit(kind),
        }
        Next::Operation
    }

    #[inline]
    fn yield_now(cx: &mut Context<'_>) -> Next {
        if I::yield_now(cx).is_pending() { Next::Pending } else { Next::Operation }
    }

    #[inline]
    fn again(&mut self, shift: u8, bits: u8, times: u32, to: u16) {
        let mask = (u64::MAX >> (64 - bits)) << shift;
        let passes = ((self.counters & mask) >> shift) as u32 + 1;
        self.counters &= !mask;
        if passes < times {
            self.counters |= u64::from(passes) << shift;
            self.pc = to;
        }
    }

    /// Works for `ns`, or for a slice of it before a yield.
    fn cpu(&mut self, shared: &Shared, task: &TaskRun, ns: u64, slice: Option<u64>, cx: &mut Context<'_>) -> Next {
        let mut left = ns;
        loop {
            let now = slice.map_or(left, |slice| slice.min(left));
            shared.cpu(self.slot, task, now);
            self.meter.worked(now, shared.recorder.slot(self.slot));
            left -= now;
            if left == 0 {
                return Next::Operation;
            }
            if I::yield_now(cx).is_pending() {
                self.wait.leave(left);
                return Next::Pending;
            }
            if self.is_cancelled(shared) {
                // The machine looks too, finds work left, and ends there.
                self.wait.leave(left);
                return Next::Operation;
            }
        }
    }

    #[inline]
    fn length(&mut self, fixed: Option<u64>, shared: &Shared, task: &TaskRun) -> u64 {
        fixed.unwrap_or_else(|| {
            let length = shared.draw(self.slot, task, self.draw);
            self.draw += 1;
            length
        })
    }
}

impl Shared {
    /// Works for `ns` nominal nanoseconds on behalf of `slot`.
    #[inline]
    pub(super) fn cpu(&self, slot: u32, task: &TaskRun, ns: u64) {
        if task.cancellable {
            let from = tick();
            self.kernel.work(ns);
            self.recorder.worked(slot, ns, from, tick());
        } else {
            self.kernel.work(ns);
        }
    }

    /// Draw number `draw` of the instance in `slot`, nanoseconds.
    pub(super) fn draw(&self, slot: u32, task: &TaskRun, draw: u32) -> u64 {
        let instance = self.recorder.slot(slot).instance.load(Relaxed);
        task.durations.row(self.numbers.as_slice(), instance)[draw as usize]
    }
}
