//! The abilities of the two executors with smol's primitives.

use super::{Declared, Description, Keeps, OFFLOADED, POOLED_NS, RENDEZVOUS, all_native, notes};

const SMOL: &str = concat!("smol ", env!("TASKMIX_SMOL"));

/// The maximum of threads of smol's pool for blocking calls.
const BLOCKING_THREADS: u32 = 500;

pub(super) const QUEUED: &str = "a call that is still queued when its instance is cancelled is dropped";

pub(super) fn local() -> Declared {
    Declared {
        description: Description {
            model: "one event loop on one thread (1:N)".into(),
            runtime: SMOL.into(),
            worker: "the thread of the loop; there is one, whatever the scenario asks for".into(),
            ..primitives()
        },
        bytes: [330, 240],
        keeps: Keeps::Blocks,
        wakes_sleepers: true,
        has_ticks: false,
        instance_ns: POOLED_NS,
    }
}

pub(super) fn multi() -> Declared {
    Declared {
        description: Description {
            model: "tasks over N threads that steal from each other (M:N)".into(),
            runtime: concat!("async-executor ", env!("TASKMIX_ASYNC_EXECUTOR"), ", leaked (StaticExecutor)").into(),
            worker: "a thread that runs the executor".into(),
            ..primitives()
        },
        bytes: [310, 200],
        keeps: Keeps::Blocks,
        wakes_sleepers: true,
        has_ticks: false,
        instance_ns: POOLED_NS,
    }
}

impl Description {
    /// An executor of tasks that use smol's timers, channels and blocking pool. `runtime` is the executor's name and version.
    pub fn smol(runtime: &str) -> Self {
        Self {
            runtime: runtime.to_owned(),
            model: "an executor of tasks".into(),
            worker: "a thread that runs the executor".into(),
            ..primitives()
        }
        .not_spawning()
        .without_peers()
    }
}

fn primitives() -> Description {
    Description {
        primitives: SMOL.into(),
        blocking_threads: Some(BLOCKING_THREADS),
        cpu_pool: true,
        notes: notes(&[("offload", QUEUED), ("send", RENDEZVOUS), ("ipc", OFFLOADED)]),
        ..all_native()
    }
}
