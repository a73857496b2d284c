//! The seam: the sleeps, yields, offloading, mailboxes, channels and locks that an engine is written with.
//!
//! Steps are written once over [`Idiom`], with static dispatch. A future of an idiom is never polled under another one.
//! Nothing here knows steps or engines.

mod blocking;
mod cpu_pool;
mod meet;
mod rendezvous;
mod smol;
#[cfg(test)]
pub(crate) mod testing;
mod tokio;

use std::future::Future;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

pub use blocking::{Blocking, ThreadMutex};
pub use cpu_pool::CpuPool;
pub use meet::{Attempt, Barrier, Capacity, Channel, Lock, Taker, Takers};
pub use smol::Smol;
pub use tokio::Tokio;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

/// A future on the heap: what the rarer steps wait for.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How code on an engine waits, yields and hands work to other threads.
pub trait Idiom: Sized + Send + Sync + 'static {
    /// Whether its futures never pend: one poll drives an instance to its end.
    const NEVER_PENDS: bool;

    /// The idiom's own timer.
    type Timer: Future + Unpin + Send;

    /// Where the ends of closed-loop requests are told to the dispatcher.
    type Mailbox: Mailbox;

    /// A descriptor whose readiness can be waited for.
    type Source: Source;

    /// A channel between instances.
    type Channel: Channel;

    /// A lock for one, where who waits lets others run if the idiom can.
    type Mutex: Lock;

    /// A lock for several.
    type Semaphore: Lock;

    /// A barrier.
    type Barrier: Barrier;

    /// Starts a timer of this length.
    fn timer(length: Duration) -> Self::Timer;

    /// Lets others run: ready once they may have, or pending after arranging to be polled again behind them.
    fn yield_now(cx: &mut Context<'_>) -> Poll<()>;

    /// Tries an operation that is not one of the idiom's futures: nothing if it would have to wait. One that is done spends as
    /// much as such a future does; pending if the task's turn is over, which is then polled again behind others.
    #[inline]
    fn spend<T>(cx: &mut Context<'_>, operation: impl FnOnce(&mut Context<'_>) -> Option<T>) -> Poll<Option<T>> {
        Poll::Ready(operation(cx))
    }

    /// Runs `job` on the idiom's pool for blocking calls. A dropped future leaves a job running that has begun; one that is
    /// still queued runs or is dropped, as its runtime has it.
    fn offload(job: impl FnOnce() + Send + 'static) -> Boxed<()>;

    /// Runs `job` on a pool for computing, whose end wakes whoever waits. A dropped future leaves the job running.
    fn compute(pool: &CpuPool, job: impl FnOnce() + Send + 'static) -> Boxed<()>;
}

/// A bounded queue of small numbers from many senders to the dispatcher.
pub trait Mailbox: Send + Sync {
    /// A mailbox that holds `capacity` numbers.
    fn new(capacity: usize) -> Self;

    /// Puts a number in; there is always room by construction.
    fn post(&self, number: u32);

    /// Takes a number out, or gives up at `until`.
    fn receive(&self, until: Option<Instant>) -> impl Future<Output = Option<u32>> + Send;
}

/// A descriptor that becomes readable or writable.
pub trait Source: AsFd + Sized + Send + Sync {
    /// Watches `fd`, from now on non-blocking.
    fn new(fd: OwnedFd) -> io::Result<Self>;

    /// Watches `fd` for whoever tries first, and waits only for what would block. Where who waits keeps its thread nothing ever
    /// would: there it is left as it is, and each call blocks by itself.
    fn stream(fd: OwnedFd) -> io::Result<Self> {
        Self::new(fd)
    }

    /// Waits until it is readable. Whoever is told so reads until that would block, before waiting again.
    fn readable(&self) -> impl Future<Output = io::Result<()>> + Send;

    /// Waits until it is writable. Whoever is told so writes until that would block, before waiting again.
    fn writable(&self) -> impl Future<Output = io::Result<()>> + Send;
}

fn make_non_blocking(fd: &OwnedFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}
