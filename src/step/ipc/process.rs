//! The process at the other end.

use std::io::{self, ErrorKind, PipeWriter};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;

use nix::sys::signal::Signal;
use nix::unistd::Pid;

/// A process that was started.
#[derive(Debug)]
pub struct Start {
    /// Whom it is for, and which it is: for people.
    pub name: String,
    /// The process.
    pub child: Child,
    /// Held open: its end is the process's.
    pub leash: PipeWriter,
}

impl Start {
    /// Its number.
    pub(super) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }
}

/// The same, as long as it is talked with.
#[derive(Debug)]
pub(super) struct Process(Start);

impl Process {
    pub(super) fn new(start: Start) -> Self {
        Self(start)
    }

    /// Says how it ended, now that it can't be talked with because of `error`.
    pub(super) fn end(&mut self, error: &io::Error) -> String {
        let Start { name, child, .. } = &mut self.0;
        // One that is on its way out keeps its own way of ending.
        let _ = child.kill();
        let how = match child.wait().map(|status| (status.signal(), status.code())) {
            // It was there: this side is at a limit.
            _ if error.kind() == ErrorKind::QuotaExceeded => format!("can't be reached: {error}"),
            Ok((Some(signal), _)) => {
                let name = Signal::try_from(signal).map_or_else(|_| signal.to_string(), |signal| signal.to_string());
                format!("was ended by {name}")
            }
            Ok((None, Some(code))) => format!("ended with exit code {code}"),
            Ok((None, None)) | Err(_) => format!("can't be reached: {error}"),
        };
        format!("{name} {how}")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.child.kill();
        let _ = self.0.child.wait();
    }
}
