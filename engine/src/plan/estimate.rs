//! Estimates of the time and memory of a cell, computed from its work before anything is run.

use std::collections::HashMap;

use super::campaign::PlannedCell;
use super::cell_plan::TaskPlan;
use super::children::{JOIN_BYTES, at_once};
use super::least::least_span;
use super::point_plan::PointPlan;
use super::simulate::{Foretold, simulate};
use super::support::{Engines, PROCESS_BYTES, processes};
use crate::record::layout::Slot;
use crate::scenario::EngineName;

/// The time to build and warm up an engine, and to start and reap its process, nanoseconds.
const CELL_NS: u64 = 15_000_000;

/// The same time for each further process, nanoseconds.
const PROCESS_NS: u64 = 3_000_000;

/// Of how many events of simulations one cell may take its share, at least and at most so many; all cells together take at most
/// twice as many. A million takes about 0.2 s.
const EFFORT: u64 = 10_000_000;
const LEAST_EFFORT: u64 = 20_000;
const MOST_EFFORT: u64 = 500_000;

/// The expected needs of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// The length of its span, nanoseconds; the timeout of a cell that stalls.
    pub span_ns: u64,
    /// Whether the simulated instances wait for each other for ever, so that it runs into its timeout. Of a race one order is
    /// simulated.
    pub stalls: bool,
    /// Whether its time is a lower bound: it has too many instances or steps to be simulated, a background that is more than the
    /// engine can serve, or so many yields and synchronisations that their own time, which counts as 0, matters.
    pub is_least: bool,
    /// The time of the whole cell, nanoseconds.
    pub cell_ns: u64,
    /// The memory of its instances, its record and the processes of its workers, bytes.
    pub memory_bytes: u64,
}

/// Estimates cells of a campaign, with the memory of their traces and probes. A cell is cut off after `timeout_ns`.
pub fn estimates(
    engines: &Engines,
    points: &[PointPlan],
    cells: &[PlannedCell],
    cores: u32,
    timeout_ns: u64,
) -> Vec<Estimate> {
    let each = (EFFORT / (cells.len() as u64).max(1)).clamp(LEAST_EFFORT, MOST_EFFORT);
    let mut left = 2 * EFFORT;
    // A probe takes no time: the cells that differ by it alone are one.
    let mut known: HashMap<(usize, EngineName, u32), Estimate> = HashMap::new();
    let mut needs_of = |cell: &PlannedCell| {
        let (engine, workers) = (cell.key.engine, cell.key.workers);
        *known.entry((cell.point, engine, workers)).or_insert_with(|| {
            let threads = (workers, cell.blocking_threads);
            let limits = (timeout_ns, each.min(left));
            let (needs, effort) = estimate(engines, &points[cell.point], engine, threads, cores, limits);
            left = left.saturating_sub(effort);
            needs
        })
    };
    let with_records = |cell: &PlannedCell| {
        let needs = needs_of(cell);
        let records = records(&points[cell.point], cell, timeout_ns);
        Estimate { memory_bytes: needs.memory_bytes.saturating_add(records), ..needs }
    };
    cells.iter().map(with_records).collect()
}

/// The memory of the trace and the probes of a cell, bytes.
fn records(point: &PointPlan, cell: &PlannedCell, timeout_ns: u64) -> u64 {
    let lines = point.lines(cell.key.engine, cell.key.workers);
    let plain = point.shape(lines, timeout_ns, None);
    let probed = point.shape(lines, timeout_ns, cell.key.probe_ns);
    let whole = if cell.trace { probed.traced() } else { probed };
    (whole.bytes() - plain.bytes()) as u64
}

/// Estimates a cell of `point` that is not traced. `threads` are its workers and the size of its pool for blocking calls, `limits`
/// its timeout, nanoseconds, and the events that may be simulated. Gives the events that were, too.
fn estimate(
    engines: &Engines,
    point: &PointPlan,
    engine: EngineName,
    threads: (u32, Option<u32>),
    cores: u32,
    (timeout_ns, effort): (u64, u64),
) -> (Estimate, u64) {
    let (foretold, effort) = simulate(engines, point, engine, threads, cores, effort);
    let (span_ns, stalls, is_least) = match foretold {
        Foretold::Ends(ns) => (ns, false, false),
        Foretold::Stalls => (timeout_ns, true, false),
        Foretold::Beyond(ns) => (ns.max(least_span(engines, point, engine, threads, cores)), false, true),
    };
    let processes = u64::from(processes(engine, threads.0));
    let needs = Estimate {
        span_ns,
        stalls,
        is_least,
        cell_ns: span_ns
            .saturating_add(CELL_NS)
            .saturating_add(point.slots() as u64 * 100)
            .saturating_add(processes * PROCESS_NS),
        memory_bytes: memory(engines, point, engine).saturating_add(processes * PROCESS_BYTES),
    };
    (needs, effort)
}

fn memory(engines: &Engines, point: &PointPlan, engine: EngineName) -> u64 {
    let has_thread_each = engines.has_thread_each(engine);
    let needs = |(index, task): (usize, &TaskPlan)| {
        let at_once = if has_thread_each { under_way(point, index) } else { u64::from(task.count) };
        let bytes = engines.instance_bytes(engine, task.program.waits()) + task.program.sync_bytes();
        let joins = if task.program.spawns() { u64::from(task.count) * JOIN_BYTES } else { 0 };
        at_once * bytes + joins + u64::from(task.count) * size_of::<Slot>() as u64
    };
    let instances: u64 = point.tasks.iter().enumerate().map(needs).sum();
    instances + (point.numbers.len() * size_of::<u64>()) as u64
}

/// The maximum of instances of a task that are under way at once, if each takes as long as alone.
fn under_way(point: &PointPlan, index: usize) -> u64 {
    let (task, duration) = (&point.tasks[index], point.work[index].mean.total_ns());
    if let Some(closed) = &task.closed {
        return u64::from(closed.clients);
    }
    if task.spawned.is_some() {
        let parents = (0..point.tasks.len()).map(|parent| (parent, at_once(&point.spawns[parent], index)));
        let all =
            parents.filter(|(_, each)| *each > 0).map(|(parent, each)| under_way(point, parent).saturating_mul(each));
        return all.fold(0, u64::saturating_add).min(u64::from(task.count));
    }
    let slots = point.draws.scheduled_ns.iter().zip(&point.draws.task);
    let releases: Vec<u64> = slots.filter(|(_, task)| usize::from(**task) == index).map(|(time, _)| *time).collect();
    let mut first = 0;
    let at_each = releases.iter().zip(1_u64..).map(|(now, arrived)| {
        while releases[first].saturating_add(duration) < *now {
            first += 1;
        }
        arrived - first as u64
    });
    at_each.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Campaign;
    use crate::scenario::{EngineName, parse};

    const ENGINES: [EngineName; EngineName::ALL.len()] = EngineName::ALL;
    const TIMEOUT_NS: u64 = 30_000_000_000;

    fn estimate(point: &PointPlan, engine: EngineName, workers: u32, cores: u32) -> Estimate {
        super::estimate(&Engines::default(), point, engine, (workers, None), cores, (TIMEOUT_NS, MOST_EFFORT)).0
    }

    fn point(count: u32, rest: &str) -> PointPlan {
        let text =
            format!("question = \"?\"\nengines = [\"rayon\"]\n[[task]]\nname = \"a\"\ncount = {count}\n{rest}\n");
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        PointPlan::new(&scenario.points[0].tasks, 1).unwrap()
    }

    #[test]
    fn more_instances_never_need_less() {
        for arrival in ["\"burst\"", "{ every = \"1ms\" }", "{ clients = 4, think = \"1ms\" }"] {
            for engine in ENGINES {
                let steps = "steps = [{ cpu = \"100us\" }, { sleep = \"2ms\" }]";
                let estimate_of =
                    |count| estimate(&point(count, &format!("arrival = {arrival}\n{steps}")), engine, 2, 2);
                let few = [8, 100, 1_000, 20_000].map(estimate_of);
                assert!(few.is_sorted_by(|a, b| a.span_ns <= b.span_ns && a.cell_ns < b.cell_ns), "{few:?}");
                assert!(few.is_sorted_by(|a, b| a.memory_bytes < b.memory_bytes), "{few:?}");
                assert!(few[0].span_ns < few[3].span_ns, "{engine}, {arrival}");
            }
        }
    }

    #[test]
    fn longer_steps_never_take_less() {
        for step in ["cpu", "sleep", "block"] {
            for engine in ENGINES {
                let span_of = |length| {
                    estimate(&point(50, &format!("steps = [{{ {step} = \"{length}\" }}]")), engine, 2, 2).span_ns
                };
                let spans = ["1us", "1ms", "30ms", "2s"].map(span_of);
                assert!(spans.is_sorted(), "{engine}, {step}: {spans:?}");
                assert!(spans[3] >= 2_000_000_000, "one instance alone takes 2 s");
            }
        }
    }

    #[test]
    fn more_workers_never_take_longer() {
        for engine in ENGINES {
            for cores in [1, 4] {
                let spans = [1, 2, 4, 64].map(|workers| {
                    estimate(&point(100, "steps = [{ cpu = \"1ms\" }, { block = \"1ms\" }]"), engine, workers, cores)
                        .span_ns
                });
                assert!(spans.is_sorted_by(|a, b| a >= b), "{engine}: {spans:?}");
                assert!(spans[3] >= 100_000_000 / u64::from(cores), "the cores limit it");
            }
        }
    }

    #[test]
    fn a_loop_with_an_end_takes_its_time_and_needs_memory_for_its_count() {
        for engine in ENGINES {
            let estimate_until = |until: &str| {
                let arrival = format!("arrival = {{ clients = 4{until} }}");
                estimate(&point(10_000, &format!("{arrival}\nsteps = [{{ sleep = \"2ms\" }}]")), engine, 2, 2)
            };
            let (ended, whole) = (estimate_until(", until = \"300ms\""), estimate_until(""));
            assert!((300_000_000..310_000_000).contains(&ended.span_ns), "{engine}: {ended:?}");
            assert!(whole.span_ns >= 5_000_000_000, "{engine}: {whole:?}");
            assert_eq!(ended.memory_bytes, whole.memory_bytes);
            assert!(estimate_until(", until = \"1h\"").span_ns <= whole.span_ns, "its count is reached first");
        }
    }

    #[test]
    fn the_background_adds_memory_and_takes_nothing_off() {
        let alone = "steps = [{ cpu = \"1ms\" }]";
        let noise = "[[task]]\nname = \"noise\"\nbackground = true\ncount = 10000\nsteps = [{ block = \"1s\" }]";
        for arrival in ["\"burst\"", "{ every = \"1s\" }", "{ clients = 2 }", "{ clients = 2, until = \"9s\" }"] {
            for engine in ENGINES {
                let estimate_of = |rest: &str| estimate(&point(10, rest), engine, 2, 2);
                let (less, more) = (estimate_of(alone), estimate_of(&format!("{alone}\n{noise}\narrival = {arrival}")));
                assert!(less.span_ns <= more.span_ns, "{engine}, {arrival}");
                assert!(more.memory_bytes > less.memory_bytes + 10_000 * size_of::<Slot>() as u64);
            }
        }
    }

    #[test]
    fn each_process_adds_memory_and_starting_time_even_without_work() {
        let point = point(1, "steps = []");
        let [few, many] = [2, 6].map(|workers| estimate(&point, EngineName::Processes, workers, 2));
        assert_eq!(many.memory_bytes, few.memory_bytes + 4 * PROCESS_BYTES);
        let around = |estimate: Estimate| estimate.cell_ns - estimate.span_ns;
        assert_eq!(around(many), around(few) + 4 * PROCESS_NS);
        let [few, many] = [2, 6].map(|workers| estimate(&point, EngineName::AsyncExecutor, workers, 2));
        assert_eq!((few.memory_bytes, around(few)), (many.memory_bytes, around(many)));
    }

    #[test]
    fn a_sleep_occupies_a_worker_of_a_pool_and_of_no_other_engine() {
        let sleepers = point(100, "steps = [{ sleep = \"10ms\" }]");
        let span_of = |engine| estimate(&sleepers, engine, 2, 2).span_ns;
        assert!(span_of(EngineName::Rayon) >= 500_000_000);
        for engine in ENGINES.into_iter().filter(|engine| *engine != EngineName::Rayon) {
            assert!(span_of(engine) < 20_000_000, "{engine}");
        }
    }

    #[test]
    fn a_block_delays_no_other_instance_if_each_has_a_thread() {
        for step in ["{ block = \"10ms\" }", "{ offload = \"blocking\", steps = [{ block = \"10ms\" }] }"] {
            let blockers = point(100, &format!("steps = [{step}]"));
            assert!(
                (10_000_000..20_000_000).contains(&estimate(&blockers, EngineName::Threads, 2, 2).span_ns),
                "{step}"
            );
        }
        let workers = point(100, "steps = [{ cpu = \"10ms\" }]");
        assert!(estimate(&workers, EngineName::Threads, 2, 2).span_ns >= 500_000_000, "there are still only 2 cores");
    }

    #[test]
    fn the_time_of_a_pool_for_computing_depends_on_its_threads_and_the_cores() {
        let steps = "steps = [{ offload = \"cpu\", steps = [{ cpu = \"6ms\" }, { block = \"4ms\" }] }]";
        let span_ms = |engine, threads, cores| {
            let mut point = point(100, steps);
            point.cpu_threads = threads;
            estimate(&point, engine, cores, cores).span_ns / 1_000_000
        };
        for engine in ENGINES.into_iter().filter(|engine| *engine != EngineName::Rayon) {
            let pools = u64::from(processes(engine, 4).max(1));
            let one_by_one = 1_000 / pools;
            assert!((one_by_one..one_by_one + 20).contains(&span_ms(engine, Some(1), 4)), "{engine}");
            assert!((150..200).contains(&span_ms(engine, Some(10), 4)), "{engine}: there are still only 4 cores");
            assert_eq!(span_ms(engine, None, 4), span_ms(engine, Some(4), 4), "{engine}: one thread per core");
        }
        assert!((250..256).contains(&span_ms(EngineName::Rayon, Some(1), 4)), "its workers do all of it");
    }

    #[test]
    fn a_thread_s_memory_is_freed_when_its_instance_has_ended() {
        let instances_in_memory = |arrival: &str| {
            let tasks = format!("arrival = {arrival}\nsteps = [{{ sleep = \"10ms\" }}]");
            let without_records = |engine| {
                let point = point(1_000, &tasks);
                let records = 1_000 * size_of::<Slot>() as u64 + (point.numbers.len() * size_of::<u64>()) as u64;
                estimate(&point, engine, 2, 2).memory_bytes - records
            };
            without_records(EngineName::Threads) / Engines::default().instance_bytes(EngineName::Threads, true)
        };
        assert_eq!(instances_in_memory("\"burst\""), 1_000);
        assert_eq!(instances_in_memory("{ clients = 7 }"), 7);
        assert_eq!(
            instances_in_memory("{ every = \"1ms\" }"),
            11,
            "the arrivals of the last 10 ms, both ends included"
        );
        assert!((10..60).contains(&instances_in_memory("{ poisson = 1000 }")), "10 on average");
    }

    #[test]
    fn a_trace_adds_its_memory() {
        let text = "question = \"?\"\nengines = [\"rayon\"]\nworkers = 2\n[[task]]\nname = \"a\"\nsteps = []\n";
        let scenario = parse("mix", text).unwrap().scenario;
        let mut campaign = Campaign::new(&scenario, 2).unwrap();
        let engines = Engines::default();
        let needs = |campaign: &Campaign| estimates(&engines, &campaign.points, &campaign.settings, 2, TIMEOUT_NS)[0];
        let without = needs(&campaign);
        assert_eq!(without, estimate(&campaign.points[0], EngineName::Rayon, 2, 2));
        campaign.trace(&engines);
        let more = needs(&campaign).memory_bytes - without.memory_bytes;
        assert!(
            (3 * 131_072 * 24..3 * 131_072 * 24 + 1_024).contains(&more),
            "two workers and the shared line: {more}"
        );
    }
}
