//! The runtime primitives: timers, yields, offloading, mailboxes, descriptors, channels and locks, as each runtime has them.
//!
//! Steps are written once over [`Primitives`], with static dispatch. A future of one runtime is never polled under another.
//! Nothing here knows steps or engines.

mod blocking;
mod cpu_pool;
mod rendezvous;
mod smol;
mod sync;
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
pub use smol::Smol;
pub use sync::{Attempt, Barrier, Capacity, Channel, Lock, Receiver, ReceiverCount};
pub use tokio::Tokio;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

/// A future on the heap, for the rarer steps.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How code on an engine waits, yields and hands work to other threads.
pub trait Primitives: Sized + Send + Sync + 'static {
    /// Whether its futures never pend: one poll drives an instance to its end.
    const NEVER_PENDS: bool;

    /// The runtime's own timer.
    type Timer: Future + Unpin + Send;

    /// Tells the dispatcher which closed-loop requests have ended.
    type Mailbox: Mailbox;

    /// A descriptor whose readiness can be waited for.
    type Source: Source;

    /// A channel between instances.
    type Channel: Channel;

    /// A lock for one holder. An instance that waits for it lets others run, if the runtime can do that.
    type Mutex: Lock;

    /// A lock for several holders.
    type Semaphore: Lock;

    /// A barrier.
    type Barrier: Barrier;

    /// Starts a timer of `length`.
    fn timer(length: Duration) -> Self::Timer;

    /// Lets other tasks run. Ready if they may have run already; pending if the task is to be polled again behind them.
    fn yield_now(cx: &mut Context<'_>) -> Poll<()>;

    /// Tries an operation that is not one of the runtime's futures; `None` if it would have to wait. If it is done, the task
    /// spends as much of its budget as such a future does. Pending if no budget is left: the task is polled again behind others.
    #[inline]
    fn spend<T>(cx: &mut Context<'_>, operation: impl FnOnce(&mut Context<'_>) -> Option<T>) -> Poll<Option<T>> {
        Poll::Ready(operation(cx))
    }

    /// Runs `job` on the runtime's pool for blocking calls. If the future is dropped, a job that has begun goes on. Whether a
    /// job that is still queued runs or is dropped depends on the runtime.
    fn offload(job: impl FnOnce() + Send + 'static) -> Boxed<()>;

    /// Runs `job` on a pool for computing; the end of the job wakes the task. If the future is dropped, the job goes on.
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
    /// Watches `fd` and makes it non-blocking.
    fn new(fd: OwnedFd) -> io::Result<Self>;

    /// Watches `fd` for a caller that tries first, and waits only if its call would block. Where a wait blocks its thread, `fd`
    /// is left blocking: there each call waits by itself.
    fn stream(fd: OwnedFd) -> io::Result<Self> {
        Self::new(fd)
    }

    /// Waits until it is readable. The caller then reads until a read would block, before it waits again.
    fn readable(&self) -> impl Future<Output = io::Result<()>> + Send;

    /// Waits until it is writable. The caller then writes until a write would block, before it waits again.
    fn writable(&self) -> impl Future<Output = io::Result<()>> + Send;
}

fn make_non_blocking(fd: &OwnedFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}
