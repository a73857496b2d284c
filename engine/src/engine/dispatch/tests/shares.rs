//! Several dispatchers, each with a share of one cell.

use std::sync::Barrier;
use std::thread;

use super::*;
use crate::record::Marks;
use crate::record::layout::Slot;

/// Runs each dispatcher on a thread of its own. All of them are made before the first begins.
fn run_all(runs: &[&'static Run<Blocking>], spawner: &'static (impl Spawner<Blocking, Handle: Send> + Sync)) {
    let all_made = Barrier::new(runs.len());
    thread::scope(|threads| {
        for run in runs {
            let all_made = &all_made;
            threads.spawn(move || {
                let dispatcher = dispatch(run, spawner);
                all_made.wait();
                Blocking::run(dispatcher);
                Blocking::run(run.finished());
            });
        }
    });
}

/// Open arrivals and closed loops; some loops have fewer clients than there are dispatchers.
const SHARED: &str = "[[task]]\nname = \"a\"\ncount = 31\narrival = { every = \"100us\" }\nsteps = []\n\
    [[task]]\nname = \"b\"\ncount = 17\nsteps = []\n\
    [[task]]\nname = \"c\"\ncount = 5000\narrival = { clients = 5 }\nsteps = []\n\
    [[task]]\nname = \"d\"\ncount = 20\narrival = { clients = 1, think = \"20us\" }\nsteps = []\n\
    [[task]]\nname = \"e\"\ncount = 100000\narrival = { clients = 4, think = \"300us\", until = \"5ms\" }\nsteps = []\n\
    [[task]]\nname = \"f\"\ncount = 9\narrival = { clients = 3, think = { exp = \"1h\" }, until = \"1ns\" }\nsteps = []";

#[test]
fn with_any_number_of_dispatchers_each_instance_is_released_once_and_the_span_ends_once() {
    for of in [1, 2, 3, 7, 40] {
        let (runs, ends) = shared_run(SHARED, of);
        run_all(&runs, &Inline);
        let mapping = runs[0].shared.recorder.mapping();
        let counts: Vec<usize> = [0, 1, 2, 3, 5].map(|task| released(runs[0], task).len()).into();
        assert_eq!(counts, [31, 17, 5000, 20, 0], "of {of}");
        let bounded = released(runs[0], 4);
        assert!((4..=80).contains(&bounded.len()), "of {of}: {}", bounded.len());
        assert!(bounded.iter().all(|(scheduled, _)| *scheduled < 5_000_000), "of {of}: {bounded:?}");
        assert!((0..48).all(|slot| Marks::released(mapping).has(slot)), "of {of}: each dispatcher has marked its own");
        for slot in mapping.slots().iter().filter(|slot| slot.scheduled_ns.load(Relaxed) != NEVER) {
            assert_eq!(slot.ended.load(Relaxed), end::DONE, "of {of}");
        }
        // All slots of the plan, also those of loops that ended before.
        assert_eq!(mapping.header().ended.value.load(Relaxed), mapping.slots().len() as u64, "of {of}");
        assert_eq!(ends.load(Relaxed), 1, "of {of}");
    }
}

#[test]
fn a_dispatcher_has_the_slots_of_its_share_and_no_other() {
    let (runs, _) = shared_run("[[task]]\nname = \"a\"\ncount = 10\nsteps = []\ncancel = { at = \"1ns\" }", 3);
    let shelf = Shelf::default();
    Blocking::run(dispatch(runs[1], &shelf));
    let mapping = runs[1].shared.recorder.mapping();
    let cancelled = |slot: &usize| mapping.slots()[*slot].flags.load(Relaxed) & FLAG_CANCEL != 0;
    assert_eq!((0..10).filter(cancelled).collect::<Vec<_>>(), [1, 4, 7]);
    assert_eq!(shelf.0.load(Relaxed), 3);
    let released = Marks::released(mapping);
    assert_eq!((0..10).filter(|slot| released.has(*slot)).collect::<Vec<_>>(), [1, 4, 7]);
}

#[test]
fn the_background_ends_with_the_foreground_on_every_dispatcher() {
    for of in [1, 2, 5] {
        for arrival in ["{ clients = 3, think = \"100us\" }", "{ every = \"100us\" }", "{ clients = 1 }"] {
            let (runs, ends) = shared_run(
                &format!(
                    "[[task]]\nname = \"a\"\ncount = 5\narrival = {{ every = \"1ms\" }}\nsteps = []\n\
                     [[task]]\nname = \"b\"\ncount = 100000\nbackground = true\narrival = {arrival}\nsteps = []"
                ),
                of,
            );
            run_all(&runs, &Inline);
            let mapping = runs[0].shared.recorder.mapping();
            assert_eq!(mapping.header().ended.value.load(Relaxed), 5, "of {of}, {arrival}: of the foreground alone");
            let marks = Marks::released(mapping);
            let open = runs[0].shared.open as usize;
            let is_released_background = |index: usize, slot: &Slot| {
                let scheduled_ns = slot.scheduled_ns.load(Relaxed);
                let is_released = if index < open { marks.has(index) } else { scheduled_ns != NEVER };
                slot.task.load(Relaxed) == 1 && is_released
            };
            let slots = mapping.slots().iter().enumerate().filter(|(index, slot)| is_released_background(*index, slot));
            let ends_of_slots: Vec<u8> = slots.map(|(_, slot)| slot.ended.load(Relaxed)).collect();
            assert!((1..10_000).contains(&ends_of_slots.len()), "of {of}, {arrival}: {}", ends_of_slots.len());
            assert!(ends_of_slots.iter().all(|ended| *ended == end::DONE), "of {of}, {arrival}");
            assert_eq!(ends.load(Relaxed), 1, "of {of}, {arrival}");
        }
    }
}

#[test]
fn background_instances_are_cancelled_by_the_dispatcher_that_released_them() {
    let (runs, ends) = shared_run(
        "[[task]]\nname = \"a\"\ncount = 3\narrival = { every = \"2ms\" }\nsteps = []\n\
         [[task]]\nname = \"b\"\ncount = 7\nbackground = true\nsteps = []\n\
         [[task]]\nname = \"c\"\ncount = 9\nbackground = true\narrival = { clients = 5 }\nsteps = []",
        2,
    );
    let shelf: &'static ShelvesTheBackground = Box::leak(Box::new(ShelvesTheBackground(Shelf::default())));
    thread::scope(|threads| {
        for run in &runs {
            threads.spawn(|| Blocking::run(dispatch(run, shelf)));
        }
    });
    assert_eq!(shelf.0.0.load(Relaxed), 12, "7 of the burst, 5 clients");
    let over = runs[0].shared.background.as_ref().unwrap().foreground_over_ns().unwrap();
    let slots = runs[0].shared.recorder.mapping().slots().iter();
    let cut = slots.filter(|slot| slot.flags.load(Relaxed) & FLAG_CANCEL != 0);
    let at: Vec<u64> = cut.map(|slot| slot.cancel_at_ns.load(Relaxed)).collect();
    assert_eq!(at, [over; 12]);
    assert_eq!(ends.load(Relaxed), 0, "no instance on the shelf has stopped");
}
