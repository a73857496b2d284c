//! The claims of the shipped sweeps: no claim holds once its cause is taken away.
//!
//! See `tests/claims/scenarios/mod.rs`.

use crate::support::claims::{does_not_hold, edited, run_with, shipped};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

const SPOILS_A_LOOP: &str = "one blocker is enough to spoil the p99 of a loop";
const BEAR_ONE: &str = "two workers bear one blocker, but not two";
const LESS_TO_SPARE: &str = "a pool that waits with its threads has less to spare than a loop over as many";

/// The fewest visitors that have a p99.
const FEW_VISITORS: (&str, &str) = ("count   = 240", "count   = 100");

#[test]
fn blockers_that_wait_spoil_no_loop() {
    let waiting = edited(&shipped("block-share"), &[FEW_VISITORS, ("block = \"10ms\"", "sleep = \"10ms\"")]);
    let run = run_with(&waiting, &["smol-local", "async-executor"], &["--set", "blockers=1,2"]);
    does_not_hold(&run, SPOILS_A_LOOP);
    does_not_hold(&run, BEAR_ONE);
}

#[test]
fn a_pool_whose_visitors_do_not_wait_has_as_much_to_spare() {
    let hurried = edited(&shipped("block-share"), &[FEW_VISITORS, ("{ sleep = \"1ms\" }, ", "")]);
    does_not_hold(&run_with(&hurried, &["async-executor", "rayon"], &["--set", "blockers=1"]), LESS_TO_SPARE);
}

/// Confines this thread, and all that it starts, to the first `cores` of its cores.
fn pin_to(cores: usize) {
    let before = sched_getaffinity(Pid::from_raw(0)).expect("where it may run");
    let mut fewer = CpuSet::new();
    for core in (0..CpuSet::count()).filter(|&core| before.is_set(core) == Ok(true)).take(cores) {
        fewer.set(core).expect("it is there");
    }
    sched_setaffinity(Pid::from_raw(0), &fewer).expect("a part of where it may run");
}

const HALF_AS_LONG: (&str, &str) = ("until = \"120ms\"", "until = \"60ms\"");
const SECOND_CORE: &str = "for work a second worker is a second core";
const POOL_TOO: &str = "on a pool too";
const NO_MORE_WORKERS: &str = "waits need no more workers where a timer does the waiting";
const POOL_WAITS: &str = "a pool waits with its threads";
const SERVES_MORE: &str = "one thread that waits on timers serves more than four that sleep";

#[test]
fn on_one_core_a_second_worker_is_no_second_core() {
    pin_to(1);
    let run = run_with(
        &edited(&shipped("workers-scaling"), &[HALF_AS_LONG]),
        &["async-executor", "rayon"],
        &["--set", "wait=10us", "--workers", "1,2"],
    );
    does_not_hold(&run, SECOND_CORE);
    does_not_hold(&run, POOL_TOO);
}

#[test]
fn waits_that_block_their_thread_need_more_workers() {
    let blocking = edited(&shipped("workers-scaling"), &[HALF_AS_LONG, ("sleep = \"$wait\"", "block = \"$wait\"")]);
    let run =
        run_with(&blocking, &["smol-local", "async-executor", "rayon"], &["--set", "wait=10ms", "--workers", "1,4"]);
    does_not_hold(&run, NO_MORE_WORKERS);
    does_not_hold(&run, SERVES_MORE);
}

#[test]
fn a_pool_that_works_instead_of_waiting_gains_cores_only() {
    pin_to(2);
    let working = edited(&shipped("workers-scaling"), &[HALF_AS_LONG, ("sleep = \"$wait\"", "cpu = \"$wait\"")]);
    does_not_hold(&run_with(&working, &["rayon"], &["--set", "wait=10ms", "--workers", "1,4"]), POOL_WAITS);
}
