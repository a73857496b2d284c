//! The dispatcher: the one door through which instances come, on every engine: the accept loop.
//!
//! Nothing is released before its time; after being late it releases all that is due. It requests the cancellations too, and
//! cuts the background off when the foreground is over.

mod background;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::idiom::{Idiom, Mailbox};
use crate::record::layout::NEVER;
use crate::step::{FOREGROUND_OVER, OVER, Run, Spawner};

/// How many instances are released before the counter that the campaign watches is written.
const BATCH: u32 = 1024;

/// A dispatcher, ready: what it needs to know is sorted before the span, what it does begins when it is polled.
pub fn dispatch<I: Idiom, S: Spawner<I>>(run: &'static Run<I>, spawner: &S) -> impl Future<Output = ()> {
    let dispatcher = Dispatcher::new(run, spawner);
    async move { dispatcher.run().await }
}

async fn yield_once<I: Idiom>() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        I::yield_now(cx)
    })
    .await;
}

/// How far a closed loop is.
#[derive(Debug, Clone, Copy, Default)]
struct Loop {
    /// How many think times are taken.
    thought: u32,
    /// How many requests have a time.
    scheduled: u32,
    /// How many of them are released.
    released: u32,
    /// How many clients have a request, released or not.
    clients: u32,
}

/// When there is something to do next.
enum Due {
    /// At this time, nanoseconds since the start of the span.
    At(u64),
    /// When a closed-loop request has ended, or the foreground is over.
    AfterAnEnd,
    /// Never again.
    Never,
}

struct Dispatcher<'a, I: Idiom, S: Spawner<I>> {
    run: &'static Run<I>,
    spawner: &'a S,
    /// The intended releases of the open slots, ascending.
    releases: &'static [u64],
    /// The next open slot.
    next_open: u32,
    /// Intended cancellations of open slots, the last first.
    cancels: Vec<(u64, u32)>,
    /// Of each task, how far it is if it is a closed loop.
    loops: Vec<Loop>,
    /// Closed-loop releases to come: time, task.
    requests: BinaryHeap<Reverse<(u64, u16)>>,
    /// Cancellations of closed-loop requests under way: time, slot.
    request_cancels: BinaryHeap<Reverse<(u64, u32)>>,
    /// Handles of instances that may be cancelled, by slot; empty if none may.
    handles: Vec<Option<S::Handle>>,
    /// Closed-loop requests that have not ended.
    under_way: u32,
}

impl<'a, I: Idiom, S: Spawner<I>> Dispatcher<'a, I, S> {
    fn new(run: &'static Run<I>, spawner: &'a S) -> Self {
        let shared = &run.shared;
        let slots: u32 = shared.tasks.iter().map(|task| task.count).sum();
        let cancellable = shared.tasks.iter().any(|task| task.cancellable);
        let mut cancels = Vec::new();
        if cancellable {
            let times = shared.cancels.of(shared.numbers.as_slice()).iter().zip(0..shared.open);
            cancels.extend(times.filter(|(time, _)| **time != NEVER).map(|(time, slot)| (*time, slot)));
            cancels.sort_unstable_by_key(|cancel| Reverse(*cancel));
        }
        let mut dispatcher = Self {
            run,
            spawner,
            releases: shared.releases(),
            next_open: 0,
            cancels,
            loops: vec![Loop::default(); shared.tasks.len()],
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
        for task in 0..self.loops.len() as u16 {
            self.close_if_deserted(task);
        }
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
                yield_once::<I>().await;
            }
            match self.run.mailbox.receive(until).await {
                Some(OVER) => return,
                // The time for what is due next, or the foreground's end: both are seen to above.
                Some(FOREGROUND_OVER) | None => {}
                Some(slot) => self.ended(slot),
            }
        }
    }

    /// Every client of a closed loop thinks first, then comes.
    fn seat_clients(&mut self) {
        for (index, task) in self.run.shared.tasks.iter().enumerate() {
            let Some(closed) = &task.closed else { continue };
            for _ in 0..closed.clients {
                self.schedule_request(index as u16, 0);
            }
        }
    }

    /// The next request of a closed loop comes a think time after `from`, if there is one left and it is not too late.
    fn schedule_request(&mut self, task: u16, from: u64) {
        let shared = &self.run.shared;
        let of = &shared.tasks[usize::from(task)];
        let closed = of.closed.as_ref().expect("a request belongs to a closed loop");
        let state = &mut self.loops[usize::from(task)];
        let think = closed.thinks.row(shared.numbers.as_slice(), state.thought)[0];
        state.thought += 1;
        let due = from.saturating_add(think);
        if state.scheduled < of.count && closed.until_ns.is_none_or(|until| due < until) {
            state.scheduled += 1;
            state.clients += 1;
            self.requests.push(Reverse((due, task)));
        }
    }

    /// A closed-loop request in `slot` has ended: its client comes again.
    fn ended(&mut self, slot: u32) {
        self.under_way -= 1;
        // Nobody will cancel it any more: a handle that is kept keeps its task's memory.
        drop(self.handles.get_mut(slot as usize).and_then(Option::take));
        let shared = &self.run.shared;
        let record = shared.recorder.slot(slot);
        let task = record.task.load(Relaxed);
        self.loops[usize::from(task)].clients -= 1;
        let finished = shared.recorder.timeline().since_start_ns(record.finished_tick.load(Relaxed));
        self.schedule_request(task, finished);
        self.close_if_deserted(task);
    }

    /// A closed loop whose clients are all gone is over: those of its instances that have not come count as ended.
    fn close_if_deserted(&self, task: u16) {
        let of = &self.run.shared.tasks[usize::from(task)];
        let state = self.loops[usize::from(task)];
        if of.closed.is_some() && state.clients == 0 && state.released < of.count {
            self.run.count_ends(of, u64::from(of.count - state.released));
        }
    }

    fn next_due(&self) -> Due {
        let times = [
            self.releases.get(self.next_open as usize).copied(),
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
            self.run.release_all(slots, task, self.spawner);
            return;
        }
        for slot in slots {
            self.release(slot, shared.recorder.slot(slot).task.load(Relaxed));
        }
    }

    fn release(&mut self, slot: u32, task: u16) {
        if let Some(handle) = self.run.release(slot, task, self.spawner) {
            self.handles[slot as usize] = Some(handle);
        }
    }

    /// Releases the next request of a closed loop, whose slot learns its times only now.
    fn request(&mut self, due: u64, task: u16) {
        let shared = &self.run.shared;
        let of = &shared.tasks[usize::from(task)];
        let closed = of.closed.as_ref().expect("a request belongs to a closed loop");
        let state = &mut self.loops[usize::from(task)];
        let slot = closed.first_slot + state.released;
        state.released += 1;
        let record = shared.recorder.slot(slot);
        record.scheduled_ns.store(due, Relaxed);
        let cancel = record.cancel_at_ns.load(Relaxed);
        if cancel != NEVER {
            let at = if closed.cancel_after { due.saturating_add(cancel) } else { cancel.max(due) };
            record.cancel_at_ns.store(at, Relaxed);
            self.request_cancels.push(Reverse((at, slot)));
        }
        self.under_way += 1;
        self.release(slot, task);
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

    /// The engine's own idiom: the flag for code that looks, and the drop of the handle for code that waits.
    fn cancel(&mut self, slot: u32) {
        self.run.shared.recorder.request_cancel(slot);
        drop(self.handles[slot as usize].take());
    }
}

#[cfg(test)]
mod tests;
