//! One worker of `processes`, from its parent's side: its messages, and how it ended.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, ChildStdin, ExitStatus};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::plan::{End, Message, PROTOCOL};

/// A worker's process.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) child: Child,
    /// Held open: when it is closed, the worker ends.
    pub(super) leash: ChildStdin,
    out: Lines,
    err: Lines,
    /// Whether it has sent `ready`.
    pub(super) is_ready: bool,
    /// Its `end` message, once it has sent one.
    pub(super) end: Option<End>,
    /// Whether it has sent anything else.
    is_confused: bool,
    /// Its last line on standard error.
    last_words: Option<String>,
}

impl Member {
    /// A worker's process that was started with pipes.
    pub(super) fn new(mut child: Child) -> Self {
        let leash = child.stdin.take().expect("its standard input is a pipe");
        let out = Lines::new(child.stdout.take().expect("its standard output is a pipe").into());
        let err = Lines::new(child.stderr.take().expect("its standard error is a pipe").into());
        Self { child, leash, out, err, is_ready: false, end: None, is_confused: false, last_words: None }
    }

    /// The pipes that it has not closed.
    pub(super) fn open(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        [&self.out, &self.err].into_iter().filter_map(|lines| lines.pipe.as_ref()).map(File::as_fd)
    }

    /// Reads the messages and lines that have arrived.
    pub(super) fn hear(&mut self) -> io::Result<()> {
        for line in self.err.read()? {
            eprintln!("{line}");
            if !line.trim().is_empty() {
                self.last_words = Some(line);
            }
        }
        for line in self.out.read()? {
            match serde_json::from_str(&line) {
                Ok(Message::Ready { protocol: PROTOCOL }) if !self.is_ready => self.is_ready = true,
                Ok(Message::End(end)) if self.is_ready => self.end = Some(end),
                _ => self.is_confused = true,
            }
        }
        Ok(())
    }

    /// Whether it will never send its usage.
    pub(super) fn is_lost(&self) -> bool {
        self.is_confused || self.end.is_none() && self.out.pipe.is_none()
    }

    /// Its last line on standard error.
    pub(super) fn last_words(&self) -> Option<&str> {
        self.last_words.as_deref()
    }

    /// Kills it unless it has ended by itself, reaps it, and reads its last lines.
    pub(super) fn reap(&mut self) -> ExitStatus {
        // A worker that is already ending keeps its own exit status.
        let _ = self.child.kill();
        let status = self.child.wait().unwrap_or_default();
        while self.err.pipe.is_some() && self.hear().is_ok() {}
        status
    }
}

/// Reads lines from a pipe.
#[derive(Debug)]
struct Lines {
    /// Absent after its end of file.
    pipe: Option<File>,
    text: Vec<u8>,
}

impl Lines {
    fn new(pipe: OwnedFd) -> Self {
        Self { pipe: Some(pipe.into()), text: Vec::new() }
    }

    /// The lines that have arrived, without waiting for any. At the end of the file the rest is a line too.
    fn read(&mut self) -> io::Result<Vec<String>> {
        let Some(pipe) = &mut self.pipe else { return Ok(Vec::new()) };
        let mut fds = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
        if poll(&mut fds, PollTimeout::ZERO)? == 0 {
            return Ok(Vec::new());
        }
        let mut buffer = [0; 1 << 14];
        match pipe.read(&mut buffer) {
            Ok(0) => {
                self.pipe = None;
                if !self.text.is_empty() {
                    self.text.push(b'\n');
                }
            }
            Ok(length) => self.text.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        let mut lines = Vec::new();
        while let Some(at) = self.text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.text.drain(..=at).collect();
            lines.push(String::from_utf8_lossy(&line[..at]).into_owned());
        }
        Ok(lines)
    }
}
