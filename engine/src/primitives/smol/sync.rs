//! smol's channels and locks: `async-channel` and `async-lock`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use smol::channel::{self, Recv, Sender, TrySendError};
use smol::future::{block_on, poll_once};
use smol::lock::{self, MutexGuard, SemaphoreGuard};

use crate::primitives::{Attempt, Capacity, Lock, ReceiverCount};

/// A channel with a capacity, or without bound.
#[derive(Debug)]
pub struct Channel {
    sender: Sender<u64>,
    receiver: channel::Receiver<u64>,
}

/// A receiver whose future is made once and reused for each wait.
#[derive(Debug)]
pub struct Receiver {
    receiver: &'static channel::Receiver<u64>,
    next: Pin<Box<Recv<'static, u64>>>,
}

impl crate::primitives::Receiver for Receiver {
    #[inline]
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let taken = ready!(self.next.as_mut().poll(cx));
        self.next.set(self.receiver.recv());
        Poll::Ready(taken.ok())
    }
}

impl crate::primitives::Channel for Channel {
    type Receiver = Receiver;

    fn new(capacity: Capacity, _receivers: ReceiverCount) -> Self {
        let (sender, receiver) = match capacity {
            Capacity::Bounded(capacity) => channel::bounded(capacity.get() as usize),
            Capacity::Unbounded => channel::unbounded(),
            Capacity::Rendezvous => unreachable!("a channel of async-channel's has a capacity"),
        };
        Self { sender, receiver }
    }

    fn receiver(&'static self) -> Receiver {
        Receiver { receiver: &self.receiver, next: Box::pin(self.receiver.recv()) }
    }

    #[inline]
    fn try_send(&self, number: u64) -> Attempt<()> {
        match self.sender.try_send(number) {
            Ok(()) => Attempt::Done(()),
            Err(TrySendError::Full(_)) => Attempt::Wait,
            Err(TrySendError::Closed(_)) => Attempt::Closed,
        }
    }

    // Not by the channel's own `try_recv`: with a second caller it would not be inlined into the poll of a waiting receiver. A
    // hop would then take 5 ns more, for an operation that is rarely used.
    fn try_recv(&self) -> Attempt<u64> {
        match block_on(poll_once(self.receiver.recv())) {
            Some(Ok(number)) => Attempt::Done(number),
            None => Attempt::Wait,
            Some(Err(_)) => Attempt::Closed,
        }
    }

    async fn send(&'static self, number: u64) -> bool {
        self.sender.send(number).await.is_ok()
    }

    fn close(&self) {
        self.sender.close();
    }
}

/// A mutex.
#[derive(Debug)]
pub struct Mutex(lock::Mutex<()>);

impl Lock for Mutex {
    type Guard = MutexGuard<'static, ()>;

    fn new(_permits: u32) -> Self {
        Self(lock::Mutex::new(()))
    }

    #[inline]
    fn try_hold(&'static self) -> Option<Self::Guard> {
        self.0.try_lock()
    }

    async fn hold(&'static self) -> Self::Guard {
        self.0.lock().await
    }
}

/// A semaphore.
#[derive(Debug)]
pub struct Semaphore(lock::Semaphore);

impl Lock for Semaphore {
    type Guard = SemaphoreGuard<'static>;

    fn new(permits: u32) -> Self {
        Self(lock::Semaphore::new(permits as usize))
    }

    #[inline]
    fn try_hold(&'static self) -> Option<Self::Guard> {
        self.0.try_acquire()
    }

    async fn hold(&'static self) -> Self::Guard {
        self.0.acquire().await
    }
}

/// A barrier.
#[derive(Debug)]
pub struct Barrier(lock::Barrier);

impl crate::primitives::Barrier for Barrier {
    fn new(parties: u32) -> Self {
        Self(lock::Barrier::new(parties as usize))
    }

    async fn wait(&'static self) {
        self.0.wait().await;
    }
}
