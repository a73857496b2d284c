//! A POSIX semaphore in memory that processes share: the C library's own (`sem_overview(7)`).
#![expect(unsafe_code, reason = "the C library takes a semaphore by a pointer")]

use std::io;
use std::sync::atomic::AtomicU64;

/// The memory of a semaphore. Only the C library reads and writes it.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct SharedSemaphore([AtomicU64; 8]);

const _: () = assert!(size_of::<libc::sem_t>() <= size_of::<SharedSemaphore>() && align_of::<libc::sem_t>() <= 64);

impl SharedSemaphore {
    fn raw(&self) -> *mut libc::sem_t {
        self.0.as_ptr().cast_mut().cast()
    }

    /// Initialises it to 0; once, before any other thread uses it.
    pub(super) fn begin(&self) -> io::Result<()> {
        // SAFETY: the pointer is to memory of the size and alignment of a semaphore (asserted above), which is atomics and may be
        // written through a shared reference; no other thread uses it yet.
        let begun = unsafe { libc::sem_init(self.raw(), 1, 0) };
        if begun == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Adds one, and wakes a waiting thread.
    pub(super) fn post(&self) {
        // SAFETY: as in `begin`, and it is initialised: the maker of a segment does so before another process can open it.
        let posted = unsafe { libc::sem_post(self.raw()) };
        assert_eq!(posted, 0, "an initialised semaphore, with few posts");
    }

    /// Waits until the semaphore is above 0, and takes one.
    pub(super) fn wait(&self) {
        // SAFETY: as in `post`.
        while unsafe { libc::sem_wait(self.raw()) } != 0 {
            let error = io::Error::last_os_error();
            assert_eq!(error.kind(), io::ErrorKind::Interrupted, "an initialised semaphore: {error}");
        }
    }
}
