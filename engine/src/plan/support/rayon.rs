//! The abilities of a pool of threads.

use super::{BLOCKS_THREAD, Declared, Description, Keeps, POOLED_NS, SYNC_STEPS, Support, all_native, emulated, notes};

const SPAWN: &str = "a scope: a parent that waits for its children runs other jobs meanwhile, children or not, on the same \
                     stack; it continues when these have ended, and its busy time includes theirs";

pub(super) fn declared() -> Declared {
    let description = Description {
        model: "a thread pool of N threads; a task occupies its thread until it ends".into(),
        steps: steps("the thread yields to the system; rayon's own yield would run other jobs on the same stack"),
        notes: notes(&[("spawn", SPAWN), ("ipc", BLOCKS_THREAD)]).into_iter().chain(waits()).collect(),
        ..Description::blocking(concat!("rayon ", env!("TASKMIX_RAYON")))
    };
    Declared {
        description,
        bytes: [160, 160],
        keeps: Keeps::Sleeps,
        wakes_sleepers: false,
        has_ticks: false,
        instance_ns: POOLED_NS,
    }
}

impl Description {
    /// A pool of threads whose jobs block: an instance occupies its thread until it ends. `runtime` is the pool's name and
    /// version.
    pub fn blocking(runtime: &str) -> Self {
        Self {
            model: "a pool of threads; a task occupies its thread until it ends".into(),
            runtime: runtime.to_owned(),
            primitives: "blocking".into(),
            worker: "a thread of the pool".into(),
            steps: steps("the thread yields to the system"),
            cancel: vec![
                (
                    "pending".into(),
                    emulated("a flag that the job reads when it starts: a queued job can't be withdrawn"),
                ),
                ("waiting".into(), Support::Unsupported("a sleeping or blocked thread is not woken".into())),
                ("between steps".into(), emulated("a flag that is read between steps and at yields")),
            ],
            notes: waits(),
            sleeps_keep_worker: true,
            ..all_native()
        }
        .not_spawning()
        .without_peers()
    }
}

/// A wait at a channel, a lock or a barrier occupies the thread.
fn waits() -> Vec<(String, String)> {
    notes(&SYNC_STEPS.map(|verb| (verb, BLOCKS_THREAD)))
}

fn steps(how_it_yields: &str) -> Vec<(String, Support)> {
    let steps = all_native().steps.into_iter().map(|(verb, support)| {
        let support = match verb.as_str() {
            "sleep" => emulated("a pool has no timer: the sleep blocks its thread"),
            "yield" => emulated(how_it_yields),
            "offload" => emulated("runs in place: the pool's threads are the only ones"),
            "offload cpu" => emulated("runs in place: the pool is already one for computing"),
            _ => support,
        };
        (verb, support)
    });
    steps.collect()
}
