//! Whether so many threads can live at once, where each instance has one: held against what the system allows.

use super::check::Limits;
use super::program::nanoseconds;
use super::support::{STACK_BYTES, THREAD_MAPPINGS, has_thread_each};
use super::work::Work;
use crate::diagnostic::Diagnostic;
use crate::host::Ceiling;
use crate::scenario::{Arrival, Point, Scenario, Task};
use crate::units::format_count;

/// Threads of a cell that are no instance's: of the dispatcher, the probe and its answer, the watch over the parent.
const OTHER_THREADS: u64 = 4;

/// Mappings of a cell that are no instance's stack: its program, its libraries, its record, the allocator's arenas.
const OTHER_MAPPINGS: u64 = 512;

/// Bytes of address space of a cell that are no instance's stack, about, but for its allocator's reserves, which it can do without.
const OTHER_SPACE: u64 = 64 << 20;

/// The stack on which a thread's signals are handled, and its guard, bytes of address space, about.
const SIGNAL_STACK: u64 = 16 << 10;

/// How many instances of `task` will be under way at once, at least: all of a burst, a client's one each, and of the others those
/// that come while one runs alone.
pub(super) fn under_way(task: &Task) -> u64 {
    let count = u64::from(task.count);
    let while_one_runs = |period_ns: f64| {
        let takes = Work::new(&task.steps).mean.total_ns() as f64;
        ((takes / period_ns).ceil() as u64).clamp(1, count)
    };
    match &task.arrival {
        Arrival::Burst => count,
        Arrival::Closed { clients, .. } => u64::from(clients.get()).min(count),
        Arrival::Every(period) => while_one_runs(nanoseconds(*period) as f64),
        Arrival::Poisson { per_second } => while_one_runs(1e9 / per_second),
    }
}

/// The most that may be under way at once, if those before are slow.
fn at_worst(task: &Task) -> u64 {
    match &task.arrival {
        Arrival::Closed { clients, .. } => u64::from(clients.get()).min(u64::from(task.count)),
        Arrival::Burst | Arrival::Every(_) | Arrival::Poisson { .. } => u64::from(task.count),
    }
}

/// More threads at once than the system lets live: an error if so many will, a warning if so many might.
pub(super) fn check_threads(scenario: &Scenario, point: &Point, limits: &Limits, found: &mut Vec<Diagnostic>) {
    let Some(engine) = scenario.engines.iter().find(|engine| has_thread_each(**engine)) else { return };
    let Some(Tightest { allows, limit }) = tightest(limits, scenario.stack_size.unwrap_or(STACK_BYTES)) else { return };
    let total = |of: fn(&Task) -> u64| point.tasks.iter().map(of).fold(0, u64::saturating_add);
    let (will, might) = (total(under_way), total(at_worst));
    let is_sure = will > allows;
    let of: fn(&Task) -> u64 = if is_sure { under_way } else { at_worst };
    let Some(task) = point.tasks.iter().max_by_key(|task| of(task)).filter(|_| might > allows) else { return };
    let (name, value) = (&limit.name, format_count(limit.value));
    let allowed = format!("`{name}` is {value} and lets about {} live", format_count(allows));
    let problem = if is_sure {
        Diagnostic::error(format!("`{engine}` needs {} threads at once; {allowed}", format_count(will)))
    } else {
        let might = format_count(might);
        Diagnostic::warning(format!("`{engine}` needs up to {might} threads at once if it falls behind; {allowed}"))
    };
    let problem = problem.at(task.origin.clone()).label(format!("`{}` has the most of them", task.name));
    let fewer = if is_sure { "lower `count`, let them come over time" } else { "lower `count`" };
    found.push(problem.help(format!("{fewer}, or {}", limit.remedy)));
}

/// The limit that lets the fewest threads live.
struct Tightest {
    allows: u64,
    limit: Ceiling,
}

fn tightest(limits: &Limits, stack_bytes: u64) -> Option<Tightest> {
    let room = &limits.threads;
    let of = |list: &[Ceiling], others: u64, each: u64| {
        let allows = |limit: &Ceiling| limit.free.saturating_sub(others) / each;
        list.iter().map(|limit| Tightest { allows: allows(limit), limit: limit.clone() }).collect::<Vec<_>>()
    };
    let all = [
        of(&room.threads, OTHER_THREADS, 1),
        of(&room.mappings, OTHER_MAPPINGS, THREAD_MAPPINGS),
        of(&room.address_space, OTHER_SPACE, stack_bytes + SIGNAL_STACK),
    ];
    all.into_iter().flatten().min_by_key(|limit| limit.allows)
}
