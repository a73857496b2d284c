//! The cases on threads.

use super::{Case, Figure, equal, ratio};

const IT: &[&str] = &["threads"];

/// CPU time differs by no more than a millisecond or two, whatever the ratio.
const CPU: Figure = ratio("cpu").within(0.15).floor(2e6);

/// The start and the end of a span take some switches.
const SWITCHES: Figure = ratio("voluntary_switches").within(0.15).floor(8.0);

/// Why a hand-over between threads differs from run to run.
const HAND_OVER: &str = "between threads the kernel decides anew in each run how often a hand-over spins and how often it sleeps: plain runs of one evening switched 9,700 to 20,000 times";

pub(crate) const CASES: &[Case] = &[
    Case::new("idle", IT, "one thread sleeps half a second: what the process uses meanwhile").figures(&[
        CPU,
        SWITCHES,
        equal("sleeper.done"),
    ]),
    Case::new("wake-by-arrival", IT, "the first wake-up from idle: a thread started for an empty request each 50 ms")
        .figures(&[
            ratio("request.latency_p50").within(0.25).floor(5e4),
            ratio("request.latency_max").within(0.5).floor(1.5e6),
            CPU,
        ]),
    Case::new("cold-stacks", IT, "the first 300 threads of a program nap for 20 ms each")
        .scenario("nap-on-300-threads")
        .figures(&[ratio("nap.latency_p50"), ratio("nap.latency_max"), ratio("makespan"), CPU]),
    Case::new("warm-stacks", IT, "the same in a program that has had 300 threads before")
        .scenario("nap-on-300-threads")
        .figures(&[ratio("nap.latency_p50"), ratio("makespan")]),
    Case::new("compute", IT, "four hundred threads compute for 1 ms each").figures(&[
        ratio("makespan"),
        ratio("work.latency_p50").within(0.25),
        CPU,
        equal("work.done"),
    ]),
    Case::new("ten-thousand-threads", IT, "ten thousand threads asleep at once").figures(&[
        ratio("peak_rss"),
        ratio("cpu").within(0.15),
        equal("sleeper.done"),
    ]),
    Case::new("spawn-threads", IT, "two thousand threads that do nothing, started by the main thread").figures(&[
        ratio("makespan").within(0.15),
        CPU,
        equal("guest.done"),
    ]),
    Case::new("spawn-child-threads", IT, "a thread starts two thousand and waits for them").figures(&[
        ratio("makespan").within(0.15),
        CPU,
        equal("child.done"),
    ]),
    Case::new(
        "rendezvous",
        IT,
        "a message through crossbeam's channel of capacity 0: the sender continues when the message is received",
    )
    .figures(&[
        ratio("makespan").within(0.15).why(HAND_OVER).up_to(3.0),
        CPU.why(HAND_OVER).up_to(3.0),
        SWITCHES.why(HAND_OVER).up_to(3.0),
        equal("taker.done"),
    ]),
    Case::new("cancel-between-naps", IT, "four threads that nap are cancelled by a flag: each stops after its nap")
        .figures(&[equal("sleeper.cancelled"), ratio("sleeper.cancel_max"), ratio("makespan")]),
    Case::new(
        "cancel-offloaded",
        IT,
        "six threads that make a blocking call each, cancelled: nothing stops a call, and all are done",
    )
    .figures(&[equal("call.done"), equal("call.cancelled"), ratio("makespan")]),
    Case::new(
        "socket",
        IT,
        "5,000 bytes to another process and back through a blocking socket, both processes on one core",
    )
    .figures(&[ratio("makespan").within(0.15), CPU]),
];
