//! smol's primitives: the reactor's timers and descriptors, its channels and locks, and the pool behind `unblock`.

mod sync;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use smol::channel;
use smol::future::FutureExt;

use super::rendezvous::WithRendezvous;
use super::{Boxed, CpuPool, Mailbox, Primitives, Source};

/// smol, on any executor.
#[derive(Debug)]
pub struct Smol;

impl Primitives for Smol {
    const NEVER_PENDS: bool = false;

    type Timer = smol::Timer;
    type Mailbox = Queue;
    type Source = Watched;
    type Channel = WithRendezvous<sync::Channel, sync::Mutex>;
    type Mutex = sync::Mutex;
    type Semaphore = sync::Semaphore;
    type Barrier = sync::Barrier;

    fn timer(length: Duration) -> Self::Timer {
        smol::Timer::after(length)
    }

    #[inline]
    fn yield_now(cx: &mut Context<'_>) -> Poll<()> {
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn offload(job: impl FnOnce() + Send + 'static) -> Boxed<()> {
        // Dropped, the job is cancelled if it is still queued, as in any program that keeps the task of its `smol::unblock`.
        Box::pin(smol::unblock(job))
    }

    fn compute(pool: &CpuPool, job: impl FnOnce() + Send + 'static) -> Boxed<()> {
        let (ended, end) = channel::bounded(1);
        pool.start(move || {
            job();
            // If the instance was cancelled, there is no receiver any more.
            let _ = ended.try_send(());
        });
        Box::pin(async move { end.recv().await.expect("a job reports its end, and a panic ends the process") })
    }
}

/// A bounded channel.
#[derive(Debug)]
pub struct Queue {
    sender: channel::Sender<u32>,
    receiver: channel::Receiver<u32>,
}

impl Mailbox for Queue {
    fn new(capacity: usize) -> Self {
        let (sender, receiver) = channel::bounded(capacity.max(1));
        Self { sender, receiver }
    }

    fn post(&self, number: u32) {
        self.sender.try_send(number).expect("a client has one request under way at most");
    }

    async fn receive(&self, until: Option<Instant>) -> Option<u32> {
        let received = async { self.receiver.recv().await.ok() };
        match until {
            None => received.await,
            Some(until) => {
                let timeout = async {
                    smol::Timer::at(until).await;
                    None
                };
                received.or(timeout).await
            }
        }
    }
}

/// A descriptor registered with the reactor.
#[derive(Debug)]
pub struct Watched(smol::Async<OwnedFd>);

impl Source for Watched {
    fn new(fd: OwnedFd) -> io::Result<Self> {
        smol::Async::new(fd).map(Self)
    }

    async fn readable(&self) -> io::Result<()> {
        self.0.readable().await
    }

    async fn writable(&self) -> io::Result<()> {
        self.0.writable().await
    }
}

impl AsFd for Watched {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.get_ref().as_fd()
    }
}
