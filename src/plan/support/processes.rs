//! What event loops in several processes can do.

use super::{Declared, Description, smol};

/// About what each process takes by itself: its own copies of pages, its heap, its stacks.
pub(super) const PROCESS_BYTES: u64 = 6 << 20;

pub(super) fn declared() -> Declared {
    let local = smol::local();
    Declared {
        description: Description {
            model: "an event loop in each of N processes (N × 1:N); instances, clients and probes are dealt in turn"
                .into(),
            worker: "a process with one event loop and pools of its own; their parent is one more process".into(),
            ..local.description
        },
        ..local
    }
}
