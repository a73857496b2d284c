//! `ipc`: round trips with a process that gives back what it gets.
//!
//! An instance has a connection for itself as long as its step takes. One that is stopped amid a round leaves that to whoever
//! has the connection next: no stream is ever torn.

mod memory;
mod pattern;
mod place;
mod process;
mod queue;
mod real_time;
mod signal;
mod stream;
mod watch;

use std::io::{self, PipeReader};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::task::Context;

use parking_lot::Mutex;

use self::memory::Memory;
use self::place::Place;
pub use self::place::note_place;
use self::process::Process;
pub use self::process::Start;
pub use self::queue::{forget_queue, queue, receive, send};
pub use self::real_time::{Queued, RealTime, block_real_time};
use self::signal::Signals;
pub use self::signal::{SignalWay, not_queued};
use self::stream::Stream;
use self::watch::{Watched, watch};
use super::holds::{Came, Hold, Holds};
use super::meet::Met;
use crate::idiom::{Idiom, Lock};
use crate::plan::{Mechanism, Peers};
use crate::record::{PeersCount, Placed, Segment, Tracer, Worker};

/// A process that was started to be talked with, and the descriptors that lead to it and back.
#[derive(Debug)]
pub struct Link {
    /// The process.
    pub start: Start,
    /// A pipe that only it can write: the end tells that it is gone.
    pub life: PipeReader,
    /// The way to it and back.
    pub way: Way,
    /// Where it notes on which core it is, if that is asked for: a part of the way, if that is memory.
    pub notes: Arc<Segment>,
}

/// The way to a peer and back.
#[derive(Debug)]
pub enum Way {
    /// Descriptors that can be polled.
    Descriptors {
        /// What comes from it.
        input: OwnedFd,
        /// What goes to it.
        output: OwnedFd,
    },
    /// Memory.
    Memory(Arc<Segment>),
    /// A signal, which nobody else in the process goes by.
    Signal(Arc<SignalWay>),
}

/// The processes that a task talks with, and who may.
pub(super) struct Pool<I: Idiom> {
    connections: Mutex<Vec<Box<Connection<I>>>>,
    permits: I::Semaphore,
    rounds: AtomicU64,
    lost: Mutex<Vec<String>>,
    /// Of a cell that is traced.
    tracer: Option<Tracer>,
}

/// A connection that an instance has; to drop it is to give it back.
pub(super) struct Lent<I: Idiom> {
    /// Absent only when it is given back.
    connection: Option<Box<Connection<I>>>,
    pool: &'static Pool<I>,
    /// Where its rounds were done.
    placed: Placed,
    _permit: <I::Semaphore as Lock>::Guard,
}

enum Wire<I: Idiom> {
    Stream(Stream<I>),
    Memory(Memory),
    Signals(Signals<I>),
}

struct Connection<I: Idiom> {
    wire: Wire<I>,
    place: Place,
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
            tracer: None,
        }
    }

    /// Connected by `links`; of a traced cell what is done on other threads is told.
    pub(super) fn new(peers: &Peers, links: Vec<Link>, tracer: Option<Tracer>) -> io::Result<Self> {
        let permits = I::Semaphore::new(links.len() as u32);
        let (mut connections, mut watched) = (Vec::new(), Vec::new());
        for link in links {
            watched.extend(link.watched(peers.mechanism)?);
            connections.push(Box::new(Connection::new(peers, link)?));
        }
        watch(watched)?;
        Ok(Self { connections: Mutex::new(connections), permits, tracer, ..Self::empty() })
    }

    fn lend_at_once(&'static self, cx: &mut Context<'_>) -> Option<Box<Lent<I>>> {
        Some(Box::new(self.lend_with(self.permits.hold_at_once(cx)?)))
    }

    async fn lend(&'static self) -> Lent<I> {
        self.lend_with(self.permits.hold().await)
    }

    fn lend_with(&'static self, permit: <I::Semaphore as Lock>::Guard) -> Lent<I> {
        let connection = self.connections.lock().pop();
        assert!(connection.is_some(), "there are as many connections as permits");
        Lent { connection, pool: self, placed: Placed::default(), _permit: permit }
    }

    /// What was done over all its connections.
    pub(super) fn count(&self, task: u16, peers: u16) -> PeersCount {
        PeersCount { task, peers, rounds: self.rounds.load(Relaxed), lost: self.lost.lock().clone() }
    }
}

impl Link {
    /// What it takes to learn that the peer is gone, where the way to it doesn't tell.
    fn watched(&self, mechanism: Mechanism) -> io::Result<Option<Watched>> {
        let tell: Box<dyn FnOnce() + Send> = match &self.way {
            Way::Memory(segment) => {
                let segment = Arc::clone(segment);
                Box::new(move || segment.hang_up())
            }
            Way::Descriptors { input, .. } if mechanism == Mechanism::Mqueue => {
                let input = input.try_clone()?;
                // There is room: beside it there is the message of a round at most.
                Box::new(move || {
                    let _ = send(input.as_fd(), &[]);
                })
            }
            Way::Signal(way) => {
                let way = Arc::clone(way);
                Box::new(move || way.hang_up())
            }
            Way::Descriptors { .. } => return Ok(None),
        };
        Ok(Some(Watched { life: self.life.try_clone()?, tell }))
    }
}

impl<I: Idiom> Connection<I> {
    fn new(peers: &Peers, link: Link) -> io::Result<Self> {
        let place = Place::new(peers.mechanism, link.notes);
        let wire = match link.way {
            Way::Descriptors { input, output } => Wire::Stream(Stream::new(peers, input, output)?),
            Way::Memory(segment) => Wire::Memory(Memory::new(peers, segment)),
            Way::Signal(way) => Wire::Signals(Signals::new(way, link.start.pid())?),
        };
        Ok(Self { wire, place, process: Process::new(link.start), is_lost: false })
    }
}

/// Why who is lent a connection has it.
const LENT: &str = "it is not given back yet";

impl<I: Idiom> Lent<I> {
    fn connection(&mut self) -> &mut Connection<I> {
        self.connection.as_mut().expect(LENT)
    }

    /// Whether nobody was stopped amid a round.
    fn is_clean(&mut self) -> bool {
        let connection = self.connection();
        let is_amid_a_round = match &connection.wire {
            Wire::Stream(stream) => stream.is_amid_a_round(),
            Wire::Signals(signals) => signals.is_amid_a_round(),
            Wire::Memory(_) => false,
        };
        !connection.is_lost && !is_amid_a_round
    }

    /// Does a round, or the rest of the one under way; false if there is nobody at the other end.
    async fn round(&mut self) -> bool {
        let pool = self.pool;
        let connection = self.connection();
        if connection.is_lost {
            return false;
        }
        let ended = match &mut connection.wire {
            Wire::Stream(stream) => stream.round().await,
            Wire::Signals(signals) => signals.round().await,
            // It is never left amid a round.
            Wire::Memory(_) => return true,
        };
        if ended.is_ok() {
            pool.rounds.fetch_add(1, Relaxed);
        }
        self.is_still_there(ended)
    }

    /// Does a round of its own, and looks where.
    async fn one_round(&mut self) -> bool {
        let is_done = self.round().await;
        if is_done {
            let connection = self.connection.as_ref().expect(LENT);
            connection.place.look(0, 1, &mut self.placed);
        }
        is_done
    }

    /// Does so many rounds on the present thread, or fewer if it is to stop; false if there is nobody at the other end.
    fn rounds(&mut self, rounds: u32, is_to_stop: &AtomicBool) -> bool {
        let pool = self.pool;
        let connection = self.connection.as_mut().expect(LENT);
        let Wire::Memory(memory) = &mut connection.wire else { unreachable!("only memory can't be polled") };
        if connection.is_lost {
            return false;
        }
        let (place, placed) = (&connection.place, &mut self.placed);
        let goes_on = |round| {
            place.ask(round, rounds);
            !is_to_stop.load(Relaxed)
        };
        let mut done = 0;
        let did = |round| {
            done += 1;
            place.look(round, rounds, placed);
        };
        let ended = memory.rounds(rounds, goes_on, did);
        // At once: some of these rounds take little longer than to count them for all to see.
        pool.rounds.fetch_add(done, Relaxed);
        self.is_still_there(ended)
    }

    /// Where the rounds since it was lent were done.
    pub(super) fn placed(&self) -> Placed {
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
pub(super) fn connect<I: Idiom>(pool: &'static Pool<I>, holds: &mut Holds<I>, cx: &mut Context<'_>) -> Met {
    let mut lent = pool.lend_at_once(cx);
    if let Some(lent) = lent.take_if(|lent| lent.is_clean()) {
        holds.take(Hold::Peer(lent));
        return Met::Done;
    }
    holds.wait(async move {
        let mut lent = match lent {
            Some(lent) => lent,
            None => Box::new(pool.lend().await),
        };
        if lent.finish().await { Came::Held(Hold::Peer(lent)) } else { Came::Closed }
    });
    Met::Waiting
}

/// Does so many rounds over the connection that the instance in `slot` took last: on the idiom's pool for blocking calls, if they can't be polled.
pub(super) fn rounds<I: Idiom>(rounds: u32, slot: u32, holds: &mut Holds<I>) -> Met {
    let mut lent = holds.take_peer().expect("the plan takes a connection before its rounds");
    if matches!(lent.connection().wire, Wire::Memory(_)) {
        holds.wait(elsewhere(rounds, slot, lent));
    } else {
        holds.wait(async move { if lent.one_round().await { Came::Held(Hold::Peer(lent)) } else { Came::Closed } });
    }
    Met::Waiting
}

/// Tells a job to stop when nobody waits for it any more.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        // Relaxed: it hands nothing over but itself.
        self.0.store(true, Relaxed);
    }
}

/// The rounds in one piece. Cancelled, the job ends with the round that is under way, and gives the connection back.
async fn elsewhere<I: Idiom>(rounds: u32, slot: u32, mut lent: Box<Lent<I>>) -> Came<I> {
    let pool = lent.pool;
    let stop = Stop(Arc::default());
    let result = Arc::new(Mutex::new(None));
    let (is_to_stop, tell) = (Arc::clone(&stop.0), Arc::clone(&result));
    I::offload(move || {
        let mut is_there = false;
        let mut work = || is_there = lent.rounds(rounds, &is_to_stop);
        match &pool.tracer {
            // Elsewhere is here, where whoever waits keeps its thread.
            Some(tracer) if !I::NEVER_PENDS => tracer.offloads(slot, Worker::current(), work),
            _ => work(),
        }
        *tell.lock() = is_there.then_some(lent);
    })
    .await;
    let lent = result.lock().take();
    lent.map_or(Came::Closed, |lent| Came::Held(Hold::Peer(lent)))
}

/// What came back must be what was sent: else nothing that is measured here is worth anything.
fn wrong(mechanism: Mechanism, round: u64, came: &[u8], sent: &[u8]) -> ! {
    let at = came.iter().zip(sent).position(|(came, sent)| came != sent).unwrap_or_default();
    let by = mechanism.as_str();
    panic!("`ipc` by `{by}` gave back what was not sent: round {round}, byte {at} of {}", sent.len());
}
