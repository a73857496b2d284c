//! What each engine can do, natively or not, and how big an instance is on it: as data.
//!
//! `taskmix engines` prints it, `--describe` gives it to the campaign, the plan estimates with it. It is the one place where
//! differences between engines are declared: one file a runtime.

mod processes;
mod rayon;
mod smol;
mod threads;
mod tokio;

use serde::{Deserialize, Serialize};

pub(super) use threads::KERNEL_BYTES;
pub use threads::{STACK_BYTES, THREAD_MAPPINGS};

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
    /// What is native but has its own ways: a step, an arrival or a kind of cancelling, with what to know of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<(String, String)>,
    /// Columns that stay empty, with the reason.
    pub unknown: Vec<(String, String)>,
    /// The size of the blocking pool if the scenario doesn't set it; absent if there is none.
    pub blocking_threads: Option<u32>,
    /// The size of an instance's stack, bytes, if the scenario doesn't set it; absent if an instance has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_size: Option<u64>,
}

/// In what an instance keeps its worker, so that nobody else has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    /// In work only: it has a thread of its own.
    Work,
    /// In work and in blocking calls.
    Blocks,
    /// In work, in blocking calls and in sleeps.
    Sleeps,
}

/// What a bare spawn, run and end takes where instances share threads, nanoseconds, about.
const POOLED_NS: u64 = 400;

/// What the plan knows of an engine.
struct Declared {
    description: Description,
    /// About how many bytes an instance takes that waits, and one that never does.
    bytes: [u64; 2],
    /// In what an instance keeps its worker.
    keeps: Keeps,
    /// Whether a cancellation ends a sleep.
    wakes_sleepers: bool,
    /// What a bare spawn, run and end of an instance takes, nanoseconds, about.
    instance_ns: u64,
}

fn declared(engine: EngineName) -> Declared {
    match engine {
        EngineName::SmolLocal => smol::local(),
        EngineName::AsyncExecutor => smol::multi(),
        EngineName::Rayon => rayon::declared(),
        EngineName::Tokio => tokio::multi(),
        EngineName::TokioLocal => tokio::local(),
        EngineName::Threads => threads::declared(),
        EngineName::Processes => processes::declared(),
    }
}

/// The description of a built-in engine.
pub fn describe(engine: EngineName) -> Description {
    Description { engine: engine.to_string(), ..declared(engine).description }
}

/// How many bytes an instance takes on an engine, about: waiting ones, and ones that never wait.
///
/// From measured runs of 1,000,000 instances, rounded up; the record's slot is not in it.
pub fn instance_bytes(engine: EngineName, waits: bool) -> u64 {
    let [waiting, other] = declared(engine).bytes;
    if waits { waiting } else { other }
}

/// In what an instance keeps its worker on an engine.
pub(super) fn keeps_worker(engine: EngineName) -> Keeps {
    declared(engine).keeps
}

/// Whether a cancellation ends a sleep on an engine.
pub(super) fn wakes_sleepers(engine: EngineName) -> bool {
    declared(engine).wakes_sleepers
}

/// About what a bare spawn, run and end of an instance takes on an engine, nanoseconds.
pub(super) fn instance_ns(engine: EngineName) -> u64 {
    declared(engine).instance_ns
}

/// Whether an engine gives each instance a thread of its own.
pub fn has_thread_each(engine: EngineName) -> bool {
    declared(engine).description.stack_size.is_some()
}

/// About how many bytes a process of an engine that has several takes, whatever it does.
pub(super) const PROCESS_BYTES: u64 = processes::PROCESS_BYTES;

/// How many processes an engine has beyond its first.
pub(super) fn processes(engine: EngineName, workers: u32) -> u32 {
    if engine.has_processes() { workers } else { 0 }
}

/// How many doors probes come through: one, or if each worker is a process, one of each, and they are dealt in turn.
pub fn doors(engine: EngineName, workers: u32) -> u32 {
    processes(engine, workers).max(1)
}

/// The descriptor on which an engine has its door `index`.
pub const fn door(index: u32) -> u32 {
    if index == 0 { 4 } else { 5 + index }
}

/// What can do everything by its own means; its model, runtime, idiom and worker are yet to be told.
fn all_native() -> Description {
    let native = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Support::Native)).collect::<Vec<_>>();
    Description {
        protocol: PROTOCOL,
        engine: String::new(),
        model: String::new(),
        runtime: String::new(),
        idiom: String::new(),
        worker: String::new(),
        steps: native(&["cpu", "sleep", "block", "yield", "offload", "loop"]),
        arrivals: native(&["burst", "every", "poisson", "clients"]),
        cancel: native(&["pending", "waiting", "between steps"]),
        notes: Vec::new(),
        unknown: Vec::new(),
        blocking_threads: None,
        stack_size: None,
    }
}

fn emulated(how: &str) -> Support {
    Support::Emulated(how.to_owned())
}
