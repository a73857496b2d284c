//! The worker that a thread is, and its line in the record, which shows the instance on that thread.
// Relaxed: a line has one writer, and the campaign reads it after the writer has exited.

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;

use super::layout::WorkerLine;

/// The worker to which a thread belongs.
#[derive(Debug, Clone, Copy)]
pub struct Worker {
    /// Its number, from 0; `u16::MAX` on a thread that is no worker.
    pub number: u16,
    /// The number of its line; `u16::MAX` if it has none.
    line_number: u16,
    line: &'static WorkerLine,
}

static NONE: WorkerLine = WorkerLine::none();

thread_local! {
    static WORKER: Cell<Worker> = const { Cell::new(Worker::NONE) };
}

impl Worker {
    const NONE: Self = Self { number: u16::MAX, line_number: u16::MAX, line: &NONE };

    /// The worker of the present thread.
    #[inline]
    pub fn current() -> Self {
        WORKER.get()
    }

    /// No worker: for threads without a line.
    pub fn none() -> Self {
        Self::NONE
    }

    /// Whether the thread is no worker.
    pub fn is_none(self) -> bool {
        self.number == Self::NONE.number
    }

    /// Makes the present thread worker `number`, whose line is `line`.
    pub(super) fn set(number: usize, line: &'static WorkerLine) {
        WORKER.set(Self { number: number as u16, line_number: number as u16, line });
    }

    /// Gives the present thread a line and its number, though it is no worker; `None` takes it away.
    pub(super) fn set_line(number: usize, line: Option<&'static WorkerLine>) {
        WORKER.set(line.map_or(Self::NONE, |line| Self { line_number: number as u16, line, ..Self::NONE }));
    }

    /// The number of its line in the header; `u16::MAX` if it has none.
    pub(super) fn line_number(self) -> u16 {
        self.line_number
    }

    /// A poll of `slot` that takes time began at `since`, and is at step number `step`.
    #[inline]
    pub(super) fn enter(self, slot: u32, since: u64, step: u16) {
        self.line.since_tick.store(since, Relaxed);
        self.line.step.store(u64::from(step), Relaxed);
        self.line.slot.store(u64::from(slot) + 1, Relaxed);
    }

    /// The poll has reached step number `step`.
    #[inline]
    pub(super) fn at(self, step: u16) {
        self.line.step.store(u64::from(step), Relaxed);
    }

    /// The poll is over.
    #[inline]
    pub(super) fn leave(self) {
        self.line.slot.store(0, Relaxed);
    }
}
