//! Watches a cell from outside: its messages, its time, its progress, and the user's Ctrl-C.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::process::ExitStatus;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::ended_process::exit;
use super::event::Exit;
use super::interrupt::Interrupt;
use super::launch::Running;
use taskmix_engine::plan::{End, Message, PROTOCOL};

/// The time between two looks at the cell: at most five a second.
const LOOK: Duration = Duration::from_millis(200);

/// A look that is delayed by more than this is late. A mix that fills every core alone makes a mostly sleeping process 2 to 4 ms
/// late.
const LATE: Duration = Duration::from_millis(10);

/// How long a cell may go on after it has broken the protocol: long enough to write why to its standard error.
const GRACE: Duration = Duration::from_secs(1);

/// The longest line, bytes: the figures of named steps can be many.
const LONGEST_LINE: usize = 1 << 26;

/// The longest standard error, bytes: it is kept in memory.
const MOST_STDERR: u64 = 1 << 26;

/// How a cell ended, by its messages and its exit.
#[derive(Debug)]
pub(super) struct WatchResult {
    pub(super) exit: Exit,
    pub(super) end: Option<End>,
    pub(super) interrupted: bool,
    pub(super) looks: Looks,
}

/// How late this process itself was while it watched. It needs hardly any processor time, so its lateness is the machine's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Looks {
    /// How often it slept for a whole [`LOOK`] and nothing else woke it.
    pub(super) count: u32,
    /// How often it then woke more than [`LATE`] too late.
    pub(super) late: u32,
}

impl Looks {
    fn add(&mut self, planned: Duration, slept: Duration) {
        if planned == LOOK {
            self.count += 1;
            self.late += u32::from(slept > planned + LATE);
        }
    }
}

impl WatchResult {
    /// Of a cell that did not reach its end.
    pub(super) fn failed(exit: Exit) -> Self {
        Self { exit, end: None, interrupted: false, looks: Looks::default() }
    }
}

/// Watches `running` until it has ended. Kills it if it is not ready within `setup`, or doesn't end within `timeout` after that.
/// Passes the number of ended instances to `progress`.
pub(super) fn watch(
    running: &mut Running,
    [setup, timeout]: [Duration; 2],
    interrupt: &Interrupt,
    mut progress: impl FnMut(u64),
) -> io::Result<WatchResult> {
    let mut lines = Lines::default();
    let mut deadline = Instant::now() + setup;
    let mut out = running.engine.take_stdout().expect("the child's standard output is a pipe");
    let mut exit_status = None;
    loop {
        let now = Instant::now();
        if lines.is_to_be_stopped(running, deadline, interrupt)? {
            running.engine.kill()?;
            return Ok(lines.stopped(interrupt));
        }
        let look = if exit_status.is_some() { Duration::ZERO } else { LOOK };
        let planned = look.min(deadline.saturating_duration_since(now));
        let (readable, hung_up) = wait(&out, interrupt, planned)?;
        if readable || hung_up {
            let (was_ready, was_broken) = (lines.ready, lines.broken.is_some());
            let closed = lines.read(&mut out)?;
            if lines.ready && !was_ready {
                deadline = Instant::now() + timeout;
            }
            if lines.broken.is_some() && !was_broken {
                deadline = deadline.min(Instant::now() + GRACE);
            }
            if closed {
                return Ok(match lines.reap(running, deadline, interrupt)? {
                    Some(status) => lines.result(status),
                    None => lines.stopped(interrupt),
                });
            }
        } else if let Some(status) = exit_status {
            // Another process may hold the pipe open, so the cell may have ended without a hang-up.
            return Ok(lines.result(status));
        } else {
            lines.looks.add(planned, now.elapsed());
            // The result follows in the next pass, after the last messages have been read.
            exit_status = running.engine.try_wait()?;
            progress(ended(running));
        }
    }
}

/// How many instances have ended; orphaned work counts as one less.
fn ended(running: &Running) -> u64 {
    let ended = running.mapping.header().ended.value.load(Relaxed);
    ended.cast_signed().max(0).cast_unsigned()
}

/// Waits for output, the end of the pipe, an interrupt, or `timeout`. Returns whether the pipe is readable, and has hung up.
fn wait(out: &impl AsFd, interrupt: &Interrupt, timeout: Duration) -> io::Result<(bool, bool)> {
    let mut fds = [PollFd::new(out.as_fd(), PollFlags::POLLIN), PollFd::new(interrupt.as_fd(), PollFlags::POLLIN)];
    let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
    match poll(&mut fds, timeout) {
        Ok(_) => {
            let events = fds[0].revents().unwrap_or(PollFlags::empty());
            Ok((events.contains(PollFlags::POLLIN), events.intersects(PollFlags::POLLHUP | PollFlags::POLLERR)))
        }
        Err(Errno::EINTR) => Ok((false, false)),
        Err(errno) => Err(errno.into()),
    }
}

/// The cell's messages so far.
#[derive(Default)]
struct Lines {
    /// The beginning of an incomplete line.
    text: Vec<u8>,
    ready: bool,
    end: Option<End>,
    broken: Option<String>,
    looks: Looks,
}

impl Lines {
    /// Reads the available output; true at the end of the pipe.
    fn read(&mut self, out: &mut impl Read) -> io::Result<bool> {
        let mut buffer = [0_u8; 1 << 14];
        let length = match out.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(false),
            Err(error) => return Err(error),
        };
        for part in buffer[..length].split_inclusive(|byte| *byte == b'\n') {
            // Messages after a protocol error are ignored.
            if self.broken.is_some() {
                break;
            }
            self.text.extend_from_slice(part);
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.text);
                self.understand(&line);
            } else if self.text.len() > LONGEST_LINE {
                self.broken = Some("a line of more than 64 MiB".into());
            }
        }
        Ok(length == 0)
    }

    /// Whether its time is over, or it has filled its standard error.
    fn is_to_be_stopped(&mut self, running: &Running, deadline: Instant, interrupt: &Interrupt) -> io::Result<bool> {
        if running.stderr.metadata()?.len() > MOST_STDERR {
            self.broken = Some("it wrote more than 64 MiB to its standard error".into());
            return Ok(true);
        }
        Ok(interrupt.is_raised() || Instant::now() >= deadline)
    }

    /// Waits for the exit of a child that has closed its output. A child that doesn't exit in time is killed, without a status.
    fn reap(
        &mut self,
        running: &mut Running,
        deadline: Instant,
        interrupt: &Interrupt,
    ) -> io::Result<Option<ExitStatus>> {
        let mut pause = Duration::from_micros(100);
        loop {
            if let Some(status) = running.engine.try_wait()? {
                return Ok(Some(status));
            }
            if self.is_to_be_stopped(running, deadline, interrupt)? {
                running.engine.kill()?;
                return Ok(None);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LOOK);
        }
    }

    /// The result of a cell that was stopped from outside.
    fn stopped(self, interrupt: &Interrupt) -> WatchResult {
        let exit = self.broken.map_or(Exit::Timeout, Exit::Protocol);
        WatchResult { exit, end: None, interrupted: interrupt.is_raised(), looks: self.looks }
    }

    fn understand(&mut self, line: &[u8]) {
        match serde_json::from_slice(line) {
            Ok(Message::Ready { protocol: PROTOCOL }) if !self.ready => self.ready = true,
            Ok(Message::Ready { protocol: PROTOCOL }) => self.broken = Some("it said `ready` twice".into()),
            Ok(Message::Ready { protocol }) => {
                self.broken = Some(format!("it speaks protocol {protocol}, not {PROTOCOL}"));
            }
            Ok(Message::End(end)) if self.ready => self.end = Some(end),
            Ok(Message::End(_)) => self.broken = Some("`end` came before `ready`".into()),
            Err(_) => {
                let text = String::from_utf8_lossy(line).trim_end().chars().take(80).collect::<String>();
                self.broken = Some(format!("not a message: `{}`", text.escape_debug()));
            }
        }
    }

    fn result(self, status: ExitStatus) -> WatchResult {
        let exit = match (self.broken, exit(status)) {
            (Some(what), _) => Exit::Protocol(what),
            (None, Exit::Ok) if self.end.is_none() => Exit::Protocol("it ended without saying `end`".into()),
            (None, exit) => exit,
        };
        WatchResult { exit, end: self.end, interrupted: false, looks: self.looks }
    }
}
