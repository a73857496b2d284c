//! The probe's helper: a process of its own that writes its clock to a probe pipe once a period. Several probe pipes are written
//! to in turn.
//!
//! A thread inside the engine's process would be delayed by what it measures: under a global interpreter lock it was up to 127 ms
//! late.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write, stdin, stdout};
use std::num::NonZeroU64;
use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::prctl::set_timerslack;
use nix::sys::time::TimeSpec;

use taskmix_engine::record::clock::monotonic_ns;

/// Writes until descriptor 0 hangs up or a probe pipe has no reader. The pipes are descriptor 1, then 3 and up.
pub fn run(probe_pipes: u32, period: NonZeroU64) -> io::Result<()> {
    // The default slack of 50 µs would be half of what is measured.
    set_timerslack(1)?;
    let mut probe_pipes = (0..probe_pipes).map(ProbePipe::open).collect::<io::Result<Vec<_>>>()?;
    let mut turn = 0;
    let mut next = monotonic_ns();
    loop {
        // If it is late by more than a period, it writes all due probes: none is left out because the host was busy.
        while next <= monotonic_ns() {
            probe_pipes[turn].held.push_back(monotonic_ns());
            if !probe_pipes[turn].flush()? {
                return Ok(());
            }
            turn = (turn + 1) % probe_pipes.len();
            next += period.get();
        }
        if hung_up_before(next)? {
            return Ok(());
        }
    }
}

/// A pipe to the engine.
struct ProbePipe {
    out: File,
    /// Probes that did not fit into the pipe yet.
    held: VecDeque<u64>,
}

impl ProbePipe {
    fn open(index: u32) -> io::Result<Self> {
        // Not through the standard library's buffer: each probe must be one write.
        let out = match index {
            0 => File::from(stdout().as_fd().try_clone_to_owned()?),
            _ => OpenOptions::new().write(true).open(format!("/proc/self/fd/{}", index + 2))?,
        };
        let flags = OFlag::from_bits_retain(fcntl(&out, FcntlArg::F_GETFL)?);
        fcntl(&out, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        Ok(Self { out, held: VecDeque::new() })
    }

    /// Writes as many probes as fit into the pipe; the others wait and keep their time. False if the pipe has no reader.
    fn flush(&mut self) -> io::Result<bool> {
        while let Some(time) = self.held.front() {
            // A write of eight bytes is atomic (pipe(7), PIPE_BUF).
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
