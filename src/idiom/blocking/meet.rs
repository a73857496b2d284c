//! Channels and locks of threads: who waits keeps its thread.

use std::convert::Infallible;
use std::sync;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::task::{Context, Poll};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select, unbounded};
use crossbeam_utils::Backoff;
use parking_lot::{Condvar, Mutex as RawMutex, MutexGuard};

use crate::idiom::{Attempt, Capacity, Channel as _, Lock, Takers};

/// A channel of crossbeam's. Both its ends live as long as it does: what wakes those who wait when it is closed is a second
/// channel, which loses its only sender.
#[derive(Debug)]
pub struct Channel {
    sender: Sender<u64>,
    receiver: Receiver<u64>,
    /// Looked at by those who don't wait: to ask a channel takes its lock.
    is_closed: AtomicBool,
    end: Receiver<Infallible>,
    open: RawMutex<Option<Sender<Infallible>>>,
}

impl Channel {
    /// What is left in it when it is closed.
    fn rest(&self) -> Option<u64> {
        self.receiver.try_recv().ok()
    }
}

/// Looks again as often as crossbeam's own waits do, before the kernel puts the thread to sleep: a wait for one of two channels
/// would sleep at once, and a hop would take a hundred times as long.
fn insist<T>(attempt: impl Fn() -> Attempt<T>) -> Attempt<T> {
    let backoff = Backoff::new();
    loop {
        match attempt() {
            Attempt::Wait if !backoff.is_completed() => backoff.snooze(),
            came => return came,
        }
    }
}

/// A thread that takes from a channel.
#[derive(Debug)]
pub struct Taker(&'static Channel);

impl crate::idiom::Taker for Taker {
    fn poll_take(&mut self, _cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let Self(channel) = self;
        Poll::Ready(match insist(|| channel.try_recv()) {
            Attempt::Done(number) => Some(number),
            Attempt::Closed => None,
            Attempt::Wait => select! {
                recv(channel.receiver) -> number => number.ok(),
                recv(channel.end) -> _ => channel.rest(),
            },
        })
    }
}

impl crate::idiom::Channel for Channel {
    type Taker = Taker;

    fn new(capacity: Capacity, _takers: Takers) -> Self {
        let (sender, receiver) = match capacity {
            Capacity::Rendezvous => bounded(0),
            Capacity::Bounded(capacity) => bounded(capacity.get() as usize),
            Capacity::Unbounded => unbounded(),
        };
        let (open, end) = bounded(0);
        Self { sender, receiver, is_closed: AtomicBool::new(false), end, open: RawMutex::new(Some(open)) }
    }

    fn taker(&'static self) -> Taker {
        Taker(self)
    }

    #[inline]
    fn try_send(&self, number: u64) -> Attempt<()> {
        if self.is_closed.load(Acquire) {
            return Attempt::Closed;
        }
        match self.sender.try_send(number) {
            Ok(()) => Attempt::Done(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Attempt::Wait,
        }
    }

    #[inline]
    fn try_recv(&self) -> Attempt<u64> {
        match self.receiver.try_recv() {
            Ok(number) => Attempt::Done(number),
            // What came before the end is taken before it is told.
            Err(_) if self.is_closed.load(Acquire) => self.rest().map_or(Attempt::Closed, Attempt::Done),
            Err(_) => Attempt::Wait,
        }
    }

    async fn send(&'static self, number: u64) -> bool {
        match insist(|| self.try_send(number)) {
            Attempt::Done(()) => true,
            Attempt::Closed => false,
            Attempt::Wait => select! {
                send(self.sender, number) -> sent => sent.is_ok(),
                recv(self.end) -> _ => false,
            },
        }
    }

    fn close(&self) {
        // Release: who sees it sees all that was put in before.
        self.is_closed.store(true, Release);
        self.open.lock().take();
    }
}

/// A mutex of threads. Its guard may be let go on another thread than the one that took it: an instance may have moved.
#[derive(Debug)]
pub struct Mutex(RawMutex<()>);

impl Lock for Mutex {
    type Guard = MutexGuard<'static, ()>;

    fn new(_permits: u32) -> Self {
        Self(RawMutex::new(()))
    }

    #[inline]
    fn try_hold(&'static self) -> Option<Self::Guard> {
        self.0.try_lock()
    }

    async fn hold(&'static self) -> Self::Guard {
        self.0.lock()
    }
}

/// A semaphore: a count under a lock, and who waits for it to be above 0.
#[derive(Debug)]
pub struct Semaphore {
    free: RawMutex<u32>,
    is_free: Condvar,
}

/// One of a semaphore's permits.
#[derive(Debug)]
pub struct Permit(&'static Semaphore);

impl Lock for Semaphore {
    type Guard = Permit;

    fn new(permits: u32) -> Self {
        Self { free: RawMutex::new(permits), is_free: Condvar::new() }
    }

    fn try_hold(&'static self) -> Option<Permit> {
        let mut free = self.free.lock();
        *free = free.checked_sub(1)?;
        Some(Permit(self))
    }

    async fn hold(&'static self) -> Permit {
        let mut free = self.free.lock();
        self.is_free.wait_while(&mut free, |free| *free == 0);
        *free -= 1;
        Permit(self)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *self.0.free.lock() += 1;
        self.0.is_free.notify_one();
    }
}

/// The standard library's barrier.
#[derive(Debug)]
pub struct Barrier(sync::Barrier);

impl crate::idiom::Barrier for Barrier {
    fn new(parties: u32) -> Self {
        Self(sync::Barrier::new(parties as usize))
    }

    async fn wait(&'static self) {
        self.0.wait();
    }
}
