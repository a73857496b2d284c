//! The rest of what a machine has begun: going on with a wait, and behind it.

use std::task::{Context, Poll};

use super::{Machine, Next};
use crate::idiom::Idiom;
use crate::plan::{Op, Operation};
use crate::record::PollTimer;
use crate::record::layout::NOWHERE;
use crate::step::block;
use crate::step::objects::Objects;
use crate::step::run::Shared;
use crate::step::task_run::TaskRun;
use crate::step::wait::Wait;

impl<I: Idiom, W: Wait<I>> Machine<I, W> {
    /// Goes on with what it waits for or has left to do, if anything.
    #[inline]
    pub(super) fn rest(
        &mut self,
        shared: &Shared,
        objects: &'static Objects<I>,
        task: &TaskRun,
        timer: &mut PollTimer,
        cx: &mut Context<'_>,
    ) -> Next {
        if W::MEETS && self.wait.holds().is_some_and(|holds| holds.is_waiting()) {
            return self.rest_of_meeting(shared, objects, task, timer, cx);
        }
        if self.wait.is_waiting() {
            return self.rest_of_wait(shared, task, timer, cx);
        }
        let left = self.wait.take_left();
        if left == 0 {
            return Next::Operation;
        }
        if self.is_cancelled(shared) {
            return Next::Cancelled;
        }
        timer.takes_time(self.step(task));
        self.rest_of_work(shared, task, left, cx)
    }

    /// Behind an offloaded part, the program goes on at its end; behind a join on the same thread, which may have run others, it
    /// is at its own step again.
    #[inline]
    fn rest_of_wait(&mut self, shared: &Shared, task: &TaskRun, timer: &mut PollTimer, cx: &mut Context<'_>) -> Next {
        let Operation { op, step } = &task.program.ops[usize::from(self.pc) - 1];
        timer.takes_time(*step);
        if self.poll_wait(op, shared, cx).is_pending() {
            return Next::Pending;
        }
        match *op {
            Op::Sleep { .. } if !self.is_holding() => return Next::Operation,
            Op::Offload { end, .. } => self.pc = end,
            Op::Spawn { .. } => timer.goes_on(*step),
            _ => {}
        }
        shared.recorder.suspended(self.slot, NOWHERE);
        Next::Operation
    }

    #[inline]
    fn poll_wait(&mut self, op: &Op, shared: &Shared, cx: &mut Context<'_>) -> Poll<()> {
        if !W::TRACED || !I::NEVER_PENDS {
            return self.wait.poll(cx);
        }
        match op {
            // Offloaded work that is done where it is has told of itself.
            Op::Offload { .. } => self.wait.poll(cx),
            // A thread that has run the children meanwhile waits for nobody.
            Op::Spawn { .. } if self.wait.family().is_some_and(|family| family.is_together()) => self.wait.poll(cx),
            _ => block::keeping_thread::<I, W, _>(shared, self.slot, || self.wait.poll(cx)),
        }
    }
}
