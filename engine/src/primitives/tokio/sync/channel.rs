//! tokio's channel, which has one receiving end. A single receiver owns it; several share it under tokio's mutex, as programs on
//! tokio do.

use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::sync;
use tokio::sync::mpsc::error::{TryRecvError, TrySendError};
use tokio::sync::mpsc::{self, Sender, UnboundedReceiver, UnboundedSender};
use tokio::task::coop::poll_proceed;

use crate::primitives::tokio::budget::spend;
use crate::primitives::{Attempt, Boxed, Capacity, ReceiverCount};

/// Wakes a receiver that waits for a number which will never arrive. No message has this number.
const END: u64 = u64::MAX;

const ALONE: &str = "a single receiver owns the receiving end";

/// A channel with a capacity, or without bound. Its sender lives as long as it does, so that it has to be closed explicitly.
#[derive(Debug)]
pub struct Channel {
    sender: Either<Sender<u64>, UnboundedSender<u64>>,
    receiver: SharedReceiver,
    is_closed: AtomicBool,
}

/// An end of a channel with a bound, or of one without.
#[derive(Debug)]
enum Either<B, U> {
    Bounded(B),
    Unbounded(U),
}

type Numbers = Either<mpsc::Receiver<u64>, UnboundedReceiver<u64>>;

/// The receiving end, as the receivers reach it.
#[derive(Debug)]
enum SharedReceiver {
    /// Empty while the only receiver owns the end.
    One(Mutex<Option<Numbers>>),
    /// The holder of the mutex may wait for a number; the other receivers wait for the mutex.
    Several(sync::Mutex<Numbers>),
}

/// A receiver of a channel.
pub struct Receiver {
    channel: &'static Channel,
    mode: ReceiveMode,
}

/// How a receiver reaches the receiving end.
enum ReceiveMode {
    /// Owns it, as the only receiver.
    Alone(Option<Numbers>),
    /// Shares it: the future waits for the mutex, then for a number.
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
                // A message may stand behind it, of a sender that had not seen the close.
                Ok(END) => {}
                Ok(number) => return Some(number),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return None,
            }
        }
    }

    /// The next number; pending until there is one.
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let taken = match self {
            Self::Bounded(receiver) => receiver.poll_recv(cx),
            Self::Unbounded(receiver) => receiver.poll_recv(cx),
        };
        Poll::Ready(match ready!(taken) {
            Some(END) | None => self.take(),
            number => number,
        })
    }

    /// Nothing more is put in; senders that wait for room are woken.
    fn close(&mut self) {
        match self {
            Self::Bounded(receiver) => receiver.close(),
            Self::Unbounded(receiver) => receiver.close(),
        }
    }
}

/// Applies `then` to the receiving end now; `None` if a receiver has it.
fn at_once<T>(receiver: &SharedReceiver, then: impl FnOnce(&mut Numbers) -> T) -> Option<T> {
    match receiver {
        SharedReceiver::One(receiver) => receiver.lock().as_mut().map(then),
        SharedReceiver::Several(receiver) => receiver.try_lock().ok().map(|mut receiver| then(&mut receiver)),
    }
}

impl Channel {
    /// The next number; `None` once the channel is closed and empty.
    #[inline]
    fn poll_next(&self, receiver: &mut Numbers, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        if self.is_closed.load(Acquire) {
            return spend(cx, |_| Some(receiver.take())).map(Option::flatten);
        }
        // If the channel is closed after this check, `END` wakes the receiver.
        receiver.poll_recv(cx)
    }

    /// The same for one of several receivers, which waits for the mutex if it can't have a number now. Out of line, so that a
    /// single receiver has no overhead from it.
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

    /// The same, if the mutex and a number can be had now. It spends as much as a wait for both: a unit for the mutex, one for
    /// the number.
    fn poll_at_once(&self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let SharedReceiver::Several(receiver) = &self.receiver else { unreachable!("{ALONE}") };
        let unit = ready!(poll_proceed(cx));
        let Ok(mut receiver) = receiver.try_lock() else { return Poll::Pending };
        let number = ready!(self.poll_next(&mut receiver, cx));
        unit.made_progress();
        Poll::Ready(number)
    }

    /// The same: waits for the mutex, then for a number.
    async fn share(&'static self) -> Option<u64> {
        let SharedReceiver::Several(receiver) = &self.receiver else { unreachable!("{ALONE}") };
        let mut receiver = receiver.lock().await;
        poll_fn(|cx| self.poll_next(&mut receiver, cx)).await
    }
}

impl crate::primitives::Receiver for Receiver {
    #[inline]
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let channel = self.channel;
        match &mut self.mode {
            ReceiveMode::Alone(receiver) => channel.poll_next(receiver.as_mut().expect(ALONE), cx),
            ReceiveMode::Sharing(waiting) => channel.poll_shared(waiting, cx),
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let (ReceiveMode::Alone(receiver), SharedReceiver::One(place)) = (&mut self.mode, &self.channel.receiver) {
            *place.lock() = receiver.take();
        }
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_alone = matches!(self.mode, ReceiveMode::Alone(_));
        f.debug_struct("Receiver").field("is_alone", &is_alone).finish_non_exhaustive()
    }
}

impl crate::primitives::Channel for Channel {
    type Receiver = Receiver;

    fn new(capacity: Capacity, receivers: ReceiverCount) -> Self {
        let (sender, receiver) = match capacity {
            Capacity::Bounded(capacity) => {
                let (sender, receiver) = mpsc::channel(capacity.get() as usize);
                (Either::Bounded(sender), Either::Bounded(receiver))
            }
            Capacity::Unbounded => {
                let (sender, receiver) = mpsc::unbounded_channel();
                (Either::Unbounded(sender), Either::Unbounded(receiver))
            }
            Capacity::Rendezvous => unreachable!("a channel of tokio's has a capacity"),
        };
        let receiver = match receivers {
            ReceiverCount::One => SharedReceiver::One(Mutex::new(Some(receiver))),
            ReceiverCount::Several => SharedReceiver::Several(sync::Mutex::new(receiver)),
        };
        Self { sender, receiver, is_closed: AtomicBool::new(false) }
    }

    fn receiver(&'static self) -> Receiver {
        let mode = match &self.receiver {
            SharedReceiver::One(place) => ReceiveMode::Alone(place.lock().take()),
            SharedReceiver::Several(_) => ReceiveMode::Sharing(None),
        };
        Receiver { channel: self, mode }
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
        // Read before the numbers: those from before the close are taken before the close is reported.
        let is_closed = self.is_closed.load(Acquire);
        match at_once(&self.receiver, Numbers::take) {
            Some(Some(number)) => Attempt::Done(number),
            Some(None) if is_closed => Attempt::Closed,
            // The receiver that has the end waits for a number: there is none.
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
        // `END` wakes a receiver that waits for a number; if the channel is full, the numbers in it do so. Senders that wait for
        // room are woken through the receiving end: no receiver waits with it then.
        let _ = self.sender.try_send(END);
        at_once(&self.receiver, Numbers::close);
    }
}
