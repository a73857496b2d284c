//! The cases on tokio.

use super::{Case, Figure, equal, ratio};

const BOTH: &[&str] = &["tokio", "tokio-local"];
const TOKIO: &[&str] = &["tokio"];

/// Why a parent may end earlier than in the plain program.
const JOINED: &str = "a parent waits for the number of its children, as with a `TaskTracker`, and spends one unit of its budget; the plain parent waits for a thousand handles and spends a unit for each that is ready";

/// Why a loop of brief steps takes longer.
const TURNS: &str = "each turn of a loop is interpreted: some 0.1 to 0.25 µs, beside 1 or 2 µs of work";

/// The figures of a hog and its visitor. The barrier with another task at the end may add a poll.
const BUDGET: &[Figure] = &[
    ratio("hog.polls").within(0.02).floor(1.0),
    ratio("visitor.latency_max").why(TURNS),
    ratio("hog.latency_max").why(TURNS),
    equal("hog.done"),
];

/// The cost of interpreting, beside little work.
const STEPS: &str = "a lock, 2 µs of work and a turn of a loop are steps that are interpreted: some 0.1 to 0.25 µs a turn. On two workers this moment outside the lock decides how often the tasks contend for it";

/// CPU time differs by no more than a millisecond or two, whatever the ratio.
const CPU: Figure = ratio("cpu").within(0.15).floor(2e6);

/// What an empty instance costs beyond an empty task.
const RECORD: &str = "an empty instance costs its record: two looks at the clock and 80 bytes, some 30 ns (the overhead bench says how much)";

/// Why a cell may use less CPU time.
const SHEET: &str = "the plain program writes down each end in a map, under a lock: some 0.4 µs";

/// How soon a cancellation takes effect. The plain program waits for the intended time by tokio's timer, which counts whole
/// milliseconds. taskmix requests it by a timer of the kernel.
const fn cancel_max(name: &'static str) -> Figure {
    ratio(name).floor(3e6)
}

/// Why a rendezvous takes longer.
const RENDEZVOUS: &str = "emulated by a lock, a channel for one message and a channel of answers: several tasks may send at once, and a message \
    can be taken back; the plain program has one sender and can't";

/// The start and the end of a span take some switches.
const SWITCHES: Figure = ratio("switches").within(0.15).floor(8.0);

pub(crate) const CASES: &[Case] = &[
    Case::new("driver-stall", BOTH, "twenty tasks nap ten times beside one that blocks the worker that has the driver; spawned from a task")
        .figures(&[ratio("nap.latency_p50"), ratio("nap.latency_max"), ratio("makespan"), equal("nap.done")]),
    Case::new("driver-stall-from-block-on", TOKIO, "the same spawned from `block_on`")
        .scenario("driver-stall")
        .figures(&[ratio("nap.latency_max")]),
    Case::new("lockstep", BOTH, "two tasks pass a message to and fro, each woken by the other into the slot for the last woken")
        .figures(&[ratio("makespan").within(0.15), CPU, equal("echo.done")]),
    Case::new("lockstep-cap", BOTH, "a long pair in lockstep beside a brief one, on one worker: the slot for the last woken is left to others")
        .figures(&[ratio("brief.latency_max").why(TURNS), ratio("long.latency_max").why(TURNS)]),
    Case::new("budget-send", BOTH, "a hog sends to a bounded channel that has room; a visitor yields a hundred times").figures(BUDGET),
    Case::new("budget-lock", BOTH, "a hog takes a free lock").figures(BUDGET),
    Case::new("budget-permit", BOTH, "a hog takes a free permit").figures(BUDGET),
    Case::new("budget-recv", BOTH, "a hog receives messages that are there").figures(BUDGET),
    Case::new("budget-timer", BOTH, "a hog takes a free lock a thousand times between its naps, and a visitor yields")
        .figures(&[ratio("hog.polls").within(0.02), ratio("hog.latency_max"), equal("hog.done")]),
    Case::new("budget-join", BOTH, "a parent waits for a thousand children by their handles, beside a task that works and yields")
        .figures(&[ratio("parent.latency_max").why(JOINED).up_to(2.5), ratio("neighbour.latency_max")]),
    Case::new("unbounded-send", BOTH, "a hog sends to a channel without bound: it never yields").figures(BUDGET),
    Case::new("timers-behind-lockstep", BOTH, "timers beside a pair in lockstep, on one worker: when events are looked at")
        .figures(&[ratio("timer.latency_max"), ratio("caller.latency_max").why(TURNS)]),
    Case::new("injected-behind-lockstep", BOTH, "wake-ups from the blocking pool beside a pair in lockstep, on one worker: when the global queue is looked at")
        .figures(&[ratio("guest.latency_max").within(0.15).why(TURNS), ratio("caller.latency_max").why(TURNS)]),
    Case::new("yields-among-timers", BOTH, "four tasks that work and yield beside timers of 1 ms")
        .figures(&[ratio("timer.latency_max"), ratio("yielder.latency_max")]),
    Case::new("naps-of-1ms", BOTH, "a hundred timers of 1 ms, one after the other").figures(&[ratio("nap.latency_max")]),
    Case::new("pool-exhausted", BOTH, "sixty calls of 20 ms on a blocking pool of four threads")
        .figures(&[ratio("call.latency_p50"), ratio("call.latency_max"), ratio("makespan"), equal("call.done")]),
    Case::new("pool-cold-and-warm", BOTH, "a hundred calls of 5 ms that have the threads of the pool to start, and again on the same threads")
        .figures(&[ratio("call.cold.total_p50"), ratio("call.cold.total_max"), ratio("call.warm.total_p50"), ratio("call.warm.total_max")]),
    Case::new("lock-in-order", BOTH, "twenty tasks want one lock on one worker: first in, first out")
        .figures(&[equal("holder.first_end"), equal("holder.end_descents"), ratio("makespan")]),
    Case::new("lock-contended", BOTH, "two tasks want one lock all the time").figures(&[ratio("makespan").within(0.15).why(STEPS).up_to(1.5), CPU.why(STEPS).up_to(1.5), equal("holder.done")]),
    Case::new("order-of-a-burst", BOTH, "sixteen tasks spawned at once from a task, on one worker: the order of their starts")
        .figures(&[equal("guest.first_start"), equal("guest.start_descents")]),
    Case::new("order-of-a-burst-from-block-on", TOKIO, "the same spawned from `block_on`").scenario("order-of-a-burst").figures(&[
        equal("guest.first_start").why("instances are released from a task, as a service spawns its own; from outside they go to the global queue"),
        equal("guest.start_descents").why("for the same reason"),
    ]),
    Case::new("sleepers-at-once", BOTH, "10,000 sleepers wake at once")
        .figures(&[ratio("sleeper.latency_p50"), ratio("sleeper.latency_p99"), ratio("sleeper.latency_max"), CPU.why(SHEET), equal("sleeper.done")]),
    Case::new("idle", BOTH, "one task sleeps half a second: what the runtime uses meanwhile").figures(&[CPU, SWITCHES]),
    Case::new("nearly-idle", BOTH, "one task naps 5 ms a hundred times").figures(&[CPU, SWITCHES, ratio("nap.latency_max")]),
    Case::new("wake-by-timer", BOTH, "the first wake-up from idle, by a timer").figures(&[ratio("sleeper.latency_max")]),
    Case::new("wake-from-outside", BOTH, "the first wake-up from idle, from the blocking pool").figures(&[ratio("call.latency_max")]),
    Case::new("spawn-many", BOTH, "200,000 tasks that do nothing, spawned from a task")
        .figures(&[ratio("makespan").within(0.15), CPU, equal("guest.done")]),
    Case::new("spawn-many-from-block-on", TOKIO, "the same spawned from `block_on`").scenario("spawn-many").figures(&[
        ratio("makespan").up_to(2.0).why("instances are released from a task, where a worker alternately spawns and runs; from outside two workers run the tasks that a third thread spawns"),
    ]),
    Case::new("spawn-children", BOTH, "a task spawns 200,000 and waits for none of them")
        .figures(&[ratio("makespan").within(0.15).why(RECORD), equal("child.done")]),
    Case::new("rendezvous", BOTH, "a message whose sender continues when it is received: with an answer of its own in the plain program, since tokio has no such channel")
        .figures(&[ratio("makespan").within(0.15).why(RENDEZVOUS).up_to(4.0), CPU.why(RENDEZVOUS).up_to(4.0)]),
    Case::new("cancel-waiting", BOTH, "a thousand sleepers are cancelled at once")
        .figures(&[equal("sleeper.cancelled"), equal("sleeper.done"), cancel_max("sleeper.cancel_max")]),
    Case::new("cancel-queued", BOTH, "a hundred tasks are cancelled in the queue of a lock")
        .figures(&[equal("waiter.cancelled"), equal("holder.done"), cancel_max("waiter.cancel_max"), ratio("makespan")]),
    Case::new("cancel-runnable", BOTH, "a hundred tasks are cancelled that are runnable behind a blocked worker, the only one")
        .figures(&[equal("guest.cancelled"), equal("guest.done"), ratio("makespan")]),
    Case::new("cancel-offloaded", BOTH, "six calls on a blocking pool of two threads whose tasks are cancelled, queued and under way: all are made")
        .figures(&[equal("call.cancelled"), cancel_max("call.cancel_max"), ratio("makespan")]),
    Case::new("million-sleepers", BOTH, "a million tasks asleep at once")
        .figures(&[ratio("peak_rss").up_to(1.4).why("an instance has its timer in an allocation of its own, of 128 bytes: an instance can wait for other things too, and needs no room for a timer if it never sleeps"), equal("sleeper.done")]),
    Case::new("socket", BOTH, "5,000 bytes to another process and back through a watched socket, both processes on one core")
        .figures(&[ratio("makespan").within(0.15), CPU]),
];
