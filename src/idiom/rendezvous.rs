//! A channel that holds nothing, of channels that hold something: who sends waits until its number is taken.
//!
//! One sender at a time offers its number, in a channel for one; whoever takes it says so in another channel, by that number.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use super::{Attempt, Capacity, Channel, Lock, Taker, Takers};

/// A channel of kind `C`, which has no capacity of 0, with one made of two of them and a lock.
#[derive(Debug)]
pub enum WithRendezvous<C, L> {
    /// One that holds something.
    Direct(C),
    /// One that holds nothing.
    Rendezvous {
        /// Whose turn it is to offer.
        turn: L,
        /// What is offered; for one.
        offered: C,
        /// What was taken, those whose senders were gone by then included; without bound.
        taken: C,
    },
}

/// Who takes from such a channel.
#[derive(Debug)]
pub enum TakerOf<C: Channel> {
    /// What is in it.
    Direct(C::Taker),
    /// What is offered, and where it is said that it was taken. On the heap, so that the others need no more for it.
    Rendezvous(Box<(C::Taker, &'static C)>),
}

impl<C: Channel> Taker for TakerOf<C> {
    #[inline]
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        match self {
            Self::Direct(taker) => taker.poll_take(cx),
            Self::Rendezvous(ends) => {
                let (offered, taken) = ends.as_mut();
                let number = ready!(offered.poll_take(cx));
                if let Some(number) = number {
                    taken.try_send(number);
                }
                Poll::Ready(number)
            }
        }
    }
}

impl<C: Channel, L: Lock> Channel for WithRendezvous<C, L> {
    type Taker = TakerOf<C>;

    fn new(capacity: Capacity, takers: Takers) -> Self {
        match capacity {
            Capacity::Rendezvous => Self::Rendezvous {
                turn: L::new(1),
                // Who offers takes it back too.
                offered: C::new(Capacity::of(Some(1)), Takers::Several),
                // Whose turn it is.
                taken: C::new(Capacity::Unbounded, Takers::One),
            },
            Capacity::Bounded(_) | Capacity::Unbounded => Self::Direct(C::new(capacity, takers)),
        }
    }

    fn taker(&'static self) -> TakerOf<C> {
        match self {
            Self::Direct(channel) => TakerOf::Direct(channel.taker()),
            Self::Rendezvous { offered, taken, .. } => TakerOf::Rendezvous(Box::new((offered.taker(), taken))),
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
        // There is room at once, unless the last offer was given up and can't be withdrawn yet.
        if !offered.send(number).await {
            return false;
        }
        let offer = Offer(Some(offered));
        let mut taken = taken.taker();
        while let Some(other) = poll_fn(|cx| taken.poll_take(cx)).await {
            if other == number {
                offer.forget();
                return true;
            }
        }
        // Closed: nobody is left to take it, but somebody may have done so before.
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

/// A number that is offered; dropped, it is withdrawn if it is still there.
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
        // Who holds the turn is the only one who offers: what is there is its own.
        if let Some(offered) = self.0 {
            offered.try_recv();
        }
    }
}
