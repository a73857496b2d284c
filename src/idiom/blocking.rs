//! The blocking idiom: every operation blocks its thread inside the poll, so that one poll drives an instance to its end.

mod meet;

use std::future::{Future, ready};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

pub use meet::Mutex as ThreadMutex;

use super::{Boxed, CpuPool, Idiom, Mailbox, Source, make_non_blocking};

/// Plain threads, whoever owns them.
#[derive(Debug)]
pub struct Blocking;

impl Blocking {
    /// Drives a future of this idiom: one poll, since it never pends.
    pub fn run<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => unreachable!("a future of the blocking idiom blocks, it never pends"),
        }
    }
}

impl Idiom for Blocking {
    const NEVER_PENDS: bool = true;

    type Timer = Sleep;
    type Mailbox = Queue;
    type Source = Polled;
    type Channel = meet::Channel;
    type Mutex = meet::Mutex;
    type Semaphore = meet::Semaphore;
    type Barrier = meet::Barrier;

    fn timer(length: Duration) -> Self::Timer {
        Sleep(length)
    }

    #[inline]
    fn yield_now(_cx: &mut Context<'_>) -> Poll<()> {
        thread::yield_now();
        Poll::Ready(())
    }

    fn offload(job: impl FnOnce() + Send + 'static) -> Boxed<()> {
        // Emulated: the thread is one for blocking calls already, there is none better to hand the job to.
        job();
        Box::pin(ready(()))
    }

    fn compute(pool: &CpuPool, job: impl FnOnce() + Send + 'static) -> Boxed<()> {
        pool.run(job);
        Box::pin(ready(()))
    }
}

/// Keeps the thread for its length when polled.
#[derive(Debug)]
pub struct Sleep(Duration);

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        thread::sleep(self.0);
        Poll::Ready(())
    }
}

/// A bounded channel of the standard library.
#[derive(Debug)]
pub struct Queue {
    sender: SyncSender<u32>,
    receiver: Mutex<Receiver<u32>>,
}

impl Mailbox for Queue {
    fn new(capacity: usize) -> Self {
        let (sender, receiver) = sync_channel(capacity.max(1));
        Self { sender, receiver: Mutex::new(receiver) }
    }

    fn post(&self, number: u32) {
        self.sender.try_send(number).expect("a client has one request under way at most");
    }

    async fn receive(&self, until: Option<Instant>) -> Option<u32> {
        let receiver = self.receiver.lock().expect("the dispatcher is the only receiver");
        match until {
            None => receiver.recv().ok(),
            Some(until) => receiver.recv_timeout(until.saturating_duration_since(Instant::now())).ok(),
        }
    }
}

/// A descriptor that a thread waits for.
#[derive(Debug)]
pub struct Polled(OwnedFd);

impl Source for Polled {
    fn new(fd: OwnedFd) -> io::Result<Self> {
        make_non_blocking(&fd)?;
        Ok(Self(fd))
    }

    async fn readable(&self) -> io::Result<()> {
        let mut fds = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::NONE)?;
        Ok(())
    }
}
