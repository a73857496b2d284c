//! Real-time signals that carry a number (`signal(7)`, `sigqueue(3)`): they queue, in their order, and none is lost.
#![expect(unsafe_code, reason = "nix knows no real-time signals; the C library takes and gives them by pointers")]

use std::io;
use std::mem::{MaybeUninit, offset_of};
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::without_provenance_mut;

use nix::errno::Errno;
use nix::sys::signal::SigSet;
use nix::sys::signalfd::{SfdFlags, SignalFd, siginfo};
use nix::unistd::{self, Pid};

/// A real-time signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RealTime(libc::c_int);

/// A signal that has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    /// The number that it carried.
    pub number: u32,
    /// The process that sent it, as the kernel reports.
    pub sender: Pid,
}

/// Blocks real-time signals in the calling thread, and in the threads that it starts from now on: they stay queued until they
/// are received. To be called before there is any other thread.
pub fn block_real_time() -> nix::Result<()> {
    let mut all = SigSet::empty();
    for signal in (0..).map_while(RealTime::new) {
        all = signal.and(all);
    }
    all.thread_block()
}

impl RealTime {
    /// The signal `SIGRTMIN` + `index`, if there is one.
    pub fn new(index: u32) -> Option<Self> {
        // The C library keeps the first few for itself: its minimum is above the kernel's.
        let number = libc::SIGRTMIN().checked_add_unsigned(index)?;
        (number <= libc::SIGRTMAX()).then_some(Self(number))
    }

    /// What [`Self::new`] takes for it.
    pub fn index(self) -> u32 {
        (self.0 - libc::SIGRTMIN()).unsigned_abs()
    }

    fn and(self, others: SigSet) -> SigSet {
        let mut set = *others.as_ref();
        // SAFETY: `set` is a set that was begun (`SigSet::empty`), behind a pointer that is good for the call; afterwards it
        // holds valid signals alone, which is what the second call asks for.
        unsafe {
            let added = libc::sigaddset(&raw mut set, self.0);
            debug_assert_eq!(added, 0, "the signal exists");
            SigSet::from_sigset_t_unchecked(set)
        }
    }

    /// Queues one with `number` to a process.
    ///
    /// # Errors
    ///
    /// `EAGAIN` if as many are queued as the user may have (`RLIMIT_SIGPENDING`), `ESRCH` if there is no such process.
    pub fn queue(self, to: Pid, number: u32) -> nix::Result<()> {
        let value = libc::sigval { sival_ptr: without_provenance_mut(number as usize) };
        // SAFETY: it takes no pointer but the value, which it hands on as it is and which is never dereferenced.
        Errno::result(unsafe { libc::sigqueue(to.as_raw(), self.0, value) }).map(drop)
    }

    /// Sends one without a number to this process. It arrives however many are queued: beyond the limit, the kernel keeps only
    /// the fact that one arrived.
    pub(super) fn raise(self) {
        // SAFETY: it takes no pointer; that a process may signal itself is never refused.
        let sent = unsafe { libc::kill(libc::getpid(), self.0) };
        debug_assert_eq!(sent, 0, "the signal exists");
    }

    /// Blocks the thread until one arrives. The signal has to be blocked in all threads of the process.
    pub fn wait(self) -> nix::Result<Queued> {
        let set = self.and(SigSet::empty());
        let mut info = MaybeUninit::<libc::siginfo_t>::uninit();
        // SAFETY: both pointers are good for the call. If it succeeds it has written all of `info`; of a real-time signal the
        // sender and the value are among what it has, and reading them as what they are not would only give other numbers.
        let (number, sender) = unsafe {
            Errno::result(libc::sigwaitinfo(set.as_ref(), info.as_mut_ptr()))?;
            let info = info.assume_init();
            (info.si_value().sival_ptr.addr(), info.si_pid())
        };
        Ok(Queued { number: number as u32, sender: Pid::from_raw(sender) })
    }

    /// A descriptor that can be read when one has arrived. The signal has to be blocked in all threads of the process.
    pub fn watch(self) -> nix::Result<OwnedFd> {
        SignalFd::with_flags(&self.and(SigSet::empty()), SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
            .map(OwnedFd::from)
    }
}

/// Reads one from its descriptor; `EAGAIN` if none has arrived.
pub(super) fn read(fd: &impl AsFd) -> io::Result<Queued> {
    let mut bytes = [0; size_of::<siginfo>()];
    if unistd::read(fd, &mut bytes)? < bytes.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let (number, sender) = (offset_of!(siginfo, ssi_ptr), offset_of!(siginfo, ssi_pid));
    let number = u64::from_ne_bytes(*bytes[number..].first_chunk().expect("8 bytes of more"));
    let sender = i32::from_ne_bytes(*bytes[sender..].first_chunk().expect("4 bytes of more"));
    Ok(Queued { number: number as u32, sender: Pid::from_raw(sender) })
}
