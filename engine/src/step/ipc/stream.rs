//! Round trips over descriptors: pipes, FIFOs and sockets, which carry bytes, and message queues, which carry a payload whole.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::unistd;

use super::pattern::{Pattern, wrong};
use super::queue;
use crate::plan::{Mechanism, Peers};
use crate::primitives::{Primitives, Source};

/// Both directions, and the state of the present round.
pub(super) struct Stream<P: Primitives> {
    input: P::Source,
    output: P::Source,
    mechanism: Mechanism,
    pattern: Pattern,
    /// The bytes that have come back.
    echo: Vec<u8>,
    /// The number of the present round.
    round: u64,
    /// How many bytes of it are sent.
    sent: usize,
    /// How many of them have come back.
    received: usize,
}

impl<P: Primitives> Stream<P> {
    pub(super) fn new(peers: &Peers, input: OwnedFd, output: OwnedFd) -> io::Result<Self> {
        let bytes = peers.bytes as usize;
        Ok(Self {
            input: P::Source::stream(input)?,
            output: P::Source::stream(output)?,
            mechanism: peers.mechanism,
            pattern: Pattern::new(bytes),
            echo: vec![0; bytes],
            round: 0,
            sent: 0,
            received: 0,
        })
    }

    /// Whether something was sent that has not come back.
    pub(super) fn is_amid_a_round(&self) -> bool {
        self.sent > 0
    }

    /// Sends the payload of the round, and receives it back. Continues a round that a cancelled instance has left.
    pub(super) async fn round(&mut self) -> io::Result<()> {
        let payload = self.pattern.of(self.round);
        while self.sent < payload.len() {
            let rest = &payload[self.sent..];
            match at_once::<P, _>(|| write(self.mechanism, &self.output, rest)).await {
                Some(Ok(length)) => self.sent += length,
                None => self.output.writable().await?,
                Some(Err(Errno::EINTR)) => {}
                Some(Err(errno)) => return Err(errno.into()),
            }
        }
        while self.received < payload.len() {
            let rest = &mut self.echo[self.received..];
            match at_once::<P, _>(|| read(self.mechanism, &self.input, rest)).await {
                Some(Ok(0)) => return Err(ErrorKind::UnexpectedEof.into()),
                Some(Ok(length)) => self.received += length,
                None => self.input.readable().await?,
                Some(Err(Errno::EINTR)) => {}
                Some(Err(errno)) => return Err(errno.into()),
            }
        }
        if self.echo != self.pattern.of(self.round) {
            wrong(self.mechanism, self.round, &self.echo, self.pattern.of(self.round));
        }
        self.round += 1;
        self.sent = 0;
        self.received = 0;
        Ok(())
    }
}

/// Makes a non-blocking call once the task has budget for it; `None` if the call would have to wait.
async fn at_once<P: Primitives, T>(mut call: impl FnMut() -> nix::Result<T>) -> Option<nix::Result<T>> {
    let done = |result| if matches!(result, Err(Errno::EAGAIN)) { None } else { Some(result) };
    poll_fn(|cx| P::spend(cx, |_| done(call()))).await
}

fn write(mechanism: Mechanism, output: &impl AsFd, bytes: &[u8]) -> nix::Result<usize> {
    match mechanism {
        Mechanism::Mqueue => queue::send(output.as_fd(), bytes).map(|()| bytes.len()),
        _ => unistd::write(output, bytes),
    }
}

/// Returns 0 if the peer is gone.
fn read(mechanism: Mechanism, input: &impl AsFd, bytes: &mut [u8]) -> nix::Result<usize> {
    match mechanism {
        Mechanism::Mqueue => queue::receive(input.as_fd(), bytes),
        _ => unistd::read(input, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::Tokio;
    use crate::primitives::testing::most_at_a_time;

    #[test]
    fn a_read_and_a_write_that_need_not_wait_spend_one_unit_each_of_tokio_s_budget() {
        let peers = Peers { mechanism: Mechanism::Pipe, bytes: 64, count: 1, cpus: Vec::new() };
        // What is written is there to be read at once.
        let (input, output) = io::pipe().unwrap();
        let mut stream = Stream::<Tokio>::new(&peers, input.into(), output.into()).unwrap();
        assert_eq!(most_at_a_time(async || stream.round().await.unwrap()), 64);
    }
}
