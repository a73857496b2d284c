//! The abilities of tokio, in both flavours of its runtime.

use super::{Declared, Description, Keeps, OFFLOADED, POOLED_NS, all_native, notes};

const TOKIO: &str = concat!("tokio ", env!("TASKMIX_TOKIO"));

/// The maximum of threads of tokio's pool for blocking calls.
const BLOCKING_THREADS: u32 = 512;

const SLEEP: &str = "in whole milliseconds, rounded up: up to 2 ms longer. A worker that always finds a task to run looks \
                     at timers and descriptors once in 61 polls";
const BLOCK: &str = "timers and descriptors may wait for its end even beside an idle worker: no worker takes tokio's \
                     driver over from a worker that it woke";
const YIELD: &str = "`tokio::task::yield_now`: resumes after all ready tasks and a poll of timers and descriptors";
const RECEIVERS: &str = "tokio's channel has one receiver: instances share it under tokio's mutex, and wait for that \
                         first. After 128 messages that are there, or 64 if it is shared, an instance lets others run \
                         (tokio's cooperative budget)";
const ROOM: &str = "a `capacity` of 0 is emulated: a channel for one message, and the sender waits until that is \
                    received. After 128 sends into a channel that has room, but not if it is unbounded, an instance \
                    lets others run (tokio's cooperative budget)";
const LOCK: (&str, &str) =
    ("lock", "after 128 async mutexes that are free an instance lets others run (tokio's cooperative budget)");
const PERMIT: (&str, &str) =
    ("permit", "after 128 permits that are free an instance lets others run (tokio's cooperative budget)");
const SEND: (&str, &str) = ("send", ROOM);
const RECV: (&str, &str) = ("recv", RECEIVERS);
const DRAIN: (&str, &str) = ("drain", RECEIVERS);
const IPC: (&str, &str) = ("ipc", OFFLOADED);
const BURST: &str = "of instances that arrive at once the last runs first (tokio's LIFO slot)";

pub(super) fn multi() -> Declared {
    Declared {
        description: Description {
            model: "tasks over N threads that steal from each other (M:N)".into(),
            runtime: concat!("tokio ", env!("TASKMIX_TOKIO"), ", multi-thread").into(),
            worker: "a thread that runs tasks; those of the blocking pool are none".into(),
            notes: notes(&[
                ("sleep", SLEEP),
                ("block", BLOCK),
                ("yield", YIELD),
                ("spawn", BURST),
                ("burst", BURST),
                SEND,
                RECV,
                DRAIN,
                LOCK,
                PERMIT,
                IPC,
            ]),
            ..primitives()
        },
        bytes: [560, 300],
        keeps: Keeps::Blocks,
        wakes_sleepers: true,
        has_ticks: true,
        instance_ns: POOLED_NS,
    }
}

pub(super) fn local() -> Declared {
    Declared {
        description: Description {
            model: "one event loop on one thread (1:N)".into(),
            runtime: concat!("tokio ", env!("TASKMIX_TOKIO"), ", current-thread; tasks are `Send`, by `spawn`").into(),
            worker: "the thread of the loop; there is one, whatever the scenario asks for".into(),
            notes: notes(&[("sleep", SLEEP), ("yield", YIELD), SEND, RECV, DRAIN, LOCK, PERMIT, IPC]),
            ..primitives()
        },
        bytes: [560, 480],
        keeps: Keeps::Blocks,
        wakes_sleepers: true,
        has_ticks: true,
        instance_ns: POOLED_NS,
    }
}

impl Description {
    /// An executor of tasks that use tokio's timers, channels and blocking pool. `runtime` is the executor's name and version.
    pub fn tokio(runtime: &str) -> Self {
        Self {
            runtime: runtime.to_owned(),
            model: "an executor of tasks".into(),
            worker: "a thread that runs the executor".into(),
            notes: notes(&[("sleep", SLEEP), ("yield", YIELD), SEND, RECV, DRAIN, LOCK, PERMIT]),
            ..primitives()
        }
        .not_spawning()
        .without_peers()
    }
}

fn primitives() -> Description {
    Description { primitives: TOKIO.into(), blocking_threads: Some(BLOCKING_THREADS), cpu_pool: true, ..all_native() }
}
