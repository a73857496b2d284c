//! What tokio can do, in both flavours of its runtime.

use super::{Declared, Description, all_native};

const TOKIO: &str = concat!("tokio ", env!("TASKMIX_TOKIO"));

/// How many threads tokio's blocking pool has at most.
const BLOCKING_THREADS: u32 = 512;

pub(super) fn multi() -> Declared {
    Declared {
        description: Description {
            model: "tasks over N threads that steal from each other (M:N)".into(),
            runtime: concat!("tokio ", env!("TASKMIX_TOKIO"), ", multi-thread").into(),
            worker: "a thread of the runtime; those of its blocking pool are none".into(),
            ..idiom()
        },
        bytes: [330, 240],
        sleeps_keep: false,
    }
}

pub(super) fn local() -> Declared {
    Declared {
        description: Description {
            model: "one event loop on one thread (1:N)".into(),
            runtime: concat!("tokio ", env!("TASKMIX_TOKIO"), ", current-thread").into(),
            worker: "the thread of the loop; there is one, whatever the scenario asks for".into(),
            ..idiom()
        },
        bytes: [330, 240],
        sleeps_keep: false,
    }
}

fn idiom() -> Description {
    Description { idiom: TOKIO.into(), blocking_threads: Some(BLOCKING_THREADS), ..all_native() }
}
