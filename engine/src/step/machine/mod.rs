//! The interpreter of a flat program: runs operation after operation until the instance waits, ends, or is cancelled.
//!
//! It keeps a program counter, one word of loop counters, a cursor into its draws, and what it waits for.

mod closing;
mod sync;
mod waiting;
mod working;

use std::marker::PhantomData;
use std::task::{Context, Poll};
use std::time::Duration;

use super::children::SpawnTotals;
use super::objects::Objects;
use super::shared::SharedRun;
use super::task_run::TaskRun;
use super::wait::Wait;
use super::{block, fault, named};
use crate::plan::{Op, Operation};
use crate::primitives::{Boxed, Primitives};
use crate::record::layout::{NOWHERE, end};
use crate::record::{Meter, PollTimer};
use crate::scenario::OffloadPool;

/// A part of a task's program, operations `from..to`, with the state that its instance has there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body {
    pub(super) slot: u32,
    pub(super) task: u16,
    pub(super) from: u16,
    pub(super) to: u16,
    pub(super) counters: u64,
    pub(super) draw: u32,
    pub(super) pool: OffloadPool,
}

/// One execution of a program.
#[derive(Debug)]
pub(super) struct Machine<P, W> {
    pub(super) slot: u32,
    /// How many of the instance's draws are taken.
    draw: u32,
    /// The passes of every loop so far, each in bits of its own.
    counters: u64,
    /// What it has measured.
    pub(super) meter: Meter,
    pub(super) task: u16,
    pc: u16,
    /// The index after its last operation.
    end: u16,
    /// Which cancellation it checks for.
    cancels: Cancels,
    wait: W,
    primitives: PhantomData<fn() -> P>,
}

/// Which cancellation stops an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancels {
    /// None.
    None,
    /// Its own.
    Own,
    /// That of an ancestor, along parents that wait.
    Above,
}

/// What a machine works with in one poll.
struct PollContext<'a, 'w, P: Primitives> {
    shared: &'a SharedRun,
    objects: &'static Objects<P>,
    /// The task of its instance.
    task: &'a TaskRun,
    timer: &'a mut PollTimer,
    cx: &'a mut Context<'w>,
}

/// What follows an operation.
enum Next {
    /// The operation at the program counter.
    Operation,
    /// The rest of what it has begun: a wait, or work.
    Rest,
    /// Back to the engine until the instance is woken.
    Pending,
    /// The end: the instance is cancelled.
    Cancelled,
    /// The end: what the instance needs will never be there.
    Failed,
}

impl<P: Primitives, W: Wait<P>> Machine<P, W> {
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
            primitives: PhantomData,
        }
    }

    /// A part of a program, which an instance offloads: nothing stops it half-way.
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
            primitives: PhantomData,
        }
    }

    /// Whether its instance's cancellation has been requested.
    #[inline]
    pub(super) fn is_cancelled(&self, shared: &SharedRun) -> bool {
        match self.cancels {
            Cancels::None => false,
            Cancels::Own => shared.recorder.is_cancelled(self.slot),
            Cancels::Above => shared.cancelled_above(self.slot).is_some(),
        }
    }

    /// What its instance has spawned, in total.
    #[inline]
    pub(super) fn spawn_totals(&self) -> SpawnTotals {
        self.wait.spawn_totals()
    }

    /// The number of the present step; 0 before the first and in an empty program.
    pub(super) fn step(&self, task: &TaskRun) -> u16 {
        let at = usize::from(self.pc).saturating_sub(1);
        task.program.ops.get(at).map_or(0, |operation| operation.step)
    }

    /// Runs until it pends, or ends with one of [`end`]. `offload` starts a part of the program on another thread.
    #[inline]
    pub(super) fn advance(
        &mut self,
        shared: &SharedRun,
        objects: &'static Objects<P>,
        offload: impl Fn(Body) -> Boxed<()>,
        timer: &mut PollTimer,
        cx: &mut Context<'_>,
    ) -> Poll<u8> {
        let task = &shared.tasks[usize::from(self.task)];
        let poll = &mut PollContext { shared, objects, task, timer, cx };
        let mut next = Next::Rest;
        loop {
            match next {
                Next::Operation => {}
                Next::Rest => {
                    next = self.rest(poll);
                    continue;
                }
                Next::Pending => return Poll::Pending,
                Next::Cancelled => return Poll::Ready(end::CANCELLED),
                Next::Failed => return Poll::Ready(self.failed(shared)),
            }
            if self.pc == self.end {
                return Poll::Ready(end::DONE);
            }
            let operation = &task.program.ops[usize::from(self.pc)];
            // Closing operations come before the check for a cancellation: with nothing left to do, a request is too late.
            if self.closes_a_step(operation.op, shared, task) {
                continue;
            }
            if self.is_cancelled(shared) {
                return Poll::Ready(end::CANCELLED);
            }
            // The counter stays here until what the operation begins is over: it gives the present step of the instance.
            self.pc += 1;
            next = match operation.op {
                Op::Yield => {
                    if P::NEVER_PENDS {
                        poll.timer.takes_time(operation.step);
                    }
                    Self::yield_now(poll.cx)
                }
                Op::Send { .. } if W::SYNCS && !objects.is_warmup => self.send(operation, poll),
                Op::Recv { .. } | Op::Drain { .. } if W::SYNCS && !objects.is_warmup => self.receive(operation, poll),
                op if W::SYNCS && op.syncs() => self.sync(operation, poll),
                _ => {
                    poll.timer.takes_time(operation.step);
                    self.execute(*operation, &offload, poll)
                }
            };
        }
    }

    /// Executes an operation that takes time. Out of line, so that a yield does not pay for its frame.
    #[inline(never)]
    fn execute(
        &mut self,
        Operation { op, step }: Operation,
        offload: impl Fn(Body) -> Boxed<()>,
        poll: &mut PollContext<'_, '_, P>,
    ) -> Next {
        let (shared, task) = (poll.shared, poll.task);
        match op {
            Op::Cpu { ns, slice_ns } => {
                let ns = self.length(ns, shared, task);
                return self.cpu(ns, slice_ns, poll);
            }
            Op::Sleep { ns } => {
                let ns = self.length(ns, shared, task);
                self.wait.sleep(Duration::from_nanos(ns));
                // Recorded, so that a report can name the holder if other instances never get the lock.
                if self.is_holding() {
                    shared.recorder.suspended(self.slot, step);
                }
                return Next::Rest;
            }
            Op::Block { ns } => {
                let ns = self.length(ns, shared, task);
                block::blocking_thread::<P, W, _>(shared, self.slot, || block::block(ns));
            }
            Op::Offload { end, draws, pool } => {
                let (slot, task, from) = (self.slot, self.task, self.pc);
                let (counters, draw) = (self.counters, self.draw);
                self.wait.boxed(offload(Body { slot, task, from, to: end, counters, draw, pool }));
                self.draw += draws;
                shared.recorder.suspended(slot, step);
                return Next::Rest;
            }
            Op::Spawn { task: child, count, join } => {
                let child_state = self.wait.child_state().expect("a program that spawns has a child state");
                shared.recorder.suspended(self.slot, if join { step } else { NOWHERE });
                let mut spawn = || shared.spawn(self.slot, task, child, count, join, child_state);
                if join {
                    block::lending_thread::<P, W, _>(shared, self.slot, spawn);
                } else {
                    spawn();
                }
                return Next::Rest;
            }
            Op::Enter { name } => named::enter(self.wait.marks(), name),
            Op::Fault { kind } => fault::commit(kind),
            Op::Yield | Op::Again { .. } | Op::Leave { .. } | Op::Release | Op::Back { .. } => {
                unreachable!("done in `advance`")
            }
            Op::Send { .. } | Op::Recv { .. } | Op::Drain { .. } | Op::Lock { .. } | Op::Permit { .. } => {
                unreachable!("its program synchronises")
            }
            Op::Barrier { .. } | Op::Ipc { .. } | Op::Round { .. } => unreachable!("its program synchronises"),
        }
        Next::Operation
    }

    #[inline]
    fn yield_now(cx: &mut Context<'_>) -> Next {
        if P::yield_now(cx).is_pending() { Next::Pending } else { Next::Operation }
    }
}
