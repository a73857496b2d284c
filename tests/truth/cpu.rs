//! Work takes the CPU time that the same iterations take in a plain loop, and no worker runs two instances at once.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::support::Finished;
use crate::{ENGINES, MS, of, run};

/// 150 × 1 ms and 50 × 2 ms, a quarter of a second in all.
const WORK: &str = r#"
    [[task]]
    name = "small"
    count = 150
    steps = [{ cpu = "1ms" }]

    [[task]]
    name = "big"
    count = 50
    arrival = { every = "1ms" }
    steps = [{ cpu = "2ms" }]
"#;

const WORK_NS: u64 = 250 * MS;

/// The run, and the least CPU time of an iteration in a plain loop, nanoseconds. The loop runs before and after the run, since
/// the speed of cores, above all of virtual ones, has been seen to change by 1.6 ×.
static RUN: LazyLock<(Finished, f64)> = LazyLock::new(|| {
    let before = iteration_ns();
    (run(&ENGINES, "workers = 2", WORK), before.min(iteration_ns()))
});

/// The chain of the `cpu` step, written once more: each iteration needs the one before it.
fn iterate(iterations: u64) {
    let mut state = black_box(1_u64);
    for _ in 0..iterations {
        state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    }
    black_box(state);
}

/// The least CPU time that an iteration takes on this thread, nanoseconds.
///
/// Other processes change CPU time only by the speed that they leave to a core. Hence the least of many measurements.
fn iteration_ns() -> f64 {
    const ITERATIONS: u64 = 100_000;
    let used = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a thread's clock"));
    let time = || {
        let before = used();
        iterate(ITERATIONS);
        used().saturating_sub(before).as_nanos() as f64
    };
    (0..200).map(|_| time()).fold(f64::INFINITY, f64::min) / ITERATIONS as f64
}

/// The iterations of [`WORK`] at the calibrated speed of the run. A calibration on a busy machine gives fewer.
fn iterations(run: &Finished) -> f64 {
    let speed = &run.facts()["calibration"]["before"]["iterations_per_second"];
    let speed = speed.as_float().or_else(|| speed.as_integer().map(|whole| whole as f64)).expect("a calibrated run");
    speed * WORK_NS as f64 / 1e9
}

// Broken by work left out or done by a `cpu` kernel of another speed, by CPU time of one thread only, or by work in the parent.
#[test]
fn work_takes_the_cpu_time_of_a_plain_loop_and_no_more_than_its_threads_have() {
    let (run, by_hand) = &*RUN;
    let least = (iterations(run) * by_hand * 0.6) as u64;
    let cores = run.facts()["host"]["cores"].as_integer().expect("a number") as u64;
    for engine in ENGINES {
        let mix = run.sample(engine, "*");
        assert_eq!(mix.whole("units_done"), WORK_NS, "{engine}");
        let (cpu, wall) = (mix.whole("user_cpu_ns") + mix.whole("system_cpu_ns"), mix.whole("makespan_ns"));
        assert!(cpu >= least, "{engine}: {cpu} ns of CPU, in a plain loop at least {least}");
        // Beside the workers run the dispatcher (on the pool) or the reactor's thread (elsewhere): a few wake-ups. CPU time is
        // read a little after the end of the span.
        let others = wall / 10 + 5 * MS;
        assert!(cpu <= (wall * mix.whole("workers") + others).min((wall + 5 * MS) * cores), "{engine}: {cpu}, {wall}");
        let share = cpu as f64 / (wall * mix.whole("workers")) as f64;
        assert!((mix.number("cpu_utilisation") - share).abs() < 1e-4, "{engine}: {share}");
        // The span can't be shorter than the work divided by the cores.
        assert!(wall >= least / mix.whole("workers").min(cores), "{engine}: {wall}");
    }
}

// Broken by busy time that counts waiting, by a wrong worker's number, or by ticks of cores that disagree.
#[test]
fn a_worker_runs_one_instance_at_a_time_and_no_longer_than_the_span() {
    let (run, _) = &*RUN;
    for engine in ENGINES {
        let mix = run.sample(engine, "*");
        let all = [of(run, engine, "small"), of(run, engine, "big")].concat();
        let mut seen = 0;
        for worker in 0..mix.whole("workers") {
            // Each instance is one poll, so it begins and ends on the same worker.
            let mut stays: Vec<_> = all.iter().filter(|instance| instance.worker == Some(worker)).collect();
            stays.sort_by_key(|instance| instance.started());
            seen += stays.len();
            for pair in stays.windows(2) {
                assert!(pair[0].finished() <= pair[1].started(), "{engine}, worker {worker}: {pair:?}");
            }
            let busy: u64 = stays.iter().map(|instance| instance.busy).sum();
            assert!(busy <= mix.whole("makespan_ns") + stays.len() as u64, "{engine}, worker {worker}: {busy}");
        }
        // On `threads` the core of an instance is not recorded.
        assert_eq!(seen, if engine == "threads" { 0 } else { 200 }, "{engine}: each ended on a worker");
        for instance in &all {
            // Each figure is rounded by itself.
            assert!(instance.busy <= instance.service() + 2, "{engine}: {instance:?}");
        }
    }
}
