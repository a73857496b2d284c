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
use crate::idiom::{Idiom, Source};

/// A signal that nobody else in this process goes by, to a peer and back.
#[derive(Debug)]
pub struct SignalWay {
    signal: RealTime,
    is_peer_gone: AtomicBool,
}

/// The same, and how far its rounds are.
pub(super) struct Signals<I: Idiom> {
    way: Arc<SignalWay>,
    peer: Pid,
    /// Where it is read when it has come; absent where whoever waits keeps its thread, and has the kernel wake it.
    input: Option<I::Source>,
    /// The number of the present round.
    round: u32,
    /// Whether it is sent.
    is_sent: bool,
}

impl SignalWay {
    /// By this signal.
    pub fn new(signal: RealTime) -> Self {
        Self { signal, is_peer_gone: AtomicBool::new(false) }
    }

    /// The signal.
    pub fn signal(&self) -> RealTime {
        self.signal
    }

    /// The peer is gone: whoever waits for it learns of it.
    pub(super) fn hang_up(&self) {
        self.is_peer_gone.store(true, Release);
        self.signal.raise();
    }
}

impl<I: Idiom> Signals<I> {
    pub(super) fn new(way: Arc<SignalWay>, peer: Pid) -> io::Result<Self> {
        let input = if I::NEVER_PENDS { None } else { Some(I::Source::stream(way.signal.watch()?)?) };
        Ok(Self { way, peer, input, round: 0, is_sent: false })
    }

    /// Whether a number was sent that has not come back.
    pub(super) fn is_amid_a_round(&self) -> bool {
        self.is_sent
    }

    /// Sends the round's number, and waits until it has come back; from where it was left, if somebody was stopped amid it.
    pub(super) async fn round(&mut self) -> io::Result<()> {
        if !self.is_sent {
            self.way.signal.queue(self.peer, self.round).map_err(not_queued)?;
            self.is_sent = true;
        }
        let came = loop {
            let Queued { number, sender } = self.next().await?;
            if sender == self.peer {
                break number;
            }
            // Acquire: see `hang_up`.
            if self.way.is_peer_gone.load(Acquire) {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            // Anybody may send one: only the peer's counts.
        };
        assert!(
            came == self.round,
            "`ipc` by `signal` gave back what was not sent: the number {came} for that of round {}",
            self.round
        );
        self.round = self.round.wrapping_add(1);
        self.is_sent = false;
        Ok(())
    }

    async fn next(&self) -> io::Result<Queued> {
        loop {
            let came = match &self.input {
                Some(input) => poll_fn(|cx| I::spend(cx, |_| came(input))).await,
                None => Some(self.way.signal.wait().map_err(io::Error::from)),
            };
            match (came, &self.input) {
                (Some(Err(error)), _) if error.kind() == ErrorKind::Interrupted => {}
                (Some(came), _) => return came,
                (None, Some(input)) => input.readable().await?,
                (None, None) => unreachable!("it waits for one to come"),
            }
        }
    }
}

/// What has come, if anything has.
fn came(input: &impl AsFd) -> Option<io::Result<Queued>> {
    match read(input) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        came => Some(came),
    }
}

/// Why a signal can't be queued, by the limit that was met.
pub fn not_queued(errno: Errno) -> io::Error {
    if errno != Errno::EAGAIN {
        return errno.into();
    }
    io::Error::new(
        ErrorKind::QuotaExceeded,
        "no more signals may be queued: `ulimit -i` (RLIMIT_SIGPENDING) is met; raise the limit, or take fewer `peers`",
    )
}
