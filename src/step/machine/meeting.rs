//! The steps of a machine in which its instance meets others.

use std::task::Context;

use super::{Machine, Next};
use crate::idiom::Idiom;
use crate::plan::{Op, Operation};
use crate::record::PollTimer;
use crate::record::layout::{NOWHERE, end};
use crate::step::holds::Holds;
use crate::step::meet::{self, Met};
use crate::step::objects::Objects;
use crate::step::run::Shared;
use crate::step::task_run::TaskRun;
use crate::step::wait::Wait;
use crate::step::{block, named};

/// Why a program of this kind has what it needs.
pub(super) const MEETS: &str = "a program that meets others carries what it holds";

const CHANNEL: &str = "such a step has one";

impl<I: Idiom, W: Wait<I>> Machine<I, W> {
    /// How an instance ends whose step can't be done: one that is to be stopped is stopped.
    pub(super) fn failed(&self, shared: &Shared) -> u8 {
        if self.is_cancelled(shared) { end::CANCELLED } else { end::FAILED }
    }

    /// Whether it holds something that others may want.
    #[inline]
    pub(super) fn is_holding(&mut self) -> bool {
        self.wait.holds().is_some_and(|holds| holds.is_holding())
    }

    /// Its instance ends: it holds nothing any more.
    #[inline]
    pub(in crate::step) fn let_go(&mut self, objects: &Objects<I>) {
        if let Some(holds) = self.wait.holds() {
            holds.let_go(objects);
        }
    }

    /// Sends a message, or begins to wait until it can.
    #[expect(
        clippy::inline_always,
        reason = "a hop is a few dozen instructions: the frames of its calls would be as many"
    )]
    #[inline(always)]
    pub(super) fn send(
        &mut self,
        Operation { op, step }: &Operation,
        shared: &Shared,
        objects: &'static Objects<I>,
        task: &TaskRun,
        timer: &mut PollTimer,
        cx: &mut Context<'_>,
    ) -> Next {
        Self::times_message(*step, timer);
        let object = op.sends_to().expect(CHANNEL);
        let met = meet::send(object, self.slot, self.wait.holds().expect(MEETS), objects, cx);
        self.has_begun(met, (op, *step), shared, task)
    }

    /// Takes a message, or waits for it.
    #[expect(clippy::inline_always, reason = "a part of a hop, see `send`")]
    #[inline(always)]
    pub(super) fn receive(
        &mut self,
        Operation { op, step }: &Operation,
        shared: &Shared,
        objects: &'static Objects<I>,
        task: &TaskRun,
        timer: &mut PollTimer,
        cx: &mut Context<'_>,
    ) -> Next {
        Self::times_message(*step, timer);
        let (object, holds) = (op.takes_from().expect(CHANNEL), self.wait.holds().expect(MEETS));
        if I::NEVER_PENDS {
            // Who has to wait keeps its thread, which is to be known before.
            let met = meet::look(object, holds, objects);
            return self.has_begun(met, (op, *step), shared, task);
        }
        let met = meet::receive(object, holds, objects, cx);
        if met == Met::Waiting {
            shared.recorder.suspended(self.slot, *step);
            return Next::Pending;
        }
        self.has_met(met, op, shared, task)
    }

    /// Begins any other step in which it meets others.
    #[inline(never)]
    pub(super) fn meet(
        &mut self,
        Operation { op, step }: &Operation,
        shared: &Shared,
        objects: &'static Objects<I>,
        task: &TaskRun,
        timer: &mut PollTimer,
        cx: &mut Context<'_>,
    ) -> Next {
        Self::time(op, *step, objects, timer);
        let who = (self.slot, usize::from(self.task));
        let met = meet::begin(op, who, self.wait.holds().expect(MEETS), objects, cx);
        self.has_begun(met, (op, *step), shared, task)
    }

    #[expect(clippy::inline_always, reason = "a part of a hop, see `send`")]
    #[inline(always)]
    fn has_begun(&mut self, met: Met, (op, step): (&Op, u16), shared: &Shared, task: &TaskRun) -> Next {
        if met == Met::Waiting {
            shared.recorder.suspended(self.slot, step);
            return Next::Rest;
        }
        self.has_met(met, op, shared, task)
    }

    /// Goes on waiting for others, and behind that with what came of it.
    #[inline]
    pub(super) fn rest_of_meeting(
        &mut self,
        shared: &Shared,
        objects: &'static Objects<I>,
        task: &TaskRun,
        timer: &mut PollTimer,
        cx: &mut Context<'_>,
    ) -> Next {
        let Operation { op, step } = &task.program.ops[usize::from(self.pc) - 1];
        let met = if let Some(object) = op.takes_from() {
            Self::times_message(*step, timer);
            self.waits_on(shared, |holds| meet::receive(object, holds, objects, cx))
        } else {
            Self::time(op, *step, objects, timer);
            self.waits_on(shared, |holds| meet::go_on(op, holds, objects, cx))
        };
        if met == Met::Waiting {
            return Next::Pending;
        }
        shared.recorder.suspended(self.slot, NOWHERE);
        self.has_met(met, op, shared, task)
    }

    #[inline]
    fn waits_on(&mut self, shared: &Shared, on: impl FnOnce(&mut Holds<I>) -> Met) -> Met {
        let holds = self.wait.holds().expect(MEETS);
        if W::TRACED && I::NEVER_PENDS {
            return block::keeping_thread::<I, W, _>(shared, self.slot, || on(holds));
        }
        on(holds)
    }

    /// Tells the timer of such a step.
    #[inline]
    fn time(op: &Op, step: u16, objects: &Objects<I>, timer: &mut PollTimer) {
        if meet::is_brief(op, objects) {
            timer.meets(step);
        } else {
            timer.takes_time(step);
        }
    }

    /// Tells the timer of a message to be sent or taken.
    #[inline]
    fn times_message(step: u16, timer: &mut PollTimer) {
        if I::NEVER_PENDS { timer.takes_time(step) } else { timer.meets(step) }
    }

    /// Such a step has come to its end.
    #[expect(clippy::inline_always, reason = "a part of a hop, see `send`")]
    #[inline(always)]
    fn has_met(&mut self, met: Met, op: &Op, shared: &Shared, task: &TaskRun) -> Next {
        match (met, op) {
            (Met::Waiting, _) => unreachable!("its wait is over"),
            (Met::Closed, Op::Drain { end, .. }) => self.pc = *end,
            (Met::Closed, _) => return Next::Failed,
            (Met::Done, _) => {
                if let Some(name) = task.program.name_at(usize::from(self.pc) - 1) {
                    named::has(self.wait.marks(), name, shared, self.task);
                }
            }
        }
        Next::Operation
    }
}
