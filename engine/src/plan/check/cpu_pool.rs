//! Whether the pool for computing can do its offloaded work in time: with too much work, a cell ends only at its timeout.

use std::num::NonZeroU32;

use super::bounds::{readable, sure_to_finish};
use crate::diagnostic::Diagnostic;
use crate::plan::limits::Limits;
use crate::plan::program::nanoseconds;
use crate::plan::support::Engines;
use crate::plan::work::Work;
use crate::scenario::{Point, Scenario, Task};
use crate::units::{duration_text, format_count};

/// Reports more work for the pool for computing than its threads can do in time, on an engine that has such a pool. The caller
/// has checked that no single instance takes longer than the timeout.
pub(super) fn check_cpu_pool(
    scenario: &Scenario,
    point: &Point,
    limits: &Limits,
    engines: &Engines,
    found: &mut Vec<Diagnostic>,
) {
    let count = |workers: Option<NonZeroU32>, all: u32| workers.map_or(all, NonZeroU32::get);
    let each = count(point.cpu_threads, limits.cores);
    let workers = point.workers.iter().map(|workers| count(*workers, limits.cores)).max().unwrap_or(1);
    let pools =
        scenario.engines.iter().filter_map(|engine| Some((engine, engines.cpu_threads(*engine, workers, each)?)));
    let Some((engine, threads)) = pools.min_by_key(|(_, threads)| *threads) else { return };
    let timeout = nanoseconds(scenario.timeout);
    let alone = |task: &Task| Work::new(&task.steps).mean.on_cpu_pool_ns;
    let share = |task: &Task| alone(task).saturating_mul(sure_to_finish(task)) / threads.max(1);
    let total = point.tasks.iter().map(share).fold(0, u64::saturating_add);
    let Some(task) = point.tasks.iter().max_by_key(|task| share(task)).filter(|_| total > timeout) else { return };
    let (takes, allowed) = (readable(total), duration_text(scenario.timeout));
    let pool = if threads == 1 { "1 thread".to_owned() } else { format!("{} threads", format_count(threads)) };
    let message =
        format!("the offloaded computations take {takes} on the {pool} of `{engine}`, but a cell may take {allowed}");
    let problem = Diagnostic::error(message).at(task.origin.clone());
    let problem = problem.label(format!("`{}` has the most of it", task.name));
    found.push(problem.help("raise `cpu_threads`, lower `count`, shorten the work, or raise `timeout`"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::check;
    use crate::scenario::parse;

    /// The messages for 40 instances that compute for 1 s each on a pool, on 4 cores and with a timeout of 15 s.
    fn messages(engines: &str, head: &str, more: &str) -> Vec<String> {
        let text = format!(
            "question = \"?\"\nengines = {engines}\ntimeout = \"15s\"\n{head}\n[[task]]\nname = \"a\"\ncount = 40\n\
             steps = [{{ offload = \"cpu\", steps = [{{ cpu = \"1s\" }}] }}]\n{more}\n"
        );
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let limits = Limits { cores: 4, ..Limits::default() };
        check(&scenario, &[], &limits, &Engines::default()).into_iter().map(|found| found.message).collect()
    }

    #[test]
    fn a_pool_of_too_few_threads_for_its_work_is_refused() {
        let both = "[\"rayon\", \"smol-local\"]";
        assert_eq!(messages(both, "", ""), [""; 0], "one thread per core: 10 s");
        assert_eq!(messages(both, "cpu_threads = 3", ""), [""; 0]);
        let refused =
            "the offloaded computations take 20.0 s on the 2 threads of `smol-local`, but a cell may take 15s";
        assert_eq!(messages(both, "cpu_threads = 2", ""), [refused]);
        assert_eq!(messages("[\"rayon\"]", "cpu_threads = 2", ""), [""; 0], "rayon has no such pool");
        assert_eq!(
            messages("[\"processes\"]", "cpu_threads = 2\nworkers = 2", ""),
            [""; 0],
            "each process has its own pool"
        );
        assert_eq!(messages(both, "cpu_threads = 2", "cancel = { after = \"1ms\", share = 0.5 }"), [""; 0]);
    }

    #[test]
    fn work_that_not_even_the_cores_can_do_is_reported_once() {
        let found = messages(
            "[\"smol-local\"]",
            "cpu_threads = 8",
            "[[task]]\nname = \"b\"\ncount = 40\nsteps = [{ cpu = \"1s\" }]",
        );
        assert_eq!(found, ["the work takes 20.0 s on 4 cores, but a cell may take 15s"]);
    }
}
