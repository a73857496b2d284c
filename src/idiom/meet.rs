//! What instances meet at: channels, locks and barriers, as each idiom has them.
//!
//! Each operation has a way that waits for nobody, to be tried first, and a future for the rest. They live as long as the cell:
//! what waits at them or holds them may be anywhere.
//!
//! A task tries by the methods that take its context: there it spends what its runtime asks for an operation that need not wait.

use std::future::Future;
use std::num::NonZeroU32;
use std::task::{Context, Poll};

/// How much a channel holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// Nothing: who sends waits for who takes.
    Rendezvous,
    /// So many messages.
    Bounded(NonZeroU32),
    /// As many as there are.
    Unbounded,
}

impl Capacity {
    /// As a plan writes it: 0 is a rendezvous, nothing is no bound.
    pub fn of(capacity: Option<u32>) -> Self {
        match capacity.map(NonZeroU32::new) {
            None => Self::Unbounded,
            Some(None) => Self::Rendezvous,
            Some(Some(capacity)) => Self::Bounded(capacity),
        }
    }
}

/// How many take from a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takers {
    /// One at a time: the next one comes when it is gone.
    One,
    /// Several may wait for the same number.
    Several,
}

/// What came of something that was tried without waiting.
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
    /// Takes from it, again and again.
    type Taker: Taker;

    /// A channel that holds so much.
    fn new(capacity: Capacity, takers: Takers) -> Self;

    /// One who takes from it, for as long as it lives.
    fn taker(&'static self) -> Self::Taker;

    /// Puts a number in if there is room now.
    fn try_send(&self, number: u64) -> Attempt<()>;

    /// The same for a task, which is to wait too if its turn is over.
    #[inline]
    fn send_at_once(&self, number: u64, cx: &mut Context<'_>) -> Attempt<()> {
        let _ = cx;
        self.try_send(number)
    }

    /// Takes a number out if there is one and no taker has them to itself; what was in it before its end can still be taken.
    fn try_recv(&self) -> Attempt<u64>;

    /// Puts a number in; whether it is in: not if the channel is closed, or is before there is room.
    fn send(&'static self, number: u64) -> impl Future<Output = bool> + Send;

    /// Nothing more is put in, and whoever waits learns of it.
    fn close(&self);
}

/// Takes numbers out of a channel. To drop it while it waits is to take nothing.
pub trait Taker: Send + Unpin + 'static {
    /// Takes the next; nothing if the channel is closed and empty.
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>>;
}

/// Something that one or several may hold at once.
pub trait Lock: Send + Sync + Sized + 'static {
    /// To drop it is to let go.
    type Guard: Send + Unpin + 'static;

    /// A lock that so many may hold; a mutex is held by one, whatever this says.
    fn new(permits: u32) -> Self;

    /// Takes it if it can be had now.
    fn try_hold(&'static self) -> Option<Self::Guard>;

    /// The same for a task, which is to wait too if its turn is over.
    #[inline]
    fn hold_at_once(&'static self, cx: &mut Context<'_>) -> Option<Self::Guard> {
        let _ = cx;
        self.try_hold()
    }

    /// Takes it.
    fn hold(&'static self) -> impl Future<Output = Self::Guard> + Send;
}

/// A place where instances wait until so many of them are there.
pub trait Barrier: Send + Sync + Sized + 'static {
    /// A barrier for so many, again and again.
    fn new(parties: u32) -> Self;

    /// Waits for the others. Who is dropped meanwhile has been there all the same.
    fn wait(&'static self) -> impl Future<Output = ()> + Send;
}

#[cfg(test)]
mod tests;
