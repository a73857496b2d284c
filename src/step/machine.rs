//! The interpreter of a flat program: from operation to operation until it waits, ends, or is cancelled.
//!
//! It keeps a program counter, one word of loop counters, a cursor into its draws, and what it waits for.

use std::marker::PhantomData;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use super::offload::Body;
use super::run::{Shared, TaskRun};
use super::wait::Wait;
use super::{block, fault, named};
use crate::idiom::{Boxed, Idiom};
use crate::plan::Op;
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
    /// Whether it looks for a cancellation of its instance.
    cancellable: bool,
    wait: W,
    idiom: PhantomData<fn() -> I>,
}

/// What an operation leads to.
enum Next {
    /// The operation behind it, or wherever the counter points by now.
    Operation,
    /// Back to the engine until woken.
    Pending,
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
            cancellable: task.cancellable,
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
            cancellable: false,
            wait: W::default(),
            idiom: PhantomData,
        }
    }

    /// Whether its instance's cancellation has been requested.
    #[inline]
    pub(super) fn is_cancelled(&self, shared: &Shared) -> bool {
        self.cancellable && shared.recorder.is_cancelled(self.slot)
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
        offload: impl Fn(Body) -> Boxed<()>,
        timer: &mut PollTimer,
        cx: &mut Context<'_>,
    ) -> Poll<u8> {
        let task = &shared.tasks[usize::from(self.task)];
        loop {
            if self.wait.is_waiting() {
                timer.takes_time(self.step(task));
                if self.wait.poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.wait_is_over(shared, task);
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
                } else {
                    timer.takes_time(operation.step);
                    self.execute(operation.op, operation.step, shared, task, &offload, cx)
                }
            };
            if let Next::Pending = next {
                return Poll::Pending;
            }
        }
    }

    /// Behind an offloaded part, the program goes on at its end.
    fn wait_is_over(&mut self, shared: &Shared, task: &TaskRun) {
        if let Op::Offload { end, .. } = task.program.ops[usize::from(self.pc) - 1].op {
            self.pc = end;
            shared.recorder.suspended(self.slot, NOWHERE);
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
        op: Op,
        step: u16,
        shared: &Shared,
        task: &TaskRun,
        offload: impl Fn(Body) -> Boxed<()>,
        cx: &mut Context<'_>,
    ) -> Next {
        match op {
            Op::Yield | Op::Again { .. } | Op::Leave { .. } => unreachable!("taken before"),
            Op::Cpu { ns, slice_ns } => {
                let ns = self.length(ns, shared, task);
                return self.cpu(shared, task, ns, slice_ns, cx);
            }
            Op::Sleep { ns } => {
                let ns = self.length(ns, shared, task);
                self.wait.sleep(Duration::from_nanos(ns));
            }
            Op::Block { ns } => block::block(self.length(ns, shared, task)),
            Op::Offload { end, draws, pool } => {
                // The counter stays here until the wait is over: this is where the instance is.
                let (slot, task, from) = (self.slot, self.task, self.pc);
                let (counters, draw) = (self.counters, self.draw);
                self.wait.boxed(offload(Body { slot, task, from, to: end, counters, draw, pool }));
                self.draw += draws;
                shared.recorder.suspended(slot, step);
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
