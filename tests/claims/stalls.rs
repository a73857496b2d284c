//! The claims of the shipped scenarios in which instances synchronise, stall, or are all cancelled at once. No claim holds once
//! its cause is taken away, and an expected stall fails no run.

use crate::support::claims::{does_not_hold, edited, holds, run, run_twice, shipped};

const NO_THREAD_LEFT: &str = "a pool whose threads all wait can't run the job that would end the wait";

#[test]
fn a_pool_whose_threads_all_wait_stalls_as_claimed_and_the_run_ends_well() {
    let run = run_twice(&shipped("pool-deadlock"), &["rayon", "smol-local"], &[]);
    for claim in [
        NO_THREAD_LEFT,
        "the sender never gets a thread",
        "with one thread left it ends well",
        "a loop of one thread ends well, since a waiting task lets others run",
    ] {
        holds(&run, claim);
    }
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let explanation = "both workers are inside `recv jobs`: no thread is left to run a sender; \
                2 instances of `taker` wait at `1 recv jobs`; 1 instance of `sender` has not started";
    assert_eq!(run.stderr.matches(explanation).count(), 1, "{}", run.stderr);
    assert_eq!(run.stderr.matches(": timeout: as in repeat 1, 3 of 3 stalled (1 pending, 2 running)\n").count(), 1);
}

#[test]
fn with_one_more_thread_than_takers_the_sender_gets_a_thread() {
    let run = run_twice(&edited(&shipped("pool-deadlock"), &[("workers  = 2", "workers  = 3")]), &["rayon"], &[]);
    does_not_hold(&run, NO_THREAD_LEFT);
    does_not_hold(&run, "the sender never gets a thread");
}

const STOPS_A_LOOP: &str =
    "a blocking lock stops a whole loop as soon as a second task wants it, even tasks that want another lock";

/// A shorter scenario: a cell that ends takes a quarter of its timeout.
const LESS_LOCKED: [(&str, &str); 3] = [
    ("timeout  = \"2s\"", "timeout  = \"800ms\""),
    ("count   = 100", "count   = 50"),
    ("sleep = \"50ms\"", "sleep = \"10ms\""),
];
/// The points at which threads are stopped: with one rival none is.
const RIVALS: [&str; 2] = ["--set", "rivals=2,8"];

#[test]
fn a_blocking_lock_over_a_wait_stops_a_loop_and_an_async_one_does_not() {
    let text = edited(&shipped("lock-over-await"), &LESS_LOCKED);
    holds(&run_twice(&text, &["smol-local"], &RIVALS), STOPS_A_LOOP);
    let stopping = [("kind = \"blocking\"", "kind = \"async\""), ("timeout  = \"800ms\"", "timeout  = \"10s\"")];
    let run = run_twice(&edited(&text, &stopping), &["smol-local", "async-executor", "tokio"], &RIVALS);
    does_not_hold(&run, STOPS_A_LOOP);
    does_not_hold(&run, "as many tasks that want it as there are threads stop all threads");
}

#[test]
fn no_instance_waits_for_a_permit_that_all_may_hold() {
    let free = [
        ("[mutex.patience]\nkind = \"async\"", "[semaphore.patience]\npermits = 20"),
        ("lock = \"patience\"", "permit = \"patience\""),
        ("[1, 2, 8]", "[1]"),
        ("sleep = \"50ms\"", "sleep = \"5ms\""),
    ];
    let text = shipped("lock-over-await");
    let text = edited(&text[..text.find("[[expect]]\nclaim = \"a blocking").expect("it is there")], &free);
    does_not_hold(&run(&text, &["smol-local"]), "an async lock held over a wait delays only the tasks that want it");
}

#[test]
fn an_instance_inside_a_blocking_call_is_not_stopped() {
    let blocked = [
        ("sleep = \"1500ms\"", "block = \"40ms\""),
        ("at = \"500ms\"", "at = \"10ms\""),
        ("30000", "9"),
        ("10000", "3"),
        ("tasks = [100, ", "tasks = [2, "),
        ("tasks=100]", "tasks=2]"),
    ];
    let run = run_twice(&edited(&shipped("shutdown-storm"), &blocked), &["smol-local", "async-executor", "tokio"], &[]);
    does_not_hold(&run, "all ten thousand instances that wait on a timer are stopped");
}

#[test]
fn a_similar_count_takes_no_longer_to_stop_and_a_pool_whose_sleepers_wake_stops_them() {
    let alike = [
        ("sleep = \"1500ms\"", "loop = 7500, steps = [{ sleep = \"200us\" }]"),
        ("at = \"500ms\"", "at = \"50ms\""),
        ("10000", "40"),
        ("tasks = [100, ", "tasks = [30, "),
        ("tasks=100]", "tasks=30]"),
    ];
    let run = run(&edited(&shipped("shutdown-storm"), &alike), &["smol-local", "rayon"]);
    does_not_hold(&run, "the more instances are stopped at once, the later the last one stops");
    does_not_hold(&run, "a pool stops no instance before its sleepers wake");
}

#[test]
fn beside_real_work_the_owner_of_the_ledger_matters_little() {
    let working = [("cpu = \"200ns\"", "cpu = \"500us\""), ("loop = 200", "loop = 10"), ("[1, 8]", "[1, 3]")];
    let run = run(&edited(&shipped("csp"), &working), &["smol-local", "threads"]);
    does_not_hold(&run, "to ask for a short entry costs more than to lock and write it");
}

#[test]
fn a_longer_entry_behind_the_channel_than_under_the_lock_matters() {
    let longer = [
        ("lock = \"ledger\", steps = [{ cpu = \"$entry\" }]", "lock = \"ledger\", steps = [{ cpu = \"100ns\" }]"),
        ("loop = 200", "loop = 20"),
    ];
    does_not_hold(&run(&edited(&shipped("csp"), &longer), &["smol-local"]), "of a long entry it matters little");
}
