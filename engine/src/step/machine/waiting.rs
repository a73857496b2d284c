//! The rest of what a machine has begun: it continues a wait, and the program after it.

use std::task::{Context, Poll};

use super::{Machine, Next, PollContext};
use crate::plan::{Op, Operation};
use crate::primitives::Primitives;
use crate::record::layout::NOWHERE;
use crate::step::block;
use crate::step::shared::SharedRun;
use crate::step::wait::Wait;

impl<P: Primitives, W: Wait<P>> Machine<P, W> {
    /// Continues what it waits for or has left to do, if anything.
    #[inline]
    pub(super) fn rest(&mut self, poll: &mut PollContext<'_, '_, P>) -> Next {
        if W::SYNCS && self.wait.sync_state().is_some_and(|sync_state| sync_state.is_waiting()) {
            return self.rest_of_sync(poll);
        }
        if self.wait.is_waiting() {
            return self.rest_of_wait(poll);
        }
        let left = self.wait.take_left();
        if left == 0 {
            return Next::Operation;
        }
        if self.is_cancelled(poll.shared) {
            return Next::Cancelled;
        }
        poll.timer.takes_time(self.step(poll.task));
        self.rest_of_work(left, poll)
    }

    /// Continues a wait. After an offloaded part, the program continues at the end of that. During a join, the thread may have
    /// run other instances: after it, this one is at its own step again.
    #[inline]
    fn rest_of_wait(&mut self, poll: &mut PollContext<'_, '_, P>) -> Next {
        let Operation { op, step } = &poll.task.program.ops[usize::from(self.pc) - 1];
        poll.timer.takes_time(*step);
        if self.poll_wait(op, poll.shared, poll.cx).is_pending() {
            return Next::Pending;
        }
        match *op {
            Op::Sleep { .. } if !self.is_holding() => return Next::Operation,
            Op::Offload { end, .. } => self.pc = end,
            Op::Spawn { .. } => poll.timer.goes_on(*step),
            _ => {}
        }
        poll.shared.recorder.suspended(self.slot, NOWHERE);
        Next::Operation
    }

    #[inline]
    fn poll_wait(&mut self, op: &Op, shared: &SharedRun, cx: &mut Context<'_>) -> Poll<()> {
        if !W::TRACED || !P::NEVER_PENDS {
            return self.wait.poll(cx);
        }
        match op {
            // Offloaded work that runs on this thread records itself.
            Op::Offload { .. } => self.wait.poll(cx),
            // A thread that has run the children meanwhile does not block.
            Op::Spawn { .. } if self.wait.child_state().is_some_and(|child_state| child_state.is_together()) => {
                self.wait.poll(cx)
            }
            _ => block::blocking_thread::<P, W, _>(shared, self.slot, || self.wait.poll(cx)),
        }
    }
}
