//! The abilities of event loops in several processes.

use super::{Declared, Description, SYNC_STEPS, Support, notes, smol};

/// The memory of each process, bytes, about: its own copies of pages, its heap, its stacks.
pub(super) const PROCESS_BYTES: u64 = 6 << 20;

pub(super) fn declared() -> Declared {
    let mut local = smol::local();
    for (verb, support) in &mut local.description.steps {
        if SYNC_STEPS.contains(&verb.as_str()) {
            *support = Support::Unsupported("instances in different processes share no memory".to_owned());
        }
    }
    Declared {
        description: Description {
            model:
                "an event loop in each of N processes (N × 1:N); instances, clients and probes are assigned round-robin"
                    .into(),
            worker: "a process with one event loop and pools of its own; their parent is one more process".into(),
            notes: notes(&[
                ("offload", smol::QUEUED),
                ("spawn", "children stay in their parent's process"),
                (
                    "ipc",
                    "each process has its own peers; with `shm` and `semaphore` the step runs on its pool for blocking calls",
                ),
            ]),
            ..local.description
        },
        ..local
    }
}
