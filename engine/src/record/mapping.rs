//! The record file as memory that a campaign and its cell share: made, sized, mapped, and seen as the types of the layout.
//!
//! References into a record are made only here.
#![expect(unsafe_code, reason = "shared memory is reached through raw pointers")]

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use memmap2::MmapOptions;

use super::area::{AllAtomic, Area, fix_size, memory_file};
use super::layout::{Header, MAGIC, ProbeLine, RunSlice, RunSliceLine, Shape, Slot, VERSION, WorkerLine};
use super::segment::{LaneHeader, SegmentHeader};
use super::shared_progress::{BackgroundProgress, LoopProgress};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

// SAFETY: all fields are atomics or structs of atomics.
unsafe impl AllAtomic for Header {}
// SAFETY: as above.
unsafe impl AllAtomic for WorkerLine {}
// SAFETY: as above.
unsafe impl AllAtomic for ProbeLine {}
// SAFETY: as above.
unsafe impl AllAtomic for Slot {}
// SAFETY: as above.
unsafe impl AllAtomic for RunSliceLine {}
// SAFETY: as above.
unsafe impl AllAtomic for RunSlice {}
// SAFETY: as above.
unsafe impl AllAtomic for LoopProgress {}
// SAFETY: as above.
unsafe impl AllAtomic for BackgroundProgress {}
// SAFETY: as above; only the C library knows what is in a semaphore, but its memory is atomics, and any bits are valid.
unsafe impl AllAtomic for LaneHeader {}
// SAFETY: as above.
unsafe impl AllAtomic for SegmentHeader {}
// SAFETY: it is an atomic.
unsafe impl AllAtomic for AtomicU64 {}

/// A mapped record file.
#[derive(Debug)]
pub struct Mapping {
    area: Area,
    shape: Shape,
}

/// The bytes are not a record file of this layout.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The system refused.
    #[error("can't map the record file")]
    Io(#[from] io::Error),
    /// The header doesn't fit the file.
    #[error("not a record file of layout {VERSION}: {0}")]
    Layout(&'static str),
}

impl Mapping {
    /// Makes a record file of `shape` with its header, and maps it.
    pub fn create(shape: Shape) -> io::Result<(File, Self)> {
        let file = memory_file("taskmix-record", shape.bytes())?;
        fix_size(&file)?;
        let mapping = Self { area: Area::of_new(&file)?, shape };
        let header = mapping.header();
        header.magic.store(MAGIC, Relaxed);
        header.version.store(VERSION, Relaxed);
        header.slot_bytes.store(size_of::<Slot>() as u32, Relaxed);
        header.slots.store(shape.slots as u64, Relaxed);
        header.slots_offset.store(shape.slots_offset() as u64, Relaxed);
        header.workers.store(shape.workers as u64, Relaxed);
        header.workers_offset.store(shape.workers_offset() as u64, Relaxed);
        header.probes.store(shape.probes as u64, Relaxed);
        header.probes_offset.store(shape.probes_offset() as u64, Relaxed);
        header.run_slices.store(shape.run_slices as u64, Relaxed);
        header.run_slices_offset.store(shape.run_slices_offset() as u64, Relaxed);
        Ok((file, mapping))
    }

    /// Maps an existing record file, its pages present so that the span takes no page faults for them.
    pub fn open(fd: impl AsFd) -> Result<Self, MappingError> {
        let area = Area::open(fd)?;
        let bytes = area.bytes();
        if bytes < size_of::<Header>() {
            return Err(MappingError::Layout("it is shorter than a header"));
        }
        let mut mapping = Self { area, shape: Shape::default() };
        let header = mapping.header();
        if header.magic.load(Relaxed) != MAGIC || header.version.load(Relaxed) != VERSION {
            return Err(MappingError::Layout("its magic or version differs"));
        }
        let shape = Shape {
            workers: header.workers.load(Relaxed) as usize,
            probes: header.probes.load(Relaxed) as usize,
            slots: header.slots.load(Relaxed) as usize,
            run_slices: header.run_slices.load(Relaxed) as usize,
        };
        if shape.bytes() != bytes {
            return Err(MappingError::Layout("its size doesn't fit its counts"));
        }
        mapping.shape = shape;
        Ok(mapping)
    }

    /// The size in bytes.
    pub fn bytes(&self) -> usize {
        self.area.bytes()
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.area.part(0, 1)[0]
    }

    /// The worker lines, one for each worker.
    pub fn workers(&self) -> &[WorkerLine] {
        self.area.part(self.shape.workers_offset(), self.shape.workers)
    }

    /// The probes.
    pub fn probes(&self) -> &[ProbeLine] {
        self.area.part(self.shape.probes_offset(), self.shape.probes)
    }

    /// A slot for each instance.
    pub fn slots(&self) -> &[Slot] {
        self.area.part(self.shape.slots_offset(), self.shape.slots)
    }

    /// Of a traced cell, the run slice lines: one for each worker line, and a common one after them. Empty if not traced.
    pub fn run_slice_lines(&self) -> &[RunSliceLine] {
        self.area.part(self.shape.run_slices_offset(), self.shape.run_slice_lines())
    }

    /// The room for run slices of line `line`, one of [`Self::stretch_lines`].
    pub fn run_slices(&self, line: usize) -> &[RunSlice] {
        assert!(line < self.shape.run_slice_lines(), "a line of run slices");
        self.area.part(self.shape.line_offset(line), self.shape.run_slices)
    }
}

/// A mapped, read-only array of unsigned 64-bit numbers: the draws.
#[derive(Debug)]
pub struct Numbers {
    map: Option<memmap2::Mmap>,
}

impl Numbers {
    /// Maps the file's numbers.
    pub fn open(fd: impl AsFd) -> io::Result<Self> {
        let file = File::from(fd.as_fd().try_clone_to_owned()?);
        if file.metadata()?.len() == 0 {
            return Ok(Self { map: None });
        }
        // SAFETY: the parent has written the file before the cell starts, and no process writes it afterwards.
        let map = unsafe { MmapOptions::new().populate().map(&file)? };
        Ok(Self { map: Some(map) })
    }

    /// The size in bytes.
    pub fn bytes(&self) -> usize {
        self.map.as_ref().map_or(0, |map| map.len())
    }

    /// The numbers.
    #[expect(clippy::cast_ptr_alignment, reason = "a mapping begins at a page")]
    pub fn as_slice(&self) -> &[u64] {
        let Some(map) = &self.map else { return &[] };
        // SAFETY: a mapping is page-aligned, every bit pattern is a valid u64, and the length is rounded down.
        unsafe { std::slice::from_raw_parts(map.as_ptr().cast::<u64>(), map.len() / size_of::<u64>()) }
    }
}
