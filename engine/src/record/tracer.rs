//! The writing side of a trace: the run slices, that is, the times during which instances were on threads.
//!
//! A worker writes only its own line. Threads without a line, such as those of the pools for offloaded work, share a common one.
// Relaxed: a line has one writer at a time, as a worker line has, and the campaign reads it after the writer has exited. Counts
// and kinds are stored last, with Release: what they refer to is there even if the cell dies just after that.

use std::sync::atomic::Ordering::{Relaxed, Release};

use super::clock::tick;
use super::layout::{RunSlice, RunSliceLine, run_slice};
use super::mapping::Mapping;
use super::worker::Worker;

/// Records which instance was on which thread, in a traced cell.
#[derive(Debug, Clone)]
pub struct Tracer {
    /// The lines of the workers, and after them the common one.
    lines: Vec<(&'static RunSliceLine, &'static [RunSlice])>,
}

impl Tracer {
    /// The tracer of a record; `None` if that has no room for run slices.
    pub(super) fn of(mapping: &'static Mapping) -> Option<Self> {
        let lines = mapping.run_slice_lines().iter().zip(0..).map(|(line, number)| (line, mapping.run_slices(number)));
        let lines: Vec<_> = lines.collect();
        (!lines.is_empty()).then_some(Self { lines })
    }

    /// A poll began on `worker`'s thread at `since`.
    pub fn poll_begins(&self, worker: Worker, since: u64) {
        if let Some((line, _)) = self.line_of(worker) {
            line.goes_on(run_slice::RUN, since);
        }
    }

    /// The poll of `slot` that began at `began` is over at `now`: the part that is not recorded yet is a run.
    pub fn poll_ends(&self, slot: u32, worker: Worker, began: u64, now: u64) {
        let Some((line, room)) = self.line_of(worker) else { return self.add_common(slot, run_slice::RUN, began, now) };
        let since = line.since_tick.load(Relaxed);
        // A whole poll of no length is recorded; a part of no length after a block is not.
        if since == began || since < now {
            line.push(room, slot, run_slice::RUN, since, now);
        }
        line.kind.store(run_slice::NONE.into(), Relaxed);
    }

    /// Does `wait` within a poll of `slot`, which blocks the thread of `worker`.
    pub fn blocks_thread<T>(&self, slot: u32, worker: Worker, wait: impl FnOnce() -> T) -> T {
        let Some((line, room)) = self.line_of(worker) else { return wait() };
        let from = tick();
        let since = line.since_tick.load(Relaxed);
        if since < from {
            line.push(room, slot, run_slice::RUN, since, from);
        }
        line.goes_on(run_slice::BLOCK, from);
        let waited = wait();
        let to = tick();
        if from < to {
            line.push(room, slot, run_slice::BLOCK, from, to);
        }
        line.goes_on(run_slice::RUN, to);
        waited
    }

    /// Does `others` within a poll of `slot`: the thread of `worker` may run other instances there.
    pub fn lends_thread<T>(&self, slot: u32, worker: Worker, others: impl FnOnce() -> T) -> T {
        let Some((line, room)) = self.line_of(worker) else { return others() };
        let from = tick();
        let since = line.since_tick.load(Relaxed);
        if since < from {
            line.push(room, slot, run_slice::RUN, since, from);
        }
        line.kind.store(run_slice::NONE.into(), Relaxed);
        let done = others();
        line.goes_on(run_slice::RUN, tick());
        done
    }

    /// Does offloaded work of `slot`, which has been in the queue of its pool since `queued`, ticks. On a thread of a pool queue
    /// and work are run slices of their own; on a worker the work is a part of the poll in which it is done.
    pub fn offloads(&self, slot: u32, worker: Worker, queued: u64, work: impl FnOnce()) {
        if self.line_of(worker).is_some() {
            return work();
        }
        let from = tick();
        if queued < from {
            self.add_common(slot, run_slice::QUEUE, queued, from);
        }
        work();
        self.add_common(slot, run_slice::OFFLOAD, from, tick());
    }

    /// The worker's own line, if it has one.
    fn line_of(&self, worker: Worker) -> Option<(&'static RunSliceLine, &'static [RunSlice])> {
        let workers = &self.lines[..self.lines.len() - 1];
        workers.get(usize::from(worker.line_number())).copied()
    }

    /// Adds to the common line.
    fn add_common(&self, slot: u32, kind: u32, start: u64, end: u64) {
        let (line, room) = self.lines[self.lines.len() - 1];
        let at = line.count.fetch_add(1, Relaxed);
        if let Some(run_slice) = room.get(at as usize) {
            run_slice.write(slot, kind, start, end);
        }
    }
}

impl RunSliceLine {
    /// A run slice of this kind is under way since `since`.
    fn goes_on(&self, kind: u32, since: u64) {
        self.since_tick.store(since, Relaxed);
        self.kind.store(kind.into(), Release);
    }

    /// Adds a run slice, if there is room, and counts it.
    fn push(&self, room: &[RunSlice], slot: u32, kind: u32, start: u64, end: u64) {
        let at = self.count.load(Relaxed);
        if let Some(run_slice) = room.get(at as usize) {
            run_slice.write(slot, kind, start, end);
        }
        self.count.store(at + 1, Release);
    }
}

impl RunSlice {
    fn write(&self, slot: u32, kind: u32, start: u64, end: u64) {
        self.slot.store(slot, Relaxed);
        self.start_tick.store(start, Relaxed);
        self.end_tick.store(end, Relaxed);
        self.kind.store(kind, Release);
    }
}
