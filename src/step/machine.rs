//! The interpreter of a flat program: from operation to operation until it waits, ends, or is cancelled.
//!
//! It keeps a program counter, one word of loop counters, a cursor into its draws, and what it waits for.

mod closing;
mod meeting;
mod waiting;
mod working;

use std::marker::PhantomData;
use std::task::{Context, Poll};
use std::time::Duration;

use super::objects::Objects;
use super::offload::Body;
use super::run::Shared;
use super::spawn::Brought;
use super::task_run::TaskRun;
use super::wait::Wait;
use super::{block, fault, named};
use crate::idiom::{Boxed, Idiom};
use crate::plan::{Op, Operation};
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
    /// What it has begun goes on: a wait, or the rest of its work.
    Rest,
    /// Back to the engine until woken.
    Pending,
    /// Nothing more: it is cancelled.
    Cancelled,
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
        let mut next = Next::Rest;
        loop {
            match next {
                Next::Operation => {}
                Next::Rest => {
                    next = self.rest(shared, objects, task, timer, cx);
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
            // What only closes a step comes before the look at the flag: with nothing left to do, a request is too late.
            if self.closes_a_step(operation.op, shared, task) {
                continue;
            }
            if self.is_cancelled(shared) {
                return Poll::Ready(end::CANCELLED);
            }
            // It stays here until what the operation begins is over: this is where the instance is.
            self.pc += 1;
            next = match operation.op {
                Op::Yield => {
                    if I::NEVER_PENDS {
                        timer.takes_time(operation.step);
                    }
                    Self::yield_now(cx)
                }
                Op::Send { .. } if W::MEETS && !objects.rehearses => {
                    self.send(operation, shared, objects, task, timer, cx)
                }
                Op::Recv { .. } | Op::Drain { .. } if W::MEETS && !objects.rehearses => {
                    self.receive(operation, shared, objects, task, timer, cx)
                }
                op if W::MEETS && op.meets() => self.meet(operation, shared, objects, task, timer, cx),
                _ => {
                    timer.takes_time(operation.step);
                    self.execute(*operation, shared, task, &offload, cx)
                }
            };
        }
    }

    /// An operation that takes time. Out of line, so that what a yield costs is not its frame.
    #[inline(never)]
    fn execute(
        &mut self,
        Operation { op, step }: Operation,
        shared: &Shared,
        task: &TaskRun,
        offload: impl Fn(Body) -> Boxed<()>,
        cx: &mut Context<'_>,
    ) -> Next {
        match op {
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
                return Next::Rest;
            }
            Op::Block { ns } => {
                let ns = self.length(ns, shared, task);
                block::keeping_thread::<I, W, _>(shared, self.slot, || block::block(ns));
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
                let family = self.wait.family().expect("a program that spawns has a family");
                shared.recorder.suspended(self.slot, if join { step } else { NOWHERE });
                let mut spawn = || shared.spawn(self.slot, task, child, count, join, family);
                if join {
                    block::lending_thread::<I, W, _>(shared, self.slot, spawn);
                } else {
                    spawn();
                }
                return Next::Rest;
            }
            Op::Enter { name } => named::enter(self.wait.marks(), name),
            Op::Fault { kind } => fault::commit(kind),
            Op::Yield | Op::Again { .. } | Op::Leave { .. } | Op::Release | Op::Back { .. } => {
                unreachable!("taken before")
            }
            Op::Send { .. } | Op::Recv { .. } | Op::Drain { .. } | Op::Lock { .. } | Op::Permit { .. } => {
                unreachable!("its program meets others")
            }
            Op::Barrier { .. } | Op::Ipc { .. } | Op::Round { .. } => unreachable!("its program meets others"),
        }
        Next::Operation
    }

    #[inline]
    fn yield_now(cx: &mut Context<'_>) -> Next {
        if I::yield_now(cx).is_pending() { Next::Pending } else { Next::Operation }
    }
}
