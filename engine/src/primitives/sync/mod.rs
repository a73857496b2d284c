//! Synchronisation of instances: the channels, locks and barriers of each runtime.
//!
//! Each operation has a method that doesn't wait, to be tried first, and a future that waits. The objects live as long as the
//! cell: an instance that waits at one or holds one may be on any thread.
//!
//! A task tries by the methods that take its context: they spend the budget that its runtime charges for such an operation.

use std::future::Future;
use std::num::NonZeroU32;
use std::task::{Context, Poll};

/// How much a channel holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// Nothing: a sender waits until a receiver takes its message.
    Rendezvous,
    /// At most so many messages.
    Bounded(NonZeroU32),
    /// Any number of messages.
    Unbounded,
}

impl Capacity {
    /// The capacity as a plan writes it: 0 is a rendezvous, `None` is no bound.
    pub fn of(capacity: Option<u32>) -> Self {
        match capacity.map(NonZeroU32::new) {
            None => Self::Unbounded,
            Some(None) => Self::Rendezvous,
            Some(Some(capacity)) => Self::Bounded(capacity),
        }
    }
}

/// How many receivers a channel has at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiverCount {
    /// One at a time: the next is made when it has been dropped.
    One,
    /// Several, which may wait for the same number.
    Several,
}

/// The outcome of an operation that was tried without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt<T> {
    /// It is done.
    Done(T),
    /// It would have to wait.
    Wait,
    /// It will never be done: the channel is closed.
    Closed,
}

/// A queue of numbers from many senders to many receivers.
pub trait Channel: Send + Sync + Sized + 'static {
    /// Takes numbers out, one after the other.
    type Receiver: Receiver;

    /// A channel of this capacity.
    fn new(capacity: Capacity, receivers: ReceiverCount) -> Self;

    /// A receiver, which counts as one of the channel's until it is dropped.
    fn receiver(&'static self) -> Self::Receiver;

    /// Puts a number in if there is room now.
    fn try_send(&self, number: u64) -> Attempt<()>;

    /// Like [`Self::try_send`], for a task: [`Attempt::Wait`] also if its budget is spent.
    #[inline]
    fn send_at_once(&self, number: u64, cx: &mut Context<'_>) -> Attempt<()> {
        let _ = cx;
        self.try_send(number)
    }

    /// Takes a number out if there is one; [`Attempt::Wait`] also where a single receiver has the numbers to itself. Numbers
    /// that were in the channel when it was closed can still be taken.
    fn try_recv(&self) -> Attempt<u64>;

    /// Puts a number in. False if the channel is closed, or is closed before there is room.
    fn send(&'static self, number: u64) -> impl Future<Output = bool> + Send;

    /// Nothing more is put in; waiting senders and receivers are woken.
    fn close(&self);
}

/// Takes numbers out of a channel. Dropped while it waits, it takes nothing.
pub trait Receiver: Send + Unpin + 'static {
    /// Takes the next number; `None` if the channel is closed and empty.
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>>;
}

/// A lock with one holder or several.
pub trait Lock: Send + Sync + Sized + 'static {
    /// Dropping it releases the lock.
    type Guard: Send + Unpin + 'static;

    /// A lock for at most `permits` holders; a mutex ignores the number and has one.
    fn new(permits: u32) -> Self;

    /// Takes the lock if it is free now.
    fn try_hold(&'static self) -> Option<Self::Guard>;

    /// Like [`Self::try_hold`], for a task: `None` also if its budget is spent.
    #[inline]
    fn hold_at_once(&'static self, cx: &mut Context<'_>) -> Option<Self::Guard> {
        let _ = cx;
        self.try_hold()
    }

    /// Waits for the lock and takes it.
    fn hold(&'static self) -> impl Future<Output = Self::Guard> + Send;
}

/// A barrier: instances wait there until a given number of them have arrived.
pub trait Barrier: Send + Sync + Sized + 'static {
    /// A barrier for groups of `parties` instances, one group after the other.
    fn new(parties: u32) -> Self;

    /// Waits for the other parties. An instance that is dropped while it waits still counts as arrived.
    fn wait(&'static self) -> impl Future<Output = ()> + Send;
}

#[cfg(test)]
mod tests;
