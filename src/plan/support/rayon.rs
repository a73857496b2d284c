//! What a pool of threads can do.

use super::{Declared, Description, KEEPS_THREAD, Keeps, MEETING, POOLED_NS, Support, all_native, emulated, notes};

const SPAWN: &str = "a scope: whoever waits for its children runs jobs meanwhile, its children or others, on the same stack; it goes \
                     on when those are over, and its busy time has theirs in it";

pub(super) fn declared() -> Declared {
    let description = Description {
        model: "a thread pool of N threads; a task keeps its thread until it ends".into(),
        steps: steps("the thread yields to the system; rayon's own yield would run other jobs on the same stack"),
        notes: notes(&[("spawn", SPAWN), ("ipc", KEEPS_THREAD)]),
        ..Description::blocking(concat!("rayon ", env!("TASKMIX_RAYON")))
    };
    Declared { description, bytes: [160, 160], keeps: Keeps::Sleeps, wakes_sleepers: false, instance_ns: POOLED_NS }
}

impl Description {
    /// What a pool of threads can do whose jobs block: an instance keeps its thread until it ends; `runtime` is the pool's
    /// name and version.
    pub fn blocking(runtime: &str) -> Self {
        Self {
            model: "a pool of threads; a task keeps its thread until it ends".into(),
            runtime: runtime.to_owned(),
            idiom: "blocking".into(),
            worker: "a thread of the pool".into(),
            steps: steps("the thread yields to the system"),
            cancel: vec![
                ("pending".into(), emulated("a flag that the job reads when its turn comes: it can't be taken back")),
                ("waiting".into(), Support::Unsupported("a sleeping or blocked thread is not woken".into())),
                ("between steps".into(), emulated("a flag that is read between steps and at yields")),
            ],
            notes: notes(&MEETING.map(|verb| (verb, KEEPS_THREAD))),
            sleeps_keep_worker: true,
            ..all_native()
        }
        .not_spawning()
        .without_peers()
    }
}

fn steps(how_it_yields: &str) -> Vec<(String, Support)> {
    let steps = all_native().steps.into_iter().map(|(verb, support)| {
        let support = match verb.as_str() {
            "sleep" => emulated("a pool has no timer: the sleep keeps its thread"),
            "yield" => emulated(how_it_yields),
            "offload" => emulated("runs where it is: the pool's threads are the only ones"),
            "offload cpu" => emulated("runs where it is: the pool is one for computing already"),
            _ => support,
        };
        (verb, support)
    });
    steps.collect()
}
