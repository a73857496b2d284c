//! The claims of the scenarios about processes, a thread for each instance, children and peers.

use crate::support::claims::{does_not_hold, edited, holds, run, shipped};

/// A smaller scenario with a single call, which delays less than a tenth of the visitors to several loops.
const A_QUARTER_OF_IT: [(&str, &str); 3] =
    [("count   = 240", "count   = 110"), ("poisson = 400", "poisson = 800"), ("count   = 4\n", "count   = 1\n")];
const ONE_OF_THEM: &str = "of several loops only one is blocked, and most visitors do not notice";
const NO_LOOP_STEALS: &str = "visitors assigned to the blocked loop wait: no other loop steals them";
const OWN_MEMORY: &str = "each process has its own memory";

#[test]
fn one_process_is_one_loop() {
    let text = edited(&edited(&shipped("prefork"), &A_QUARTER_OF_IT), &[("workers  = 4", "workers  = 1")]);
    let run = run(&text, &["smol-local", "processes", "async-executor"]);
    does_not_hold(&run, ONE_OF_THEM);
    does_not_hold(&run, OWN_MEMORY);
}

#[test]
fn no_visitor_waits_for_a_call_that_does_not_block() {
    let text = edited(&edited(&shipped("prefork"), &A_QUARTER_OF_IT), &[("block = \"40ms\"", "sleep = \"40ms\"")]);
    does_not_hold(&run(&text, &["processes", "async-executor"]), NO_LOOP_STEALS);
}

#[test]
fn loops_in_processes_have_memory_of_their_own_each() {
    holds(&run(&edited(&shipped("prefork"), &A_QUARTER_OF_IT), &["processes", "async-executor"]), OWN_MEMORY);
}

const MORE_MEMORY: &str = "a waiting thread takes more memory than a waiting task";
const MORE_PROCESSOR: &str = "a thread takes more of the processors than a task, only to start and to end";
const NO_LONGER: &str = "against a long wait the start of a thread is nothing";

/// So many waiters that a debug build's own pages are little beside their memory.
const MANY: (&str, &str) = ("count = 1000", "count = 2500");

/// The instances wait for each other, not for a time. So all wait at once, however slowly they start.
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

/// Half of the scenario.
const LESS_FANOUT: [(&str, &str); 2] = [("count   = 4", "count   = 2"), ("count = 1000", "count = 500")];

#[test]
fn a_leaf_hardly_waits_in_a_tree_on_a_pool_and_waits_as_long_as_elsewhere_without_a_tree() {
    let text = edited(&shipped("fanout"), &LESS_FANOUT);
    holds(&run(&text, &["smol-local", "rayon"]), DEPTH_FIRST);
    // A tenth of the leaves stay in a tree.
    let flat = [
        ("spawn = \"bough\", count = 10", "spawn = \"leaf\", count = 900"),
        ("{ spawn = \"tree\" }", "{ spawn = \"tree\" }, { spawn = \"bough\" }"),
    ];
    does_not_hold(&run(&edited(&text, &flat), &["smol-local", "rayon"]), DEPTH_FIRST);
}

#[test]
fn a_single_worker_shares_no_spawned_instances() {
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
#[cfg_attr(one_core, ignore = "it takes two cores")]
fn with_the_peer_on_the_core_of_the_client_no_claim_about_two_cores_holds() {
    let beside = [
        ("{ ipc = \"pipe\", rounds = 1000, cpus = [\"$peer\"]", "{ ipc = \"pipe\", rounds = 50, cpus = [0]"),
        ("wait = \"spin\", rounds = 1000, cpus = [\"$peer\"]", "wait = \"spin\", rounds = 50, cpus = [0]"),
        // Copying a short message costs next to nothing.
        ("ipc = \"pipe\", bytes = \"64KiB\"", "ipc = \"pipe\""),
        ("rounds = 1000", "rounds = 20"),
        ("rounds = 500", "rounds = 20"),
    ];
    let run = run(&edited(&shipped("ipc"), &beside), &["threads"]);
    for claim in [
        "on another core a spinning process answers at once, and a sleeping one has to be woken",
        "on the same core a spinning process looks in vain until it yields",
        "a sleeping process is woken sooner on the same core",
        "a long message costs less in memory than through a pipe",
    ] {
        does_not_hold(&run, claim);
    }
}

const FEWER_ROUNDS: (&str, &str) = ("rounds = 2000", "rounds = 1000");

#[test]
fn in_a_pool_with_enough_threads_no_reader_queues_behind_a_round_trip() {
    let roomy = [FEWER_ROUNDS, ("blocking_threads = 2", "blocking_threads = 100")];
    let run = run(&edited(&shipped("ipc-bystanders"), &roomy), &["smol-local"]);
    does_not_hold(&run, "a wait that can't be polled occupies a thread that other tasks need");
}

#[test]
fn on_threads_a_reader_queues_behind_a_round_trip_if_both_need_a_permit() {
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
    does_not_hold(&run, "with a thread for each instance none queues behind it");
}
