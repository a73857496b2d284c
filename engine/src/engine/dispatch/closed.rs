//! Closed loops: each client sends a request a think time after its last request ended.
//!
//! Clients are assigned round-robin to the dispatchers. Requests are not: the next client on any dispatcher takes the next one.
// Counters that several processes change are changed atomically. With a single dispatcher nothing can interleave, and a plain
// store is faster. AcqRel: the dispatcher that removes the last client must see all requests that were released.

use std::cmp::Reverse;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use super::Dispatcher;
use crate::plan::ClosedPlan;
use crate::primitives::Primitives;
use crate::record::LoopProgress;
use crate::record::layout::NEVER;
use crate::step::{Spawner, TaskRun};

impl<P: Primitives, S: Spawner<P>> Dispatcher<'_, P, S> {
    /// How a closed loop runs, its plan and its progress; `None` if the task is not a closed loop.
    fn closed(&self, task: u16) -> Option<(&'static TaskRun, &'static ClosedPlan, &'static LoopProgress)> {
        let shared = &self.run.shared;
        let task_run = &shared.tasks[usize::from(task)];
        Some((task_run, task_run.closed.as_ref()?, &shared.shared_progress.loops[usize::from(task)]))
    }

    /// Schedules the first request of every client: clients of a closed loop think first.
    pub(super) fn seat_clients(&mut self) {
        let numbers = self.run.shared.numbers.as_slice();
        for task in 0..self.run.shared.tasks.len() as u16 {
            let Some((_, closed, progress)) = self.closed(task) else { continue };
            for client in self.share.within(0..closed.clients) {
                let due = closed.thinks.row(numbers, client)[0];
                if closed.until_ns.is_none_or(|until| due < until) {
                    self.add(&progress.scheduled, 1);
                    self.add(&progress.clients, 1);
                    self.requests.push(Reverse((due, task)));
                }
            }
        }
    }

    /// Closes the loops whose clients all think for too long: they are over at once.
    pub(super) fn close_what_nobody_comes_to(&self) {
        // First requests are scheduled before the span, so this is known from the start: one dispatcher closes such loops.
        if self.share.index() > 0 {
            return;
        }
        for task in 0..self.run.shared.tasks.len() as u16 {
            if let Some((task_run, _, progress)) = self.closed(task)
                && progress.scheduled.load(Relaxed) == 0
            {
                self.close(task_run, progress);
            }
        }
    }

    /// A closed-loop request in `slot` has ended: schedules the next request of its client.
    pub(super) fn ended(&mut self, slot: u32) {
        self.under_way -= 1;
        // It is not to be cancelled any more, and a handle keeps the memory of its task.
        drop(self.handles.get_mut(slot as usize).and_then(Option::take));
        let recorder = &self.run.shared.recorder;
        let record = recorder.slot(slot);
        let finished = recorder.timeline().since_start_ns(record.finished_tick.load(Relaxed));
        self.schedule_request(record.task.load(Relaxed), finished);
    }

    /// Schedules the next request of a closed loop a think time after `from`, if one is left and it is not too late. If not,
    /// the client leaves; when the last one has left, the loop is over.
    fn schedule_request(&mut self, task: u16, from: u64) {
        let (task_run, closed, progress) = self.closed(task).expect("a request belongs to a closed loop");
        let thought = closed.clients.wrapping_add(self.add(&progress.thought, 1) as u32);
        let due = from.saturating_add(closed.thinks.row(self.run.shared.numbers.as_slice(), thought)[0]);
        if closed.until_ns.is_none_or(|until| due < until) && self.claim(&progress.scheduled, task_run.count.into()) {
            self.requests.push(Reverse((due, task)));
        } else if self.add(&progress.clients, -1) == 1 {
            self.close(task_run, progress);
        }
    }

    /// Ends a closed loop without clients. Its instances that were not released count as ended, and so do the children that
    /// they would have spawned.
    fn close(&self, task_run: &TaskRun, progress: &LoopProgress) {
        let never_released = u64::from(task_run.count) - progress.released.load(Relaxed);
        if never_released > 0 {
            self.run.leave_channels(task_run, never_released);
            self.run.count_ends(task_run, never_released * task_run.tree);
        }
    }

    /// Releases the next request of a closed loop, and writes its times to its slot.
    pub(super) fn request(&mut self, due: u64, task: u16) {
        let (_, closed, progress) = self.closed(task).expect("a request belongs to a closed loop");
        let slot = closed.first_slot + self.add(&progress.released, 1) as u32;
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

    /// Adds to a counter of the loop; gives its previous value.
    fn add(&self, counter: &AtomicU64, change: i64) -> u64 {
        if !self.share.is_whole() {
            return counter.fetch_add(change.cast_unsigned(), AcqRel);
        }
        let was = counter.load(Relaxed);
        counter.store(was.wrapping_add_signed(change), Relaxed);
        was
    }

    /// Takes one of `most`, if one is left.
    fn claim(&self, counter: &AtomicU64, most: u64) -> bool {
        if !self.share.is_whole() {
            return counter.fetch_update(AcqRel, Relaxed, |taken| (taken < most).then_some(taken + 1)).is_ok();
        }
        let taken = counter.load(Relaxed);
        counter.store(taken + u64::from(taken < most), Relaxed);
        taken < most
    }
}
