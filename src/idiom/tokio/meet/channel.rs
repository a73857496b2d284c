//! tokio's channel, which has one receiver: a single taker has it for itself, several share it under tokio's mutex, as its users
//! do.

use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::sync;
use tokio::sync::mpsc::error::{TryRecvError, TrySendError};
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};
use tokio::task::coop::poll_proceed;

use crate::idiom::tokio::budget::spend;
use crate::idiom::{Attempt, Boxed, Capacity, Takers};

/// Wakes who waits for a number that will never come. No message has this number.
const END: u64 = u64::MAX;

const ALONE: &str = "a single taker has the receiver for itself";

/// A channel that holds something. Its sender lives as long as it does, so that its end has to be told.
#[derive(Debug)]
pub struct Channel {
    sender: Either<Sender<u64>, UnboundedSender<u64>>,
    receiver: Shared,
    is_closed: AtomicBool,
}

/// One with a bound, and one without.
#[derive(Debug)]
enum Either<B, U> {
    Bounded(B),
    Unbounded(U),
}

type Numbers = Either<Receiver<u64>, UnboundedReceiver<u64>>;

/// The receiver, as takers have it.
#[derive(Debug)]
enum Shared {
    /// Here while there is no taker.
    One(Mutex<Option<Numbers>>),
    /// Who has it may wait with it, the others for it.
    Several(sync::Mutex<Numbers>),
}

/// Who takes from a channel.
pub struct Taker {
    channel: &'static Channel,
    takes: Takes,
}

/// How it does.
enum Takes {
    /// With the receiver, as the only one.
    Alone(Option<Numbers>),
    /// It may wait for the receiver, and with it.
    Sharing(Option<Boxed<Option<u64>>>),
}

impl Either<Sender<u64>, UnboundedSender<u64>> {
    fn try_send(&self, number: u64) -> Result<(), TrySendError<u64>> {
        match self {
            Self::Bounded(sender) => sender.try_send(number),
            Self::Unbounded(sender) => sender.send(number).map_err(|error| TrySendError::Closed(error.0)),
        }
    }
}

impl Numbers {
    /// The next number, if there is one.
    fn take(&mut self) -> Option<u64> {
        loop {
            let taken = match self {
                Self::Bounded(receiver) => receiver.try_recv(),
                Self::Unbounded(receiver) => receiver.try_recv(),
            };
            match taken {
                // A message may be behind it, of a sender that had not seen the end.
                Ok(END) => {}
                Ok(number) => return Some(number),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return None,
            }
        }
    }

    /// The same, or wakes at the next.
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let taken = match self {
            Self::Bounded(receiver) => receiver.poll_recv(cx),
            Self::Unbounded(receiver) => receiver.poll_recv(cx),
        };
        Poll::Ready(match ready!(taken) {
            Some(END) | None => self.take(),
            number => number,
        })
    }

    /// Nothing more is put in: who waits for room learns of it.
    fn close(&mut self) {
        match self {
            Self::Bounded(receiver) => receiver.close(),
            Self::Unbounded(receiver) => receiver.close(),
        }
    }
}

/// What is to be done with the receiver at once, if nobody waits with it.
fn at_once<T>(receiver: &Shared, then: impl FnOnce(&mut Numbers) -> T) -> Option<T> {
    match receiver {
        Shared::One(receiver) => receiver.lock().as_mut().map(then),
        Shared::Several(receiver) => receiver.try_lock().ok().map(|mut receiver| then(&mut receiver)),
    }
}

impl Channel {
    /// The next number; nothing once the channel is closed and empty.
    #[inline]
    fn poll_next(&self, receiver: &mut Numbers, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        if self.is_closed.load(Acquire) {
            return spend(cx, |_| Some(receiver.take())).map(Option::flatten);
        }
        // Closed from here on, it wakes whoever waits.
        receiver.poll_take(cx)
    }

    /// The same for one of several, which waits for the receiver if there is nothing to be had. Out of line, so that who is alone
    /// need not pay for it.
    #[inline(never)]
    fn poll_shared(&'static self, waiting: &mut Option<Boxed<Option<u64>>>, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        if waiting.is_none()
            && let Poll::Ready(number) = self.poll_at_once(cx)
        {
            return Poll::Ready(number);
        }
        let number = ready!(waiting.get_or_insert_with(|| Box::pin(self.share())).as_mut().poll(cx));
        *waiting = None;
        Poll::Ready(number)
    }

    /// The same, if it can have both now. It spends as much as one that waits for both: a unit for the receiver, one for the number.
    fn poll_at_once(&self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let Shared::Several(receiver) = &self.receiver else { unreachable!("{ALONE}") };
        let unit = ready!(poll_proceed(cx));
        let Ok(mut receiver) = receiver.try_lock() else { return Poll::Pending };
        let number = ready!(self.poll_next(&mut receiver, cx));
        unit.made_progress();
        Poll::Ready(number)
    }

    /// The same, once it has the receiver.
    async fn share(&'static self) -> Option<u64> {
        let Shared::Several(receiver) = &self.receiver else { unreachable!("{ALONE}") };
        let mut receiver = receiver.lock().await;
        poll_fn(|cx| self.poll_next(&mut receiver, cx)).await
    }
}

impl crate::idiom::Taker for Taker {
    #[inline]
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let channel = self.channel;
        match &mut self.takes {
            Takes::Alone(receiver) => channel.poll_next(receiver.as_mut().expect(ALONE), cx),
            Takes::Sharing(waiting) => channel.poll_shared(waiting, cx),
        }
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        if let (Takes::Alone(receiver), Shared::One(place)) = (&mut self.takes, &self.channel.receiver) {
            *place.lock() = receiver.take();
        }
    }
}

impl fmt::Debug for Taker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_alone = matches!(self.takes, Takes::Alone(_));
        f.debug_struct("Taker").field("is_alone", &is_alone).finish_non_exhaustive()
    }
}

impl crate::idiom::Channel for Channel {
    type Taker = Taker;

    fn new(capacity: Capacity, takers: Takers) -> Self {
        let (sender, receiver) = match capacity {
            Capacity::Bounded(capacity) => {
                let (sender, receiver) = mpsc::channel(capacity.get() as usize);
                (Either::Bounded(sender), Either::Bounded(receiver))
            }
            Capacity::Unbounded => {
                let (sender, receiver) = mpsc::unbounded_channel();
                (Either::Unbounded(sender), Either::Unbounded(receiver))
            }
            Capacity::Rendezvous => unreachable!("a channel of tokio's holds something"),
        };
        let receiver = match takers {
            Takers::One => Shared::One(Mutex::new(Some(receiver))),
            Takers::Several => Shared::Several(sync::Mutex::new(receiver)),
        };
        Self { sender, receiver, is_closed: AtomicBool::new(false) }
    }

    fn taker(&'static self) -> Taker {
        let takes = match &self.receiver {
            Shared::One(place) => Takes::Alone(place.lock().take()),
            Shared::Several(_) => Takes::Sharing(None),
        };
        Taker { channel: self, takes }
    }

    #[inline]
    fn try_send(&self, number: u64) -> Attempt<()> {
        if self.is_closed.load(Acquire) {
            return Attempt::Closed;
        }
        match self.sender.try_send(number) {
            Ok(()) => Attempt::Done(()),
            Err(TrySendError::Full(_)) => Attempt::Wait,
            Err(TrySendError::Closed(_)) => Attempt::Closed,
        }
    }

    #[inline]
    fn send_at_once(&self, number: u64, cx: &mut Context<'_>) -> Attempt<()> {
        if let Either::Unbounded(_) = self.sender {
            // It spends nothing in tokio either.
            return self.try_send(number);
        }
        let Poll::Ready(unit) = poll_proceed(cx) else { return Attempt::Wait };
        let sent = self.try_send(number);
        if sent == Attempt::Done(()) {
            unit.made_progress();
        }
        sent
    }

    #[inline]
    fn try_recv(&self) -> Attempt<u64> {
        // Asked before the look: what came before the end is taken before it is told.
        let is_closed = self.is_closed.load(Acquire);
        match at_once(&self.receiver, Numbers::take) {
            Some(Some(number)) => Attempt::Done(number),
            Some(None) if is_closed => Attempt::Closed,
            // Whoever has the receiver waits with it: there is nothing to be had.
            Some(None) | None => Attempt::Wait,
        }
    }

    async fn send(&'static self, number: u64) -> bool {
        match &self.sender {
            _ if self.is_closed.load(Acquire) => false,
            Either::Bounded(sender) => sender.send(number).await.is_ok(),
            Either::Unbounded(sender) => sender.send(number).is_ok(),
        }
    }

    fn close(&self) {
        self.is_closed.store(true, Release);
        // Who waits for a number is woken by this one, or else by those of which the channel is full; who waits for room by the
        // receiver, with which nobody waits then.
        let _ = self.sender.try_send(END);
        at_once(&self.receiver, Numbers::close);
    }
}
