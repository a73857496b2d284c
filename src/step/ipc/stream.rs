//! Round trips over a stream of bytes: pipes, FIFOs, sockets.

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::unistd::{read, write};

use super::pattern::Pattern;
use crate::idiom::{Idiom, Source};
use crate::plan::Peers;

/// Both directions, and how far the present round is.
pub(super) struct Stream<I: Idiom> {
    input: I::Source,
    output: I::Source,
    mechanism: &'static str,
    pattern: Pattern,
    /// What has come back.
    came: Vec<u8>,
    /// The number of the present round.
    round: u64,
    /// How many bytes of it are sent.
    sent: usize,
    /// How many of them have come back.
    received: usize,
}

impl<I: Idiom> Stream<I> {
    pub(super) fn new(peers: Peers, input: OwnedFd, output: OwnedFd) -> io::Result<Self> {
        let bytes = peers.bytes as usize;
        Ok(Self {
            input: I::Source::stream(input)?,
            output: I::Source::stream(output)?,
            mechanism: peers.mechanism.as_str(),
            pattern: Pattern::new(bytes),
            came: vec![0; bytes],
            round: 0,
            sent: 0,
            received: 0,
        })
    }

    /// Whether something was sent that has not come back.
    pub(super) fn is_amid_a_round(&self) -> bool {
        self.sent > 0
    }

    /// Sends the round's payload, and takes it back; from where it was left, if somebody was stopped amid it.
    pub(super) async fn round(&mut self) -> io::Result<()> {
        let payload = self.pattern.of(self.round);
        while self.sent < payload.len() {
            match write(self.output.as_fd(), &payload[self.sent..]) {
                Ok(length) => self.sent += length,
                Err(Errno::EAGAIN) => self.output.writable().await?,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        while self.received < payload.len() {
            match read(self.input.as_fd(), &mut self.came[self.received..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.received += length,
                Err(Errno::EAGAIN) => self.input.readable().await?,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        self.check();
        self.round += 1;
        self.sent = 0;
        self.received = 0;
        Ok(())
    }

    /// What came back must be what was sent: else nothing that is measured here is worth anything.
    fn check(&self) {
        let payload = self.pattern.of(self.round);
        if self.came != payload {
            let at = self.came.iter().zip(payload).position(|(came, sent)| came != sent).unwrap_or_default();
            let Self { mechanism, round, .. } = self;
            panic!("`ipc` by `{mechanism}` gave back what was not sent: round {round}, byte {at} of {}", payload.len());
        }
    }
}
