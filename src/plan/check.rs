//! What a scenario can't be on this machine or within its own limits: found before anything is run.

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::ops::Range;

use super::children::JOIN_BYTES;
use super::cpu_pool::check_cpu_pool;
use super::cpus::check_cpus;
use super::draws::MOST_DURATIONS;
use super::meeting;
use super::peers::check_peers;
use super::program::{Program, nanoseconds};
use super::support::{Engines, KERNEL_BYTES, PROCESS_BYTES, processes};
use super::supported;
use super::threads::{check_threads, under_way};
use super::work::Work;
use crate::diagnostic::Diagnostic;
use crate::host::{QueueRoom, SignalRoom, ThreadRoom};
use crate::record::layout::Slot;
use crate::scenario::{Arrival, EngineName, Point, Scenario, Setting, Step, Task, Verb, spawn_steps};
use crate::units::{duration_text, format_bytes, format_count, format_duration};

/// What no step can be faster than, nanoseconds.
const STEP_NS: u64 = 1;

/// The most instances of a cell: their slots are numbered in 32 bits.
const MOST_INSTANCES: u64 = 1_000_000_000;

/// Threads that wait cost little; beyond so many a core even that is the system's affair more than an engine's.
const MOST_WORKERS_A_CORE: u32 = 32;

/// What draws take for each instance, bytes, in the campaign and in the cell.
const DRAW_BYTES: u64 = 38;

/// The limits of a machine.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Its cores.
    pub cores: u32,
    /// Which they are, ascending; empty if nobody will ask.
    pub cpus: Vec<u32>,
    /// The memory that can be had, bytes; absent if unknown.
    pub memory_bytes: Option<u64>,
    /// What limits the threads of a process; empty if nobody will ask.
    pub threads: ThreadRoom,
    /// What limits message queues; empty if nobody will ask.
    pub queues: QueueRoom,
    /// What limits signals that queue; empty if nobody will ask.
    pub signals: SignalRoom,
}

/// Every reason why `scenario`, with these `settings` in it, can't be run on its engines and within `limits`, and warnings, in the
/// text's order.
pub fn check(scenario: &Scenario, settings: &[Setting], limits: &Limits, engines: &Engines) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    supported::check(scenario, engines, &mut found);
    for point in &scenario.points {
        let limits = &Limits { cores: point.cores(limits.cores), ..limits.clone() };
        check_cpus(&scenario.text, settings, point, limits, &mut found);
        for task in &point.tasks {
            check_task(scenario, task, engines, &mut found);
        }
        meeting::check(point, &mut found);
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
        let message = format!("the clients of `{name}` come until {ends}, but a cell may take {allowed}");
        let problem = Diagnostic::error(message).at(until.origin.clone());
        found.push(problem.help("lower `until`, or raise `timeout`"));
    }
    if task.background {
        // However long it would take, it is cut off: but for a step that nobody can stop.
        let sleeps_on = scenario.engines.iter().any(|engine| !engines.wakes_sleepers(*engine));
        if let Some((ns, step)) = longest_uncut(&task.steps, sleeps_on).filter(|(ns, _)| *ns > timeout) {
            let (verb, takes) = (step.verb.as_str(), readable(ns));
            let message = format!("one `{verb}` in the background takes {takes}, but a cell may take {allowed}");
            let problem = Diagnostic::error(message).at(step.origin.clone());
            found.push(problem.help("nothing stops it half-way: take a shorter one, again and again with `loop`"));
        }
        return;
    }
    // Of a spawned one nobody says how many are stopped.
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
        let comes = readable(release);
        let problem = at(format!("the last instance of `{name}` comes after {comes}, but a cell may take {allowed}"));
        found.push(problem.help("lower `count`, let them come faster, or raise `timeout`"));
    }
}

/// The longest step that goes on to its end whatever is cancelled, with its mean time; where nobody wakes a thread that is a
/// `sleep`, too.
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
        // Nothing stops an offloaded part: it is as one step.
        Verb::Offload { steps, .. } => Some((Work::new(steps).mean.total_ns(), step)),
        Verb::Loop { steps, .. }
        | Verb::Drain { steps, .. }
        | Verb::Lock { steps, .. }
        | Verb::Permit { steps, .. } => longest_uncut(steps, sleeps_on),
    });
    uncut.max_by_key(|(ns, _)| *ns)
}

/// Where the step stands that takes longest.
fn longest_step(task: &Task) -> Range<usize> {
    let longest = task.steps.iter().max_by_key(|step| {
        let work = Work::new(std::slice::from_ref(step));
        work.mean.total_ns().max(work.steps)
    });
    longest.map_or(task.origin.clone(), |step| step.origin.clone())
}

/// When the last instance comes, on average; 0 for a closed loop and for who is spawned, which have no schedule.
fn last_release_ns(task: &Task) -> u64 {
    let before = u64::from(task.count.saturating_sub(1));
    match task.arrival {
        Arrival::Burst | Arrival::Closed { .. } | Arrival::Spawned(_) => 0,
        Arrival::Every(period) => nanoseconds(period).saturating_mul(before),
        Arrival::Poisson { per_second } => (before as f64 / per_second * 1e9) as u64,
    }
}

/// More instances than slots can be numbered.
fn check_total(point: &Point, found: &mut Vec<Diagnostic>) {
    let total: u64 = point.tasks.iter().map(|task| u64::from(task.count)).sum();
    let Some(task) = point.tasks.iter().max_by_key(|task| task.count) else { return };
    if total > MOST_INSTANCES {
        let most = format_count(MOST_INSTANCES);
        let problem = Diagnostic::error(format!("{} instances are more than {most}", format_count(total)));
        found.push(problem.at(task.origin.clone()).help("lower `count`"));
    }
}

/// Work that even all cores can't do in time; that of instances which will be cancelled, or never come, may never be done.
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

/// How many instances of a task will come and be left alone, at least.
pub(super) fn sure_to_finish(task: &Task) -> u64 {
    if task.is_bounded() {
        return 0;
    }
    let stays = 1.0 - task.cancel.map_or(0.0, |cancel| cancel.share);
    (f64::from(task.count) * stays) as u64
}

fn check_memory(scenario: &Scenario, point: &Point, limits: &Limits, engines: &Engines, found: &mut Vec<Diagnostic>) {
    let Some(available) = limits.memory_bytes else { return };
    let needs = |task: &Task| {
        let program = Program::new(&task.steps).ok();
        let waits = program.as_ref().is_some_and(Program::waits);
        let meeting = program.as_ref().map_or(0, Program::meeting_bytes);
        let join = if spawn_steps(&task.steps).is_empty() { 0 } else { JOIN_BYTES };
        let count = u64::from(task.count);
        let of = |engine: &EngineName| match engines.instance_bytes(*engine, waits) + meeting {
            // Who has ended has left nothing.
            bytes if engines.has_thread_each(*engine) => under_way(&point.tasks, task) * (bytes + KERNEL_BYTES),
            bytes => count * bytes,
        };
        scenario.engines.iter().map(of).max().unwrap_or(0) + count * (size_of::<Slot>() as u64 + DRAW_BYTES + join)
    };
    let total: u64 = point.tasks.iter().map(needs).sum();
    if total <= available {
        check_processes(scenario, point, limits.cores, available - total, found);
        return;
    }
    let Some(task) = point.tasks.iter().max_by_key(|task| needs(task)) else { return };
    let (needed, there) = (format_bytes(total as f64), format_bytes(available as f64));
    let problem = Diagnostic::error(format!("the instances need about {needed} of memory, and {there} can be had"));
    let problem = problem.at(task.origin.clone()).label(format!("`{}` has the most of it", task.name));
    found.push(problem.help("lower `count`"));
}

/// More processes than there is memory for beside the instances.
fn check_processes(scenario: &Scenario, point: &Point, cores: u32, available: u64, found: &mut Vec<Diagnostic>) {
    let all_cores = point.workers.iter().map(|workers| workers.map_or(cores, NonZeroU32::get));
    let most = all_cores.max().unwrap_or(0);
    for engine in &scenario.engines {
        let needed = u64::from(processes(*engine, most)) * PROCESS_BYTES;
        if needed > available {
            let (needed, there) = (format_bytes(needed as f64), format_bytes(available as f64));
            let problem = format!("{most} workers of `{engine}` need about {needed} of memory, and {there} can be had");
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

pub(super) fn readable(ns: u64) -> String {
    if ns == u64::MAX { "for ever".to_owned() } else { format_duration(ns as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse;

    #[test]
    fn more_processes_than_there_is_memory_for_are_refused() {
        let said = |engines: &str, workers: &str| -> Vec<String> {
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
        let needs = "40 workers of `processes` need about 240 MiB of memory, and 100 MiB can be had";
        assert_eq!(said("[\"rayon\", \"processes\"]", "[1, 40]"), [needs]);
        assert_eq!(said("[\"processes\"]", "\"all\""), [needs]);
        assert!(said("[\"rayon\"]", "40").is_empty() && said("[\"processes\"]", "12").is_empty());
    }
}
