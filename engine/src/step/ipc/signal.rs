//! Round trips by real-time signals: the round's number there, and the same number back.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};

use nix::errno::Errno;
use nix::unistd::Pid;

use super::real_time::{Queued, RealTime, read};
use crate::primitives::{Primitives, Source};

/// A signal that nothing else in this process uses, to a peer and back.
#[derive(Debug)]
pub struct SignalTransport {
    signal: RealTime,
    is_peer_gone: AtomicBool,
}

/// The transport, and the state of the present round.
pub(super) struct Signals<P: Primitives> {
    transport: Arc<SignalTransport>,
    peer: Pid,
    /// The source from which the signal is read. Absent if a wait blocks its thread: then the kernel wakes the thread.
    input: Option<P::Source>,
    /// The number of the present round.
    round: u32,
    /// Whether it is sent.
    is_sent: bool,
}

impl SignalTransport {
    /// The transport by `signal`.
    pub fn new(signal: RealTime) -> Self {
        Self { signal, is_peer_gone: AtomicBool::new(false) }
    }

    /// The signal.
    pub fn signal(&self) -> RealTime {
        self.signal
    }

    /// The peer is gone: wakes the instance that waits for it.
    pub(super) fn hang_up(&self) {
        self.is_peer_gone.store(true, Release);
        self.signal.raise();
    }
}

impl<P: Primitives> Signals<P> {
    pub(super) fn new(transport: Arc<SignalTransport>, peer: Pid) -> io::Result<Self> {
        let input = if P::NEVER_PENDS { None } else { Some(P::Source::stream(transport.signal.watch()?)?) };
        Ok(Self { transport, peer, input, round: 0, is_sent: false })
    }

    /// Whether a number was sent that has not come back.
    pub(super) fn is_amid_a_round(&self) -> bool {
        self.is_sent
    }

    /// Sends the number of the round, and waits until it has come back. Continues a round that a cancelled instance has left.
    pub(super) async fn round(&mut self) -> io::Result<()> {
        if !self.is_sent {
            self.transport.signal.queue(self.peer, self.round).map_err(not_queued)?;
            self.is_sent = true;
        }
        let returned = loop {
            let Queued { number, sender } = self.next().await?;
            if sender == self.peer {
                break number;
            }
            // Acquire: see `hang_up`.
            if self.transport.is_peer_gone.load(Acquire) {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            // Any process may send this signal: only the peer's counts.
        };
        assert!(
            returned == self.round,
            "`ipc` by `signal` gave back what was not sent: the number {returned} for that of round {}",
            self.round
        );
        self.round = self.round.wrapping_add(1);
        self.is_sent = false;
        Ok(())
    }

    async fn next(&self) -> io::Result<Queued> {
        loop {
            let received = match &self.input {
                Some(input) => poll_fn(|cx| P::spend(cx, |_| try_read(input))).await,
                None => Some(self.transport.signal.wait().map_err(io::Error::from)),
            };
            match (received, &self.input) {
                (Some(Err(error)), _) if error.kind() == ErrorKind::Interrupted => {}
                (Some(received), _) => return received,
                (None, Some(input)) => input.readable().await?,
                (None, None) => unreachable!("a blocking wait returns with a signal"),
            }
        }
    }
}

/// Reads a signal, if one has arrived.
fn try_read(input: &impl AsFd) -> Option<io::Result<Queued>> {
    match read(input) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        result => Some(result),
    }
}

/// Why a signal can't be queued; names the limit, if one is reached.
pub fn not_queued(errno: Errno) -> io::Error {
    if errno != Errno::EAGAIN {
        return errno.into();
    }
    io::Error::new(
        ErrorKind::QuotaExceeded,
        "no more signals may be queued: `ulimit -i` (RLIMIT_SIGPENDING) is reached; raise it, or use fewer `peers`",
    )
}
