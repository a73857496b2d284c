//! The writing side of a trace: the stretches of time that instances were on threads.
//!
//! A worker writes its own line and nobody else's. Threads without a line, as those of the pools to which work is offloaded, share one.
// Relaxed: a line has one writer at a time, as a worker's line has, and its reader comes when that is gone. The counts and
// kinds that are stored last are released, so that whatever they tell of is there even if the cell dies right behind them.

use std::sync::atomic::Ordering::{Relaxed, Release};

use super::clock::tick;
use super::layout::{Stretch, StretchLine, stretch};
use super::mapping::Mapping;
use super::worker::Worker;

/// Records who was on which thread, of a cell that is traced.
#[derive(Debug, Clone)]
pub struct Tracer {
    /// The workers', and behind them the common one.
    lines: Vec<(&'static StretchLine, &'static [Stretch])>,
}

impl Tracer {
    /// That of a record with room for stretches.
    pub(super) fn of(mapping: &'static Mapping) -> Option<Self> {
        let lines = mapping.stretch_lines().iter().zip(0..).map(|(line, number)| (line, mapping.stretches(number)));
        let lines: Vec<_> = lines.collect();
        (!lines.is_empty()).then_some(Self { lines })
    }

    /// A poll began on `worker`'s thread at `since`.
    pub fn poll_begins(&self, worker: Worker, since: u64) {
        if let Some((line, _)) = self.of_worker(worker) {
            line.goes_on(stretch::RUN, since);
        }
    }

    /// The poll of `slot` that began at `began` is over at `now`: what of it is not told yet is a run.
    pub fn poll_ends(&self, slot: u32, worker: Worker, began: u64, now: u64) {
        let Some((line, room)) = self.of_worker(worker) else { return self.share(slot, stretch::RUN, began, now) };
        let since = line.since_tick.load(Relaxed);
        // A poll of no length is one all the same; a part of no length behind a block is none.
        if since == began || since < now {
            line.push(room, slot, stretch::RUN, since, now);
        }
        line.kind.store(stretch::NONE.into(), Relaxed);
    }

    /// Does `wait`, in which `slot` keeps the thread of `worker`, amid a poll.
    pub fn keeps_thread<T>(&self, slot: u32, worker: Worker, wait: impl FnOnce() -> T) -> T {
        let Some((line, room)) = self.of_worker(worker) else { return wait() };
        let from = tick();
        let since = line.since_tick.load(Relaxed);
        if since < from {
            line.push(room, slot, stretch::RUN, since, from);
        }
        line.goes_on(stretch::BLOCK, from);
        let waited = wait();
        let to = tick();
        if from < to {
            line.push(room, slot, stretch::BLOCK, from, to);
        }
        line.goes_on(stretch::RUN, to);
        waited
    }

    /// Does `others`, in which the thread of `worker` may run other instances, amid a poll of `slot`.
    pub fn lends_thread<T>(&self, slot: u32, worker: Worker, others: impl FnOnce() -> T) -> T {
        let Some((line, room)) = self.of_worker(worker) else { return others() };
        let from = tick();
        let since = line.since_tick.load(Relaxed);
        if since < from {
            line.push(room, slot, stretch::RUN, since, from);
        }
        line.kind.store(stretch::NONE.into(), Relaxed);
        let done = others();
        line.goes_on(stretch::RUN, tick());
        done
    }

    /// Does offloaded work of `slot`. On a thread of a pool that is a stretch; on a worker's it is a part of the poll amid which
    /// it is done.
    pub fn offloads(&self, slot: u32, worker: Worker, work: impl FnOnce()) {
        if self.of_worker(worker).is_some() {
            return work();
        }
        let from = tick();
        work();
        self.share(slot, stretch::OFFLOAD, from, tick());
    }

    /// Its own line, if it has one.
    fn of_worker(&self, worker: Worker) -> Option<(&'static StretchLine, &'static [Stretch])> {
        let workers = &self.lines[..self.lines.len() - 1];
        workers.get(usize::from(worker.line_number())).copied()
    }

    /// Adds to the common line.
    fn share(&self, slot: u32, kind: u32, start: u64, end: u64) {
        let (line, room) = self.lines[self.lines.len() - 1];
        let at = line.count.fetch_add(1, Relaxed);
        if let Some(stretch) = room.get(at as usize) {
            stretch.write(slot, kind, start, end);
        }
    }
}

impl StretchLine {
    /// What is under way since when.
    fn goes_on(&self, kind: u32, since: u64) {
        self.since_tick.store(since, Relaxed);
        self.kind.store(kind.into(), Release);
    }

    /// Adds to it, if there is room, and counts.
    fn push(&self, room: &[Stretch], slot: u32, kind: u32, start: u64, end: u64) {
        let at = self.count.load(Relaxed);
        if let Some(stretch) = room.get(at as usize) {
            stretch.write(slot, kind, start, end);
        }
        self.count.store(at + 1, Release);
    }
}

impl Stretch {
    fn write(&self, slot: u32, kind: u32, start: u64, end: u64) {
        self.slot.store(slot, Relaxed);
        self.start_tick.store(start, Relaxed);
        self.end_tick.store(end, Relaxed);
        self.kind.store(kind, Release);
    }
}
