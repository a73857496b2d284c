//! The rules of an engine that decide how long a cell takes, and the typical times of what only a machine can tell.

use super::super::point_plan::PointPlan;
use super::super::support::{Engines, Keeps, processes};
use crate::scenario::{EngineName, Mechanism, Peers};

/// The time to wake a thread that waits in the kernel, nanoseconds, about.
pub(super) const WAKE_NS: u64 = 30_000;

/// The same while the thread's core has not gone to sleep, nanoseconds, about.
pub(super) const WARM_WAKE_NS: u64 = 5_000;

/// For how long a core without work stays awake, nanoseconds, about.
pub(super) const WARM_NS: u64 = 50_000;

/// The time that waking a thread on a sleeping core takes of the thread that wakes it, nanoseconds, about.
pub(super) const WAKER_NS: u64 = 20_000;

/// How much later than asked for the kernel ends a sleep, nanoseconds, about.
pub(super) const LATE_NS: u64 = 70_000;

/// One tick of a timer that knows whole milliseconds only, nanoseconds.
pub(super) const TICK_NS: u64 = 1_000_000;

/// The time that starting a thread takes of the thread that starts it, nanoseconds, about.
pub(super) const START_THREAD_NS: u64 = 60_000;

/// The time that a thread takes of a core when its instance has ended, nanoseconds, about.
pub(super) const END_THREAD_NS: u64 = 100_000;

/// The shortest time for which one thread keeps a core that others want, nanoseconds.
pub(super) const QUANTUM_NS: u64 = 250_000;

/// What the simulation knows of an engine.
#[derive(Debug)]
pub(super) struct Rules {
    /// The steps in which an instance occupies its worker.
    pub(super) keeps: Keeps,
    /// Whether a cancellation ends a sleep.
    pub(super) wakes_sleepers: bool,
    /// Whether a call that is in the queue of a pool is dropped with its instance.
    pub(super) drops_queued_calls: bool,
    /// Whether sleeps end with a tick.
    pub(super) has_ticks: bool,
    /// The time to begin an instance, nanoseconds.
    pub(super) begin_ns: u64,
    /// How many groups of workers there are: one, or one for each process.
    pub(super) groups: u32,
    /// The workers of each group; absent if each instance has a thread.
    pub(super) workers: Option<u32>,
    /// The threads for blocking calls of each group.
    pub(super) blocking_threads: u32,
    /// The threads for computing of each group; absent if there is no such pool.
    pub(super) cpu_threads: Option<u32>,
    /// The cores of the cell.
    pub(super) cores: u32,
}

impl Rules {
    /// The rules of `engine` with `workers` workers at `point`, on a machine of `cores` cores.
    pub(super) fn new(
        engines: &Engines,
        point: &PointPlan,
        engine: EngineName,
        (workers, blocking_threads): (u32, Option<u32>),
        cores: u32,
    ) -> Self {
        let description = engines.describe(engine);
        let cores = point.cores(cores).max(1);
        let processes = processes(engine, workers);
        let has_thread_each = engines.has_thread_each(engine);
        let each = if processes > 0 { 1 } else { workers.max(1) };
        Self {
            keeps: engines.keeps_worker(engine),
            wakes_sleepers: engines.wakes_sleepers(engine),
            // tokio makes the call nevertheless.
            drops_queued_calls: engines.wakes_sleepers(engine)
                && !matches!(engine, EngineName::Tokio | EngineName::TokioLocal),
            has_ticks: engines.has_ticks(engine),
            begin_ns: if has_thread_each { 0 } else { engines.instance_ns(engine) },
            groups: processes.max(1),
            workers: (!has_thread_each).then_some(each),
            blocking_threads: blocking_threads.or(description.blocking_threads).unwrap_or(u32::MAX).max(1),
            cpu_threads: description.cpu_pool.then(|| point.cpu_threads.unwrap_or(cores).max(1)),
            cores,
        }
    }

    /// The end of a sleep of `ns` that begins at `now`. `holds_thread` says whether it blocks its thread.
    pub(super) fn end_of_sleep(&self, now: u64, ns: u64, holds_thread: bool) -> u64 {
        if holds_thread {
            return now.saturating_add(ns).saturating_add(LATE_NS + WAKE_NS);
        }
        if !self.has_ticks {
            return now.saturating_add(ns).saturating_add(LATE_NS);
        }
        // The tick after the deadline; the thread then sleeps whole milliseconds until it.
        let tick = now.saturating_add(ns).div_ceil(TICK_NS).saturating_mul(TICK_NS);
        let asleep = tick.saturating_sub(now).div_ceil(TICK_NS).saturating_mul(TICK_NS);
        now.saturating_add(asleep).saturating_add(LATE_NS)
    }
}

/// The typical time of a round trip with a peer, nanoseconds. `cpus` are the cores of the cell, none if it may use all.
///
/// From the reference run of `ipc`: what matters most is whether the other process has to be woken on another core.
pub(super) fn round_ns(peers: &Peers, cpus: &[u32]) -> u64 {
    let is_pinned = !cpus.is_empty() && !peers.cpus.is_empty();
    let is_shared = peers.cpus.iter().any(|cpu| cpus.contains(cpu));
    let (free, same, other) = match peers.mechanism {
        Mechanism::Pipe | Mechanism::Fifo => (20_000, 9_500, 78_000),
        Mechanism::Unix => (20_000, 16_500, 76_000),
        Mechanism::Tcp => (30_000, 22_500, 110_000),
        Mechanism::Mqueue => (20_000, 10_000, 87_000),
        Mechanism::Signal => (20_000, 12_500, 93_000),
        Mechanism::ShmSpin => (25_000, 62_000, 400),
        Mechanism::ShmFutex => (15_000, 7_500, 75_000),
        Mechanism::Semaphore => (15_000, 7_000, 80_000),
    };
    let in_memory = peers.mechanism.blocks();
    let copies = u64::from(peers.bytes) * if in_memory { 3 } else { 5 } / 10;
    let base = if !is_pinned {
        free
    } else if is_shared {
        same
    } else {
        other
    };
    base + copies
}
