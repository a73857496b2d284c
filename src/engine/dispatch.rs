//! The dispatcher: the one door through which instances come, on every engine: the accept loop.
//!
//! Nothing is released before its time; after being late it releases all that is due. It requests the cancellations too, and
//! cuts the background off when the foreground is over.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::idiom::{Idiom, Mailbox};
use crate::record::layout::{NEVER, end};
use crate::step::{FOREGROUND_OVER, OVER, Run, Spawner};

/// How many instances are released before the counter that the campaign watches is written.
const BATCH: u32 = 1024;

/// A dispatcher, ready: what it needs to know is sorted before the span, what it does begins when it is polled.
pub(super) fn dispatch<I: Idiom, S: Spawner<I>>(run: &'static Run<I>, spawner: &S) -> impl Future<Output = ()> {
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
                Some(FOREGROUND_OVER) => {}
                Some(slot) => self.ended(slot),
                None => {}
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

    /// When the foreground was over, if it is and there is a background.
    fn foreground_over_ns(&self) -> Option<u64> {
        self.run.shared.background.as_ref()?.foreground_over_ns()
    }

    /// The last that it does: nobody in the background comes any more, and who is there is cancelled as of `over`.
    fn cut_background(&mut self, over: u64) {
        let shared = &self.run.shared;
        let (open, next_open) = (shared.open, self.next_open);
        let is_background =
            |slot: u32| shared.tasks[usize::from(shared.recorder.slot(slot).task.load(Relaxed))].background;
        let mut never_come = (next_open..open).filter(|slot| is_background(*slot)).count() as u64;
        // The latest first: they are under way.
        for slot in (0..next_open).rev().filter(|slot| is_background(*slot)) {
            self.cut(slot, over);
        }
        for index in 0..shared.tasks.len() {
            let (of, state) = (&shared.tasks[index], self.loops[index]);
            let Some(closed) = of.closed.as_ref().filter(|_| of.background) else { continue };
            for slot in (closed.first_slot..closed.first_slot + state.released).rev() {
                self.cut(slot, over);
            }
            // One that is deserted has told already.
            never_come += if state.clients > 0 { u64::from(of.count - state.released) } else { 0 };
        }
        self.run.background_is_cut(never_come);
    }

    /// An instance in the background is cancelled at `over`, unless that was its lot before or it has ended.
    fn cut(&mut self, slot: u32, over: u64) {
        let recorder = &self.run.shared.recorder;
        let record = recorder.slot(slot);
        // Who came while the foreground's end was being told is cancelled at its release.
        let over = over.max(record.scheduled_ns.load(Relaxed));
        let has_ended = record.ended.load(Relaxed) != end::NOT;
        if has_ended && recorder.timeline().since_start_ns(record.finished_tick.load(Relaxed)) <= over {
            return;
        }
        record.cancel_at_ns.store(over.min(record.cancel_at_ns.load(Relaxed)), Relaxed);
        if !has_ended {
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
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::idiom::Blocking;
    use crate::plan::PointPlan;
    use crate::record::clock::NANOSECONDS;
    use crate::record::layout::{FLAG_CANCEL, end};
    use crate::record::{Mapping, Numbers, Recorder, memory_file};
    use crate::scenario::{EngineName, parse};

    /// A run of `tasks`, its record filled in as the campaign does.
    fn run(tasks: &str) -> &'static Run<Blocking> {
        counted_run(tasks).0
    }

    /// The same, with how often its span has ended.
    fn counted_run(tasks: &str) -> (&'static Run<Blocking>, &'static AtomicU32) {
        let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{tasks}");
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let point = PointPlan::new(&scenario.points[0].tasks, 1).unwrap();
        let plan = point.cell(EngineName::Rayon, 1, None);
        let (_, mapping) = Mapping::create(point.shape(1, 1_000_000)).unwrap();
        for (index, slot) in mapping.slots().iter().enumerate() {
            slot.scheduled_ns.store(point.draws.scheduled_ns[index], Relaxed);
            slot.cancel_at_ns.store(point.draws.cancel_ns[index], Relaxed);
            slot.task.store(point.draws.task[index], Relaxed);
            slot.instance.store(point.draws.instance[index], Relaxed);
        }
        let mut file = memory_file("draws", 0).unwrap();
        for number in &point.numbers {
            std::io::Write::write_all(&mut file, &number.to_le_bytes()).unwrap();
        }
        let recorder = Recorder::new(mapping, NANOSECONDS);
        recorder.start();
        let ends: &AtomicU32 = Box::leak(Box::default());
        let at_end = Box::new(|| {
            ends.fetch_add(1, Relaxed);
        });
        (Box::leak(Box::new(Run::new(&plan, recorder, Numbers::open(&file).unwrap(), at_end))), ends)
    }

    /// Runs each instance where it is released.
    struct Inline;

    impl Spawner<Blocking> for Inline {
        type Handle = ();

        fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) {
            Blocking::run(instance);
        }

        fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
            Blocking::run(instance);
        }
    }

    #[test]
    fn everybody_comes_once_and_not_before_the_time() {
        let (run, ends) = counted_run(
            "[[task]]\nname = \"a\"\ncount = 4\narrival = { every = \"2ms\" }\nsteps = []\n\
                       [[task]]\nname = \"b\"\ncount = 7\narrival = { clients = 2, think = \"1ms\" }\nsteps = []",
        );
        Blocking::run(dispatch(run, &Inline));
        let recorder = &run.shared.recorder;
        let header = recorder.mapping().header();
        assert_eq!((header.released.value.load(Relaxed), header.ended.value.load(Relaxed)), (4, 11));
        for slot in recorder.mapping().slots() {
            assert_eq!(slot.ended.load(Relaxed), end::DONE);
            let scheduled = slot.scheduled_ns.load(Relaxed);
            let started = recorder.timeline().since_start_ns(slot.started_tick.load(Relaxed));
            assert!(scheduled != NEVER && started >= scheduled, "{started} is before {scheduled}");
        }
        assert_eq!(ends.load(Relaxed), 1, "the span ends once");
    }

    /// Of each released slot of a task, its release and its end.
    fn released(run: &Run<Blocking>, task: u16) -> Vec<(u64, u8)> {
        let slots = run.shared.recorder.mapping().slots().iter();
        let of = slots.filter(|slot| slot.task.load(Relaxed) == task && slot.scheduled_ns.load(Relaxed) != NEVER);
        of.map(|slot| (slot.scheduled_ns.load(Relaxed), slot.ended.load(Relaxed))).collect()
    }

    #[test]
    fn a_loop_with_an_end_releases_nothing_then_or_later_and_the_span_ends_without_the_rest() {
        let (run, ends) = counted_run(
            "[[task]]\nname = \"a\"\ncount = 100000\narrival = { clients = 3, think = \"1ms\", until = \"20ms\" }\nsteps = []",
        );
        Blocking::run(dispatch(run, &Inline));
        let released = released(run, 0);
        assert!((3..=60).contains(&released.len()), "each client comes once at least, and once a think time at most");
        assert!(
            released.iter().all(|(scheduled, ended)| *scheduled < 20_000_000 && *ended == end::DONE),
            "{released:?}"
        );
        assert_eq!(ends.load(Relaxed), 1);
    }

    #[test]
    fn a_loop_whose_clients_all_think_too_long_is_over_at_once() {
        // Of 2 drawn think times with a mean of an hour none is shorter than a nanosecond, but for chance.
        let (run, ends) = counted_run(
            "[[task]]\nname = \"a\"\ncount = 9\narrival = { clients = 2, think = { exp = \"1h\" }, until = \"1ns\" }\nsteps = []",
        );
        Blocking::run(dispatch(run, &Inline));
        assert_eq!((released(run, 0).len(), ends.load(Relaxed)), (0, 1));
    }

    #[test]
    fn the_background_ends_with_the_foreground_whatever_its_arrival() {
        for arrival in ["{ clients = 2, think = \"100us\" }", "{ every = \"100us\" }", "{ poisson = 10000 }"] {
            let (run, ends) = counted_run(&format!(
                "[[task]]\nname = \"a\"\ncount = 5\narrival = {{ every = \"1ms\" }}\nsteps = []\n\
                 [[task]]\nname = \"b\"\ncount = 100000\nbackground = true\narrival = {arrival}\nsteps = []"
            ));
            Blocking::run(dispatch(run, &Inline));
            let over = run.shared.background.as_ref().unwrap().foreground_over_ns().unwrap();
            let header = run.shared.recorder.mapping().header();
            assert_eq!(header.ended.value.load(Relaxed), 5, "{arrival}: the foreground's, apart");
            let told = header.released.value.load(Relaxed);
            let background = match arrival.contains("clients") {
                true => released(run, 1),
                // Open slots have their times before they come.
                false => released(run, 1).into_iter().take(told as usize - 5).collect(),
            };
            assert!(!background.is_empty() && background.len() < 1_000, "{arrival}: {}", background.len());
            assert!(
                background.iter().all(|(at, ended)| *at <= over && *ended == end::DONE),
                "{arrival}: {background:?}"
            );
            assert_eq!(ends.load(Relaxed), 1, "{arrival}");
        }
    }

    /// Keeps instances from running, and counts the handles that were dropped.
    #[derive(Default)]
    struct Shelf(std::sync::Arc<AtomicU32>);

    struct Handle(std::sync::Arc<AtomicU32>);

    impl Drop for Handle {
        fn drop(&mut self) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    impl Spawner<Blocking> for Shelf {
        type Handle = Handle;

        fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) -> Handle {
            std::mem::forget(instance);
            Handle(self.0.clone())
        }

        fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
            std::mem::forget(instance);
        }
    }

    /// Runs instances of the foreground where they are released, and shelves those of the background.
    struct ShelvesTheBackground(Shelf);

    impl Spawner<Blocking> for ShelvesTheBackground {
        type Handle = Handle;

        fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) -> Handle {
            self.0.spawn(instance)
        }

        fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
            Blocking::run(instance);
        }
    }

    #[test]
    fn who_is_left_of_the_background_is_cancelled_at_the_end_of_the_foreground() {
        let (run, ends) = counted_run(
            "[[task]]\nname = \"a\"\ncount = 3\narrival = { every = \"2ms\" }\nsteps = []\n\
             [[task]]\nname = \"b\"\ncount = 7\nbackground = true\nsteps = []\n\
             [[task]]\nname = \"c\"\ncount = 9\nbackground = true\narrival = { clients = 2 }\nsteps = []\n\
             cancel = { after = \"1h\", share = 1 }",
        );
        let shelf = ShelvesTheBackground(Shelf::default());
        Blocking::run(dispatch(run, &shelf));
        let over = run.shared.background.as_ref().unwrap().foreground_over_ns().unwrap();
        assert!(over >= 4_000_000, "the last of the foreground comes after 4 ms");
        assert_eq!(shelf.0.0.load(Relaxed), 9, "7 of the burst, 2 clients");
        for slot in run.shared.recorder.mapping().slots() {
            let is_cut = slot.flags.load(Relaxed) & FLAG_CANCEL != 0;
            let is_there = slot.task.load(Relaxed) == 1
                || slot.task.load(Relaxed) == 2 && slot.scheduled_ns.load(Relaxed) != NEVER;
            assert_eq!(is_cut, is_there);
            assert!(!is_cut || slot.cancel_at_ns.load(Relaxed) == over, "the foreground's end, not the hour");
        }
        assert_eq!(ends.load(Relaxed), 0, "nobody on the shelf has stopped");
    }

    #[test]
    fn exactly_the_drawn_instances_are_told_of_their_cancellation() {
        let run = run("[[task]]\nname = \"a\"\ncount = 10\nsteps = []\ncancel = { after = \"1ms\", share = 0.5 }");
        let shelf = Shelf::default();
        Blocking::run(dispatch(run, &shelf));
        assert_eq!(shelf.0.load(Relaxed), 5, "their handles are dropped");
        for slot in run.shared.recorder.mapping().slots() {
            let drawn = slot.cancel_at_ns.load(Relaxed) != NEVER;
            assert_eq!(slot.flags.load(Relaxed) & FLAG_CANCEL != 0, drawn);
        }
    }
}
