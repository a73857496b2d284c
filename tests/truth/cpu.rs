//! Work: it takes the CPU time that the same iterations take by hand, and no worker is at two places at once.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use taskmix::step::Kernel;

use crate::support::Finished;
use crate::{ENGINES, MS, of, run};

/// 300 times 1 ms and 100 times 2 ms, in all half a second.
const WORK: &str = r#"
    [[task]]
    name = "small"
    count = 300
    steps = [{ cpu = "1ms" }]

    [[task]]
    name = "big"
    count = 100
    arrival = { every = "1ms" }
    steps = [{ cpu = "2ms" }]
"#;

const WORK_NS: u64 = 500 * MS;

/// The least CPU time that this thread needs for a nominal millisecond, at the speed that the run was given.
///
/// A calibration on a busy machine makes nominal time short. CPU time of the same iterations does not know of other
/// processes, but for the caches and the core's second thread.
fn by_hand_ns(run: &Finished) -> u64 {
    let speed = run.facts()["calibration"]["before"]["iterations_per_second"].clone();
    let speed = speed.as_float().or_else(|| speed.as_integer().map(|whole| whole as f64));
    let kernel = Kernel::new(speed.expect("a calibrated run"));
    let used = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a thread's clock"));
    let time = || {
        let before = used();
        kernel.work(MS);
        used().saturating_sub(before).as_nanos() as u64
    };
    (0..50).map(|_| time()).min().expect("some")
}

// Broken by work left out or done by a kernel of another speed, by CPU time of one thread only, or by work in the parent.
#[test]
fn work_takes_the_cpu_time_that_it_takes_by_hand_and_no_more_than_its_threads_have() {
    let run = run(&ENGINES, "workers = 2", WORK);
    let least = by_hand_ns(&run) * (WORK_NS / MS) * 8 / 10;
    let cores = run.facts()["host"]["cores"].as_integer().expect("a number") as u64;
    for engine in ENGINES {
        let mix = run.sample(engine, "*");
        assert_eq!(mix.whole("units_done"), WORK_NS, "{engine}");
        let (cpu, wall) = (mix.whole("user_cpu_ns") + mix.whole("system_cpu_ns"), mix.whole("makespan_ns"));
        assert!(cpu >= least, "{engine}: {cpu} ns of CPU, by hand at least {least}");
        // Beside the workers there are the dispatcher and the probe's reader on the pool, and the reactor's thread of
        // the others: a few wakings a millisecond. The end is read a little behind the span.
        let others = wall / 2 + 5 * MS;
        assert!(cpu <= (wall * mix.whole("workers") + others).min((wall + 5 * MS) * cores), "{engine}: {cpu}, {wall}");
        let share = cpu as f64 / (wall * mix.whole("workers")) as f64;
        assert!((mix.number("cpu_utilisation") - share).abs() < 1e-4, "{engine}: {share}");
        // One core does no more than a core can: the wall can't be below the work's share of it.
        assert!(wall >= least / mix.whole("workers").min(cores), "{engine}: {wall}");
    }
}

// Broken by busy time that counts waiting, by a wrong worker's number, or by ticks of cores that disagree.
#[test]
fn a_worker_is_with_one_instance_at_a_time_and_no_longer_than_the_span() {
    let run = run(&ENGINES, "workers = 2", WORK);
    for engine in ENGINES {
        let mix = run.sample(engine, "*");
        let all = [of(&run, engine, "small"), of(&run, engine, "big")].concat();
        let mut seen = 0;
        for worker in 0..mix.whole("workers") {
            // Each is one stay on a thread, so that it begins and ends on the same worker.
            let mut stays: Vec<_> = all.iter().filter(|instance| instance.worker == Some(worker)).collect();
            stays.sort_by_key(|instance| instance.started());
            seen += stays.len();
            for pair in stays.windows(2) {
                assert!(pair[0].finished() <= pair[1].started(), "{engine}, worker {worker}: {pair:?}");
            }
            let busy: u64 = stays.iter().map(|instance| instance.busy).sum();
            assert!(busy <= mix.whole("makespan_ns") + stays.len() as u64, "{engine}, worker {worker}: {busy}");
        }
        assert_eq!(seen, 400, "{engine}: each ended on a worker");
        for instance in &all {
            // Each figure is rounded by itself.
            assert!(instance.busy <= instance.service() + 2, "{engine}: {instance:?}");
        }
    }
}
