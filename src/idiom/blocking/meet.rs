//! Channels and locks of threads: who waits keeps its thread.

use std::collections::VecDeque;
use std::sync;
use std::sync::atomic::Ordering::{Acquire, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::task::{Context, Poll};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};
use parking_lot::{Condvar, Mutex as RawMutex, MutexGuard};

use crate::idiom::{Attempt, Capacity, Channel as _, Lock, Takers};

/// Wakes a receiver that waits for a number which will never come. No message has this number.
const END: u64 = u64::MAX;

/// How long the one that closes a channel waits for a thread which has been counted as waiting and may not wait any more.
const MOMENT: Duration = Duration::from_millis(1);

/// A channel of crossbeam's, at whose ends threads wait as in a plain program: in `send` and `recv`, which look for a while
/// before they sleep. Both ends live as long as it does, so that no disconnection wakes anyone: the one that closes it does.
#[derive(Debug)]
pub struct Channel {
    sender: Sender<u64>,
    receiver: Receiver<u64>,
    /// Looked at by those who don't wait: to ask a channel takes its lock.
    is_closed: AtomicBool,
    /// How many threads are inside `send`. `SeqCst`, as the next: a thread counts itself before it looks whether the channel is
    /// closed, and the one that closes it says so before it looks how many there are.
    sending: AtomicUsize,
    /// How many threads are inside `recv`.
    receiving: AtomicUsize,
    /// What was taken out of a closed channel to let its senders go on.
    taken: RawMutex<VecDeque<u64>>,
}

impl Channel {
    /// What is left in it when it is closed.
    fn rest(&self) -> Option<u64> {
        self.taken.lock().pop_front().or_else(|| self.look())
    }

    /// The next number in the channel itself, if there is one.
    fn look(&self) -> Option<u64> {
        let number = self.receiver.try_recv().ok()?;
        if number != END {
            return Some(number);
        }
        // It was to wake another thread.
        self.wake_receiver();
        None
    }

    /// Waits for a number; nothing once the channel is closed and empty.
    fn recv(&self) -> Option<u64> {
        self.receiving.fetch_add(1, SeqCst);
        let number = if self.is_closed.load(SeqCst) { END } else { self.receiver.recv().unwrap_or(END) };
        self.receiving.fetch_sub(1, SeqCst);
        if number == END { self.rest() } else { Some(number) }
    }

    /// Takes `number` back, which was put in as the channel was closed; whether nobody had taken it.
    fn take_back(&self, number: u64) -> bool {
        let mut taken = self.taken.lock();
        taken.extend(self.receiver.try_iter().filter(|number| *number != END));
        let place = taken.iter().position(|other| *other == number);
        place.is_some_and(|place| taken.remove(place).is_some())
    }

    /// Wakes a thread that waits for a number, if one does. All messages came before: nothing is behind an `END`.
    fn wake_receiver(&self) {
        while self.receiving.load(SeqCst) > 0 && self.sender.send_timeout(END, MOMENT).is_err() {}
    }

    /// Lets the threads go on that wait for room, of which nobody makes any.
    fn release_senders(&self) {
        while self.sending.load(SeqCst) > 0 {
            if let Ok(number) = self.receiver.recv_timeout(MOMENT) {
                self.taken.lock().push_back(number);
            }
        }
    }
}

/// A thread that takes from a channel.
#[derive(Debug)]
pub struct Taker(&'static Channel);

impl crate::idiom::Taker for Taker {
    fn poll_take(&mut self, _cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let Self(channel) = self;
        Poll::Ready(match channel.try_recv() {
            Attempt::Done(number) => Some(number),
            Attempt::Closed => None,
            Attempt::Wait => channel.recv(),
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
        Self {
            sender,
            receiver,
            is_closed: AtomicBool::new(false),
            sending: AtomicUsize::new(0),
            receiving: AtomicUsize::new(0),
            taken: RawMutex::default(),
        }
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
        match self.look() {
            Some(number) => Attempt::Done(number),
            // What came before the end is taken before it is told.
            None if self.is_closed.load(Acquire) => self.rest().map_or(Attempt::Closed, Attempt::Done),
            None => Attempt::Wait,
        }
    }

    async fn send(&'static self, number: u64) -> bool {
        self.sending.fetch_add(1, SeqCst);
        let is_in = !self.is_closed.load(SeqCst) && self.sender.send(number).is_ok();
        // Room that comes of the end is none.
        let is_in = is_in && !(self.is_closed.load(SeqCst) && self.take_back(number));
        self.sending.fetch_sub(1, SeqCst);
        is_in
    }

    fn close(&self) {
        // Who sees it sees all that was put in before.
        self.is_closed.store(true, SeqCst);
        (0..self.receiving.load(SeqCst)).for_each(|_| self.wake_receiver());
        self.release_senders();
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
