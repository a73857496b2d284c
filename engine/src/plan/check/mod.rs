//! Reports scenarios that can't run on this machine or within their own limits, before anything is run.

mod bounds;
mod cpu_pool;
mod cpus;
mod peers;
mod supported;
mod sync;
mod threads;

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::ops::Range;

use self::bounds::{readable, sure_to_finish};
use self::cpu_pool::check_cpu_pool;
use self::cpus::check_cpus;
use self::peers::check_peers;
use self::threads::{check_threads, under_way};
use super::children::JOIN_BYTES;
use super::limits::Limits;
use super::program::{Program, nanoseconds};
use super::support::{Engines, KERNEL_BYTES, PROCESS_BYTES, processes};
use super::work::{MOST_DURATIONS, Work};
use crate::diagnostic::Diagnostic;
use crate::record::layout::Slot;
use crate::scenario::{Arrival, EngineName, Point, Scenario, Setting, Step, Task, Verb, spawn_steps};
use crate::units::{duration_text, format_bytes, format_count};

/// The shortest time of any step, nanoseconds.
const STEP_NS: u64 = 1;

/// The maximum of instances of a cell: their slots are numbered in 32 bits.
const MOST_INSTANCES: u64 = 1_000_000_000;

/// The maximum of workers per core without a warning. With more, the results say more about the system's scheduler than about
/// the engine.
const MOST_WORKERS_A_CORE: u32 = 32;

/// The memory of the draws of an instance, bytes, in the campaign and in the cell.
const DRAW_BYTES: u64 = 38;

/// Every reason why `scenario`, with these `settings`, can't be run on its engines within `limits`; and warnings. They are in the
/// order of the text.
pub fn check(scenario: &Scenario, settings: &[Setting], limits: &Limits, engines: &Engines) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    supported::check(scenario, engines, &mut found);
    for point in &scenario.points {
        let limits = &Limits { cores: point.cores(limits.cores), ..limits.clone() };
        check_cpus(&scenario.text, settings, point, limits, &mut found);
        for task in &point.tasks {
            check_task(scenario, task, engines, &mut found);
        }
        sync::check(point, &mut found);
        check_total(point, &mut found);
        check_cpu(scenario, point, limits, engines, &mut found);
        check_memory(scenario, point, limits, engines, &mut found);
        check_workers(point, limits, &mut found);
        check_threads(scenario, point, limits, engines, &mut found);
        check_peers(scenario, point, limits, &mut found);
    }
    let mut seen = HashSet::new();
    found.retain(|diagnostic| seen.insert(diagnostic.clone()));
    found.sort_by_key(|diagnostic| diagnostic.span.as_ref().map_or(0, |span| span.start));
    found
}

fn check_task(scenario: &Scenario, task: &Task, engines: &Engines, found: &mut Vec<Diagnostic>) {
    let name = &task.name;
    let at = |message: String| Diagnostic::error(message).at(task.origin.clone());
    let timeout = nanoseconds(scenario.timeout);
    let allowed = duration_text(scenario.timeout);
    if let Err(error) = Program::new(&task.steps) {
        found.push(at(format!("task `{name}` is too big: {error}")).help("take fewer steps or passes"));
    }
    let work = Work::new(&task.steps);
    if work.draws_too_much() {
        let most = format_count(MOST_DURATIONS as u64);
        let problem = at(format!("an instance of `{name}` draws more than {most} random durations"));
        found.push(problem.help("take fewer passes, or a fixed duration"));
    }
    let least = work.mean.total_ns().max(work.steps.saturating_mul(STEP_NS));
    if let Some(until) = task.arrival.until().filter(|until| nanoseconds(until.time) >= timeout) {
        let ends = duration_text(until.time);
        let message = format!("the clients of `{name}` release instances until {ends}, but a cell may take {allowed}");
        let problem = Diagnostic::error(message).at(until.origin.clone());
        found.push(problem.help("lower `until`, or raise `timeout`"));
    }
    if task.background {
        // It is cancelled at the end, however long it would take. Only a step that can't be stopped may take too long.
        let sleeps_on = scenario.engines.iter().any(|engine| !engines.wakes_sleepers(*engine));
        if let Some((ns, step)) = longest_uncut(&task.steps, sleeps_on).filter(|(ns, _)| *ns > timeout) {
            let (verb, takes) = (step.verb.as_str(), readable(ns));
            let message = format!("one `{verb}` in the background takes {takes}, but a cell may take {allowed}");
            let problem = Diagnostic::error(message).at(step.origin.clone());
            found.push(problem.help("nothing stops it midway: repeat a shorter one with `loop`"));
        }
        return;
    }
    // The number of cancelled instances of a spawned task is unknown.
    let may_all_be_cancelled = task.arrival.spawned().is_some_and(|spawned| spawned.cancellable);
    let all_cancelled = may_all_be_cancelled || task.cancel.is_some_and(|cancel| cancel.share >= 1.0);
    if least > timeout && !all_cancelled {
        let takes = readable(least);
        let message = format!("an instance of `{name}` takes {takes}, but a cell may take {allowed}");
        let problem = Diagnostic::error(message).at(longest_step(task)).label("most of it is here");
        found.push(problem.help("take fewer passes or shorter steps, or raise `timeout`"));
    }
    let release = last_release_ns(task);
    if release > timeout && least <= timeout {
        let arrives = readable(release);
        let problem =
            at(format!("the last instance of `{name}` arrives after {arrives}, but a cell may take {allowed}"));
        found.push(problem.help("lower `count`, raise the rate of arrivals, or raise `timeout`"));
    }
}

/// The longest step that a cancellation doesn't stop, with its mean time. This includes `sleep` if `sleeps_on`: then a
/// cancellation wakes no sleeping thread.
fn longest_uncut(steps: &[Step], sleeps_on: bool) -> Option<(u64, &Step)> {
    let uncut = steps.iter().filter_map(|step| match &step.verb {
        Verb::Sleep(_) if !sleeps_on => None,
        Verb::Cpu { yield_every: Some(_), .. }
        | Verb::Yield
        | Verb::Spawn(_)
        | Verb::Send(_)
        | Verb::Recv(_)
        | Verb::Barrier(_)
        | Verb::Ipc(_) => None,
        Verb::Cpu { .. } | Verb::Block(_) | Verb::Sleep(_) => {
            Some((Work::new(std::slice::from_ref(step)).mean.total_ns(), step))
        }
        // Nothing stops an offloaded part: it counts as one step.
        Verb::Offload { steps, .. } => Some((Work::new(steps).mean.total_ns(), step)),
        Verb::Loop { steps, .. }
        | Verb::Drain { steps, .. }
        | Verb::Lock { steps, .. }
        | Verb::Permit { steps, .. } => longest_uncut(steps, sleeps_on),
    });
    uncut.max_by_key(|(ns, _)| *ns)
}

/// The place of the longest step.
fn longest_step(task: &Task) -> Range<usize> {
    let longest = task.steps.iter().max_by_key(|step| {
        let work = Work::new(std::slice::from_ref(step));
        work.mean.total_ns().max(work.steps)
    });
    longest.map_or(task.origin.clone(), |step| step.origin.clone())
}

/// The mean time of the last release; 0 for a closed loop and for a spawned task, which have no schedule.
fn last_release_ns(task: &Task) -> u64 {
    let before = u64::from(task.count.saturating_sub(1));
    match task.arrival {
        Arrival::Burst | Arrival::Closed { .. } | Arrival::Spawned(_) => 0,
        Arrival::Every(period) => nanoseconds(period).saturating_mul(before),
        Arrival::Poisson { per_second } => (before as f64 / per_second * 1e9) as u64,
    }
}

/// Reports more instances than there are numbers for slots.
fn check_total(point: &Point, found: &mut Vec<Diagnostic>) {
    let total: u64 = point.tasks.iter().map(|task| u64::from(task.count)).sum();
    let Some(task) = point.tasks.iter().max_by_key(|task| task.count) else { return };
    if total > MOST_INSTANCES {
        let most = format_count(MOST_INSTANCES);
        let problem = Diagnostic::error(format!("{} instances are more than {most}", format_count(total)));
        found.push(problem.at(task.origin.clone()).help("lower `count`"));
    }
}

/// Reports work that even all cores can't do in time. Instances that may be cancelled, or may never arrive, don't count.
fn check_cpu(scenario: &Scenario, point: &Point, limits: &Limits, engines: &Engines, found: &mut Vec<Diagnostic>) {
    let timeout = nanoseconds(scenario.timeout);
    let share = |task: &Task| {
        let Work { mean, steps, .. } = Work::new(&task.steps);
        let work = mean.cpu_ns.saturating_add(mean.offloaded_cpu_ns).max(steps.saturating_mul(STEP_NS));
        work.saturating_mul(sure_to_finish(task)) / u64::from(limits.cores.max(1))
    };
    let total = point.tasks.iter().map(share).fold(0, u64::saturating_add);
    let foreground = || point.tasks.iter().filter(|task| !task.background);
    let one_is_too_long = foreground().any(|task| Work::new(&task.steps).mean.total_ns() > timeout);
    if one_is_too_long {
        return;
    }
    if total <= timeout {
        check_cpu_pool(scenario, point, limits, engines, found);
        return;
    }
    let Some(task) = point.tasks.iter().max_by_key(|task| share(task)) else { return };
    let (takes, allowed) = (readable(total), duration_text(scenario.timeout));
    let problem =
        Diagnostic::error(format!("the work takes {takes} on {} cores, but a cell may take {allowed}", limits.cores));
    let problem = problem.at(task.origin.clone()).label(format!("`{}` has the most of it", task.name));
    found.push(problem.help("lower `count`, shorten the work, or raise `timeout`"));
}

fn check_memory(scenario: &Scenario, point: &Point, limits: &Limits, engines: &Engines, found: &mut Vec<Diagnostic>) {
    let Some(available) = limits.memory_bytes else { return };
    let needs = |task: &Task| {
        let program = Program::new(&task.steps).ok();
        let waits = program.as_ref().is_some_and(Program::waits);
        let sync = program.as_ref().map_or(0, Program::sync_bytes);
        let join = if spawn_steps(&task.steps).is_empty() { 0 } else { JOIN_BYTES };
        let count = u64::from(task.count);
        let bytes_on = |engine: &EngineName| match engines.instance_bytes(*engine, waits) + sync {
            // A thread that has ended uses no memory.
            bytes if engines.has_thread_each(*engine) => under_way(&point.tasks, task) * (bytes + KERNEL_BYTES),
            bytes => count * bytes,
        };
        scenario.engines.iter().map(bytes_on).max().unwrap_or(0)
            + count * (size_of::<Slot>() as u64 + DRAW_BYTES + join)
    };
    let total: u64 = point.tasks.iter().map(needs).sum();
    if total <= available {
        check_processes(scenario, point, limits.cores, available - total, found);
        return;
    }
    let Some(task) = point.tasks.iter().max_by_key(|task| needs(task)) else { return };
    let (needed, free) = (format_bytes(total as f64), format_bytes(available as f64));
    let problem = Diagnostic::error(format!("the instances need about {needed} of memory, and {free} is available"));
    let problem = problem.at(task.origin.clone()).label(format!("`{}` has the most of it", task.name));
    found.push(problem.help("lower `count`"));
}

/// Reports more processes than there is memory for, besides the instances.
fn check_processes(scenario: &Scenario, point: &Point, cores: u32, available: u64, found: &mut Vec<Diagnostic>) {
    let all_cores = point.workers.iter().map(|workers| workers.map_or(cores, NonZeroU32::get));
    let most = all_cores.max().unwrap_or(0);
    for engine in &scenario.engines {
        let needed = u64::from(processes(*engine, most)) * PROCESS_BYTES;
        if needed > available {
            let (needed, free) = (format_bytes(needed as f64), format_bytes(available as f64));
            let problem =
                format!("{most} workers of `{engine}` need about {needed} of memory, and {free} is available");
            found.push(Diagnostic::error(problem).help("take fewer workers: each is a process"));
        }
    }
}

fn check_workers(point: &Point, limits: &Limits, found: &mut Vec<Diagnostic>) {
    let many = point.workers.iter().flatten().map(|workers| workers.get()).max().unwrap_or(0);
    if many > MOST_WORKERS_A_CORE * limits.cores {
        let message = format!("{many} workers on {} cores: what is measured is the system's scheduler", limits.cores);
        found.push(Diagnostic::warning(message).help(format!("take at most {MOST_WORKERS_A_CORE} workers a core")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse;

    #[test]
    fn more_processes_than_there_is_memory_for_are_refused() {
        let messages = |engines: &str, workers: &str| -> Vec<String> {
            let text = format!(
                "question = \"?\"\nengines = {engines}\nworkers = {workers}\n[[task]]\nname = \"a\"\nsteps = []\n"
            );
            let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
            let limits = Limits { cores: 40, memory_bytes: Some(100 << 20), ..Limits::default() };
            check(&scenario, &[], &limits, &Engines::default())
                .into_iter()
                .map(|diagnostic| diagnostic.message)
                .collect()
        };
        let needs = "40 workers of `processes` need about 240 MiB of memory, and 100 MiB is available";
        assert_eq!(messages("[\"rayon\", \"processes\"]", "[1, 40]"), [needs]);
        assert_eq!(messages("[\"processes\"]", "\"all\""), [needs]);
        assert!(messages("[\"rayon\"]", "40").is_empty() && messages("[\"processes\"]", "12").is_empty());
    }
}
