//! `ipc`: round trips with a process that gives back what it gets.
//!
//! An instance has a connection for itself as long as its step takes. One that is stopped amid a round leaves that to whoever
//! has the connection next: no stream is ever torn.

mod pattern;
mod process;
mod queue;
mod stream;
mod watch;

use std::io::{self, PipeReader};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use parking_lot::Mutex;

use self::process::Process;
pub use self::process::Start;
pub use self::queue::{queue, receive, send};
use self::stream::Stream;
use self::watch::{Watched, watch};
use super::holds::{Came, Hold, Holds};
use super::meet::Met;
use crate::idiom::{Idiom, Lock};
use crate::plan::{Mechanism, Peers};
use crate::record::PeersCount;

/// A process that was started to be talked with, and the descriptors that lead to it and back.
#[derive(Debug)]
pub struct Link {
    /// The process.
    pub start: Start,
    /// A pipe that only it can write: the end tells that it is gone.
    pub life: PipeReader,
    /// What comes from it.
    pub input: OwnedFd,
    /// What goes to it.
    pub output: OwnedFd,
}

/// The processes that a task talks with, and who may.
pub(super) struct Pool<I: Idiom> {
    connections: Mutex<Vec<Box<Connection<I>>>>,
    permits: I::Semaphore,
    rounds: AtomicU64,
    lost: Mutex<Vec<String>>,
}

/// A connection that an instance has; to drop it is to give it back.
pub(super) struct Lent<I: Idiom> {
    /// Absent only when it is given back.
    connection: Option<Box<Connection<I>>>,
    pool: &'static Pool<I>,
    _permit: <I::Semaphore as Lock>::Guard,
}

struct Connection<I: Idiom> {
    stream: Stream<I>,
    process: Process,
    /// Whether there is nobody at its other end.
    is_lost: bool,
}

impl<I: Idiom> Pool<I> {
    /// Connected with nobody: nobody gets a connection.
    pub(super) fn empty() -> Self {
        Self {
            connections: Mutex::default(),
            permits: I::Semaphore::new(0),
            rounds: AtomicU64::new(0),
            lost: Mutex::default(),
        }
    }

    /// Connected by `links`.
    pub(super) fn new(peers: Peers, links: Vec<Link>) -> io::Result<Self> {
        let permits = I::Semaphore::new(links.len() as u32);
        let (mut connections, mut watched) = (Vec::new(), Vec::new());
        for link in links {
            watched.extend(link.watched(peers.mechanism)?);
            connections.push(Box::new(Connection::new(peers, link)?));
        }
        watch(watched)?;
        Ok(Self { connections: Mutex::new(connections), permits, ..Self::empty() })
    }

    fn try_lend(&'static self) -> Option<Box<Lent<I>>> {
        Some(self.lend_with(self.permits.try_hold()?))
    }

    async fn lend(&'static self) -> Box<Lent<I>> {
        self.lend_with(self.permits.hold().await)
    }

    fn lend_with(&'static self, permit: <I::Semaphore as Lock>::Guard) -> Box<Lent<I>> {
        let connection = self.connections.lock().pop();
        assert!(connection.is_some(), "there are as many connections as permits");
        Box::new(Lent { connection, pool: self, _permit: permit })
    }

    /// What was done over all its connections.
    pub(super) fn count(&self, task: u16, peers: u16) -> PeersCount {
        PeersCount { task, peers, rounds: self.rounds.load(Relaxed), lost: self.lost.lock().clone() }
    }
}

impl Link {
    /// What it takes to learn that the peer is gone, where the descriptors don't tell.
    fn watched(&self, mechanism: Mechanism) -> io::Result<Option<Watched>> {
        let tell: Box<dyn FnOnce() + Send> = match mechanism {
            Mechanism::Pipe | Mechanism::Fifo | Mechanism::Unix | Mechanism::Tcp => return Ok(None),
            Mechanism::Mqueue => {
                let input = self.input.try_clone()?;
                // There is room: beside it there is the message of a round at most.
                Box::new(move || {
                    let _ = send(input.as_fd(), &[]);
                })
            }
        };
        Ok(Some(Watched { life: self.life.try_clone()?, tell }))
    }
}

impl<I: Idiom> Connection<I> {
    fn new(peers: Peers, link: Link) -> io::Result<Self> {
        let stream = Stream::new(peers, link.input, link.output)?;
        Ok(Self { stream, process: Process::new(link.start), is_lost: false })
    }
}

impl<I: Idiom> Lent<I> {
    fn connection(&mut self) -> &mut Connection<I> {
        self.connection.as_mut().expect("it is not given back yet")
    }

    /// Whether nobody was stopped amid a round.
    fn is_clean(&mut self) -> bool {
        let connection = self.connection();
        !connection.is_lost && !connection.stream.is_amid_a_round()
    }

    /// Does a round, or the rest of the one under way; false if there is nobody at the other end.
    async fn round(&mut self) -> bool {
        let connection = self.connection();
        if connection.is_lost {
            return false;
        }
        match connection.stream.round().await {
            Ok(()) => {
                self.pool.rounds.fetch_add(1, Relaxed);
                true
            }
            Err(error) => {
                connection.is_lost = true;
                let how = connection.process.end(&error);
                self.pool.lost.lock().push(how);
                false
            }
        }
    }

    /// Waits for what somebody who was stopped has left under way.
    async fn finish(&mut self) -> bool {
        self.is_clean() || self.round().await
    }
}

impl<I: Idiom> Drop for Lent<I> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.connections.lock().push(connection);
        }
    }
}

/// Takes a connection.
pub(super) fn connect<I: Idiom>(pool: &'static Pool<I>, holds: &mut Holds<I>) -> Met {
    let mut lent = pool.try_lend();
    if let Some(lent) = lent.take_if(|lent| lent.is_clean()) {
        holds.take(Hold::Peer(lent));
        return Met::Done;
    }
    holds.wait(async move {
        let mut lent = match lent {
            Some(lent) => lent,
            None => pool.lend().await,
        };
        if lent.finish().await { Came::Held(Hold::Peer(lent)) } else { Came::Closed }
    });
    Met::Waiting
}

/// Does a round over the connection that was taken last.
pub(super) fn round<I: Idiom>(holds: &mut Holds<I>) -> Met {
    let mut lent = holds.take_peer().expect("the plan takes a connection before its rounds");
    holds.wait(async move { if lent.round().await { Came::Held(Hold::Peer(lent)) } else { Came::Closed } });
    Met::Waiting
}
