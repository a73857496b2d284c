//! Whether the threads for computing can do in time what is offloaded to them: more of it than that only ends at the timeout.

use std::num::NonZeroU32;

use super::check::{Limits, readable, sure_to_finish};
use super::program::nanoseconds;
use super::support::Engines;
use super::work::Work;
use crate::diagnostic::Diagnostic;
use crate::scenario::{Point, Scenario, Task};
use crate::units::{duration_text, format_count};

/// More on the pool for computing than its threads can do in time, on an engine that has one; no single instance takes so long.
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
    let message = format!(
        "what is offloaded to compute takes {takes} on the {pool} of `{engine}`, but a cell may take {allowed}"
    );
    let problem = Diagnostic::error(message).at(task.origin.clone());
    let problem = problem.label(format!("`{}` has the most of it", task.name));
    found.push(problem.help("raise `cpu_threads`, lower `count`, shorten the work, or raise `timeout`"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::check;
    use crate::scenario::parse;

    /// What is said of 40 instances that compute for 1 s on a pool, on 4 cores and within 15 s.
    fn said(engines: &str, head: &str, more: &str) -> Vec<String> {
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
        assert_eq!(said(both, "", ""), [""; 0], "a thread a core: 10 s");
        assert_eq!(said(both, "cpu_threads = 3", ""), [""; 0]);
        let refused =
            "what is offloaded to compute takes 20.0 s on the 2 threads of `smol-local`, but a cell may take 15s";
        assert_eq!(said(both, "cpu_threads = 2", ""), [refused]);
        assert_eq!(said("[\"rayon\"]", "cpu_threads = 2", ""), [""; 0], "it has no such pool");
        assert_eq!(said("[\"processes\"]", "cpu_threads = 2\nworkers = 2", ""), [""; 0], "each has its own");
        assert_eq!(said(both, "cpu_threads = 2", "cancel = { after = \"1ms\", share = 0.5 }"), [""; 0]);
    }

    #[test]
    fn work_that_not_even_the_cores_can_do_is_told_once() {
        let found = said(
            "[\"smol-local\"]",
            "cpu_threads = 8",
            "[[task]]\nname = \"b\"\ncount = 40\nsteps = [{ cpu = \"1s\" }]",
        );
        assert_eq!(found, ["the work takes 20.0 s on 4 cores, but a cell may take 15s"]);
    }
}
