//! tokio's channels and locks. Its channel has one receiver: several share it under tokio's mutex, as its users do.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use tokio::sync::mpsc::error::{TryRecvError, TrySendError};
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};
use tokio::sync::{self, MutexGuard, SemaphorePermit};

use crate::idiom::{Attempt, Capacity, Lock};

/// A channel that holds something. Its senders live as long as it does: its end is that of a semaphore, which tells those who
/// wait for a permit that there will be none.
#[derive(Debug)]
pub struct Channel {
    sender: Either<Sender<u64>, UnboundedSender<u64>>,
    receiver: sync::Mutex<Either<Receiver<u64>, UnboundedReceiver<u64>>>,
    end: sync::Semaphore,
}

/// One with a bound, and one without.
#[derive(Debug)]
enum Either<B, U> {
    Bounded(B),
    Unbounded(U),
}

impl Either<Receiver<u64>, UnboundedReceiver<u64>> {
    fn try_recv(&mut self) -> Result<u64, TryRecvError> {
        match self {
            Self::Bounded(receiver) => receiver.try_recv(),
            Self::Unbounded(receiver) => receiver.try_recv(),
        }
    }

    async fn recv(&mut self) -> Option<u64> {
        match self {
            Self::Bounded(receiver) => receiver.recv().await,
            Self::Unbounded(receiver) => receiver.recv().await,
        }
    }
}

impl Channel {
    /// What `wished` gives, or nothing if the channel is closed first.
    async fn or_end<T>(&self, wished: impl Future<Output = T>) -> Option<T> {
        let (mut wished, mut end) = (pin!(wished), pin!(self.end.acquire()));
        poll_fn(|cx| match wished.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => end.as_mut().poll(cx).map(|_| None),
        })
        .await
    }
}

impl crate::idiom::Channel for Channel {
    fn new(capacity: Capacity) -> Self {
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
        Self { sender, receiver: sync::Mutex::new(receiver), end: sync::Semaphore::new(0) }
    }

    #[inline]
    fn try_send(&self, number: u64) -> Attempt<()> {
        if self.end.is_closed() {
            return Attempt::Closed;
        }
        let sent = match &self.sender {
            Either::Bounded(sender) => sender.try_send(number),
            Either::Unbounded(sender) => sender.send(number).map_err(|error| TrySendError::Closed(error.0)),
        };
        match sent {
            Ok(()) => Attempt::Done(()),
            Err(TrySendError::Full(_)) => Attempt::Wait,
            Err(TrySendError::Closed(_)) => Attempt::Closed,
        }
    }

    #[inline]
    fn try_recv(&self) -> Attempt<u64> {
        // Asked before the look: what came before the end is taken before it is told.
        let is_closed = self.end.is_closed();
        // Whoever has the receiver waits with it: there is nothing to be had.
        let Ok(mut receiver) = self.receiver.try_lock() else { return Attempt::Wait };
        match receiver.try_recv() {
            Ok(number) => Attempt::Done(number),
            Err(_) if is_closed => Attempt::Closed,
            Err(_) => Attempt::Wait,
        }
    }

    async fn send(&'static self, number: u64) -> bool {
        match &self.sender {
            Either::Bounded(sender) => self.or_end(sender.send(number)).await.is_some_and(|sent| sent.is_ok()),
            Either::Unbounded(sender) => sender.send(number).is_ok(),
        }
    }

    async fn recv(&'static self) -> Option<u64> {
        let mut receiver = self.receiver.lock().await;
        if let Some(number) = self.or_end(receiver.recv()).await {
            return number;
        }
        receiver.try_recv().ok()
    }

    fn close(&self) {
        self.end.close();
    }
}

/// A mutex.
#[derive(Debug)]
pub struct Mutex(sync::Mutex<()>);

impl Lock for Mutex {
    type Guard = MutexGuard<'static, ()>;

    fn new(_permits: u32) -> Self {
        Self(sync::Mutex::new(()))
    }

    #[inline]
    fn try_hold(&'static self) -> Option<Self::Guard> {
        self.0.try_lock().ok()
    }

    async fn hold(&'static self) -> Self::Guard {
        self.0.lock().await
    }
}

/// A semaphore.
#[derive(Debug)]
pub struct Semaphore(sync::Semaphore);

impl Lock for Semaphore {
    type Guard = SemaphorePermit<'static>;

    fn new(permits: u32) -> Self {
        Self(sync::Semaphore::new(permits as usize))
    }

    #[inline]
    fn try_hold(&'static self) -> Option<Self::Guard> {
        self.0.try_acquire().ok()
    }

    async fn hold(&'static self) -> Self::Guard {
        self.0.acquire().await.expect("nobody closes it")
    }
}

/// A barrier.
#[derive(Debug)]
pub struct Barrier(sync::Barrier);

impl crate::idiom::Barrier for Barrier {
    fn new(parties: u32) -> Self {
        Self(sync::Barrier::new(parties as usize))
    }

    async fn wait(&'static self) {
        self.0.wait().await;
    }
}
