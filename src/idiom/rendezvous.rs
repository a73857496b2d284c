//! A channel that holds nothing, of channels that hold something: who sends waits until its number is taken.
//!
//! One sender at a time offers its number, in a channel for one; whoever takes it says so in another channel, by that number.

use super::{Attempt, Capacity, Channel, Lock, Takers};

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

impl<C: Channel, L: Lock> Channel for WithRendezvous<C, L> {
    fn new(capacity: Capacity, takers: Takers) -> Self {
        match capacity {
            Capacity::Rendezvous => Self::Rendezvous {
                turn: L::new(1),
                offered: C::new(Capacity::of(Some(1)), takers),
                // Whose turn it is.
                taken: C::new(Capacity::Unbounded, Takers::One),
            },
            Capacity::Bounded(_) | Capacity::Unbounded => Self::Direct(C::new(capacity, takers)),
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
        while let Some(other) = taken.recv().await {
            if other == number {
                offer.forget();
                return true;
            }
        }
        // Closed: nobody is left to take it, but somebody may have done so before.
        !offer.withdraw()
    }

    async fn recv(&'static self) -> Option<u64> {
        match self {
            Self::Direct(channel) => channel.recv().await,
            Self::Rendezvous { offered, taken, .. } => {
                let number = offered.recv().await?;
                taken.try_send(number);
                Some(number)
            }
        }
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
