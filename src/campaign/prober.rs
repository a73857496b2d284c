//! The probe's helper: a process of its own that writes its clock to a pipe, a period after another; to several in turn, if the
//! engine has several doors.
//!
//! A thread inside the engine's process would be at the mercy of what it measures: under a global interpreter lock one was
//! up to 127 ms late.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write, stdin, stdout};
use std::num::NonZeroU64;
use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::prctl::set_timerslack;
use nix::sys::time::TimeSpec;

use crate::record::clock::monotonic_ns;

/// Writes until descriptor 0 hangs up or one of its pipes has no reader: descriptor 1, and from 3 on those of more doors.
pub fn run(doors: u32, period: NonZeroU64) -> io::Result<()> {
    // The default slack of 50 µs would be half of what is measured.
    set_timerslack(1)?;
    let mut doors = (0..doors).map(Door::open).collect::<io::Result<Vec<_>>>()?;
    let mut turn = 0;
    let mut next = monotonic_ns();
    loop {
        // Late by more than a period, it writes all that are due: no probe is left out because the host was busy.
        while next <= monotonic_ns() {
            doors[turn].held.push_back(monotonic_ns());
            if !doors[turn].flush()? {
                return Ok(());
            }
            turn = (turn + 1) % doors.len();
            next += period.get();
        }
        if hung_up_before(next)? {
            return Ok(());
        }
    }
}

/// A pipe to the engine.
struct Door {
    out: File,
    /// What the pipe has not taken.
    held: VecDeque<u64>,
}

impl Door {
    fn open(index: u32) -> io::Result<Self> {
        // Not through the standard library's buffer: a write is whole or not at all.
        let out = match index {
            0 => File::from(stdout().as_fd().try_clone_to_owned()?),
            _ => OpenOptions::new().write(true).open(format!("/proc/self/fd/{}", index + 2))?,
        };
        let flags = OFlag::from_bits_retain(fcntl(&out, FcntlArg::F_GETFL)?);
        fcntl(&out, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        Ok(Self { out, held: VecDeque::new() })
    }

    /// Writes what the pipe takes; the rest keeps its time and waits. False if nobody reads any more.
    fn flush(&mut self) -> io::Result<bool> {
        while let Some(time) = self.held.front() {
            // Eight bytes go whole or not at all (pipe(7), PIPE_BUF).
            match self.out.write(&time.to_le_bytes()) {
                Ok(_) => self.held.pop_front(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(false),
                Err(error) => return Err(error),
            };
        }
        Ok(true)
    }
}

/// Sleeps until `next`; true if the parent is gone.
fn hung_up_before(next: u64) -> io::Result<bool> {
    let stdin = stdin();
    let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::empty())];
    let rest = next.saturating_sub(monotonic_ns());
    let timeout = TimeSpec::from_duration(std::time::Duration::from_nanos(rest));
    match ppoll(&mut fds, Some(timeout), None) {
        Ok(_) => Ok(fds[0].any().unwrap_or(true)),
        Err(nix::errno::Errno::EINTR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}
