//! The work of a machine, and the lengths that it draws.

use std::sync::atomic::Ordering::Relaxed;

use super::{Machine, Next, PollContext};
use crate::plan::Op;
use crate::primitives::Primitives;
use crate::record::clock::tick;
use crate::step::shared::SharedRun;
use crate::step::task_run::TaskRun;
use crate::step::wait::Wait;

impl<P: Primitives, W: Wait<P>> Machine<P, W> {
    /// The rest of the `cpu` step that yielded last, nominal nanoseconds.
    #[inline(never)]
    pub(super) fn rest_of_work(&mut self, left: u64, poll: &mut PollContext<'_, '_, P>) -> Next {
        let Op::Cpu { slice_ns, .. } = poll.task.program.ops[usize::from(self.pc) - 1].op else {
            unreachable!("only a `cpu` step leaves work behind a yield")
        };
        self.cpu(left, slice_ns, poll)
    }

    /// Works for `ns`, or for a slice of it before a yield.
    pub(super) fn cpu(&mut self, ns: u64, slice: Option<u64>, poll: &mut PollContext<'_, '_, P>) -> Next {
        let (shared, task) = (poll.shared, poll.task);
        let mut left = ns;
        loop {
            let now = slice.map_or(left, |slice| slice.min(left));
            shared.cpu(self.slot, task, now);
            self.meter.worked(now, shared.recorder.slot(self.slot));
            left -= now;
            if left == 0 {
                return Next::Operation;
            }
            if P::yield_now(poll.cx).is_pending() {
                self.wait.leave(left);
                return Next::Pending;
            }
            if self.is_cancelled(shared) {
                return Next::Cancelled;
            }
        }
    }

    /// The length of a step: `fixed`, or the instance's next draw, nanoseconds.
    #[inline]
    pub(super) fn length(&mut self, fixed: Option<u64>, shared: &SharedRun, task: &TaskRun) -> u64 {
        fixed.unwrap_or_else(|| {
            let length = shared.draw(self.slot, task, self.draw);
            self.draw += 1;
            length
        })
    }
}

impl SharedRun {
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
