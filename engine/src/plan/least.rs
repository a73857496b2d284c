//! A lower bound of the time of a cell, for cells that are too large to be simulated.

use super::point_plan::PointPlan;
use super::support::{Engines, Keeps};
use super::work::Times;
use crate::record::layout::NEVER;
use crate::scenario::EngineName;

/// A lower bound of the span without cancellations, nanoseconds, by the resource that is busiest. Background tasks add nothing.
pub(super) fn least_span(
    engines: &Engines,
    point: &PointPlan,
    engine: EngineName,
    (workers, blocking_threads): (u32, Option<u32>),
    cores: u32,
) -> u64 {
    let cores = point.cores(cores);
    // How many instances of a bounded task arrive depends on the engine; its end limits its time anyway.
    let unbounded = || point.tasks.iter().zip(&point.work).filter(|(task, _)| !task.is_bounded());
    let all = unbounded().fold(Times::default(), |sum, (task, work)| sum.plus(work.mean.times(task.count.into())));
    let pool = engines.cpu_threads(engine, workers, point.cpu_threads.unwrap_or(cores));
    let busy_pool = pool.map_or(0, |threads| all.on_cpu_pool_ns / threads.max(1));
    let offloaded = all.offloaded_cpu_ns.saturating_add(all.offloaded_wait_ns);
    let blocking_threads = engines.blocking_threads(engine, workers, blocking_threads);
    let busy_calls = blocking_threads.map_or(0, |threads| (offloaded - all.on_cpu_pool_ns) / threads.max(1));
    let workers = u64::from(workers);
    let cores = u64::from(cores).max(1);
    let busy_cores = (all.cpu_ns.saturating_add(all.offloaded_cpu_ns)) / cores;
    let on_workers = match engines.keeps_worker(engine) {
        Keeps::Work => all.cpu_ns.saturating_add(all.offloaded_cpu_ns),
        Keeps::Blocks => all.cpu_ns.saturating_add(all.block_ns),
        Keeps::Sleeps => all.total_ns(),
    };
    let instances: u64 = unbounded().map(|(task, _)| u64::from(task.count)).sum();
    let busy_workers = on_workers.saturating_add(instances * engines.instance_ns(engine)) / workers;
    let alone = alone(point);
    let longest =
        point.tasks.iter().zip(&alone).filter(|(task, _)| !task.is_bounded()).map(|(_, ns)| *ns).max().unwrap_or(0);
    let at_own_pace = last_release(point).saturating_add(longest).max(closed_loops(point, &alone));
    [busy_cores, busy_workers, busy_pool, busy_calls].into_iter().fold(at_own_pace, u64::max)
}

/// The time of one instance of each task that runs alone, with its joined children in parallel, nanoseconds.
fn alone(point: &PointPlan) -> Vec<u64> {
    fn of_task(point: &PointPlan, task: usize, known: &mut [Option<u64>]) -> u64 {
        if let Some(ns) = known[task] {
            return ns;
        }
        let mut ns = point.work[task].mean.total_ns();
        for step in point.spawns[task].iter().filter(|step| step.spawn.join) {
            let child = of_task(point, usize::from(step.spawn.task), known);
            ns = ns.saturating_add(child.saturating_mul(step.rounds));
        }
        known[task] = Some(ns);
        ns
    }
    let mut known = vec![None; point.tasks.len()];
    (0..point.tasks.len()).map(|task| of_task(point, task, &mut known)).collect()
}

/// The last release of an open arrival in the foreground, nanoseconds since the start of the span.
fn last_release(point: &PointPlan) -> u64 {
    let slots = point.draws.scheduled_ns.iter().zip(&point.draws.task).rev();
    let foreground = slots.filter(|(_, task)| !point.tasks[usize::from(**task)].background);
    foreground.map(|(time, _)| *time).find(|time| *time != NEVER).unwrap_or(0)
}

/// The time of the longest closed loop at its own pace: its rounds per client, or up to its end plus one request.
fn closed_loops(point: &PointPlan, alone: &[u64]) -> u64 {
    let foreground = point.tasks.iter().zip(alone).filter(|(task, _)| !task.background);
    let loops = foreground.filter_map(|(task, each)| {
        let closed = task.closed.as_ref()?;
        let thinks = closed.thinks.of(&point.numbers);
        let think = thinks.iter().sum::<u64>() / (thinks.len() as u64).max(1);
        let rounds = u64::from(task.count.div_ceil(closed.clients));
        let whole = each.saturating_add(think).saturating_mul(rounds);
        Some(closed.until_ns.map_or(whole, |until| whole.min(until.saturating_add(*each))))
    });
    loops.max().unwrap_or(0)
}
