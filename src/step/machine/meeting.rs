//! The steps of a machine in which its instance meets others.

use std::task::{Context, Poll};

use super::{Machine, Next};
use crate::idiom::Idiom;
use crate::plan::{Op, Operation};
use crate::record::PollTimer;
use crate::record::layout::{NOWHERE, end};
use crate::step::meet::{self, Met};
use crate::step::objects::Objects;
use crate::step::run::Shared;
use crate::step::task_run::TaskRun;
use crate::step::wait::Wait;
use crate::step::{block, named};

/// Why a program of this kind has what it needs.
pub(super) const MEETS: &str = "a program that meets others carries what it holds";

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

    /// A step in which it meets others.
    #[inline]
    pub(super) fn meet(
        &mut self,
        Operation { op, step }: &Operation,
        shared: &Shared,
        objects: &'static Objects<I>,
        task: &TaskRun,
        timer: &mut PollTimer,
    ) -> Next {
        Self::time(op, *step, objects, timer);
        let who = (self.slot, usize::from(self.task));
        let met = meet::begin(op, who, self.wait.holds().expect(MEETS), objects);
        if met == Met::Waiting {
            shared.recorder.suspended(self.slot, *step);
            return Next::Rest;
        }
        self.has_met(met, op, shared, task)
    }

    /// Goes on waiting for others, and behind that with what came of it.
    #[inline]
    pub(super) fn rest_of_meeting(
        &mut self,
        shared: &Shared,
        objects: &Objects<I>,
        task: &TaskRun,
        timer: &mut PollTimer,
        cx: &mut Context<'_>,
    ) -> Next {
        let Operation { op, step } = &task.program.ops[usize::from(self.pc) - 1];
        Self::time(op, *step, objects, timer);
        let holds = self.wait.holds().expect(MEETS);
        let came = if W::TRACED && I::NEVER_PENDS {
            block::keeping_thread::<I, W, _>(shared, self.slot, || holds.poll(cx))
        } else {
            holds.poll(cx)
        };
        let Poll::Ready(came) = came else { return Next::Pending };
        let met = meet::come(came, op, holds, objects);
        shared.recorder.suspended(self.slot, NOWHERE);
        self.has_met(met, op, shared, task)
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

    /// Such a step has come to its end.
    #[inline]
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
