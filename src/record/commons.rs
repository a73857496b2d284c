//! What the dispatchers of one cell have in common beyond its record: how far its closed loops are, and its background.
//!
//! Of one dispatcher this is memory of its own; of several in processes of their own, a memory file that each of them maps.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::AtomicU64;

use super::layout::Line;
use super::mapping::{Area, memory_file};

/// How far a closed loop is.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub struct CommonLoop {
    /// How many think times are taken beyond each client's first.
    pub thought: AtomicU64,
    /// How many requests have a time.
    pub scheduled: AtomicU64,
    /// How many of them are released, or about to be.
    pub released: AtomicU64,
    /// How many clients have a request, released or not.
    pub clients: AtomicU64,
}

/// How far the background is.
#[derive(Debug, Default)]
#[repr(C)]
pub struct CommonBackground {
    /// How many of its instances have ended or will never come, less offloaded work under way.
    pub ended: Line,
    /// When the foreground was over, nanoseconds since the start of the span; 0 before.
    pub over_ns: Line,
    /// How many dispatchers have cut their own off.
    pub cuts: Line,
}

/// What dispatchers have in common.
#[derive(Debug, Clone, Copy)]
pub struct Commons {
    /// The background.
    pub background: &'static CommonBackground,
    /// Each task's loop, by the task's index; of an open arrival it stays as it is.
    pub loops: &'static [CommonLoop],
}

impl Commons {
    /// Those of a single dispatcher in a cell of `tasks` tasks. Leaked: they live as long as the cell.
    pub fn own(tasks: usize) -> Self {
        let loops: Vec<CommonLoop> = (0..tasks).map(|_| CommonLoop::default()).collect();
        Self { background: Box::leak(Box::default()), loops: Vec::leak(loops) }
    }

    /// A file for those of several dispatchers.
    pub fn file(tasks: usize) -> io::Result<File> {
        memory_file("taskmix-commons", size_of::<CommonBackground>() + tasks * size_of::<CommonLoop>())
    }

    /// Those in such a file.
    pub fn open(fd: impl AsFd, tasks: usize) -> io::Result<Self> {
        let area: &'static Area = Box::leak(Box::new(Area::open(fd)?));
        let background = size_of::<CommonBackground>();
        if area.bytes() < background + tasks * size_of::<CommonLoop>() {
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
    fn whoever_opens_the_file_sees_what_others_write() {
        let file = Commons::file(2).unwrap();
        let [one, other] = [(); 2].map(|()| Commons::open(&file, 2).unwrap());
        one.loops[1].released.fetch_add(7, Relaxed);
        one.background.cuts.value.store(3, Relaxed);
        let seen = (other.loops[1].released.load(Relaxed), other.background.cuts.value.load(Relaxed));
        assert_eq!((seen, other.loops[0].released.load(Relaxed)), ((7, 3), 0));
        assert!(Commons::open(&file, 3).is_err());
    }
}
