//! Whether so many threads can live at once, where each instance has one: held against what the system allows.

use super::check::Limits;
use super::children::at_once;
use super::program::nanoseconds;
use super::support::{Engines, STACK_BYTES, THREAD_MAPPINGS};
use super::work::Work;
use crate::diagnostic::Diagnostic;
use crate::host::Ceiling;
use crate::scenario::{Arrival, Point, Scenario, Task, spawn_steps};
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
pub(super) fn under_way(tasks: &[Task], task: &Task) -> u64 {
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
        Arrival::Spawned(_) => spawned_at_once(tasks, task, under_way),
    }
}

/// How many instances of a spawned task there are at once if there are so many of those that spawn it.
fn spawned_at_once(tasks: &[Task], task: &Task, of: fn(&[Task], &Task) -> u64) -> u64 {
    let index = tasks.iter().position(|other| other.name == task.name).expect("it is one of them");
    let each = |parent: &Task| at_once(&spawn_steps(&parent.steps), index);
    let parents = tasks.iter().map(|parent| (parent, each(parent))).filter(|(_, each)| *each > 0);
    let all = parents.map(|(parent, each)| of(tasks, parent).saturating_mul(each));
    all.fold(0, u64::saturating_add).min(u64::from(task.count))
}

/// The most that may be under way at once, if those before are slow.
fn at_worst(tasks: &[Task], task: &Task) -> u64 {
    match &task.arrival {
        Arrival::Closed { clients, .. } => u64::from(clients.get()).min(u64::from(task.count)),
        Arrival::Burst | Arrival::Every(_) | Arrival::Poisson { .. } => u64::from(task.count),
        Arrival::Spawned(_) => spawned_at_once(tasks, task, at_worst),
    }
}

/// More threads at once than the system lets live: an error if so many will, a warning if so many might.
pub(super) fn check_threads(
    scenario: &Scenario,
    point: &Point,
    limits: &Limits,
    engines: &Engines,
    found: &mut Vec<Diagnostic>,
) {
    let Some(engine) = scenario.engines.iter().find(|engine| engines.has_thread_each(**engine)) else { return };
    let Some(Tightest { allows, limit }) = tightest(limits, scenario.stack_size.unwrap_or(STACK_BYTES)) else { return };
    let tasks = &point.tasks;
    let total = |of: fn(&[Task], &Task) -> u64| tasks.iter().map(|task| of(tasks, task)).fold(0, u64::saturating_add);
    let (will, might) = (total(under_way), total(at_worst));
    let is_sure = will > allows;
    let of: fn(&[Task], &Task) -> u64 = if is_sure { under_way } else { at_worst };
    let Some(task) = tasks.iter().max_by_key(|task| of(tasks, task)).filter(|_| might > allows) else { return };
    let (name, value) = (&limit.name, format_count(limit.value));
    let allowed = format!("`{name}` is {value} and lets about {} live", format_count(allows));
    let problem = if is_sure {
        Diagnostic::error(format!("`{engine}` needs {} threads at once; {allowed}", format_count(will)))
    } else {
        let might = format_count(might);
        Diagnostic::warning(format!("`{engine}` needs up to {might} threads at once if it falls behind; {allowed}"))
    };
    let problem = problem.at(task.origin.clone()).label(format!("`{}` has the most of them", task.name));
    let fewer = if is_sure { "lower `count`, or let them come over time" } else { "lower `count`" };
    found.push(problem.help(fewer).help(format!("or {}", limit.remedy)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::ThreadRoom;
    use crate::plan::check;
    use crate::scenario::parse;

    /// What a machine says of one that needs threads: 1,000 threads may start, 10,000 mappings and 1 GiB may be had.
    fn said(engines: &str, head: &str, tasks: &str) -> Vec<String> {
        let limit = |name: &str, value, free| vec![Ceiling { name: name.to_owned(), value, free, remedy: "raise it" }];
        let threads = ThreadRoom {
            threads: limit("pids.max", 1_100, 1_004),
            mappings: limit("maps", 10_512, 10_512),
            address_space: limit("space", 1 << 30, 1 << 30),
        };
        let limits = Limits { cores: 2, memory_bytes: Some(1 << 40), threads, ..Limits::default() };
        let text = format!("question = \"?\"\nengines = [{engines}]\nstack_size = \"16KiB\"\n{head}\n{tasks}");
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let found = check(&scenario, &[], &limits, &Engines::default());
        found
            .iter()
            .map(|found| format!("{}{}", if found.is_error() { "" } else { "warning: " }, found.message))
            .collect()
    }

    fn task(count: u32, arrival: &str) -> String {
        format!("[[task]]\nname = \"a\"\ncount = {count}\narrival = {arrival}\nsteps = [{{ sleep = \"1s\" }}]\n")
    }

    const BURST: &str = "\"burst\"";

    #[test]
    fn as_many_as_the_limit_lets_live_may_come_and_no_more() {
        assert_eq!(said("\"threads\"", "", &task(1_000, BURST)), [""; 0]);
        let refused = "`threads` needs 1,001 threads at once; `pids.max` is 1,100 and lets about 1,000 live";
        assert_eq!(said("\"rayon\", \"threads\"", "", &task(1_001, BURST)), [refused]);
        assert_eq!(said("\"rayon\", \"smol-local\"", "", &task(100_000, BURST)), [""; 0], "nobody needs threads");
    }

    #[test]
    fn a_closed_loop_needs_a_thread_a_client_and_all_tasks_together_count() {
        let closed = |clients| task(100_000, &format!("{{ clients = {clients} }}"));
        assert_eq!(said("\"threads\"", "", &closed(1_000)), [""; 0]);
        let two = closed(500).replace("\"a\"", "\"b\"") + &task(501, BURST);
        assert_eq!(said("\"threads\"", "", &two).len(), 1);
    }

    #[test]
    fn those_that_come_over_time_need_as_many_as_come_while_one_runs_and_might_need_all() {
        // 900 come in the second that each sleeps.
        let of = |rate: u32, count| said("\"threads\"", "", &task(count, &format!("{{ poisson = {rate} }}")));
        assert_eq!(of(900, 1_000), [""; 0]);
        let might = "warning: `threads` needs up to 5,000 threads at once if it falls behind; `pids.max` is 1,100 and lets about 1,000 live";
        assert_eq!(of(900, 5_000), [might]);
        assert!(of(1_100, 5_000)[0].starts_with("`threads` needs 1,100 threads at once"), "more come than may live");
        let every = said("\"threads\"", "", &task(5_000, "{ every = \"1us\" }"));
        assert!(every[0].starts_with("`threads` needs 5,000 threads at once"), "{every:?}");
    }

    #[test]
    fn the_limit_that_binds_is_named_whichever_it_is() {
        let room = |threads: u64, maps: u64, space: u64| {
            let limit = |name: &str, free| vec![Ceiling { name: name.to_owned(), value: free, free, remedy: "" }];
            let threads = ThreadRoom {
                threads: limit("t", threads),
                mappings: limit("m", maps),
                address_space: limit("s", space),
            };
            let limits = Limits { threads, ..Limits::default() };
            tightest(&limits, 1 << 20).map(|tightest| (tightest.limit.name, tightest.allows))
        };
        let (many, stack) = (1 << 50, (1 << 20) + SIGNAL_STACK);
        assert_eq!(room(54, many, many), Some(("t".to_owned(), 50)));
        assert_eq!(room(many, OTHER_MAPPINGS + 203, many), Some(("m".to_owned(), 50)), "four each");
        assert_eq!(room(many, many, OTHER_SPACE + 50 * stack), Some(("s".to_owned(), 50)), "stacks, touched or not");
        assert_eq!(room(0, many, many), Some(("t".to_owned(), 0)));
        assert!(tightest(&Limits::default(), 1).is_none(), "what the system doesn't say limits nobody");
    }

    #[test]
    fn bigger_stacks_need_more_address_space_and_no_more_memory() {
        assert_eq!(said("\"threads\"", "", &task(900, BURST)), [""; 0]);
        let text = format!("question = \"?\"\nengines = [\"threads\"]\nstack_size = \"2MiB\"\n{}", task(900, BURST));
        let scenario = parse("mix", &text).unwrap().scenario;
        let limit = Ceiling { name: "ulimit -v".to_owned(), value: 1 << 20, free: 1 << 30, remedy: "" };
        let threads = ThreadRoom { address_space: vec![limit], ..ThreadRoom::default() };
        let limits = Limits { cores: 2, memory_bytes: Some(64 << 20), threads, ..Limits::default() };
        let found = check(&scenario, &[], &limits, &Engines::default());
        let [found] = &found[..] else { panic!("{found:?}") };
        assert!(found.message.contains("`ulimit -v` is 1,048,576 and lets about 476 live"), "{}", found.message);
    }
}
