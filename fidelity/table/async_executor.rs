//! The cases on async-executor alone: those about several workers.

use super::{Case, equal, ratio};

const IT: &[&str] = &["async-executor"];

pub(crate) const CASES: &[Case] = &[
    Case::new("blocked-queue", IT, "twenty tasks that work and yield, half of them in the queue of a worker that is blocked for 300 ms: the other worker steals no task while it has tasks of its own")
        .figures(&[
            ratio("polite.latency_p50").within(0.15),
            ratio("polite.latency_max"),
            ratio("hog.latency_max"),
            equal("polite.done"),
        ]),
    Case::new("spawn-many-from-outside", IT, "200,000 tasks that do nothing, spawned by the main thread, which is no worker")
        .scenario("spawn-many")
        .figures(&[
            ratio("makespan").within(0.15).why("instances are released from a task, which takes a worker's time; the main thread spawns beside both workers").up_to(2.0),
            equal("guest.done"),
        ]),
];
