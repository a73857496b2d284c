mod shares;

use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;

use super::*;
use crate::plan::PointPlan;
use crate::primitives::Blocking;
use crate::record::clock::NANOSECONDS;
use crate::record::layout::{FLAG_CANCEL, end};
use crate::record::{Mapping, Numbers, Recorder, Share, SharedProgress, memory_file};
use crate::scenario::{EngineName, parse};

/// A run of `tasks`, whose record is filled in as by the campaign.
fn run(tasks: &str) -> &'static Run<Blocking> {
    counted_run(tasks).0
}

/// The same, and a count of how often its span has ended.
fn counted_run(tasks: &str) -> (&'static Run<Blocking>, &'static AtomicU32) {
    let (runs, ends) = shared_run(tasks, 1);
    (runs[0], ends)
}

/// Runs of one cell, assigned round-robin to so many dispatchers, and a count of how often their span has ended.
fn shared_run(tasks: &str, of: u32) -> (Vec<&'static Run<Blocking>>, &'static AtomicU32) {
    let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{tasks}");
    let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
    let point = PointPlan::new(&scenario.points[0].tasks, 1).unwrap();
    let plan = point.cell(EngineName::Rayon, 1, None);
    let (record, mapping) = Mapping::create(point.shape(of, 1_000_000, None)).unwrap();
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
    let shared_progress = SharedProgress::file(plan.tasks.len()).unwrap();
    let ends: &AtomicU32 = Box::leak(Box::default());
    let all: &OnceLock<Vec<&'static Run<Blocking>>> = Box::leak(Box::default());
    let runs = (0..of).map(|index| {
        let share = Share::new(index, of).unwrap();
        let recorder = Recorder::of_share(Mapping::open(&record).unwrap(), NANOSECONDS, share);
        let tell = Box::new(|_: &Run<Blocking>, notice| {
            ends.fetch_add(u32::from(notice == Notice::Over), Relaxed);
            all.get().unwrap().iter().for_each(|run| run.hear(notice));
        });
        let shared_progress = SharedProgress::open(&shared_progress, plan.tasks.len()).unwrap();
        let run = Run::new(&plan, recorder, Numbers::open(&file).unwrap(), shared_progress, tell);
        &*Box::leak(Box::new(run))
    });
    all.set(runs.collect()).unwrap();
    all.get().unwrap()[0].shared.recorder.start();
    all.get().unwrap()[1..].iter().for_each(|run| run.shared.recorder.join());
    (all.get().unwrap().clone(), ends)
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
fn each_instance_is_released_once_and_not_before_its_time() {
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
    let released = slots.filter(|slot| slot.task.load(Relaxed) == task && slot.scheduled_ns.load(Relaxed) != NEVER);
    released.map(|slot| (slot.scheduled_ns.load(Relaxed), slot.ended.load(Relaxed))).collect()
}

#[test]
fn a_loop_with_an_end_releases_nothing_from_then_on_and_the_span_ends_without_the_rest() {
    let (run, ends) = counted_run(
        "[[task]]\nname = \"a\"\ncount = 100000\narrival = { clients = 3, think = \"1ms\", until = \"20ms\" }\nsteps = []",
    );
    Blocking::run(dispatch(run, &Inline));
    let released = released(run, 0);
    assert!((3..=60).contains(&released.len()), "each client sends at least once, and at most once a think time");
    assert!(released.iter().all(|(scheduled, ended)| *scheduled < 20_000_000 && *ended == end::DONE), "{released:?}");
    assert_eq!(ends.load(Relaxed), 1);
}

#[test]
fn a_loop_whose_clients_all_think_too_long_is_over_at_once() {
    // Two drawn think times with a mean of an hour are practically never shorter than a nanosecond.
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
        assert_eq!(header.ended.value.load(Relaxed), 5, "{arrival}: of the foreground alone");
        let open_released = header.released.value.load(Relaxed);
        let mut background = released(run, 1);
        if !arrival.contains("clients") {
            // Open slots have their times before they are released.
            background.truncate(open_released as usize - 5);
        }
        assert!(!background.is_empty() && background.len() < 1_000, "{arrival}: {}", background.len());
        assert!(background.iter().all(|(at, ended)| *at <= over && *ended == end::DONE), "{arrival}: {background:?}");
        assert_eq!(ends.load(Relaxed), 1, "{arrival}");
    }
}

/// Keeps instances without running them, and counts the handles that were dropped.
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

/// Runs instances of the foreground where they are released, and keeps those of the background without running them.
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
fn background_instances_under_way_are_cancelled_at_the_end_of_the_foreground() {
    let (run, ends) = counted_run(
        "[[task]]\nname = \"a\"\ncount = 3\narrival = { every = \"2ms\" }\nsteps = []\n\
         [[task]]\nname = \"b\"\ncount = 7\nbackground = true\nsteps = []\n\
         [[task]]\nname = \"c\"\ncount = 9\nbackground = true\narrival = { clients = 2 }\nsteps = []\n\
         cancel = { after = \"1h\", share = 1 }",
    );
    let shelf = ShelvesTheBackground(Shelf::default());
    Blocking::run(dispatch(run, &shelf));
    let over = run.shared.background.as_ref().unwrap().foreground_over_ns().unwrap();
    assert!(over >= 4_000_000, "the last of the foreground is due after 4 ms");
    assert_eq!(shelf.0.0.load(Relaxed), 9, "7 of the burst, 2 clients");
    for slot in run.shared.recorder.mapping().slots() {
        let is_cut = slot.flags.load(Relaxed) & FLAG_CANCEL != 0;
        let is_there =
            slot.task.load(Relaxed) == 1 || slot.task.load(Relaxed) == 2 && slot.scheduled_ns.load(Relaxed) != NEVER;
        assert_eq!(is_cut, is_there);
        assert!(!is_cut || slot.cancel_at_ns.load(Relaxed) == over, "the foreground's end, not the hour");
    }
    assert_eq!(ends.load(Relaxed), 0, "no instance on the shelf has stopped");
}

#[test]
fn exactly_the_drawn_instances_are_cancelled() {
    let run = run("[[task]]\nname = \"a\"\ncount = 10\nsteps = []\ncancel = { after = \"1ms\", share = 0.5 }");
    let shelf = Shelf::default();
    Blocking::run(dispatch(run, &shelf));
    assert_eq!(shelf.0.load(Relaxed), 5, "their handles are dropped");
    for slot in run.shared.recorder.mapping().slots() {
        let drawn = slot.cancel_at_ns.load(Relaxed) != NEVER;
        assert_eq!(slot.flags.load(Relaxed) & FLAG_CANCEL != 0, drawn);
    }
}
