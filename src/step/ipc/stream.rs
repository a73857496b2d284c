//! Round trips over descriptors: pipes, FIFOs and sockets, which carry bytes, and message queues, which carry a payload whole.

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::unistd;

use super::pattern::Pattern;
use super::queue;
use super::wrong;
use crate::idiom::{Idiom, Source};
use crate::plan::{Mechanism, Peers};

/// Both directions, and how far the present round is.
pub(super) struct Stream<I: Idiom> {
    input: I::Source,
    output: I::Source,
    mechanism: Mechanism,
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
    pub(super) fn new(peers: &Peers, input: OwnedFd, output: OwnedFd) -> io::Result<Self> {
        let bytes = peers.bytes as usize;
        Ok(Self {
            input: I::Source::stream(input)?,
            output: I::Source::stream(output)?,
            mechanism: peers.mechanism,
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
            match write(self.mechanism, &self.output, &payload[self.sent..]) {
                Ok(length) => self.sent += length,
                Err(Errno::EAGAIN) => self.output.writable().await?,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        while self.received < payload.len() {
            match read(self.mechanism, &self.input, &mut self.came[self.received..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.received += length,
                Err(Errno::EAGAIN) => self.input.readable().await?,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        if self.came != self.pattern.of(self.round) {
            wrong(self.mechanism, self.round, &self.came, self.pattern.of(self.round));
        }
        self.round += 1;
        self.sent = 0;
        self.received = 0;
        Ok(())
    }
}

fn write(mechanism: Mechanism, output: &impl AsFd, bytes: &[u8]) -> nix::Result<usize> {
    match mechanism {
        Mechanism::Mqueue => queue::send(output.as_fd(), bytes).map(|()| bytes.len()),
        _ => unistd::write(output, bytes),
    }
}

/// 0 if nobody is there any more.
fn read(mechanism: Mechanism, input: &impl AsFd, bytes: &mut [u8]) -> nix::Result<usize> {
    match mechanism {
        Mechanism::Mqueue => queue::receive(input.as_fd(), bytes),
        _ => unistd::read(input, bytes),
    }
}
