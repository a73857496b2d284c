//! The cases on rayon.

use super::{Case, Figure, equal, ratio};

const IT: &[&str] = &["rayon"];

/// CPU time differs by no more than a millisecond or two, whatever the ratio.
const CPU: Figure = ratio("cpu").within(0.15).floor(2e6);

/// Threads look for work for a while before they sleep, and yield to the system meanwhile. How often differs from run to run.
const SWITCHES: Figure = ratio("voluntary_switches").within(0.15).floor(16.0);

const FOLD: &[Figure] =
    &[ratio("visitor.latency_p50"), ratio("visitor.latency_max"), ratio("fold.latency_max"), CPU, equal("part.done")];

/// The cost of an empty instance beyond an empty job.
const RECORD: &str = "an empty instance costs its record: two looks at the clock and 80 bytes, some 30 ns (the overhead bench says how much)";

/// Why a hand-over between threads differs from run to run.
const HAND_OVER: &str = "between threads the kernel decides anew in each run how often a hand-over spins and how often it sleeps: plain runs of one evening switched 9,700 to 20,000 times";

pub(crate) const CASES: &[Case] = &[
    Case::new("idle", IT, "one job sleeps half a second: what the pool uses meanwhile").figures(&[
        CPU,
        SWITCHES,
        equal("sleeper.done"),
    ]),
    Case::new("wake-by-arrival", IT, "the first wake-up from idle, by an empty job from outside each 50 ms").figures(
        &[
            ratio("request.latency_p50").within(0.25).floor(5e4),
            ratio("request.latency_max").within(0.5).floor(1.5e6),
            CPU,
            SWITCHES,
        ],
    ),
    Case::new("idle-spin", IT, "a job of 20 µs from outside each 500 µs: threads that look for work between them")
        .figures(&[CPU, SWITCHES, ratio("job.latency_p50").within(0.15), equal("job.done")]),
    Case::new(
        "outside-behind-fold",
        IT,
        "ten jobs from outside behind a fold of 400 parts; spawned in a scope, first in, first out",
    )
    .figures(FOLD),
    Case::new("outside-behind-par-iter", IT, "the same, and the fold is that of a parallel iterator")
        .scenario("outside-behind-fold")
        .figures(FOLD),
    Case::new(
        "stolen-under-lock",
        IT,
        "a job holds a lock and waits for other jobs; its thread runs further jobs meanwhile, and these want the lock",
    )
    .stalls()
    .figures(&[equal("part.done"), equal("holder.done"), equal("wanter.done")]),
    Case::new("order-from-outside", IT, "two hundred jobs submitted from outside with `spawn`: first in, first out")
        .figures(&[ratio("job.start_descents").floor(30.0), ratio("makespan"), equal("job.done")]),
    Case::new("order-in-a-scope", IT, "the same spawned in `scope`: last in, first out")
        .scenario("order-from-outside")
        .figures(&[
            ratio("job.start_descents")
                .why("instances arrive from outside, as requests do, and are served in order of arrival")
                .up_to(f64::INFINITY),
            ratio("makespan"),
            equal("job.done"),
        ]),
    Case::new("nested-scopes", IT, "a tree of scopes with 256 leaves").scenario("nested-join").figures(&[
        ratio("makespan").within(0.15),
        CPU,
        equal("leaf.done"),
    ]),
    Case::new("nested-joins", IT, "the same tree of `join`, two branches at each level")
        .scenario("nested-join")
        .figures(&[ratio("makespan").within(0.15), CPU, equal("leaf.done")]),
    Case::new("spawn-many", IT, "200,000 jobs that do nothing, from outside").figures(&[
        ratio("makespan").within(0.15).why(RECORD),
        CPU.why(RECORD),
        equal("guest.done"),
    ]),
    Case::new("spawn-children", IT, "a job spawns 200,000 with `spawn_fifo` and waits for none of them")
        .figures(&[ratio("makespan").within(0.15).why(RECORD), equal("child.done")]),
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
    Case::new(
        "cancel-between-naps",
        IT,
        "four jobs nap on two threads and are cancelled: the jobs that have begun stop after their nap",
    )
    .figures(&[equal("sleeper.cancelled"), ratio("sleeper.cancel_max"), ratio("makespan")]),
    Case::new(
        "cancel-behind-block",
        IT,
        "a hundred jobs arrive while the only thread is blocked, and are cancelled before it is free",
    )
    .figures(&[equal("guest.cancelled"), equal("guest.done"), ratio("makespan")]),
    Case::new(
        "cancel-offloaded",
        IT,
        "six jobs that make a blocking call each, cancelled: two are under way and are done, four never begin",
    )
    .figures(&[equal("call.done"), equal("call.cancelled"), ratio("makespan")]),
    Case::new(
        "socket",
        IT,
        "5,000 bytes to another process and back through a blocking socket, both processes on one core",
    )
    .figures(&[ratio("makespan").within(0.15), CPU]),
];
