//! The cases on smol: its timers, locks, channels and blocking pool under both of its executors.

use super::{Case, Figure, equal, ratio};

const BOTH: &[&str] = &["smol-local", "async-executor"];
const LOCAL: &[&str] = &["smol-local"];

/// The cost of interpreting, beside little work.
const STEPS: &str =
    "a lock, 2 µs of work and a turn of a loop are steps that are interpreted: some 0.1 to 0.25 µs a turn";

/// What a round takes beside its system calls.
const ROUND: &str =
    "a round is a step that is interpreted, compares what came back and looks on which core it was: some 1.6 µs of 13";

/// CPU time differs by no more than a millisecond or two, whatever the ratio.
const CPU: Figure = ratio("cpu").within(0.15).floor(2e6);

/// The start and the end of a span take some switches, and so does a wake-up that is earlier or later than another.
const SWITCHES: Figure = ratio("switches").within(0.15).floor(16.0);

/// A tolerated difference in the time of a stop.
const MOMENT_NS: f64 = 1.5e6;

/// Why a rendezvous takes longer: taskmix emulates it.
const RENDEZVOUS: &str = "emulated: smol has no channel of capacity 0. The channel of taskmix is for any number of senders, which offer one after the other under a lock; the plain one is for a single sender";

/// The memory of an instance beyond a future of the same steps.
const INSTANCE: &str =
    "an instance holds its slot and where it is in its program: about 32 bytes more than the plain future";

/// The cost of an empty instance beyond an empty task.
const RECORD: &str = "an empty instance costs its record: two looks at the clock and 80 bytes, some 30 ns (the overhead bench says how much)";

pub(crate) const CASES: &[Case] = &[
    Case::new("idle", BOTH, "one task sleeps half a second: what the runtime uses meanwhile")
        .figures(&[CPU, SWITCHES, equal("sleeper.done")]),
    Case::new("nearly-idle", BOTH, "one task naps 5 ms a hundred times").figures(&[CPU, SWITCHES, ratio("nap.latency_max")]),
    Case::new("wake-by-arrival", BOTH, "the first wake-up from idle, by an empty request each 50 ms").figures(&[
        ratio("request.latency_p50").within(0.25).floor(5e4),
        ratio("request.latency_max").within(0.5).floor(MOMENT_NS),
        CPU,
        SWITCHES,
    ]),
    Case::new("wake-by-timer", BOTH, "the first wake-up from idle, by a timer").figures(&[ratio("sleeper.latency_max")]),
    Case::new("wake-from-outside", BOTH, "the first wake-up from idle, from the blocking pool")
        .figures(&[ratio("call.latency_max")]),
    Case::new("blocked-workers", BOTH, "twenty tasks nap ten times beside two that block a worker each: timers expire, and no task runs")
        .figures(&[ratio("nap.latency_p50"), ratio("nap.latency_max"), ratio("hog.latency_max"), equal("nap.done")]),
    Case::new("global-queue", BOTH, "wake-ups from the blocking pool beside forty tasks that work and yield: when the global queue is looked at")
        .figures(&[ratio("call.latency_max").within(0.25), ratio("polite.latency_max"), CPU]),
    Case::new("lock-contended", BOTH, "two tasks want one lock all the time")
        .figures(&[ratio("makespan").within(0.15).why(STEPS).up_to(1.5), CPU.why(STEPS).up_to(1.5), equal("holder.done")]),
    Case::new("lock-over-wait", BOTH, "twenty tasks want one lock, and each holds it over a sleep of 1 ms")
        .figures(&[ratio("holder.latency_p50"), ratio("makespan"), SWITCHES, equal("holder.done")]),
    Case::new("sleepers-at-once", BOTH, "10,000 sleepers wake at once").figures(&[
        ratio("sleeper.latency_p50"),
        ratio("sleeper.latency_p99"),
        ratio("sleeper.latency_max"),
        equal("sleeper.done"),
    ]),
    Case::new("million-sleepers", BOTH, "a million tasks asleep at once")
        .figures(&[ratio("peak_rss").why(INSTANCE), equal("sleeper.done")]),
    Case::new("spawn-many", BOTH, "200,000 tasks that do nothing, spawned from a task")
        .figures(&[ratio("makespan").within(0.15).why(RECORD), CPU.why(RECORD), equal("guest.done")]),
    Case::new("spawn-many-from-outside", LOCAL, "the same, spawned before the loop runs")
        .scenario("spawn-many")
        .figures(&[ratio("makespan").within(0.15).why(RECORD), equal("guest.done")]),
    Case::new("spawn-children", BOTH, "a task spawns 200,000 and waits for none of them")
        .figures(&[ratio("makespan").within(0.15).why(RECORD), equal("child.done")]),
    Case::new("rendezvous", BOTH, "a message whose sender continues when it is received: with an answer of its own in the plain program")
        .figures(&[ratio("makespan").within(0.15).why(RENDEZVOUS).up_to(3.0), equal("taker.done")]),
    Case::new("cancel-waiting", BOTH, "a thousand sleepers are cancelled at once, by dropping their tasks").figures(&[
        equal("sleeper.cancelled"),
        equal("sleeper.done"),
        ratio("sleeper.cancel_max").floor(MOMENT_NS),
    ]),
    Case::new("cancel-queued", BOTH, "a hundred tasks are cancelled in the queue of a lock").figures(&[
        equal("waiter.cancelled"),
        equal("holder.done"),
        ratio("waiter.cancel_max").floor(MOMENT_NS),
        ratio("makespan"),
    ]),
    Case::new("cancel-runnable", BOTH, "a hundred tasks are cancelled that are runnable behind the only worker, which is blocked: they run before their cancellation")
        .figures(&[equal("guest.cancelled"), equal("guest.done"), ratio("makespan")]),
    Case::new("cancel-behind-block", BOTH, "a hundred tasks arrive while the only worker is blocked, and are cancelled before it is free")
        .figures(&[equal("guest.cancelled"), equal("guest.done"), ratio("makespan")]),
    Case::new("cancel-offloaded", BOTH, "six calls on a blocking pool of two threads whose tasks are cancelled: two are under way and run on, four are queued and never made")
        .figures(&[equal("call.cancelled"), ratio("call.cancel_max").floor(MOMENT_NS), ratio("makespan")]),
    Case::new("socket", BOTH, "5,000 bytes to another process and back through a watched socket, both processes on one core")
        .figures(&[ratio("makespan").within(0.15), CPU.why(ROUND)]),
];
