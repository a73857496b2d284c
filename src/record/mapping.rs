//! Memory shared between a campaign and its cell: made, sized, mapped, and seen as the layout's types.
//!
//! The only place where a record's bytes become references.
#![expect(unsafe_code, reason = "shared memory is reached through raw pointers")]

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use memmap2::{MmapOptions, MmapRaw};
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

use super::commons::{CommonBackground, CommonLoop};
use super::layout::{Header, MAGIC, ProbeLine, Shape, Slot, Stretch, StretchLine, VERSION, WorkerLine};
use super::segment::{LaneHeader, SegmentHeader};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Types whose every bit pattern is valid and whose every field is an atomic: sharing them between processes is sound.
///
/// # Safety
/// The type is `repr(C)`, without padding that matters, made of atomics only.
pub(super) unsafe trait Shared {}
// SAFETY: all fields are atomics or structs of atomics.
unsafe impl Shared for Header {}
// SAFETY: as above.
unsafe impl Shared for WorkerLine {}
// SAFETY: as above.
unsafe impl Shared for ProbeLine {}
// SAFETY: as above.
unsafe impl Shared for Slot {}
// SAFETY: as above.
unsafe impl Shared for StretchLine {}
// SAFETY: as above.
unsafe impl Shared for Stretch {}
// SAFETY: as above.
unsafe impl Shared for CommonLoop {}
// SAFETY: as above.
unsafe impl Shared for CommonBackground {}
// SAFETY: as above; of a semaphore only the C library knows what is in it, and any bits are atomics.
unsafe impl Shared for LaneHeader {}
// SAFETY: as above.
unsafe impl Shared for SegmentHeader {}
// SAFETY: it is an atomic.
unsafe impl Shared for AtomicU64 {}

/// A mapped memory file that several processes write.
#[derive(Debug)]
pub(super) struct Area(MmapRaw);

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

/// Makes an anonymous memory file of `bytes` bytes, all zero.
pub fn memory_file(name: &str, bytes: usize) -> io::Result<File> {
    let fd: OwnedFd = memfd_create(name, MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
    let file = File::from(fd);
    file.set_len(bytes as u64)?;
    Ok(file)
}

/// Nobody changes the size of `file` any more: whoever reads a mapping behind the end of its file is killed.
pub(super) fn fix_size(file: &File) -> io::Result<()> {
    fcntl(file, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW))?;
    Ok(())
}

/// Nobody writes to `file` any more, whoever has it open.
pub fn make_read_only(file: &File) -> io::Result<()> {
    fix_size(file)?;
    fcntl(file, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_WRITE))?;
    Ok(())
}

impl Area {
    /// Maps the file, its pages present so that the span takes no page faults for them.
    pub(super) fn open(fd: impl AsFd) -> io::Result<Self> {
        let file = File::from(fd.as_fd().try_clone_to_owned()?);
        let bytes = file.metadata()?.len() as usize;
        Ok(Self(MmapOptions::new().len(bytes).populate().map_raw(&file)?))
    }

    /// The size in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// `count` values from byte `offset` on.
    pub(super) fn part<T: Shared>(&self, offset: usize, count: usize) -> &[T] {
        assert!(offset + count * size_of::<T>() <= self.0.len(), "the file holds what is asked of it");
        assert!(offset.is_multiple_of(align_of::<T>()), "a part begins where its type may stand");
        // SAFETY: the range lies within the mapping (asserted), which is page-aligned, and the offset is a multiple of `T`'s
        // alignment (asserted). The pages stay mapped as long as `self`. `T: Shared` is made of atomics, so that other
        // threads and processes may write meanwhile; the file's size never changes after its creation.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().add(offset).cast::<T>(), count) }
    }
}

impl Mapping {
    /// Makes a record file of `shape` with its header, and maps it.
    pub fn create(shape: Shape) -> io::Result<(File, Self)> {
        let file = memory_file("taskmix-record", shape.bytes())?;
        fix_size(&file)?;
        let mapping = Self { area: Area(MmapOptions::new().len(shape.bytes()).map_raw(&file)?), shape };
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
        header.stretches.store(shape.stretches as u64, Relaxed);
        header.stretches_offset.store(shape.stretches_offset() as u64, Relaxed);
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
            stretches: header.stretches.load(Relaxed) as usize,
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

    /// A line for each worker.
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

    /// Of a traced cell, a line for each worker line and one beyond them; none of any other.
    pub fn stretch_lines(&self) -> &[StretchLine] {
        self.area.part(self.shape.stretches_offset(), self.shape.stretch_lines())
    }

    /// The room for stretches of line `line`, one of [`Self::stretch_lines`].
    pub fn stretches(&self, line: usize) -> &[Stretch] {
        assert!(line < self.shape.stretch_lines(), "a line of stretches");
        self.area.part(self.shape.line_offset(line), self.shape.stretches)
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
        // SAFETY: the parent has written the file before the cell starts, and nobody writes it afterwards.
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
