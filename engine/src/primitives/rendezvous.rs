//! A rendezvous channel, made of two channels that have a capacity: a sender waits until its number is taken.
//!
//! One sender at a time offers its number in a channel of capacity 1. The receiver that takes it sends the same number back
//! through a second channel.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use super::{Attempt, Capacity, Channel, Lock, Receiver, ReceiverCount};

/// Adds a capacity of 0 to channels of kind `C`: a rendezvous is made of two of them and a lock.
#[derive(Debug)]
pub enum WithRendezvous<C, L> {
    /// A channel with a capacity, or without bound.
    Direct(C),
    /// A channel that holds nothing.
    Rendezvous {
        /// Held by the sender whose turn it is to offer.
        turn: L,
        /// The offered number; of capacity 1.
        offered: C,
        /// The numbers that were taken, also those whose senders were gone by then; without bound.
        taken: C,
    },
}

/// A receiver of such a channel.
#[derive(Debug)]
pub enum ReceiverOf<C: Channel> {
    /// Of a direct channel.
    Direct(C::Receiver),
    /// Receives what is offered, and the channel that confirms it. On the heap, so that a direct receiver is no larger.
    Rendezvous(Box<(C::Receiver, &'static C)>),
}

impl<C: Channel> Receiver for ReceiverOf<C> {
    #[inline]
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        match self {
            Self::Direct(receiver) => receiver.poll_recv(cx),
            Self::Rendezvous(ends) => {
                let (offered, taken) = ends.as_mut();
                let number = ready!(offered.poll_recv(cx));
                if let Some(number) = number {
                    taken.try_send(number);
                }
                Poll::Ready(number)
            }
        }
    }
}

impl<C: Channel, L: Lock> Channel for WithRendezvous<C, L> {
    type Receiver = ReceiverOf<C>;

    fn new(capacity: Capacity, receivers: ReceiverCount) -> Self {
        match capacity {
            Capacity::Rendezvous => Self::Rendezvous {
                turn: L::new(1),
                // A second receiver, beside the receiver proper: a sender may withdraw its own offer.
                offered: C::new(Capacity::of(Some(1)), ReceiverCount::Several),
                // The sender whose turn it is.
                taken: C::new(Capacity::Unbounded, ReceiverCount::One),
            },
            Capacity::Bounded(_) | Capacity::Unbounded => Self::Direct(C::new(capacity, receivers)),
        }
    }

    fn receiver(&'static self) -> ReceiverOf<C> {
        match self {
            Self::Direct(channel) => ReceiverOf::Direct(channel.receiver()),
            Self::Rendezvous { offered, taken, .. } => ReceiverOf::Rendezvous(Box::new((offered.receiver(), taken))),
        }
    }

    #[inline]
    fn try_send(&self, number: u64) -> Attempt<()> {
        match self {
            Self::Direct(channel) => channel.try_send(number),
            Self::Rendezvous { .. } => Attempt::Wait,
        }
    }

    #[inline]
    fn send_at_once(&self, number: u64, cx: &mut Context<'_>) -> Attempt<()> {
        match self {
            Self::Direct(channel) => channel.send_at_once(number, cx),
            Self::Rendezvous { .. } => Attempt::Wait,
        }
    }

    #[inline]
    fn try_recv(&self) -> Attempt<u64> {
        match self {
            Self::Direct(channel) => channel.try_recv(),
            Self::Rendezvous { offered, taken, .. } => {
                let number = offered.try_recv();
                if let Attempt::Done(number) = number {
                    taken.try_send(number);
                }
                number
            }
        }
    }

    async fn send(&'static self, number: u64) -> bool {
        let (turn, offered, taken) = match self {
            Self::Direct(channel) => return channel.send(number).await,
            Self::Rendezvous { turn, offered, taken } => (turn, offered, taken),
        };
        let _turn = turn.hold().await;
        // There is room at once, unless the last sender gave up and its offer can't be withdrawn yet.
        if !offered.send(number).await {
            return false;
        }
        let offer = Offer(Some(offered));
        let mut taken = taken.receiver();
        while let Some(other) = poll_fn(|cx| taken.poll_recv(cx)).await {
            if other == number {
                offer.forget();
                return true;
            }
        }
        // Closed: no receiver will take the offer any more, but one may have taken it before.
        !offer.withdraw()
    }

    fn close(&self) {
        match self {
            Self::Direct(channel) => channel.close(),
            Self::Rendezvous { offered, taken, .. } => {
                offered.close();
                taken.close();
            }
        }
    }
}

/// A number that is offered. Dropping it withdraws the number if it is still there.
struct Offer<C: Channel>(Option<&'static C>);

impl<C: Channel> Offer<C> {
    fn forget(mut self) {
        self.0 = None;
    }

    fn withdraw(mut self) -> bool {
        self.0.take().is_some_and(|offered| matches!(offered.try_recv(), Attempt::Done(_)))
    }
}

impl<C: Channel> Drop for Offer<C> {
    fn drop(&mut self) {
        // Only the holder of the turn offers: a number that is there is its own.
        if let Some(offered) = self.0 {
            offered.try_recv();
        }
    }
}
