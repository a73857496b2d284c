//! Channels and locks of threads: an instance that waits blocks its thread.

use std::collections::VecDeque;
use std::sync;
use std::sync::atomic::Ordering::{Acquire, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::task::{Context, Poll};
use std::time::Duration;

use crossbeam_channel::{self as crossbeam, Sender, TrySendError, bounded, unbounded};
use parking_lot::{Condvar, Mutex as RawMutex, MutexGuard};

use crate::primitives::{Attempt, Capacity, Channel as _, Lock, ReceiverCount};

/// Wakes a receiver that waits for a number which will never arrive. No message has this number.
const END: u64 = u64::MAX;

/// How long the closing thread waits for a thread that has been counted as waiting and may not wait any more.
const MOMENT: Duration = Duration::from_millis(1);

/// A channel of crossbeam's. Threads wait as in a plain program: in `send` and `recv`, which spin for a while before they sleep.
/// Both ends live as long as the channel. So no disconnection wakes a waiting thread: the closing thread does.
#[derive(Debug)]
pub struct Channel {
    sender: Sender<u64>,
    receiver: crossbeam::Receiver<u64>,
    /// Read by operations that don't wait: to ask the crossbeam channel takes its lock.
    is_closed: AtomicBool,
    /// How many threads are inside `send`. `SeqCst`, like `receiving`: a thread counts itself before it reads `is_closed`, and
    /// the closing thread sets `is_closed` before it reads the counts.
    sending: AtomicUsize,
    /// How many threads are inside `recv`.
    receiving: AtomicUsize,
    /// Numbers that were taken out of a closed channel to let its senders go on.
    taken: RawMutex<VecDeque<u64>>,
}

impl Channel {
    /// The next number that is left in a closed channel.
    fn rest(&self) -> Option<u64> {
        self.taken.lock().pop_front().or_else(|| self.look())
    }

    /// The next number in the channel itself, if there is one.
    fn look(&self) -> Option<u64> {
        let number = self.receiver.try_recv().ok()?;
        if number != END {
            return Some(number);
        }
        // This `END` was meant to wake another thread.
        self.wake_receiver();
        None
    }

    /// Waits for a number; `None` once the channel is closed and empty.
    fn recv(&self) -> Option<u64> {
        self.receiving.fetch_add(1, SeqCst);
        let number = if self.is_closed.load(SeqCst) { END } else { self.receiver.recv().unwrap_or(END) };
        self.receiving.fetch_sub(1, SeqCst);
        if number == END { self.rest() } else { Some(number) }
    }

    /// Takes `number` back, which was put in while the channel was closed. False if a receiver has taken it already.
    fn take_back(&self, number: u64) -> bool {
        let mut taken = self.taken.lock();
        taken.extend(self.receiver.try_iter().filter(|number| *number != END));
        let place = taken.iter().position(|other| *other == number);
        place.is_some_and(|place| taken.remove(place).is_some())
    }

    /// Wakes a thread that waits for a number, if one does. All messages were sent before: none stands behind an `END`.
    fn wake_receiver(&self) {
        while self.receiving.load(SeqCst) > 0 && self.sender.send_timeout(END, MOMENT).is_err() {}
    }

    /// Lets the threads go on that wait for room: no receiver makes any.
    fn release_senders(&self) {
        while self.sending.load(SeqCst) > 0 {
            if let Ok(number) = self.receiver.recv_timeout(MOMENT) {
                self.taken.lock().push_back(number);
            }
        }
    }
}

/// A thread that receives from a channel.
#[derive(Debug)]
pub struct Receiver(&'static Channel);

impl crate::primitives::Receiver for Receiver {
    fn poll_recv(&mut self, _cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let Self(channel) = self;
        Poll::Ready(match channel.try_recv() {
            Attempt::Done(number) => Some(number),
            Attempt::Closed => None,
            Attempt::Wait => channel.recv(),
        })
    }
}

impl crate::primitives::Channel for Channel {
    type Receiver = Receiver;

    fn new(capacity: Capacity, _receivers: ReceiverCount) -> Self {
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

    fn receiver(&'static self) -> Receiver {
        Receiver(self)
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
            // Numbers from before the close are taken before the close is reported.
            None if self.is_closed.load(Acquire) => self.rest().map_or(Attempt::Closed, Attempt::Done),
            None => Attempt::Wait,
        }
    }

    async fn send(&'static self, number: u64) -> bool {
        self.sending.fetch_add(1, SeqCst);
        let is_in = !self.is_closed.load(SeqCst) && self.sender.send(number).is_ok();
        // Room that the close itself has made doesn't count.
        let is_in = is_in && !(self.is_closed.load(SeqCst) && self.take_back(number));
        self.sending.fetch_sub(1, SeqCst);
        is_in
    }

    fn close(&self) {
        // A thread that reads true here sees all numbers that were put in before.
        self.is_closed.store(true, SeqCst);
        (0..self.receiving.load(SeqCst)).for_each(|_| self.wake_receiver());
        self.release_senders();
    }
}

/// A mutex of threads. Its guard may be dropped on another thread than the one that took it: an instance may have moved.
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

/// A semaphore: a count under a lock, and a condition variable for threads that wait for it to be above 0.
#[derive(Debug)]
pub struct Semaphore {
    free: RawMutex<u32>,
    is_free: Condvar,
}

/// A permit of a semaphore.
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

impl crate::primitives::Barrier for Barrier {
    fn new(parties: u32) -> Self {
        Self(sync::Barrier::new(parties as usize))
    }

    async fn wait(&'static self) {
        self.0.wait();
    }
}
