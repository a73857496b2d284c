//! The steps of a machine in which its instance synchronises with others.

use super::{Machine, Next, PollContext};
use crate::plan::{Op, Operation};
use crate::primitives::Primitives;
use crate::record::PollTimer;
use crate::record::layout::{NOWHERE, end};
use crate::step::objects::Objects;
use crate::step::shared::SharedRun;
use crate::step::sync;
use crate::step::sync_state::{SyncOutcome, SyncState};
use crate::step::wait::Wait;
use crate::step::{block, named};

/// Why such a program has a `SyncState`.
pub(super) const SYNCS: &str = "a program that synchronises carries a `SyncState`";

const CHANNEL: &str = "such a step names a channel";

impl<P: Primitives, W: Wait<P>> Machine<P, W> {
    /// How an instance ends when its step can't be done: cancelled if that was requested, else failed.
    pub(super) fn failed(&self, shared: &SharedRun) -> u8 {
        if self.is_cancelled(shared) { end::CANCELLED } else { end::FAILED }
    }

    /// Whether the instance holds something that other instances may need.
    #[inline]
    pub(super) fn is_holding(&mut self) -> bool {
        self.wait.sync_state().is_some_and(|sync_state| sync_state.is_holding())
    }

    /// The instance ends: it releases all that it holds.
    #[inline]
    pub(in crate::step) fn let_go(&mut self, objects: &Objects<P>) {
        if let Some(sync_state) = self.wait.sync_state() {
            sync_state.let_go(objects);
        }
    }

    /// Sends a message, or starts to wait until it can.
    #[expect(
        clippy::inline_always,
        reason = "a hop is a few dozen instructions: the frames of its calls would be as many"
    )]
    #[inline(always)]
    pub(super) fn send(&mut self, Operation { op, step }: &Operation, poll: &mut PollContext<'_, '_, P>) -> Next {
        Self::times_message(*step, poll.timer);
        let object = op.sends_to().expect(CHANNEL);
        let outcome = sync::send(object, self.slot, self.wait.sync_state().expect(SYNCS), poll.objects, poll.cx);
        self.has_begun(outcome, (op, *step), poll)
    }

    /// Receives a message, or waits for it.
    #[expect(clippy::inline_always, reason = "a part of a hop, see `send`")]
    #[inline(always)]
    pub(super) fn receive(&mut self, Operation { op, step }: &Operation, poll: &mut PollContext<'_, '_, P>) -> Next {
        Self::times_message(*step, poll.timer);
        let (object, sync_state) = (op.takes_from().expect(CHANNEL), self.wait.sync_state().expect(SYNCS));
        if P::NEVER_PENDS {
            // An instance that has to wait blocks its thread: that is recorded before it does.
            let outcome = sync::look(object, sync_state, poll.objects);
            return self.has_begun(outcome, (op, *step), poll);
        }
        let outcome = sync::receive(object, sync_state, poll.objects, poll.cx);
        if outcome == SyncOutcome::Waiting {
            poll.shared.recorder.suspended(self.slot, *step);
            return Next::Pending;
        }
        self.after_sync(outcome, op, poll)
    }

    /// Begins any other step of synchronisation.
    #[inline(never)]
    pub(super) fn sync(&mut self, Operation { op, step }: &Operation, poll: &mut PollContext<'_, '_, P>) -> Next {
        Self::time(op, *step, poll.objects, poll.timer);
        let instance = (self.slot, usize::from(self.task));
        let outcome = sync::begin(op, instance, self.wait.sync_state().expect(SYNCS), poll.objects, poll.cx);
        self.has_begun(outcome, (op, *step), poll)
    }

    #[expect(clippy::inline_always, reason = "a part of a hop, see `send`")]
    #[inline(always)]
    fn has_begun(&mut self, outcome: SyncOutcome, (op, step): (&Op, u16), poll: &PollContext<'_, '_, P>) -> Next {
        if outcome == SyncOutcome::Waiting {
            poll.shared.recorder.suspended(self.slot, step);
            return Next::Rest;
        }
        self.after_sync(outcome, op, poll)
    }

    /// Continues a wait for synchronisation, and after it the program.
    #[inline]
    pub(super) fn rest_of_sync(&mut self, poll: &mut PollContext<'_, '_, P>) -> Next {
        let task = poll.task;
        let Operation { op, step } = &task.program.ops[usize::from(self.pc) - 1];
        let outcome = if let Some(object) = op.takes_from() {
            Self::times_message(*step, poll.timer);
            self.waits_on(poll.shared, |sync_state| sync::receive(object, sync_state, poll.objects, poll.cx))
        } else {
            Self::time(op, *step, poll.objects, poll.timer);
            self.waits_on(poll.shared, |sync_state| sync::go_on(op, sync_state, poll.objects, poll.cx))
        };
        if outcome == SyncOutcome::Waiting {
            return Next::Pending;
        }
        poll.shared.recorder.suspended(self.slot, NOWHERE);
        self.after_sync(outcome, op, poll)
    }

    #[inline]
    fn waits_on(&mut self, shared: &SharedRun, wait: impl FnOnce(&mut SyncState<P>) -> SyncOutcome) -> SyncOutcome {
        let sync_state = self.wait.sync_state().expect(SYNCS);
        if W::TRACED && P::NEVER_PENDS {
            return block::blocking_thread::<P, W, _>(shared, self.slot, || wait(sync_state));
        }
        wait(sync_state)
    }

    /// Notes a step of synchronisation in the poll timer.
    #[inline]
    fn time(op: &Op, step: u16, objects: &Objects<P>, timer: &mut PollTimer) {
        if sync::is_brief(op, objects) {
            timer.syncs(step);
        } else {
            timer.takes_time(step);
        }
    }

    /// Notes a message that is sent or received in the poll timer.
    #[inline]
    fn times_message(step: u16, timer: &mut PollTimer) {
        if P::NEVER_PENDS { timer.takes_time(step) } else { timer.syncs(step) }
    }

    /// Continues after a step of synchronisation.
    #[expect(clippy::inline_always, reason = "a part of a hop, see `send`")]
    #[inline(always)]
    fn after_sync(&mut self, outcome: SyncOutcome, op: &Op, poll: &PollContext<'_, '_, P>) -> Next {
        match (outcome, op) {
            (SyncOutcome::Waiting, _) => unreachable!("its wait is over"),
            (SyncOutcome::Closed, Op::Drain { end, .. }) => self.pc = *end,
            (SyncOutcome::Closed, _) => return Next::Failed,
            (SyncOutcome::Done, _) => {
                if let Some(name) = poll.task.program.name_at(usize::from(self.pc) - 1) {
                    named::has(self.wait.marks(), name, poll.shared, self.task);
                }
            }
        }
        Next::Operation
    }
}
