//! The record file's layout, version 1: a header, a line for each worker, the probes, a slot for each instance; of a traced
//! cell also the run slices: the times during which instances were on threads.
//!
//! Every field is little-endian and naturally aligned. A cell and its campaign map the same memory, so each field is an
//! atomic. `docs/engine-protocol.md` describes the layout for other languages; a test checks the offsets.

mod shape;

use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

pub use shape::Shape;

/// The first eight bytes of a record file.
pub const MAGIC: u64 = u64::from_le_bytes(*b"taskmix\0");

/// The version of this layout.
pub const VERSION: u32 = 1;

/// A time that is not set: no release yet, no cancellation.
pub const NEVER: u64 = u64::MAX;

/// A worker's number that is not known.
pub const NONE: u16 = u16::MAX;

/// A step's number that is not known.
pub const NOWHERE: u16 = u16::MAX;

/// Set in [`Slot::flags`] when the instance's cancellation has been requested of the engine.
pub const FLAG_CANCEL: u8 = 1;

/// Set in [`Slot::flags`] while the instance's offloaded work is in the queue of its pool.
pub const FLAG_QUEUED: u8 = 2;

/// Set in [`Slot::flags`] while a thread of a pool does the instance's offloaded work.
pub const FLAG_ON_POOL: u8 = 4;

/// The values of [`Slot::ended`].
pub mod end {
    /// Not ended.
    pub const NOT: u8 = 0;
    /// Ran to its end.
    pub const DONE: u8 = 1;
    /// Stopped by a cancellation.
    pub const CANCELLED: u8 = 2;
    /// Ended by an error.
    pub const FAILED: u8 = 3;
}

/// The values of [`RunSlice::kind`] and of [`RunSliceLine::kind`].
pub mod run_slice {
    /// Nothing.
    pub const NONE: u32 = 0;
    /// A poll, or a part of one, that ran on its thread.
    pub const RUN: u32 = 1;
    /// A wait that blocked its thread.
    pub const BLOCK: u32 = 2;
    /// Work on a pool, for blocking calls or for computing.
    pub const OFFLOAD: u32 = 3;
    /// Work in the queue of a pool.
    pub const QUEUE: u32 = 4;
}

/// The fixed part at offset 0. Counters that different threads write are on cache lines of their own.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub struct Header {
    /// [`MAGIC`].
    pub magic: AtomicU64,
    /// [`VERSION`].
    pub version: AtomicU32,
    /// The size of a slot in bytes.
    pub slot_bytes: AtomicU32,
    /// How many slots.
    pub slots: AtomicU64,
    /// Where the slots begin, in bytes.
    pub slots_offset: AtomicU64,
    /// How many worker lines.
    pub workers: AtomicU64,
    /// Where the worker lines begin, in bytes.
    pub workers_offset: AtomicU64,
    /// How many probes there is room for.
    pub probes: AtomicU64,
    /// Where the probes begin, in bytes.
    pub probes_offset: AtomicU64,
    /// Ticks of the engine's clock per second.
    pub ticks_per_second: AtomicU64,
    /// The engine's clock at the start of the span; 0 before it.
    pub start_tick: AtomicU64,
    /// `CLOCK_MONOTONIC` at the start of the span, nanoseconds.
    pub start_monotonic_ns: AtomicU64,
    /// The engine's clock at the end of the span; 0 before it.
    pub end_tick: AtomicU64,
    /// `CLOCK_MONOTONIC` at the end of the span, nanoseconds.
    pub end_monotonic_ns: AtomicU64,
    /// The number n of dispatchers to which the open slots and the probes are assigned round-robin: number i belongs to
    /// dispatcher i mod n, which counts in its worker line instead of here. 0 means one dispatcher.
    pub dispatchers: AtomicU64,
    /// Of a traced cell, how many run slices there is room for on each line; 0 if the cell is not traced.
    pub run_slices: AtomicU64,
    /// Where the run slice lines begin, in bytes; 0 if there are none.
    pub run_slices_offset: AtomicU64,
    /// Instances of open arrivals released so far: the first so many slots.
    pub released: Line,
    /// Instances of the foreground that have ended so far or will never be released, less their offloaded work under way. The
    /// foreground is over when this equals the number of their slots, and so is the span if there is no background.
    pub ended: Line,
    /// Probes handled so far.
    pub probed: Line,
}

/// A counter alone on its cache lines (two: processors fetch them in pairs).
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub struct Line {
    /// The counter.
    pub value: AtomicU64,
}

/// The instance on a worker's thread, and since when. Only that worker writes it.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub struct WorkerLine {
    /// The slot's index plus 1; 0 between polls.
    pub slot: AtomicU64,
    /// When the present poll began, ticks.
    pub since_tick: AtomicU64,
    /// The number of the present step.
    pub step: AtomicU64,
    /// If there are several dispatchers: the open slots of its share below this are released.
    pub released: AtomicU64,
    /// If there are several dispatchers: the probes of its share below this are handled.
    pub probed: AtomicU64,
}

impl WorkerLine {
    /// The line of threads that are no workers; it is never read.
    pub(super) const fn none() -> Self {
        Self {
            slot: AtomicU64::new(0),
            since_tick: AtomicU64::new(0),
            step: AtomicU64::new(0),
            released: AtomicU64::new(0),
            probed: AtomicU64::new(0),
        }
    }
}

/// One probe handled by the engine, in order of writing.
#[derive(Debug, Default)]
#[repr(C)]
pub struct ProbeLine {
    /// What the helper wrote: its `CLOCK_MONOTONIC`, nanoseconds.
    pub written_monotonic_ns: AtomicU64,
    /// `CLOCK_MONOTONIC` when the engine handled it, nanoseconds.
    pub handled_monotonic_ns: AtomicU64,
}

/// One instance. The parent fills in `scheduled`, `cancel_at`, `task` and `instance` before the cell starts.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Slot {
    /// The intended release, nanoseconds since the start of the span; [`NEVER`] in a closed loop before its release.
    pub scheduled_ns: AtomicU64,
    /// The intended cancellation, nanoseconds since the start of the span; [`NEVER`] if there is none.
    pub cancel_at_ns: AtomicU64,
    /// The first poll, ticks; 0 if there was none.
    pub started_tick: AtomicU64,
    /// The end, ticks; 0 if there was none.
    pub finished_tick: AtomicU64,
    /// Time inside polls, ticks.
    pub busy_ticks: AtomicU64,
    /// The longest poll, ticks.
    pub max_poll_ticks: AtomicU64,
    /// Work done, nominal nanoseconds. Offloaded work adds to it from its own thread.
    pub units: AtomicU64,
    /// Of these, after the intended cancellation.
    pub units_after_cancel: AtomicU64,
    /// How many polls.
    pub polls: AtomicU32,
    /// The number of the step at which it ended, or at which it waits: for a pool, for other instances, or in a sleep while it
    /// holds a lock. [`NOWHERE`] before and between.
    pub step: AtomicU16,
    /// The worker on which it ended; [`NONE`] before, and if an engine can't tell.
    pub worker: AtomicU16,
    /// The index of its task.
    pub task: AtomicU16,
    /// One of [`end`].
    pub ended: AtomicU8,
    /// [`FLAG_CANCEL`], [`FLAG_QUEUED`] and [`FLAG_ON_POOL`].
    pub flags: AtomicU8,
    /// Its number within the task.
    pub instance: AtomicU32,
}

/// Of a traced cell: how many run slices a worker has, and which one is under way. Only that worker writes it. The last line,
/// after those of the workers, is for all threads without a worker line.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub struct RunSliceLine {
    /// How many run slices there were; those beyond the room are not kept.
    pub count: AtomicU64,
    /// When the run slice under way began, ticks.
    pub since_tick: AtomicU64,
    /// The kind of the run slice under way: one of [`run_slice`].
    pub kind: AtomicU64,
}

/// A run slice: a time during which an instance was on a thread.
#[derive(Debug, Default)]
#[repr(C)]
pub struct RunSlice {
    /// The index of the instance's slot.
    pub slot: AtomicU32,
    /// One of [`run_slice`]; written last.
    pub kind: AtomicU32,
    /// Its start, ticks.
    pub start_tick: AtomicU64,
    /// Its end, ticks.
    pub end_tick: AtomicU64,
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;

    #[test]
    fn the_layout_is_the_documented_one() {
        assert_eq!(offset_of!(Header, slots), 16);
        assert_eq!(offset_of!(Header, ticks_per_second), 64);
        assert_eq!(offset_of!(Header, end_monotonic_ns), 96);
        assert_eq!(offset_of!(Header, dispatchers), 104);
        assert_eq!((offset_of!(Header, run_slices), offset_of!(Header, run_slices_offset)), (112, 120));
        assert_eq!(offset_of!(Header, released), 128);
        assert_eq!(offset_of!(Header, ended), 256);
        assert_eq!(offset_of!(Header, probed), 384);
        assert_eq!(size_of::<Header>(), 512);
        assert_eq!(size_of::<WorkerLine>(), 128);
        assert_eq!((offset_of!(WorkerLine, released), offset_of!(WorkerLine, probed)), (24, 32));
        assert_eq!(size_of::<ProbeLine>(), 16);
        assert_eq!(size_of::<Slot>(), 80);
        assert_eq!(offset_of!(Slot, polls), 64);
        assert_eq!(offset_of!(Slot, step), 68);
        assert_eq!(offset_of!(Slot, task), 72);
        assert_eq!(offset_of!(Slot, flags), 75);
        assert_eq!(offset_of!(Slot, instance), 76);
        assert_eq!(size_of::<RunSliceLine>(), 128);
        assert_eq!((offset_of!(RunSliceLine, since_tick), offset_of!(RunSliceLine, kind)), (8, 16));
        assert_eq!(size_of::<RunSlice>(), 24);
        assert_eq!((offset_of!(RunSlice, kind), offset_of!(RunSlice, end_tick)), (4, 16));
    }
}
