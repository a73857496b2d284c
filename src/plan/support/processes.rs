//! What event loops in several processes can do.

use super::{Declared, Description, MEETING, Support, notes, smol};

/// About what each process takes by itself: its own copies of pages, its heap, its stacks.
pub(super) const PROCESS_BYTES: u64 = 6 << 20;

pub(super) fn declared() -> Declared {
    let mut local = smol::local();
    for (verb, support) in &mut local.description.steps {
        if MEETING.contains(&verb.as_str()) {
            *support = Support::Unsupported("instances in different processes share no memory".to_owned());
        }
    }
    Declared {
        description: Description {
            model: "an event loop in each of N processes (N × 1:N); instances, clients and probes are dealt in turn"
                .into(),
            worker: "a process with one event loop and pools of its own; their parent is one more process".into(),
            notes: notes(&[
                ("offload", smol::QUEUED),
                ("spawn", "children stay in the process of whoever spawns them"),
                (
                    "ipc",
                    "each process has peers of its own; by `shm` and `semaphore` it goes to its pool for blocking calls",
                ),
            ]),
            ..local.description
        },
        ..local
    }
}
