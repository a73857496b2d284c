//! What each engine can do, natively or not, and how big an instance is on it: as data.
//!
//! `taskmix engines` prints it, `--describe` gives it to the campaign, the plan estimates with it. It is the one place where
//! differences between engines are declared.

use serde::{Deserialize, Serialize};

use super::cell_plan::PROTOCOL;
use crate::scenario::EngineName;

/// How an engine does a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// By its own means.
    Native,
    /// By other means, which the text states.
    Emulated(String),
    /// Not at all, for the reason in the text.
    Unsupported(String),
}

/// An engine's description of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The version of the engine protocol that it speaks.
    pub protocol: u32,
    /// Its name.
    pub engine: String,
    /// What it is, one line.
    pub model: String,
    /// The runtime's name and version.
    pub runtime: String,
    /// The idiom: whose sleeps, yields and offloading.
    pub idiom: String,
    /// What a worker is.
    pub worker: String,
    /// Each step.
    pub steps: Vec<(String, Support)>,
    /// Each arrival.
    pub arrivals: Vec<(String, Support)>,
    /// Cancelling instances that are pending, waiting, and working.
    pub cancel: Vec<(String, Support)>,
    /// Columns that stay empty, with the reason.
    pub unknown: Vec<(String, String)>,
    /// The size of the blocking pool if the scenario doesn't set it; absent if there is none.
    pub blocking_threads: Option<u32>,
}

/// The description of a built-in engine.
pub fn describe(engine: EngineName) -> Description {
    let native = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Support::Native)).collect::<Vec<_>>();
    let smol = concat!("smol ", env!("TASKMIX_SMOL"));
    let description = Description {
        protocol: PROTOCOL,
        engine: engine.to_string(),
        model: String::new(),
        runtime: String::new(),
        idiom: smol.to_owned(),
        worker: String::new(),
        steps: native(&["cpu", "sleep", "block", "yield", "offload", "loop"]),
        arrivals: native(&["burst", "every", "poisson", "clients"]),
        cancel: native(&["pending", "waiting", "between steps"]),
        unknown: Vec::new(),
        blocking_threads: Some(500),
    };
    match engine {
        EngineName::SmolLocal => Description {
            model: "one event loop on one thread (1:N)".into(),
            runtime: smol.to_owned(),
            worker: "the thread of the loop; there is one, whatever the scenario asks for".into(),
            ..description
        },
        EngineName::AsyncExecutor => Description {
            model: "tasks over N threads that steal from each other (M:N)".into(),
            runtime: concat!("async-executor ", env!("TASKMIX_ASYNC_EXECUTOR"), ", leaked (StaticExecutor)").into(),
            worker: "a thread that runs the executor".into(),
            ..description
        },
        EngineName::Rayon => rayon(description),
    }
}

fn rayon(description: Description) -> Description {
    let emulated = |text: &str| Support::Emulated(text.to_owned());
    let steps = description.steps.into_iter().map(|(verb, support)| {
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
    Description {
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
        blocking_threads: None,
        ..description
    }
}

/// How many bytes an instance takes on an engine, about: waiting ones, and ones that never wait.
///
/// From measured runs of 1,000,000 instances, rounded up; the record's slot is not in it.
pub fn instance_bytes(engine: EngineName, waits: bool) -> u64 {
    match (engine, waits) {
        (EngineName::SmolLocal, true) => 330,
        (EngineName::SmolLocal, false) => 240,
        (EngineName::AsyncExecutor, true) => 310,
        (EngineName::AsyncExecutor, false) => 200,
        (EngineName::Rayon, _) => 160,
    }
}
