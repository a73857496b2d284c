//! The probe's helper: a process of its own that writes its clock to a pipe every millisecond.
//!
//! A thread inside the engine's process would be at the mercy of what it measures: under a global interpreter lock one was
//! up to 127 ms late.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write, stdin, stdout};
use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::prctl::set_timerslack;
use nix::sys::time::TimeSpec;

use crate::plan::PROBE_PERIOD_NS;
use crate::record::clock::monotonic_ns;

/// Writes until descriptor 0 hangs up or descriptor 1 has no reader.
pub fn run() -> io::Result<()> {
    // The default slack of 50 µs would be half of what is measured.
    set_timerslack(1)?;
    // Not through the standard library's buffer: a write is whole or not at all.
    let mut out = File::from(stdout().as_fd().try_clone_to_owned()?);
    let flags = OFlag::from_bits_retain(fcntl(&out, FcntlArg::F_GETFL)?);
    fcntl(&out, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    let mut held = VecDeque::new();
    let mut next = monotonic_ns();
    loop {
        // Late by more than a period, it writes all that are due: no probe is left out because the host was busy.
        while next <= monotonic_ns() {
            held.push_back(monotonic_ns());
            next += PROBE_PERIOD_NS;
        }
        if !flush(&mut out, &mut held)? || hung_up_before(next)? {
            return Ok(());
        }
    }
}

/// Writes what the pipe takes; the rest keeps its time and waits. False if nobody reads any more.
fn flush(out: &mut File, held: &mut VecDeque<u64>) -> io::Result<bool> {
    while let Some(time) = held.front() {
        // Eight bytes go whole or not at all (pipe(7), PIPE_BUF).
        match out.write(&time.to_le_bytes()) {
            Ok(_) => held.pop_front(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(false),
            Err(error) => return Err(error),
        };
    }
    Ok(true)
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
