//! A descriptor that the runtime's driver watches.
#![expect(unsafe_code, reason = "tokio asks its callers to vouch for a descriptor that it watches")]

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::primitives::{Source, make_non_blocking};

/// A descriptor that is registered at its first wait: registration has to happen on the runtime.
#[derive(Debug)]
pub struct Watched {
    fd: OwnedFd,
    for_reading: OnceLock<AsyncFd<OwnedFd>>,
    for_writing: OnceLock<AsyncFd<OwnedFd>>,
}

impl Source for Watched {
    fn new(fd: OwnedFd) -> io::Result<Self> {
        make_non_blocking(&fd)?;
        Ok(Self { fd, for_reading: OnceLock::new(), for_writing: OnceLock::new() })
    }

    async fn readable(&self) -> io::Result<()> {
        let registered = self.registered(&self.for_reading, Interest::READABLE)?;
        // Cleared before the read: bytes from before it are read, and bytes that arrive after it make the descriptor ready anew.
        registered.readable().await?.clear_ready();
        Ok(())
    }

    async fn writable(&self) -> io::Result<()> {
        let registered = self.registered(&self.for_writing, Interest::WRITABLE)?;
        registered.writable().await?.clear_ready();
        Ok(())
    }
}

impl Watched {
    fn registered<'a>(
        &self,
        registration: &'a OnceLock<AsyncFd<OwnedFd>>,
        interest: Interest,
    ) -> io::Result<&'a AsyncFd<OwnedFd>> {
        if let Some(registered) = registration.get() {
            return Ok(registered);
        }
        let registered = register(self.fd.try_clone()?, interest)?;
        Ok(registration.get_or_init(|| registered))
    }
}

impl AsFd for Watched {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Registers `fd`, which is non-blocking, with the driver of the present runtime, for reading.
pub(super) fn watch(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    register(fd, Interest::READABLE)
}

fn register(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is an open descriptor until it is dropped, and always the same one. It is moved in, so that it
    // lives as long as its registration. By the rule of I/O safety no other code closes what an `OwnedFd` owns.
    Ok(unsafe { AsyncFd::register_with_interest(fd, interest)? })
}
