//! The blocking primitives: every operation blocks its thread inside the poll, so that one poll drives an instance to its end.

mod sync;

use std::future::{Future, ready};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

pub use sync::Mutex as ThreadMutex;

use super::{Boxed, CpuPool, Mailbox, Primitives, Source, make_non_blocking};

/// Plain threads: of a pool, or one for each instance.
#[derive(Debug)]
pub struct Blocking;

impl Blocking {
    /// Drives a future of these primitives: one poll, since it never pends.
    pub fn run<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => unreachable!("a future of the blocking primitives blocks, it never pends"),
        }
    }
}

impl Primitives for Blocking {
    const NEVER_PENDS: bool = true;

    type Timer = Sleep;
    type Mailbox = Queue;
    type Source = Polled;
    type Channel = sync::Channel;
    type Mutex = sync::Mutex;
    type Semaphore = sync::Semaphore;
    type Barrier = sync::Barrier;

    fn timer(length: Duration) -> Self::Timer {
        Sleep(length)
    }

    #[inline]
    fn yield_now(_cx: &mut Context<'_>) -> Poll<()> {
        thread::yield_now();
        Poll::Ready(())
    }

    fn offload(job: impl FnOnce() + Send + 'static) -> Boxed<()> {
        // Emulated: this thread is for blocking calls already, so no other thread would suit the job better.
        job();
        Box::pin(ready(()))
    }

    fn compute(pool: &CpuPool, job: impl FnOnce() + Send + 'static) -> Boxed<()> {
        pool.run(job);
        Box::pin(ready(()))
    }
}

/// Blocks the thread for its length when polled.
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

/// A descriptor for which a thread waits in `poll(2)`.
#[derive(Debug)]
pub struct Polled(OwnedFd);

impl Source for Polled {
    fn new(fd: OwnedFd) -> io::Result<Self> {
        make_non_blocking(&fd)?;
        Ok(Self(fd))
    }

    fn stream(fd: OwnedFd) -> io::Result<Self> {
        Ok(Self(fd))
    }

    async fn readable(&self) -> io::Result<()> {
        let mut fds = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::NONE)?;
        Ok(())
    }

    async fn writable(&self) -> io::Result<()> {
        let mut fds = [PollFd::new(self.0.as_fd(), PollFlags::POLLOUT)];
        poll(&mut fds, PollTimeout::NONE)?;
        Ok(())
    }
}

impl AsFd for Polled {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
