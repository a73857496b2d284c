//! The steps of a machine in which its instance meets others.

use super::{Machine, Next};
use crate::idiom::Idiom;
use crate::plan::Op;
use crate::record::layout::end;
use crate::step::meet::{self, Met};
use crate::step::named;
use crate::step::objects::Objects;
use crate::step::run::Shared;
use crate::step::task_run::TaskRun;
use crate::step::wait::Wait;

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

    /// A step in which it meets others. Out of line, so that what a yield costs is not its frame.
    #[inline(never)]
    pub(super) fn meet(
        &mut self,
        op: Op,
        step: u16,
        shared: &Shared,
        objects: &'static Objects<I>,
        task: &TaskRun,
    ) -> Next {
        let met = meet::begin(op, (self.slot, self.task), self.wait.holds().expect(MEETS), objects);
        if met == Met::Waiting {
            // The counter stays here until the wait is over: this is where the instance is.
            shared.recorder.suspended(self.slot, step);
            return Next::Operation;
        }
        self.has_met(met, op, shared, task)
    }

    /// Such a step has come to its end.
    #[inline]
    pub(super) fn has_met(&mut self, met: Met, op: Op, shared: &Shared, task: &TaskRun) -> Next {
        match (met, op) {
            (Met::Waiting, _) => unreachable!("its wait is over"),
            (Met::Closed, Op::Drain { end, .. }) => self.pc = end,
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
