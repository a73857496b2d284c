//! Who is on which thread: the worker that a thread is, and its line in the record's header.
// Relaxed: a line has one writer, and its reader comes when that is gone.

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;

use super::layout::WorkerLine;
use super::recorder::Recorder;

/// The worker to which a thread belongs.
#[derive(Debug, Clone, Copy)]
pub struct Worker {
    /// Its number, from 0; `u16::MAX` on a thread that is nobody's.
    pub number: u16,
    /// The number of its line; `u16::MAX` if it has none.
    line_number: u16,
    line: &'static WorkerLine,
}

static NOBODY: WorkerLine = WorkerLine::nobody();

thread_local! {
    static WORKER: Cell<Worker> = const { Cell::new(Worker::NOBODY) };
}

impl Worker {
    const NOBODY: Self = Self { number: u16::MAX, line_number: u16::MAX, line: &NOBODY };

    /// The worker of the present thread.
    #[inline]
    pub fn current() -> Self {
        WORKER.get()
    }

    /// No worker: for threads of which no line tells.
    pub fn nobody() -> Self {
        Self::NOBODY
    }

    /// Whether it is none.
    pub fn is_nobody(self) -> bool {
        self.number == Self::NOBODY.number
    }

    /// Makes the present thread worker `number` of `recorder`; of one dispatcher of several, its own.
    pub fn enlist(recorder: &'static Recorder, number: usize) {
        let number = recorder.share().nth(number);
        let line = &recorder.mapping().workers()[number];
        WORKER.set(Self { number: number as u16, line_number: number as u16, line });
    }

    /// Gives the present thread line number `line` of `recorder`, though it is no worker.
    pub fn sit(recorder: &'static Recorder, line: usize) {
        let found = recorder.mapping().workers().get(line);
        WORKER.set(found.map_or(Self::NOBODY, |found| Self { line_number: line as u16, line: found, ..Self::NOBODY }));
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

    /// The poll has come to step number `step`.
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
