//! The peer process.

use std::io::{self, ErrorKind, PipeWriter};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;

use nix::sys::signal::Signal;
use nix::unistd::Pid;

/// A process that was started.
#[derive(Debug)]
pub struct Start {
    /// Which peer of which task it is, for people.
    pub name: String,
    /// The process.
    pub child: Child,
    /// Held open: when it is closed, the process ends.
    pub leash: PipeWriter,
}

impl Start {
    /// The process ID.
    pub(super) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }
}

/// A peer process in use; dropping it kills the process.
#[derive(Debug)]
pub(super) struct Process(Start);

impl Process {
    pub(super) fn new(start: Start) -> Self {
        Self(start)
    }

    /// Describes how it ended, after a round failed with `error`.
    pub(super) fn end(&mut self, error: &io::Error) -> String {
        let Start { name, child, .. } = &mut self.0;
        // A process that is already exiting keeps its own exit status.
        let _ = child.kill();
        let ending = match child.wait().map(|status| (status.signal(), status.code())) {
            // The peer was there: this side has reached a limit.
            _ if error.kind() == ErrorKind::QuotaExceeded => format!("can't be reached: {error}"),
            Ok((Some(signal), _)) => {
                let name = Signal::try_from(signal).map_or_else(|_| signal.to_string(), |signal| signal.to_string());
                format!("was ended by {name}")
            }
            Ok((None, Some(code))) => format!("ended with exit code {code}"),
            Ok((None, None)) | Err(_) => format!("can't be reached: {error}"),
        };
        format!("{name} {ending}")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.child.kill();
        let _ = self.0.child.wait();
    }
}
