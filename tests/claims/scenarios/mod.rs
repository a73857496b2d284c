//! The claims of the shipped scenarios: no claim holds once its cause is taken away.
//!
//! A claim that always holds claims nothing. So each test edits a scenario until the cause of its claim is gone, and runs it for
//! real, smaller than shipped. "Does not hold" is safe to assert on a loaded machine: to hold by mistake, a claim would have to
//! hold in all six rounds. "Holds" is asserted where physics leaves no doubt, and for the reference runs.

mod apart;

use std::fs::{self, File};
use std::path::Path;

use crate::support::Finished;
use crate::support::claims::{does_not_hold, edited, holds, points, run, run_twice, run_with, shipped};
use taskmix::archive::csv::samples;
use taskmix::expect::{Judged, Verdict, evaluate};
use taskmix_engine::plan::Campaign;
use taskmix_engine::scenario::parse;

/// The verdicts on each reference run of a scenario, judged by the scenario's text in the run.
fn reference_verdicts(name: &str) -> Vec<Judged> {
    let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference").join(name);
    let is_run = |path: &Path| !path.is_symlink() && path.join("samples.csv").is_file();
    let paths = fs::read_dir(runs).expect("there are some").map(|entry| entry.expect("a run").path());
    let judged = paths.filter(|path| is_run(path)).flat_map(|path| {
        let facts: toml::Table = fs::read_to_string(path.join("run.toml")).expect("its facts").parse().expect("TOML");
        let text = facts["scenario"]["text"].as_str().expect("its text");
        let cores = facts["host"]["cores"].as_integer().expect("its cores");
        let scenario = parse(name, text).expect("it was run").scenario;
        let settings = Campaign::new(&scenario, cores as u32).expect("it was run").settings;
        let file = File::open(path.join("samples.csv")).expect("its samples");
        let settings: Vec<_> = settings.into_iter().map(|cell| cell.key).collect();
        evaluate(&scenario, &settings, &samples::read(file, &scenario.axes).expect("they are readable"))
    });
    judged.collect()
}

#[test]
fn every_claim_holds_in_the_reference_runs() {
    for name in [
        "blocking",
        "io",
        "cpu",
        "cancellation",
        "mixed",
        "workers-scaling",
        "block-share",
        "prefork",
        "thread-per-task",
        "csp",
        "lock-over-await",
        "fanout",
        "pool-deadlock",
        "shutdown-storm",
        "two-pools",
        "ipc",
        "ipc-bystanders",
    ] {
        let claims = parse(name, &shipped(name)).expect("it is shipped").scenario.expectations;
        let judged = reference_verdicts(name);
        for claim in claims {
            assert!(judged.iter().any(|judged| judged.that == claim.that), "{name}: `{}` was never judged", claim.that);
        }
        for judged in judged {
            assert_eq!(judged.verdict, Verdict::Holds, "{name}: {judged:#?}");
        }
    }
}

const LOOP_AND_STEALERS: [&str; 2] = ["smol-local", "async-executor"];

#[test]
fn a_call_that_waits_instead_of_blocking_stalls_no_loop() {
    let less = [
        ("count   = 240", "count   = 150"),
        ("poisson = 600", "poisson = 1000"),
        ("count   = 6", "count   = 3"),
        ("every = \"60ms\"", "every = \"30ms\""),
    ];
    let text = edited(&shipped("blocking"), &less);
    let run = run(&edited(&text, &[("block = \"$hold\"", "sleep = \"$hold\"")]), &LOOP_AND_STEALERS);
    does_not_hold(&run, "one blocked call stalls a whole 1:N loop");
    does_not_hold(&run, "the longer the call, the longer the stall");
}

const FEW_REQUESTS: [(&str, &str); 1] = [("count = 2000", "count = 800")];
const CARRIES_MORE: &str = "one thread that multiplexes carries more waits than a small pool";
const BUYS_WAITS: &str = "a pool buys waits with threads";

#[test]
fn waits_are_carried_by_one_thread_or_bought_with_many() {
    let run = run(&edited(&shipped("io"), &FEW_REQUESTS), &["smol-local", "rayon"]);
    holds(&run, CARRIES_MORE);
    holds(&run, BUYS_WAITS);
}

#[test]
fn work_that_does_not_wait_is_carried_best_by_cores() {
    let text =
        edited(&edited(&shipped("io"), &FEW_REQUESTS), &[("sleep = { exp = \"2ms\" }", "cpu = { exp = \"60us\" }")]);
    let run = run(&text, &["smol-local", "rayon"]);
    does_not_hold(&run, CARRIES_MORE);
    does_not_hold(&run, BUYS_WAITS);
}

/// Jobs for a tenth of a second on one core.
const FEW_JOBS: (&str, &str) = ("count = 100", "count = 25");
/// Claims about cores don't depend on yields.
const NO_YIELDS: [&str; 2] = ["--set", "slice=4ms"];
const ONE_CORE: &str = "a loop is never on more than one core";
const YIELDS: &str = "yields let probes run between jobs";

#[test]
fn one_loop_is_on_one_core() {
    holds(&run_with(&edited(&shipped("cpu"), &[FEW_JOBS]), &["smol-local"], &["--set", "slice=200us"]), ONE_CORE);
}

#[test]
fn with_one_worker_the_other_engines_use_one_core_too() {
    let text = edited(&shipped("cpu"), &[FEW_JOBS, ("workers  = 2", "workers  = 1")]);
    does_not_hold(&run_with(&text, &LOOP_AND_STEALERS, &NO_YIELDS), "one loop uses one core");
}

#[test]
fn a_loop_that_offloads_its_work_is_on_more_than_one_core() {
    let job = "{ cpu = \"4ms\", yield_every = \"$slice\" }";
    let offloaded = format!("{{ offload = \"blocking\", steps = [{job}] }}");
    let text = edited(&shipped("cpu"), &[FEW_JOBS, (job, &offloaded)]);
    let ran = || run_with(&text, &["smol-local"], &NO_YIELDS);
    let tried = || points(&ran(), ONE_CORE).iter().all(|row| row.text("verdict") != "holds");
    // Under foreign load on the second core two workers don't get it either. Then the test can't decide.
    assert!((0..3).any(|_| tried()) || !has_two_cores(), "its work is on one core though there are two to be had");
}

/// Whether two workers get more than a core at present, in most rounds.
fn has_two_cores() -> bool {
    let run = run_with(&edited(&shipped("cpu"), &[FEW_JOBS]), &["async-executor"], &NO_YIELDS);
    let cores: Vec<f64> = (run.rows("samples.csv").iter())
        .filter(|row| row.text("task") == "*" && row.is_empty("probe_ns"))
        .map(|row| row.number("cpu_utilisation") * row.number("workers"))
        .collect();
    cores.iter().filter(|cores| **cores > 1.3).count() > cores.len() / 2
}

#[test]
fn jobs_that_end_before_they_yield_let_no_probe_run() {
    let text = edited(&shipped("cpu"), &[("count = 100", "count = 1000"), ("cpu = \"4ms\"", "cpu = \"200us\"")]);
    does_not_hold(&run(&text, &["smol-local"]), YIELDS);
}

const STOPPED: &str = "a task that waits on a timer can be stopped";
const NOT_STOPPED: &str = "a sleeping thread can't";
/// Claims about instances that don't block don't depend on how long others block.
const SHORT_BLOCKS: [&str; 2] = ["--set", "hold=1ms"];
const NOT_EVEN_OTHERS: &str = "a loop inside a blocked call can't even cancel other tasks";

#[test]
fn a_wait_is_stopped_on_a_loop_and_slept_out_on_a_pool() {
    let run = run_twice(&shipped("cancellation"), &["smol-local", "rayon"], &SHORT_BLOCKS);
    holds(&run, STOPPED);
    holds(&run, NOT_STOPPED);
}

#[test]
fn a_wait_that_is_a_blocking_call_is_not_stopped_on_a_loop() {
    let blocking = [("count  = 100", "count  = 2"), ("sleep = \"200ms\"", "block = \"30ms\"")];
    does_not_hold(&run_twice(&edited(&shipped("cancellation"), &blocking), &["smol-local"], &SHORT_BLOCKS), STOPPED);
}

#[test]
fn a_thread_that_wakes_between_short_sleeps_is_stopped() {
    let short = [("{ sleep = \"200ms\" }", "{ loop = 20, steps = [{ sleep = \"10ms\" }] }")];
    does_not_hold(&run_twice(&edited(&shipped("cancellation"), &short), &["rayon"], &SHORT_BLOCKS), NOT_STOPPED);
}

#[test]
fn a_loop_that_is_inside_no_blocking_call_cancels_other_tasks() {
    let waiting = [("block = \"$hold\"", "sleep = \"$hold\"")];
    does_not_hold(&run(&edited(&shipped("cancellation"), &waiting), &["smol-local"]), NOT_EVEN_OTHERS);
}

/// About two thirds of the scenario, in half of the time.
const LESS_OF_ALL: [(&str, &str); 7] = [
    ("count   = 160\narrival = { poisson = 250 }", "count   = 100\narrival = { poisson = 500 }"),
    ("count   = 30\narrival = { poisson = 60 }", "count   = 20\narrival = { poisson = 120 }"),
    ("count   = 6\narrival = { every = \"110ms\" }", "count   = 3\narrival = { every = \"60ms\" }"),
    ("count   = 4\narrival = { every = \"150ms\" }", "count   = 3\narrival = { every = \"75ms\" }"),
    ("count   = 6\narrival = { every = \"100ms\" }", "count   = 4\narrival = { every = \"50ms\" }"),
    ("count   = 40", "count   = 20"),
    ("{ exp = \"15ms\" }", "{ exp = \"8ms\" }"),
];

#[test]
fn a_pool_with_enough_threads_serves_requests_as_fast() {
    let text = edited(&edited(&shipped("mixed"), &LESS_OF_ALL), &[("workers  = 2", "workers  = 64")]);
    does_not_hold(&run(&text, &["async-executor", "rayon"]), "a pool whose threads wait serves its requests last");
}

#[test]
fn one_thread_hides_a_blocked_call_no_better_than_a_loop() {
    let text = edited(&edited(&shipped("mixed"), &LESS_OF_ALL), &[("workers  = 2", "workers  = 1")]);
    does_not_hold(&run(&text, &LOOP_AND_STEALERS), "threads that share the work hide what one blocked call does");
}

const HARDLY_FELT: &str =
    "batches on a pool for computing hardly delay requests, batches on the loop delay all of them";
const LET_IN: &str = "yields let requests run between slices";
const BEHIND_EACH: &str = "but a request still waits behind a slice of each batch";
const NO_SECOND_POOL: &str = "a second worker is no second pool: batches take both";
/// Two thirds of the batches, and nearly all requests in two thirds of the time.
const QUICKER_POOLS: [(&str, &str); 9] = [
    ("count   = 120", "count   = 100"),
    ("clients = 120", "clients = 100"),
    ("count   = 12\n", "count   = 8\n"),
    ("clients = 12,", "clients = 8,"),
    ("think = \"500ms\"", "think = \"220ms\""),
    ("think = \"1s\"", "think = \"440ms\""),
    ("[\"0s\", \"120ms\"]", "[\"0s\", \"80ms\"]"),
    ("[\"500ms\", \"620ms\"]", "[\"220ms\", \"300ms\"]"),
    ("[\"1s\", \"1120ms\"]", "[\"440ms\", \"520ms\"]"),
];
const AS_SOON: &str = "a loop with a pool is done with its batches as soon as threads that steal";

#[test]
fn batches_that_are_not_offloaded_delay_all_requests_and_take_a_loop_longer() {
    let offloaded = "{ offload = \"cpu\", steps = [{ cpu = \"10ms\" }] }";
    let text = edited(&edited(&shipped("two-pools"), &QUICKER_POOLS), &[(offloaded, "{ cpu = \"10ms\" }")]);
    let first = run(&text, &LOOP_AND_STEALERS);
    for claim in [HARDLY_FELT, BEHIND_EACH, NO_SECOND_POOL] {
        does_not_hold(&first, claim);
    }
    let is_slower = |run: &Finished| points(run, AS_SOON).iter().all(|row| row.text("verdict") != "holds");
    let again = || (0..2).any(|_| is_slower(&run(&text, &LOOP_AND_STEALERS)));
    // Under foreign load on the second core two workers are no faster than a loop. Then the test can't decide.
    assert!(is_slower(&first) || again() || !has_two_cores(), "one thread is as fast as two");
}

#[test]
fn batches_that_yield_only_at_their_end_let_no_request_run() {
    let text =
        edited(&edited(&shipped("two-pools"), &QUICKER_POOLS), &[("yield_every = \"1ms\"", "yield_every = \"10ms\"")]);
    does_not_hold(&run(&text, &["smol-local"]), LET_IN);
}
