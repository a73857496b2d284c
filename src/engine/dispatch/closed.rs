//! Closed loops: each client comes a think time after its last end. The clients are dealt among the dispatchers; the requests
//! are not: whichever client comes next takes the next one, on whichever dispatcher.
// A counter that several processes change takes one step; of a single dispatcher there is nobody to be in between, and a
// plain store is faster. AcqRel: who takes the last client away must see all that were released.

use std::cmp::Reverse;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use super::Dispatcher;
use crate::idiom::Idiom;
use crate::plan::ClosedPlan;
use crate::record::CommonLoop;
use crate::record::layout::NEVER;
use crate::step::{Spawner, TaskRun};

impl<I: Idiom, S: Spawner<I>> Dispatcher<'_, I, S> {
    /// A task that is a closed loop, how it runs, and how far it is.
    fn closed(&self, task: u16) -> Option<(&'static TaskRun, &'static ClosedPlan, &'static CommonLoop)> {
        let shared = &self.run.shared;
        let of = &shared.tasks[usize::from(task)];
        Some((of, of.closed.as_ref()?, &shared.commons.loops[usize::from(task)]))
    }

    /// Every client of a closed loop thinks first, then comes.
    pub(super) fn seat_clients(&mut self) {
        let numbers = self.run.shared.numbers.as_slice();
        for task in 0..self.run.shared.tasks.len() as u16 {
            let Some((_, closed, state)) = self.closed(task) else { continue };
            for client in self.share.within(0..closed.clients) {
                let due = closed.thinks.row(numbers, client)[0];
                if closed.until_ns.is_none_or(|until| due < until) {
                    self.add(&state.scheduled, 1);
                    self.add(&state.clients, 1);
                    self.requests.push(Reverse((due, task)));
                }
            }
        }
    }

    /// A loop whose clients all think for too long is over at once.
    pub(super) fn close_what_nobody_comes_to(&self) {
        // All clients are seated before the span, and whether any comes never changes: it is for one to tell.
        if self.share.index() > 0 {
            return;
        }
        for task in 0..self.run.shared.tasks.len() as u16 {
            if let Some((of, _, state)) = self.closed(task)
                && state.scheduled.load(Relaxed) == 0
            {
                self.close(of, state);
            }
        }
    }

    /// A closed-loop request in `slot` has ended: its client comes again.
    pub(super) fn ended(&mut self, slot: u32) {
        self.under_way -= 1;
        // Nobody will cancel it any more: a handle that is kept keeps its task's memory.
        drop(self.handles.get_mut(slot as usize).and_then(Option::take));
        let recorder = &self.run.shared.recorder;
        let record = recorder.slot(slot);
        let finished = recorder.timeline().since_start_ns(record.finished_tick.load(Relaxed));
        self.schedule_request(record.task.load(Relaxed), finished);
    }

    /// The next request of a closed loop comes a think time after `from`, if there is one left and it is not too late. Else
    /// its client is gone, and with the last one the loop is over.
    fn schedule_request(&mut self, task: u16, from: u64) {
        let (of, closed, state) = self.closed(task).expect("a request belongs to a closed loop");
        let thought = closed.clients.wrapping_add(self.add(&state.thought, 1) as u32);
        let due = from.saturating_add(closed.thinks.row(self.run.shared.numbers.as_slice(), thought)[0]);
        if closed.until_ns.is_none_or(|until| due < until) && self.claim(&state.scheduled, of.count.into()) {
            self.requests.push(Reverse((due, task)));
        } else if self.add(&state.clients, -1) == 1 {
            self.close(of, state);
        }
    }

    /// A closed loop whose clients are all gone is over: those of its instances that have not come count as
    /// ended, and so do the children that they would have spawned.
    fn close(&self, of: &TaskRun, state: &CommonLoop) {
        let never_come = u64::from(of.count) - state.released.load(Relaxed);
        if never_come > 0 {
            self.run.leave_channels(of, never_come);
            self.run.count_ends(of, never_come * of.tree);
        }
    }

    /// Releases the next request of a closed loop, whose slot learns its times only now.
    pub(super) fn request(&mut self, due: u64, task: u16) {
        let (_, closed, state) = self.closed(task).expect("a request belongs to a closed loop");
        let slot = closed.first_slot + self.add(&state.released, 1) as u32;
        let record = self.run.shared.recorder.slot(slot);
        record.scheduled_ns.store(due, Relaxed);
        let cancel = record.cancel_at_ns.load(Relaxed);
        if cancel != NEVER {
            let at = if closed.cancel_after { due.saturating_add(cancel) } else { cancel.max(due) };
            record.cancel_at_ns.store(at, Relaxed);
            self.request_cancels.push(Reverse((at, slot)));
        }
        self.under_way += 1;
        self.release(slot, task);
    }

    /// Adds to a counter of the loop; gives what it was.
    fn add(&self, counter: &AtomicU64, change: i64) -> u64 {
        if !self.share.is_whole() {
            return counter.fetch_add(change.cast_unsigned(), AcqRel);
        }
        let was = counter.load(Relaxed);
        counter.store(was.wrapping_add_signed(change), Relaxed);
        was
    }

    /// Takes one of `most`, if there is one left.
    fn claim(&self, counter: &AtomicU64, most: u64) -> bool {
        if !self.share.is_whole() {
            return counter.fetch_update(AcqRel, Relaxed, |taken| (taken < most).then_some(taken + 1)).is_ok();
        }
        let taken = counter.load(Relaxed);
        counter.store(taken + u64::from(taken < most), Relaxed);
        taken < most
    }
}
