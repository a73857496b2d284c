//! Whether the system allows the threads of an engine with one thread per instance.

use crate::diagnostic::Diagnostic;
use crate::host::Ceiling;
use crate::plan::children::at_once;
use crate::plan::limits::Limits;
use crate::plan::program::nanoseconds;
use crate::plan::support::{Engines, STACK_BYTES, THREAD_MAPPINGS};
use crate::plan::work::Work;
use crate::scenario::{Arrival, Point, Scenario, Task, spawn_steps};
use crate::units::format_count;

/// Threads of a cell besides its instances': the dispatcher, the probe and its answer, the watch over the parent.
const OTHER_THREADS: u64 = 4;

/// Mappings of a cell besides the stacks of instances: its program, its libraries, its record, the allocator's arenas.
const OTHER_MAPPINGS: u64 = 512;

/// Address space of a cell besides the stacks of instances, bytes, about. The allocator's reserves don't count: a cell can do
/// without them.
const OTHER_SPACE: u64 = 64 << 20;

/// Address space of a thread's signal stack and its guard, bytes, about.
const SIGNAL_STACK: u64 = 16 << 10;

/// The minimum of instances of `task` that will be under way at once: all of a burst, one per client of a closed loop, else those
/// that arrive while one instance runs alone.
pub(super) fn under_way(tasks: &[Task], task: &Task) -> u64 {
    let count = u64::from(task.count);
    let while_one_runs = |period_ns: f64| {
        let duration = Work::new(&task.steps).mean.total_ns() as f64;
        ((duration / period_ns).ceil() as u64).clamp(1, count)
    };
    match &task.arrival {
        Arrival::Burst => count,
        Arrival::Closed { clients, .. } => u64::from(clients.get()).min(count),
        Arrival::Every(period) => while_one_runs(nanoseconds(*period) as f64),
        Arrival::Poisson { per_second } => while_one_runs(1e9 / per_second),
        Arrival::Spawned(_) => spawned_at_once(tasks, task, under_way),
    }
}

/// How many instances of a spawned task there are at once, if `count_of` gives the number of parents at once.
fn spawned_at_once(tasks: &[Task], task: &Task, count_of: fn(&[Task], &Task) -> u64) -> u64 {
    let index = tasks.iter().position(|other| other.name == task.name).expect("the task is one of the tasks");
    let each = |parent: &Task| at_once(&spawn_steps(&parent.steps), index);
    let parents = tasks.iter().map(|parent| (parent, each(parent))).filter(|(_, each)| *each > 0);
    let all = parents.map(|(parent, each)| count_of(tasks, parent).saturating_mul(each));
    all.fold(0, u64::saturating_add).min(u64::from(task.count))
}

/// The maximum of instances of `task` that may be under way at once, if earlier ones are slow.
fn at_worst(tasks: &[Task], task: &Task) -> u64 {
    match &task.arrival {
        Arrival::Closed { clients, .. } => u64::from(clients.get()).min(u64::from(task.count)),
        Arrival::Burst | Arrival::Every(_) | Arrival::Poisson { .. } => u64::from(task.count),
        Arrival::Spawned(_) => spawned_at_once(tasks, task, at_worst),
    }
}

/// Reports more threads at once than the system allows: an error if so many are certain, a warning if so many are possible.
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
    let total = |count_of: fn(&[Task], &Task) -> u64| {
        tasks.iter().map(|task| count_of(tasks, task)).fold(0, u64::saturating_add)
    };
    let (will, might) = (total(under_way), total(at_worst));
    let is_sure = will > allows;
    let count_of: fn(&[Task], &Task) -> u64 = if is_sure { under_way } else { at_worst };
    let Some(task) = tasks.iter().max_by_key(|task| count_of(tasks, task)).filter(|_| might > allows) else { return };
    let (name, value) = (&limit.name, format_count(limit.value));
    let allowed = format!("`{name}` is {value} and allows about {}", format_count(allows));
    let problem = if is_sure {
        Diagnostic::error(format!("`{engine}` needs {} threads at once; {allowed}", format_count(will)))
    } else {
        let might = format_count(might);
        Diagnostic::warning(format!("`{engine}` needs up to {might} threads at once if it falls behind; {allowed}"))
    };
    let problem = problem.at(task.origin.clone()).label(format!("`{}` has the most of them", task.name));
    let fewer = if is_sure { "lower `count`, or spread the arrivals over time" } else { "lower `count`" };
    found.push(problem.help(fewer).help(format!("or {}", limit.remedy)));
}

/// The limit that allows the fewest threads.
struct Tightest {
    allows: u64,
    limit: Ceiling,
}

fn tightest(limits: &Limits, stack_bytes: u64) -> Option<Tightest> {
    let room = &limits.threads;
    let threads_under = |list: &[Ceiling], others: u64, each: u64| {
        let allows = |limit: &Ceiling| limit.free.saturating_sub(others) / each;
        list.iter().map(|limit| Tightest { allows: allows(limit), limit: limit.clone() }).collect::<Vec<_>>()
    };
    let all = [
        threads_under(&room.threads, OTHER_THREADS, 1),
        threads_under(&room.mappings, OTHER_MAPPINGS, THREAD_MAPPINGS),
        threads_under(&room.address_space, OTHER_SPACE, stack_bytes + SIGNAL_STACK),
    ];
    all.into_iter().flatten().min_by_key(|limit| limit.allows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::ThreadRoom;
    use crate::plan::check;
    use crate::scenario::parse;

    /// The messages on a machine with room for 1,000 threads, 10,000 mappings and 1 GiB of address space.
    fn messages(engines: &str, head: &str, tasks: &str) -> Vec<String> {
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
    fn as_many_threads_as_the_limit_allows_are_accepted_and_no_more() {
        assert_eq!(messages("\"threads\"", "", &task(1_000, BURST)), [""; 0]);
        let refused = "`threads` needs 1,001 threads at once; `pids.max` is 1,100 and allows about 1,000";
        assert_eq!(messages("\"rayon\", \"threads\"", "", &task(1_001, BURST)), [refused]);
        assert_eq!(
            messages("\"rayon\", \"smol-local\"", "", &task(100_000, BURST)),
            [""; 0],
            "no engine has a thread per instance"
        );
    }

    #[test]
    fn a_closed_loop_needs_a_thread_per_client_and_all_tasks_count_together() {
        let closed = |clients| task(100_000, &format!("{{ clients = {clients} }}"));
        assert_eq!(messages("\"threads\"", "", &closed(1_000)), [""; 0]);
        let two = closed(500).replace("\"a\"", "\"b\"") + &task(501, BURST);
        assert_eq!(messages("\"threads\"", "", &two).len(), 1);
    }

    #[test]
    fn arrivals_over_time_need_a_thread_for_each_arrival_while_one_runs_and_might_need_all() {
        // 900 arrive in the second that each sleeps.
        let messages_at =
            |rate: u32, count| messages("\"threads\"", "", &task(count, &format!("{{ poisson = {rate} }}")));
        assert_eq!(messages_at(900, 1_000), [""; 0]);
        let might = "warning: `threads` needs up to 5,000 threads at once if it falls behind; `pids.max` is 1,100 and allows about 1,000";
        assert_eq!(messages_at(900, 5_000), [might]);
        assert!(
            messages_at(1_100, 5_000)[0].starts_with("`threads` needs 1,100 threads at once"),
            "more arrive than the limit allows"
        );
        let every = messages("\"threads\"", "", &task(5_000, "{ every = \"1us\" }"));
        assert!(every[0].starts_with("`threads` needs 5,000 threads at once"), "{every:?}");
    }

    #[test]
    fn the_tightest_limit_is_named() {
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
        assert_eq!(room(many, OTHER_MAPPINGS + 203, many), Some(("m".to_owned(), 50)), "four mappings per thread");
        assert_eq!(room(many, many, OTHER_SPACE + 50 * stack), Some(("s".to_owned(), 50)), "stacks, touched or not");
        assert_eq!(room(0, many, many), Some(("t".to_owned(), 0)));
        assert!(tightest(&Limits::default(), 1).is_none(), "a limit that is not known limits nothing");
    }

    #[test]
    fn bigger_stacks_need_more_address_space_and_no_more_memory() {
        assert_eq!(messages("\"threads\"", "", &task(900, BURST)), [""; 0]);
        let text = format!("question = \"?\"\nengines = [\"threads\"]\nstack_size = \"2MiB\"\n{}", task(900, BURST));
        let scenario = parse("mix", &text).unwrap().scenario;
        let limit = Ceiling { name: "ulimit -v".to_owned(), value: 1 << 20, free: 1 << 30, remedy: "" };
        let threads = ThreadRoom { address_space: vec![limit], ..ThreadRoom::default() };
        let limits = Limits { cores: 2, memory_bytes: Some(64 << 20), threads, ..Limits::default() };
        let found = check(&scenario, &[], &limits, &Engines::default());
        let [found] = &found[..] else { panic!("{found:?}") };
        assert!(found.message.contains("`ulimit -v` is 1,048,576 and allows about 476"), "{}", found.message);
    }
}
