//! The operations that only close a step: the end of a loop's pass, the release of a guard, the end of a named step.

use super::Machine;
use super::sync::SYNCS;
use crate::plan::Op;
use crate::primitives::Primitives;
use crate::record::clock::tick;
use crate::step::named;
use crate::step::shared::SharedRun;
use crate::step::task_run::TaskRun;
use crate::step::wait::Wait;

impl<P: Primitives, W: Wait<P>> Machine<P, W> {
    /// Executes `op`, the next operation, if it only closes a step; else returns false.
    #[inline]
    pub(super) fn closes_a_step(&mut self, op: Op, shared: &SharedRun, task: &TaskRun) -> bool {
        match op {
            Op::Again { shift, bits, times, to } => {
                self.pc += 1;
                self.again(shift, bits, times, to);
            }
            Op::Leave { name } => {
                self.pc += 1;
                named::leave(self.wait.marks(), name, shared, self.task);
            }
            Op::Release => self.release(shared, task),
            Op::Back { to } => {
                if let Some(name) = task.program.name_at(usize::from(self.pc)) {
                    named::needs_another(self.wait.marks(), name, shared, self.task);
                }
                self.pc = to;
            }
            _ => return false,
        }
        true
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

    fn release(&mut self, shared: &SharedRun, task: &TaskRun) {
        let name = task.program.name_at(usize::from(self.pc));
        // The clock is read before the release: the next holder may go on at once.
        let until = name.map(|_| tick());
        let sync_state = self.wait.sync_state().expect(SYNCS);
        let placed = name.and_then(|_| sync_state.placed());
        sync_state.release();
        if let Some((name, until)) = name.zip(until) {
            named::lets_go(self.wait.marks(), name, until, shared, self.task);
        }
        if let Some((name, placed)) = name.zip(placed) {
            named::placed(name, placed, shared, self.task);
        }
        self.pc += 1;
    }
}
