//! The progress that the dispatchers of one cell share, beside its record: of its closed loops and of its background.
//!
//! A single dispatcher has it in its own memory. Several dispatchers, each in a process of its own, map a memory file.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::AtomicU64;

use super::area::{Area, memory_file};
use super::layout::Line;

/// The progress of a closed loop.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub struct LoopProgress {
    /// How many think times are taken beyond each client's first.
    pub thought: AtomicU64,
    /// How many requests have a time.
    pub scheduled: AtomicU64,
    /// How many of them are released, or about to be.
    pub released: AtomicU64,
    /// How many clients have a request, released or not.
    pub clients: AtomicU64,
}

/// The progress of the background.
#[derive(Debug, Default)]
#[repr(C)]
pub struct BackgroundProgress {
    /// How many of its instances have ended or will never be released, less offloaded work under way.
    pub ended: Line,
    /// When the foreground was over, nanoseconds since the start of the span; 0 before.
    pub over_ns: Line,
    /// How many dispatchers have ended their share of the background.
    pub cuts: Line,
}

/// The progress that dispatchers share.
#[derive(Debug, Clone, Copy)]
pub struct SharedProgress {
    /// The background.
    pub background: &'static BackgroundProgress,
    /// Each task's loop, by the task's index; not used for open arrivals.
    pub loops: &'static [LoopProgress],
}

impl SharedProgress {
    /// The progress of a single dispatcher in a cell of `tasks` tasks. Leaked: it lives as long as the cell.
    pub fn own(tasks: usize) -> Self {
        let loops: Vec<LoopProgress> = (0..tasks).map(|_| LoopProgress::default()).collect();
        Self { background: Box::leak(Box::default()), loops: Vec::leak(loops) }
    }

    /// A file for the progress of several dispatchers.
    pub fn file(tasks: usize) -> io::Result<File> {
        memory_file("taskmix-shared-progress", size_of::<BackgroundProgress>() + tasks * size_of::<LoopProgress>())
    }

    /// Opens such a file.
    pub fn open(fd: impl AsFd, tasks: usize) -> io::Result<Self> {
        let area: &'static Area = Box::leak(Box::new(Area::open(fd)?));
        let background = size_of::<BackgroundProgress>();
        if area.bytes() < background + tasks * size_of::<LoopProgress>() {
            return Err(io::Error::other("it is too short for its tasks"));
        }
        Ok(Self { background: &area.part(0, 1)[0], loops: area.part(background, tasks) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    #[test]
    fn every_process_that_opens_the_file_sees_what_the_others_write() {
        let file = SharedProgress::file(2).unwrap();
        let [one, other] = [(); 2].map(|()| SharedProgress::open(&file, 2).unwrap());
        one.loops[1].released.fetch_add(7, Relaxed);
        one.background.cuts.value.store(3, Relaxed);
        let seen = (other.loops[1].released.load(Relaxed), other.background.cuts.value.load(Relaxed));
        assert_eq!((seen, other.loops[0].released.load(Relaxed)), ((7, 3), 0));
        assert!(SharedProgress::open(&file, 3).is_err());
    }
}
