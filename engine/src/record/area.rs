//! Memory files that several processes map, and their bytes as values that all of them may change.
#![expect(unsafe_code, reason = "shared memory is reached through raw pointers")]

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use memmap2::{MmapOptions, MmapRaw};
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

/// Types whose every bit pattern is valid and whose every field is an atomic: sharing them between processes is sound.
///
/// # Safety
/// The type is `repr(C)`, without padding that matters, made of atomics only.
pub(super) unsafe trait AllAtomic {}

/// A mapped memory file that several processes write.
#[derive(Debug)]
pub(super) struct Area(MmapRaw);

/// Makes an anonymous memory file of `bytes` bytes, all zero.
pub fn memory_file(name: &str, bytes: usize) -> io::Result<File> {
    let fd: OwnedFd = memfd_create(name, MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
    let file = File::from(fd);
    file.set_len(bytes as u64)?;
    Ok(file)
}

/// Fixes the size of `file` for all processes: one that read a mapping beyond the end of its file would be killed.
pub(super) fn fix_size(file: &File) -> io::Result<()> {
    fcntl(file, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW))?;
    Ok(())
}

/// Makes `file` read-only for all processes, also for those that have it open.
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

    /// Maps all of the file; its pages are made present as they are touched.
    pub(super) fn of_new(file: &File) -> io::Result<Self> {
        let bytes = file.metadata()?.len() as usize;
        Ok(Self(MmapOptions::new().len(bytes).map_raw(file)?))
    }

    /// The size in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// `count` values from byte `offset` on.
    pub(super) fn part<T: AllAtomic>(&self, offset: usize, count: usize) -> &[T] {
        assert!(offset + count * size_of::<T>() <= self.0.len(), "the file holds all `count` values");
        assert!(offset.is_multiple_of(align_of::<T>()), "a part begins where its type may stand");
        // SAFETY: the range lies within the mapping (asserted), which is page-aligned, and the offset is a multiple of `T`'s
        // alignment (asserted). The pages stay mapped as long as `self`. `T: AllAtomic` is made of atomics, so that other
        // threads and processes may write meanwhile; the file's size never changes after its creation.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().add(offset).cast::<T>(), count) }
    }
}
