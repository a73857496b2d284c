//! How long a cell will take and how much memory, about: by arithmetic over its work, before anything is run.

use super::cell_plan::PointPlan;
use super::support::instance_bytes;
use super::work::Times;
use crate::record::layout::{NEVER, Slot};
use crate::scenario::EngineName;

/// About what a bare spawn, run and end of an instance takes, nanoseconds.
const INSTANCE_NS: u64 = 400;

/// Building and priming an engine, starting and reaping its process, nanoseconds.
const CELL_NS: u64 = 15_000_000;

/// What a cell is expected to need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// The length of its span, nanoseconds.
    pub span_ns: u64,
    /// The span with everything around it, nanoseconds.
    pub cell_ns: u64,
    /// Its instances and records at once, bytes.
    pub memory_bytes: u64,
}

/// Estimates a cell of `point`. It is no promise: contention, stealing and cancellation are not in it.
pub fn estimate(point: &PointPlan, engine: EngineName, workers: u32, cores: u32) -> Estimate {
    let counts = || point.tasks.iter().map(|task| u64::from(task.count));
    let all =
        point.work.iter().zip(counts()).fold(Times::default(), |sum, (work, count)| sum.plus(work.mean.times(count)));
    let workers = u64::from(workers);
    let cores = u64::from(cores).max(1);
    let busy_cores = (all.cpu_ns.saturating_add(all.offloaded_cpu_ns)) / cores;
    let keeps_worker = match engine {
        EngineName::SmolLocal | EngineName::AsyncExecutor => all.cpu_ns.saturating_add(all.block_ns),
        EngineName::Rayon => all.total_ns(),
    };
    let instances: u64 = counts().sum();
    let busy_workers = keeps_worker.saturating_add(instances * INSTANCE_NS) / workers;
    let longest = point.work.iter().map(|work| work.mean.total_ns()).max().unwrap_or(0);
    let last_release = point.draws.scheduled_ns.iter().copied().filter(|time| *time != NEVER).max().unwrap_or(0);
    let closed = closed_loops(point);
    let span_ns = busy_cores.max(busy_workers).max(last_release.saturating_add(longest)).max(closed);
    Estimate {
        span_ns,
        cell_ns: span_ns.saturating_add(CELL_NS).saturating_add(instances * 100),
        memory_bytes: memory(point, engine),
    }
}

/// The longest that a closed loop takes by its own pace: its requests over its clients.
fn closed_loops(point: &PointPlan) -> u64 {
    let loops = point.tasks.iter().zip(&point.work).filter_map(|(task, work)| {
        let closed = task.closed.as_ref()?;
        let thinks = closed.thinks.of(&point.numbers);
        let think = thinks.iter().sum::<u64>() / (thinks.len() as u64).max(1);
        let rounds = u64::from(task.count.div_ceil(closed.clients));
        Some(work.mean.total_ns().saturating_add(think).saturating_mul(rounds))
    });
    loops.max().unwrap_or(0)
}

fn memory(point: &PointPlan, engine: EngineName) -> u64 {
    let instances: u64 = point
        .tasks
        .iter()
        .map(|task| u64::from(task.count) * (instance_bytes(engine, task.program.waits()) + size_of::<Slot>() as u64))
        .sum();
    instances + (point.numbers.len() * size_of::<u64>()) as u64
}
