//! tokio's primitives: its timers, its blocking pool, its yield, its channel, and descriptors watched by its own driver.
//!
//! All of it works only on a thread of a tokio runtime: nothing here touches smol's reactor.

mod alarm;
mod budget;
mod sync;
mod watched;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Mutex, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::task::{self, JoinHandle};
use tokio::time::{Sleep, sleep};

use self::alarm::Alarm;
use self::watched::Watched;
use super::rendezvous::WithRendezvous;
use super::{Boxed, CpuPool, Mailbox, Primitives};

/// tokio, in any flavour of its runtime.
#[derive(Debug)]
pub struct Tokio;

impl Primitives for Tokio {
    const NEVER_PENDS: bool = false;

    /// On the heap, as everywhere that a tokio timer is kept in something that moves.
    type Timer = Pin<Box<Sleep>>;
    type Mailbox = Queue;
    type Source = Watched;
    type Channel = WithRendezvous<sync::Channel, sync::Mutex>;
    type Mutex = sync::Mutex;
    type Semaphore = sync::Semaphore;
    type Barrier = sync::Barrier;

    fn timer(length: Duration) -> Self::Timer {
        Box::pin(sleep(length))
    }

    /// tokio's own deferral: a task that merely wakes itself may be polled again before the driver has been looked at.
    ///
    /// The first poll of the future does all that there is to do, so the future need not be kept.
    #[inline]
    fn yield_now(cx: &mut Context<'_>) -> Poll<()> {
        pin!(task::yield_now()).poll(cx)
    }

    #[inline]
    fn spend<T>(cx: &mut Context<'_>, operation: impl FnOnce(&mut Context<'_>) -> Option<T>) -> Poll<Option<T>> {
        budget::spend(cx, operation)
    }

    fn offload(job: impl FnOnce() + Send + 'static) -> Boxed<()> {
        Box::pin(Offloaded(task::spawn_blocking(job)))
    }

    fn compute(pool: &CpuPool, job: impl FnOnce() + Send + 'static) -> Boxed<()> {
        let (ended, end) = oneshot::channel();
        pool.start(move || {
            job();
            // If the instance was cancelled, there is no receiver any more.
            let _ = ended.send(());
        });
        Box::pin(async move { end.await.expect("a job reports its end, and a panic ends the process") })
    }
}

/// A job on the blocking pool. Dropping it does nothing to the job, whether or not that has begun.
struct Offloaded(JoinHandle<()>);

impl Future for Offloaded {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let ended = Pin::new(&mut self.0).poll(cx);
        ended.map(|ended| ended.expect("a job is never aborted, and a panic ends the process"))
    }
}

/// A bounded channel, with an alarm for a wait that has a time limit.
#[derive(Debug)]
pub struct Queue {
    sender: mpsc::Sender<u32>,
    receiver: Mutex<mpsc::Receiver<u32>>,
    /// Made at the first wait that needs it: it has to be made on the runtime.
    alarm: OnceLock<Alarm>,
}

impl Queue {
    fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Option<u32>> {
        self.receiver.lock().expect("the only receiver").poll_recv(cx)
    }
}

impl Mailbox for Queue {
    fn new(capacity: usize) -> Self {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        Self { sender, receiver: Mutex::new(receiver), alarm: OnceLock::new() }
    }

    fn post(&self, number: u32) {
        self.sender.try_send(number).expect("a client has one request under way at most");
    }

    async fn receive(&self, until: Option<Instant>) -> Option<u32> {
        let Some(until) = until else { return poll_fn(|cx| self.poll_receive(cx)).await };
        let alarm = self.alarm.get_or_init(|| Alarm::new().expect("a timer's descriptor"));
        poll_fn(|cx| match self.poll_receive(cx) {
            Poll::Ready(number) => Poll::Ready(number),
            Poll::Pending => alarm.poll(until, cx).map(|()| None),
        })
        .await
    }
}

#[cfg(test)]
mod tests;
