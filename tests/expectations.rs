//! The claims of the shipped scenarios: none of them holds once its cause is taken away.
//!
//! A claim that holds of anything claims nothing. So each scenario is edited until what its claim rests on is gone, and run
//! for real, smaller than it is shipped. That a claim does *not* hold is safe on a loaded machine: to hold by mistake, it
//! would have to in all six rounds. That one holds is asserted where physics leaves no doubt, and of the reference runs.

mod support;

use std::fs::{self, File};
use std::path::Path;

use support::Finished;
use support::claims::{does_not_hold, edited, holds, points, run, run_twice, run_with, shipped};
use taskmix::expect::{Judged, Verdict, evaluate};
use taskmix::plan::Campaign;
use taskmix::report::csv::samples;
use taskmix::scenario::parse;

/// The verdicts on each reference run of a scenario, as it was run.
fn of_reference(name: &str) -> Vec<Judged> {
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
        let judged = of_reference(name);
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

/// A tenth of a second on one core.
const FEW_JOBS: (&str, &str) = ("count = 100", "count = 25");
/// Whether they yield is no matter where it is about cores.
const NO_YIELDS: [&str; 2] = ["--set", "slice=4ms"];
const ONE_CORE: &str = "a loop is never on more than one core";
const YIELDS: &str = "yields let others in";

#[test]
fn one_loop_is_on_one_core() {
    holds(&run_with(&edited(&shipped("cpu"), &[FEW_JOBS]), &["smol-local"], &["--set", "slice=200us"]), ONE_CORE);
}

#[test]
fn with_one_worker_the_others_use_one_core_too() {
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
    // Others may have the second core: then two workers don't get it either, and nothing can be told.
    assert!((0..3).any(|_| tried()) || !has_two_cores(), "its work is on one core though there are two to be had");
}

/// Whether two workers get more than a core at present, in most rounds.
fn has_two_cores() -> bool {
    let run = run_with(&edited(&shipped("cpu"), &[FEW_JOBS]), &["async-executor"], &NO_YIELDS);
    let cores: Vec<f64> = (run.rows("samples.csv").iter())
        .filter(|row| row.text("task") == "*")
        .map(|row| row.number("cpu_utilisation") * row.number("workers"))
        .collect();
    cores.iter().filter(|cores| **cores > 1.3).count() > cores.len() / 2
}

#[test]
fn jobs_that_are_over_before_they_yield_let_nobody_in() {
    let text = edited(&shipped("cpu"), &[("count = 100", "count = 1000"), ("cpu = \"4ms\"", "cpu = \"200us\"")]);
    does_not_hold(&run(&text, &["smol-local"]), YIELDS);
}

const STOPPED: &str = "a task that waits on a timer can be stopped";
const NOT_STOPPED: &str = "a sleeping thread can't";
/// Of who is not blocked themselves it is no matter how long others are.
const SHORT_BLOCKS: [&str; 2] = ["--set", "hold=1ms"];
const NOT_EVEN_OTHERS: &str = "a loop inside a blocked call can't even cancel the others";

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
fn a_loop_that_is_inside_no_blocked_call_cancels_the_others() {
    let waiting = [("block = \"$hold\"", "sleep = \"$hold\"")];
    does_not_hold(&run(&edited(&shipped("cancellation"), &waiting), &["smol-local"]), NOT_EVEN_OTHERS);
}

/// About two thirds of it, in half of the time.
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
fn a_pool_of_threads_enough_serves_its_requests_as_well() {
    let text = edited(&edited(&shipped("mixed"), &LESS_OF_ALL), &[("workers  = 2", "workers  = 64")]);
    does_not_hold(&run(&text, &["async-executor", "rayon"]), "a pool whose threads wait serves its requests last");
}

#[test]
fn one_thread_hides_a_blocked_call_no_better_than_a_loop() {
    let text = edited(&edited(&shipped("mixed"), &LESS_OF_ALL), &[("workers  = 2", "workers  = 1")]);
    does_not_hold(&run(&text, &LOOP_AND_STEALERS), "threads that share the work hide what one blocked call does");
}

const HARDLY_FELT: &str = "on a pool for computing the batches are hardly felt, on the loop by everybody";
const LET_IN: &str = "yields let requests in";
const BEHIND_EACH: &str = "but only behind a slice of each batch";
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
fn batches_that_are_not_offloaded_are_felt_by_all_requests_and_take_a_loop_longer() {
    let offloaded = "{ offload = \"cpu\", steps = [{ cpu = \"10ms\" }] }";
    let text = edited(&edited(&shipped("two-pools"), &QUICKER_POOLS), &[(offloaded, "{ cpu = \"10ms\" }")]);
    let first = run(&text, &LOOP_AND_STEALERS);
    for claim in [HARDLY_FELT, BEHIND_EACH, NO_SECOND_POOL] {
        does_not_hold(&first, claim);
    }
    let is_slower = |run: &Finished| points(run, AS_SOON).iter().all(|row| row.text("verdict") != "holds");
    let again = || (0..2).any(|_| is_slower(&run(&text, &LOOP_AND_STEALERS)));
    // Others may have the second core: then two workers are no faster than a loop, and nothing can be told.
    assert!(is_slower(&first) || again() || !has_two_cores(), "one thread does what two do");
}

#[test]
fn batches_that_yield_only_at_their_end_let_nobody_in() {
    let text =
        edited(&edited(&shipped("two-pools"), &QUICKER_POOLS), &[("yield_every = \"1ms\"", "yield_every = \"10ms\"")]);
    does_not_hold(&run(&text, &["smol-local"]), LET_IN);
}

/// A single call, which holds up less than a tenth of the visitors to several loops.
const A_QUARTER_OF_IT: [(&str, &str); 3] =
    [("count   = 240", "count   = 110"), ("poisson = 400", "poisson = 800"), ("count   = 4\n", "count   = 1\n")];
const ONE_OF_THEM: &str = "of several loops only one is blocked, and most do not notice";
const NOBODY_STEALS: &str = "who is dealt to the blocked loop waits: nobody steals from it";
const OWN_MEMORY: &str = "each process has its own memory";

#[test]
fn one_process_is_one_loop() {
    let text = edited(&edited(&shipped("prefork"), &A_QUARTER_OF_IT), &[("workers  = 4", "workers  = 1")]);
    let run = run(&text, &["smol-local", "processes", "async-executor"]);
    does_not_hold(&run, ONE_OF_THEM);
    does_not_hold(&run, OWN_MEMORY);
}

#[test]
fn nobody_waits_for_a_call_that_waits_itself() {
    let text = edited(&edited(&shipped("prefork"), &A_QUARTER_OF_IT), &[("block = \"40ms\"", "sleep = \"40ms\"")]);
    does_not_hold(&run(&text, &["processes", "async-executor"]), NOBODY_STEALS);
}

#[test]
fn loops_in_processes_have_memory_of_their_own_each() {
    holds(&run(&edited(&shipped("prefork"), &A_QUARTER_OF_IT), &["processes", "async-executor"]), OWN_MEMORY);
}

const MORE_MEMORY: &str = "a waiting thread takes more memory than a waiting task";
const MORE_PROCESSOR: &str = "a thread takes more of the processors than a task, only to start and to end";
const NO_LONGER: &str = "against a long wait the start of a thread is nothing";

/// So many that a debug build's own pages are little beside them.
const MANY: (&str, &str) = ("count = 1000", "count = 2500");

/// They wait for each other, not for a time: so all are there at once, however slowly they come.
const ALL_AT_ONCE: [(&str, &str); 2] =
    [("[[task]]", "[barrier.all]\nparties = 2500\n\n[[task]]"), ("sleep = \"500ms\"", "barrier = \"all\"")];

#[test]
fn threads_that_wait_take_memory_and_threads_that_end_give_it_back() {
    let text = edited(&shipped("thread-per-task"), &[MANY]);
    let waiting = run(&edited(&text, &ALL_AT_ONCE), &["smol-local", "threads"]);
    holds(&waiting, MORE_MEMORY);
    holds(&waiting, MORE_PROCESSOR);
    does_not_hold(&run(&edited(&text, &[("{ sleep = \"500ms\" }, ", "")]), &["smol-local", "threads"]), MORE_MEMORY);
}

#[test]
fn the_start_of_a_thread_is_little_beside_real_work_and_much_beside_a_short_wait() {
    let working =
        [("sleep = \"500ms\"", "sleep = \"1ms\""), ("count = 1000", "count = 50"), ("cpu = \"5us\"", "cpu = \"3ms\"")];
    does_not_hold(&run(&edited(&shipped("thread-per-task"), &working), &["smol-local", "threads"]), MORE_PROCESSOR);
    let hurried = [("sleep = \"500ms\"", "sleep = \"100us\"")];
    does_not_hold(&run(&edited(&shipped("thread-per-task"), &hurried), &["smol-local", "threads"]), NO_LONGER);
}

const SHARED: &str = "workers share what one instance spawns";
const DEPTH_FIRST: &str = "a pool that works where it waits goes through a tree depth first";
const COSTLY: &str = "a thread for each short piece costs more than the piece";

/// Half of it.
const LESS_FANOUT: [(&str, &str); 2] = [("count   = 4", "count   = 2"), ("count = 1000", "count = 500")];

#[test]
fn a_leaf_of_a_tree_waits_for_next_to_nobody_on_a_pool_and_as_long_as_ever_if_there_is_no_tree() {
    let text = edited(&shipped("fanout"), &LESS_FANOUT);
    holds(&run(&text, &["smol-local", "rayon"]), DEPTH_FIRST);
    // What is left of the tree is a tenth of the leaves.
    let flat = [
        ("spawn = \"bough\", count = 10", "spawn = \"leaf\", count = 900"),
        ("{ spawn = \"tree\" }", "{ spawn = \"tree\" }, { spawn = \"bough\" }"),
    ];
    does_not_hold(&run(&edited(&text, &flat), &["smol-local", "rayon"]), DEPTH_FIRST);
}

#[test]
fn with_one_worker_nobody_shares_what_is_spawned() {
    let text = edited(&edited(&shipped("fanout"), &LESS_FANOUT), &[("workers  = 2", "workers  = 1")]);
    does_not_hold(&run(&text, &["smol-local", "async-executor"]), SHARED);
}

#[test]
fn the_start_of_a_thread_is_little_beside_a_long_piece() {
    let long = [
        ("count   = 4", "count   = 1"),
        ("count = 1000", "count = 100"),
        ("cpu = \"20us\"", "cpu = \"2ms\""),
        ("spawn = \"twig\", count = 10", "spawn = \"twig\""),
        ("spawn = \"leaf\", count = 10", "spawn = \"leaf\""),
    ];
    does_not_hold(&run(&edited(&shipped("fanout"), &long), &["async-executor", "threads"]), COSTLY);
}

#[test]
fn with_the_peer_on_the_clients_core_nobody_is_woken_on_another_one() {
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() < 2) {
        eprintln!("with one core there is no other one");
        return;
    }
    let beside = [
        ("{ ipc = \"pipe\", rounds = 1000, cpus = [\"$peer\"]", "{ ipc = \"pipe\", rounds = 50, cpus = [0]"),
        ("wait = \"spin\", rounds = 1000, cpus = [\"$peer\"]", "wait = \"spin\", rounds = 50, cpus = [0]"),
        // A short message is not copied to speak of.
        ("ipc = \"pipe\", bytes = \"64KiB\"", "ipc = \"pipe\""),
        ("rounds = 1000", "rounds = 20"),
        ("rounds = 500", "rounds = 20"),
    ];
    let run = run(&edited(&shipped("ipc"), &beside), &["threads"]);
    for claim in [
        "on another core who looks finds at once, and who sleeps has to be woken",
        "on the same core it looks in vain until it gives way",
        "who sleeps is woken sooner on the same core",
        "a long message costs less in memory than through a pipe",
    ] {
        does_not_hold(&run, claim);
    }
}

const FEWER_ROUNDS: (&str, &str) = ("rounds = 2000", "rounds = 1000");

#[test]
fn with_threads_enough_in_the_pool_nobody_stands_behind_those_who_talk() {
    let roomy = [FEWER_ROUNDS, ("blocking_threads = 2", "blocking_threads = 100")];
    let run = run(&edited(&shipped("ipc-bystanders"), &roomy), &["smol-local"]);
    does_not_hold(&run, "a wait that can't be polled keeps a thread that others need");
}

#[test]
fn on_threads_too_one_stands_behind_those_who_talk_if_all_need_one_of_two_permits() {
    let scarce = [
        FEWER_ROUNDS,
        ("[barrier.over]", "[semaphore.both]\npermits = 2\n\n[barrier.over]"),
        ("{ offload = \"blocking\", steps", "{ permit = \"both\", steps"),
        (
            "{ ipc = \"shm\", rounds = 1000, peers = 4, as = \"talk\" }",
            "{ permit = \"both\", steps = [{ ipc = \"shm\", rounds = 1000, peers = 4 }] }",
        ),
    ];
    let run = run(&edited(&shipped("ipc-bystanders"), &scarce), &["threads"]);
    does_not_hold(&run, "with a thread for each nobody stands behind it");
}
