//! The dispatcher releases all instances, on every engine alike. It is a model of an accept loop.
//!
//! It releases nothing before its time; if it is late, it releases all that is due. It also requests the cancellations, and
//! ends the background when the foreground is over. Of several dispatchers in a cell, each does so for its own share.

mod background;
mod closed;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::primitives::{Mailbox, Primitives};
use crate::record::Share;
use crate::record::layout::NEVER;
use crate::step::{Notice, Run, Spawner};

/// How many instances are released between two writes of the counter that the campaign watches.
const BATCH: u32 = 1024;

/// A dispatcher that is ready: its data are sorted before the span, and its work begins at its first poll.
pub fn dispatch<P: Primitives, S: Spawner<P>>(run: &'static Run<P>, spawner: &S) -> impl Future<Output = ()> {
    let dispatcher = Dispatcher::new(run, spawner);
    async move { dispatcher.run().await }
}

async fn yield_once<P: Primitives>() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        P::yield_now(cx)
    })
    .await;
}

/// When the dispatcher has something to do next.
enum Due {
    /// At this time, nanoseconds since the start of the span.
    At(u64),
    /// When a closed-loop request has ended, or the foreground is over.
    AfterAnEnd,
    /// Never again.
    Never,
}

struct Dispatcher<'a, P: Primitives, S: Spawner<P>> {
    run: &'static Run<P>,
    spawner: &'a S,
    /// Which open slots and clients belong to this dispatcher.
    share: Share,
    /// The intended releases of the open slots, ascending.
    releases: &'static [u64],
    /// The next open slot: those of the share below it are released.
    next_open: u32,
    /// Intended cancellations of open slots, the last first.
    cancels: Vec<(u64, u32)>,
    /// Scheduled closed-loop releases: time, task.
    requests: BinaryHeap<Reverse<(u64, u16)>>,
    /// Cancellations of closed-loop requests under way: time, slot.
    request_cancels: BinaryHeap<Reverse<(u64, u32)>>,
    /// Handles of instances that may be cancelled, by slot; empty if no task has cancellations.
    handles: Vec<Option<S::Handle>>,
    /// Closed-loop requests that have not ended.
    under_way: u32,
}

impl<'a, P: Primitives, S: Spawner<P>> Dispatcher<'a, P, S> {
    fn new(run: &'static Run<P>, spawner: &'a S) -> Self {
        let (shared, share) = (&run.shared, run.shared.recorder.share());
        // The handles of children are with the instances that spawn them.
        let slots: u32 = shared.tasks.iter().filter(|task| task.spawned.is_none()).map(|task| task.count).sum();
        let cancellable = shared.tasks.iter().any(|task| task.cancellable);
        let mut cancels = Vec::new();
        if cancellable {
            let times = shared.cancels.of(shared.numbers.as_slice()).iter().zip(0..shared.open);
            cancels.extend(
                times.filter(|(time, slot)| **time != NEVER && share.has(*slot)).map(|(time, slot)| (*time, slot)),
            );
            cancels.sort_unstable_by_key(|cancel| Reverse(*cancel));
        }
        let mut dispatcher = Self {
            run,
            spawner,
            share,
            releases: shared.releases(),
            next_open: 0,
            cancels,
            requests: BinaryHeap::new(),
            request_cancels: BinaryHeap::new(),
            handles: (0..if cancellable { slots } else { 0 }).map(|_| None).collect(),
            under_way: 0,
        };
        dispatcher.seat_clients();
        dispatcher
    }

    /// Releases and cancels until nothing is left to do at a later time, or the span is over.
    async fn run(mut self) {
        let recorder = &self.run.shared.recorder;
        let elapsed = Duration::from_nanos(recorder.now_ns());
        let origin = Instant::now().checked_sub(elapsed).expect("the span began after the machine did");
        self.close_what_nobody_comes_to();
        loop {
            if let Some(over) = self.foreground_over_ns() {
                return self.cut_background(over);
            }
            let now = recorder.now_ns();
            self.release_due(now);
            self.cancel_due(now);
            let until = match self.next_due() {
                Due::Never => return,
                Due::At(due) => Some(origin + Duration::from_nanos(due)),
                Due::AfterAnEnd => None,
            };
            if until.is_some_and(|until| until <= Instant::now()) {
                yield_once::<P>().await;
            }
            // `None`: something is due. The loop begins with that, and with the foreground's end.
            let Some(number) = self.run.mailbox.receive(until).await else { continue };
            match Notice::of(number) {
                Some(Notice::Over) => return,
                Some(Notice::ForegroundOver) => {}
                None => self.ended(number),
            }
        }
    }

    fn next_due(&self) -> Due {
        let times = [
            self.releases.get(self.share.first_from(self.next_open) as usize).copied(),
            self.cancels.last().map(|(time, _)| *time),
            self.requests.peek().map(|request| request.0.0),
            self.request_cancels.peek().map(|cancel| cancel.0.0),
        ];
        match times.into_iter().flatten().min() {
            Some(due) => Due::At(due),
            None if self.under_way > 0 || self.run.shared.background.is_some() => Due::AfterAnEnd,
            None => Due::Never,
        }
    }

    fn release_due(&mut self, now: u64) {
        let shared = &self.run.shared;
        let recorder = &shared.recorder;
        let due = self.releases[self.next_open as usize..].iter().take_while(|time| **time <= now).count() as u32;
        let end = self.next_open + due;
        while self.next_open < end {
            let batch = self.next_open..end.min(self.next_open + BATCH);
            self.next_open = batch.end;
            self.release_open(batch);
            recorder.released(self.next_open);
        }
        while let Some(Reverse((due, task))) = self.requests.peek().copied() {
            if due > now {
                break;
            }
            self.requests.pop();
            self.request(due, task);
        }
    }

    fn release_open(&mut self, slots: Range<u32>) {
        let shared = &self.run.shared;
        if let Some(task) = shared.only_open
            && !shared.tasks[usize::from(task)].cancellable
        {
            self.run.release_all(self.share, slots, task, self.spawner);
            return;
        }
        for slot in self.share.within(slots) {
            self.release(slot, shared.recorder.slot(slot).task.load(Relaxed));
        }
    }

    fn release(&mut self, slot: u32, task: u16) {
        if let Some(handle) = self.run.release(slot, task, self.spawner) {
            self.handles[slot as usize] = Some(handle);
        }
    }

    fn cancel_due(&mut self, now: u64) {
        while let Some((_, slot)) = self.cancels.pop_if(|(due, _)| *due <= now) {
            self.cancel(slot);
        }
        while let Some(Reverse((due, slot))) = self.request_cancels.peek().copied() {
            if due > now {
                break;
            }
            self.request_cancels.pop();
            self.cancel(slot);
        }
    }

    /// Cancels as the engine does: the flag is for code that checks it, dropping the handle is for code that waits.
    fn cancel(&mut self, slot: u32) {
        self.run.shared.recorder.request_cancel(slot);
        drop(self.handles[slot as usize].take());
    }
}

#[cfg(test)]
mod tests;
