//! The connections of a task with its peers, and which instance has each.

use std::io::{self, PipeReader};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::task::Context;

use parking_lot::Mutex;

use super::memory::Memory;
use super::placement::Placement;
use super::process::{Process, Start};
use super::queue::send;
use super::signal::{SignalTransport, Signals};
use super::stream::Stream;
use super::watch::{Watched, watch};
use crate::plan::{Mechanism, Peers};
use crate::primitives::{Lock, Primitives};
use crate::record::{PeersCount, Placed, Segment, Tracer};

/// A peer process that was started, and the transport to it and back.
#[derive(Debug)]
pub struct Link {
    /// The process.
    pub start: Start,
    /// A pipe that only the peer can write to: its end means that the peer is gone.
    pub life: PipeReader,
    /// The transport to it and back.
    pub transport: Transport,
    /// Where the peer notes its core, if it is asked to: a part of the transport, if that is memory.
    pub notes: Arc<Segment>,
}

/// The transport to a peer and back.
#[derive(Debug)]
pub enum Transport {
    /// Descriptors that can be polled.
    Descriptors {
        /// Bytes from the peer.
        input: OwnedFd,
        /// Bytes to the peer.
        output: OwnedFd,
    },
    /// Memory.
    Memory(Arc<Segment>),
    /// A signal that nothing else in the process uses.
    Signal(Arc<SignalTransport>),
}

/// The connections of a task with its peers, and the permits to use them.
pub(in crate::step) struct Pool<P: Primitives> {
    connections: Mutex<Vec<Box<Connection<P>>>>,
    permits: P::Semaphore,
    rounds: AtomicU64,
    lost: Mutex<Vec<String>>,
    /// The tracer of a traced cell.
    pub(super) tracer: Option<Tracer>,
}

/// A connection that an instance has; dropping it gives the connection back.
pub(in crate::step) struct Lent<P: Primitives> {
    /// Absent only when it is given back.
    connection: Option<Box<Connection<P>>>,
    pub(super) pool: &'static Pool<P>,
    /// Where its rounds were done.
    placed: Placed,
    _permit: <P::Semaphore as Lock>::Guard,
}

pub(super) enum Wire<P: Primitives> {
    Stream(Stream<P>),
    Memory(Memory),
    Signals(Signals<P>),
}

pub(super) struct Connection<P: Primitives> {
    pub(super) wire: Wire<P>,
    placement: Placement,
    process: Process,
    /// Whether the peer is gone.
    is_lost: bool,
}

impl<P: Primitives> Pool<P> {
    /// A pool without connections: no instance ever gets one.
    pub(in crate::step) fn empty() -> Self {
        Self {
            connections: Mutex::default(),
            permits: P::Semaphore::new(0),
            rounds: AtomicU64::new(0),
            lost: Mutex::default(),
            tracer: None,
        }
    }

    /// A pool of the connections over `links`; a traced cell records rounds that run on other threads.
    pub(in crate::step) fn new(peers: &Peers, links: Vec<Link>, tracer: Option<Tracer>) -> io::Result<Self> {
        let permits = P::Semaphore::new(links.len() as u32);
        let (mut connections, mut watched) = (Vec::new(), Vec::new());
        for link in links {
            watched.extend(link.watched(peers.mechanism)?);
            connections.push(Box::new(Connection::new(peers, link)?));
        }
        watch(watched)?;
        Ok(Self { connections: Mutex::new(connections), permits, tracer, ..Self::empty() })
    }

    pub(super) fn lend_at_once(&'static self, cx: &mut Context<'_>) -> Option<Box<Lent<P>>> {
        Some(Box::new(self.lend_with(self.permits.hold_at_once(cx)?)))
    }

    pub(super) async fn lend(&'static self) -> Lent<P> {
        self.lend_with(self.permits.hold().await)
    }

    fn lend_with(&'static self, permit: <P::Semaphore as Lock>::Guard) -> Lent<P> {
        let connection = self.connections.lock().pop();
        assert!(connection.is_some(), "there are as many connections as permits");
        Lent { connection, pool: self, placed: Placed::default(), _permit: permit }
    }

    /// The rounds over all its connections, and the peers that were lost.
    pub(in crate::step) fn count(&self, task: u16, peers: u16) -> PeersCount {
        PeersCount { task, peers, rounds: self.rounds.load(Relaxed), lost: self.lost.lock().clone() }
    }
}

impl Link {
    /// What to watch to learn that the peer is gone, if the transport itself does not report it.
    fn watched(&self, mechanism: Mechanism) -> io::Result<Option<Watched>> {
        let tell: Box<dyn FnOnce() + Send> = match &self.transport {
            Transport::Memory(segment) => {
                let segment = Arc::clone(segment);
                Box::new(move || segment.hang_up())
            }
            Transport::Descriptors { input, .. } if mechanism == Mechanism::Mqueue => {
                let input = input.try_clone()?;
                // There is room: the queue holds at most one other message, that of a round.
                Box::new(move || {
                    let _ = send(input.as_fd(), &[]);
                })
            }
            Transport::Signal(transport) => {
                let transport = Arc::clone(transport);
                Box::new(move || transport.hang_up())
            }
            Transport::Descriptors { .. } => return Ok(None),
        };
        Ok(Some(Watched { life: self.life.try_clone()?, tell }))
    }
}

impl<P: Primitives> Connection<P> {
    fn new(peers: &Peers, link: Link) -> io::Result<Self> {
        let placement = Placement::new(peers.mechanism, link.notes);
        let wire = match link.transport {
            Transport::Descriptors { input, output } => Wire::Stream(Stream::new(peers, input, output)?),
            Transport::Memory(segment) => Wire::Memory(Memory::new(peers, segment)),
            Transport::Signal(transport) => Wire::Signals(Signals::new(transport, link.start.pid())?),
        };
        Ok(Self { wire, placement, process: Process::new(link.start), is_lost: false })
    }
}

/// Why a [`Lent`] has its connection.
const LENT: &str = "the connection is not given back yet";

impl<P: Primitives> Lent<P> {
    pub(super) fn connection(&mut self) -> &mut Connection<P> {
        self.connection.as_mut().expect(LENT)
    }

    /// Whether the peer is there and no instance was cancelled amid a round.
    pub(super) fn is_clean(&mut self) -> bool {
        let connection = self.connection();
        let is_amid_a_round = match &connection.wire {
            Wire::Stream(stream) => stream.is_amid_a_round(),
            Wire::Signals(signals) => signals.is_amid_a_round(),
            Wire::Memory(_) => false,
        };
        !connection.is_lost && !is_amid_a_round
    }

    /// Does a round, or the rest of an unfinished one; false if the peer is gone.
    async fn round(&mut self) -> bool {
        let pool = self.pool;
        let connection = self.connection();
        if connection.is_lost {
            return false;
        }
        let ended = match &mut connection.wire {
            Wire::Stream(stream) => stream.round().await,
            Wire::Signals(signals) => signals.round().await,
            // Memory is never left amid a round.
            Wire::Memory(_) => return true,
        };
        if ended.is_ok() {
            pool.rounds.fetch_add(1, Relaxed);
        }
        self.is_still_there(ended)
    }

    /// Does a round, and samples whether it was done on one core.
    pub(super) async fn one_round(&mut self) -> bool {
        let is_done = self.round().await;
        if is_done {
            let connection = self.connection.as_ref().expect(LENT);
            connection.placement.look(0, 1, &mut self.placed);
        }
        is_done
    }

    /// Does `rounds` rounds on the present thread, or fewer if `is_to_stop` gets set; false if the peer is gone.
    pub(super) fn rounds(&mut self, rounds: u32, is_to_stop: &AtomicBool) -> bool {
        let pool = self.pool;
        let connection = self.connection.as_mut().expect(LENT);
        let Wire::Memory(memory) = &mut connection.wire else { unreachable!("only memory can't be polled") };
        if connection.is_lost {
            return false;
        }
        let (placement, placed) = (&connection.placement, &mut self.placed);
        let goes_on = |round| {
            placement.ask(round, rounds);
            !is_to_stop.load(Relaxed)
        };
        let mut done = 0;
        let after_round = |round| {
            done += 1;
            placement.look(round, rounds, placed);
        };
        let ended = memory.rounds(rounds, goes_on, after_round);
        // One addition for all: some of these rounds take little longer than an atomic addition.
        pool.rounds.fetch_add(done, Relaxed);
        self.is_still_there(ended)
    }

    /// Where the rounds since it was lent were done: on one core with the peer or not.
    pub(in crate::step) fn placed(&self) -> Placed {
        self.placed
    }

    fn is_still_there(&mut self, ended: io::Result<()>) -> bool {
        let Err(error) = ended else { return true };
        let pool = self.pool;
        let connection = self.connection();
        connection.is_lost = true;
        pool.lost.lock().push(connection.process.end(&error));
        false
    }

    /// Finishes the round that a cancelled instance has left, if any; false if the peer is gone.
    pub(super) async fn finish(&mut self) -> bool {
        self.is_clean() || self.round().await
    }
}

impl<P: Primitives> Drop for Lent<P> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.connections.lock().push(connection);
        }
    }
}
