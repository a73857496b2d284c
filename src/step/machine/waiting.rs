//! The waits of a machine: going on with one, and going on behind it.

use std::task::{Context, Poll};

use super::{Machine, Next};
use crate::idiom::Idiom;
use crate::plan::Op;
use crate::record::PollTimer;
use crate::record::layout::NOWHERE;
use crate::step::objects::Objects;
use crate::step::run::Shared;
use crate::step::task_run::TaskRun;
use crate::step::wait::Wait;
use crate::step::{block, meet};

impl<I: Idiom, W: Wait<I>> Machine<I, W> {
    /// Behind an offloaded part, the program goes on at its end; where it met others, with what came of it; behind a join on the
    /// same thread, which may have run others, it is at its own step again.
    pub(super) fn wait_is_over(
        &mut self,
        shared: &Shared,
        objects: &Objects<I>,
        task: &TaskRun,
        timer: &PollTimer,
    ) -> Next {
        let operation = task.program.ops[usize::from(self.pc) - 1];
        match operation.op {
            Op::Sleep { .. } if !self.is_holding() => return Next::Operation,
            Op::Offload { end, .. } => self.pc = end,
            Op::Spawn { .. } => timer.goes_on(operation.step),
            op => {
                if let Some(holds) = self.wait.holds()
                    && let Some(came) = holds.take_came()
                {
                    let met = meet::come(came, op, holds, objects);
                    shared.recorder.suspended(self.slot, NOWHERE);
                    return self.has_met(met, op, shared, task);
                }
            }
        }
        shared.recorder.suspended(self.slot, NOWHERE);
        Next::Operation
    }

    #[inline]
    pub(super) fn poll_wait(&mut self, shared: &Shared, task: &TaskRun, cx: &mut Context<'_>) -> Poll<()> {
        if !W::TRACED || !I::NEVER_PENDS {
            return self.wait.poll(cx);
        }
        match task.program.ops[usize::from(self.pc) - 1].op {
            // Offloaded work that is done where it is has told of itself.
            Op::Offload { .. } => self.wait.poll(cx),
            // A thread that has run the children meanwhile waits for nobody.
            Op::Spawn { .. } if self.wait.family().is_some_and(|family| family.is_together()) => self.wait.poll(cx),
            _ => block::keeping_thread::<I, W, _>(shared, self.slot, || self.wait.poll(cx)),
        }
    }
}
