//! A cell as a process: its workers are threads, its instances asynchronous, its states and its lag counters.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Event, Events, args, micros};
use super::read::{CellTrace, Life, OnThread};
use taskmix_engine::record::{RunSliceKind, State};
use taskmix_engine::scenario::EngineName;

/// The thread of events on no worker: an event must have a thread. Workers follow it, so that no worker is 0, which viewers
/// take for the idle thread.
const NO_WORKER: u64 = 1;

/// Adds the events of a cell, which is process `pid`.
pub(super) fn tell(events: &mut Events, pid: u64, name: &str, cell: &CellTrace) {
    names(events, pid, name, cell);
    let mut by_worker: BTreeMap<u64, Vec<&OnThread>> = BTreeMap::new();
    for run_slice in &cell.run_slices {
        match run_slice.worker {
            Some(worker) => by_worker.entry(worker).or_default().push(run_slice),
            None => off_worker(events, pid, run_slice),
        }
    }
    for (worker, mut run_slices) in by_worker {
        run_slices.sort_by_key(|run_slice| run_slice.start_ns);
        for run_slice in run_slices {
            on_worker(events, pid, worker, run_slice);
        }
    }
    for life in &cell.lives {
        instance_phases(events, pid, life, cell.last_ns);
    }
    counters(events, pid, cell);
}

/// A worker's thread.
const fn thread(worker: u64) -> u64 {
    NO_WORKER + 1 + worker
}

fn names(events: &mut Events, pid: u64, name: &str, cell: &CellTrace) {
    let mut meta = |what, tid, key, value| {
        events.add(&Event { name: what, ph: "M", pid, tid, args: args([(key, value)]), ..Event::default() });
    };
    meta("process_name", 0, "name", name.into());
    meta("process_sort_index", 0, "sort_index", pid.into());
    let workers: BTreeSet<u64> = cell.run_slices.iter().filter_map(|run_slice| run_slice.worker).collect();
    // An instance that has a thread of its own is on no worker: the row is for several such threads, one after the other.
    let what = if cell.engine() == EngineName::Threads.as_str() { "thread" } else { "worker" };
    for worker in workers {
        meta("thread_name", thread(worker), "name", format!("{what} {worker}").into());
        meta("thread_sort_index", thread(worker), "sort_index", thread(worker).into());
    }
}

/// The text that a viewer writes on the slice, and colours it by.
fn label(run_slice: &OnThread) -> String {
    match run_slice.kind {
        RunSliceKind::Run => run_slice.task.clone(),
        RunSliceKind::Block | RunSliceKind::Offload | RunSliceKind::Queue => {
            format!("{} ({})", run_slice.task, run_slice.kind.as_str())
        }
    }
}

fn on_worker(events: &mut Events, pid: u64, worker: u64, run_slice: &OnThread) {
    events.add(&Event {
        name: &label(run_slice),
        cat: run_slice.kind.as_str(),
        ph: "X",
        ts: micros(run_slice.start_ns),
        dur: micros(run_slice.end_ns - run_slice.start_ns),
        pid,
        tid: thread(worker),
        args: args([("instance", run_slice.instance.into())]),
        ..Event::default()
    });
}

/// Slices off the workers may overlap, as on a pool.
fn off_worker(events: &mut Events, pid: u64, run_slice: &OnThread) {
    let (id, name) = (events.id(), label(run_slice));
    for (ph, ns) in [("b", run_slice.start_ns), ("e", run_slice.end_ns)] {
        let instance = if ph == "b" { args([("instance", run_slice.instance.into())]) } else { args([]) };
        let id = Some(id.clone());
        let ts = micros(ns);
        events.add(&Event {
            name: &name,
            cat: "pool",
            ph,
            ts,
            pid,
            tid: NO_WORKER,
            id,
            args: instance,
            ..Event::default()
        });
    }
}

/// An instance from its intended release to its end, with `pending` and `started` in it. An instance that never ended goes on
/// to the last known moment.
fn instance_phases(events: &mut Events, pid: u64, life: &Life, last_ns: u64) {
    let id = events.id();
    let end = life.finished_ns.unwrap_or_else(|| last_ns.max(life.scheduled_ns));
    let mut add = |name: &str, ph, ns, args| {
        let id = Some(id.clone());
        events.add(&Event {
            name,
            cat: "instance",
            ph,
            ts: micros(ns),
            pid,
            tid: NO_WORKER,
            id,
            args,
            ..Event::default()
        });
    };
    let about = args([("instance", life.instance.into()), ("state", life.state.as_str().into())]);
    add(&life.task, "b", life.scheduled_ns, about);
    add("release", "n", life.scheduled_ns, args([]));
    add("pending", "b", life.scheduled_ns, args([]));
    // In order of time, as some readers want it; at the same moment the request precedes.
    let requested = life.cancel_requested_ns;
    let start = life.started_ns;
    let (while_pending, while_started) = match (requested, start) {
        (Some(at), Some(start)) if at > start => (None, requested),
        _ => (requested, None),
    };
    if let Some(at) = while_pending {
        add("cancellation requested", "n", at, args([]));
    }
    add("pending", "e", start.unwrap_or(end), args([]));
    if let Some(start) = start {
        add("started", "b", start, args([]));
        if let Some(at) = while_started {
            add("cancellation requested", "n", at, args([]));
        }
        add("started", "e", end, args([]));
    }
    add(&life.task, "e", end, args([]));
}

fn counters(events: &mut Events, pid: u64, cell: &CellTrace) {
    for (time, counts) in &cell.states {
        let counts = State::ALL.iter().zip(counts).map(|(state, count)| (state.as_str().to_owned(), (*count).into()));
        let args = counts.collect();
        events.add(&Event { name: "instances", ph: "C", ts: micros(*time), pid, args, ..Event::default() });
    }
    let mut was_answered = true;
    for (written, lag) in &cell.probes {
        let ts = micros(*written);
        match lag {
            Some(lag) => {
                let args = args([("us", (*lag as f64 / 1e3).into())]);
                events.add(&Event { name: "lag (of another cell)", ph: "C", ts, pid, args, ..Event::default() });
            }
            None if was_answered => {
                let name = "from here on no probe was answered";
                events.add(&Event { name, ph: "i", s: "p", ts, pid, ..Event::default() });
            }
            None => {}
        }
        was_answered = lag.is_some();
    }
}
