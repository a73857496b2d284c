//! What a pool of threads can do.

use super::{Declared, Description, Keeps, POOLED_NS, Support, all_native, emulated};

pub(super) fn declared() -> Declared {
    let all = all_native();
    let steps = all.steps.into_iter().map(|(verb, support)| {
        let support = match verb.as_str() {
            "sleep" => emulated("a pool has no timer: the sleep keeps its thread"),
            "yield" => {
                emulated("the thread yields to the system; rayon's own yield would run other jobs on the same stack")
            }
            "offload" => emulated("runs where it is: the pool's threads are the only ones"),
            _ => support,
        };
        (verb, support)
    });
    let description = Description {
        model: "a thread pool of N threads; a task keeps its thread until it ends".into(),
        runtime: concat!("rayon ", env!("TASKMIX_RAYON")).into(),
        idiom: "blocking".into(),
        worker: "a thread of the pool".into(),
        steps: steps.collect(),
        cancel: vec![
            ("pending".into(), emulated("a flag that the job reads when its turn comes: it can't be taken back")),
            ("waiting".into(), Support::Unsupported("a sleeping or blocked thread is not woken".into())),
            ("between steps".into(), emulated("a flag that is read between steps and at yields")),
        ],
        ..all
    };
    Declared { description, bytes: [160, 160], keeps: Keeps::Sleeps, wakes_sleepers: false, instance_ns: POOLED_NS }
}
