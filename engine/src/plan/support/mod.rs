//! The abilities of each engine, native or not, and the size of an instance on it, as data.
//!
//! `taskmix engines` and `--describe` print it, and estimates use it. It is the only place where differences between engines are
//! declared, in one file per runtime. Programs of users describe themselves.

mod custom;
mod processes;
mod rayon;
mod smol;
mod threads;
mod tokio;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "scenarios")]
pub(super) use threads::KERNEL_BYTES;
pub use threads::{STACK_BYTES, THREAD_MAPPINGS};

use super::cell_plan::PROTOCOL;
use crate::scenario::{CustomName, EngineName, WorkerRule};

pub use custom::BadDescription;

/// How an engine supports a step, an arrival or a cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// By the runtime's own operation.
    Native,
    /// By other operations, which the text states.
    Emulated(String),
    /// Not at all, for the reason in the text.
    Unsupported(String),
}

/// An engine's description of itself: one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own, with a key of its own")]
pub struct Description {
    /// The version of the engine protocol that it speaks.
    pub protocol: u32,
    /// Its name. For a program, the campaign uses the name that its user gave it instead.
    #[serde(default)]
    pub engine: String,
    /// Its model of execution, one line.
    #[serde(default)]
    pub model: String,
    /// The runtime's name and version.
    pub runtime: String,
    /// The runtime of its primitives: timer, yield, offload and so on. Older programs call it `idiom`, which [`Self::read`] accepts.
    #[serde(default)]
    pub primitives: String,
    /// The description of a worker.
    #[serde(default)]
    pub worker: String,
    /// Whether it has exactly one worker, whatever the scenario asks for.
    #[serde(default)]
    pub single_threaded: bool,
    /// The support of each step.
    pub steps: Vec<(String, Support)>,
    /// The support of each arrival.
    pub arrivals: Vec<(String, Support)>,
    /// The support of cancelling instances that are pending, waiting, and between steps.
    pub cancel: Vec<(String, Support)>,
    /// Remarks on a step, an arrival or a cancellation that is native but has peculiarities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<(String, String)>,
    /// Columns that stay empty, with the reason.
    #[serde(default)]
    pub unknown: Vec<(String, String)>,
    /// The size of the blocking pool if the scenario doesn't set it; absent if there is none.
    #[serde(default)]
    pub blocking_threads: Option<u32>,
    /// Whether it has a pool for computing besides its workers, with as many threads as the scenario says, or one per core.
    #[serde(default)]
    pub cpu_pool: bool,
    /// The size of an instance's stack, bytes, if the scenario doesn't set it; absent if an instance has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_size: Option<u64>,
    /// The size of an instance that waits, and of one that never waits, bytes, about; absent if unknown.
    #[serde(default)]
    pub instance_bytes: Option<[u64; 2]>,
    /// Whether a sleeping instance occupies its worker.
    #[serde(default)]
    pub sleeps_keep_worker: bool,
    /// Whether it can record which instance ran on which thread, and when.
    #[serde(default)]
    pub trace: bool,
}

/// The steps in which an instance occupies its worker, so that no other instance can use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    /// Computation only: each instance has a thread of its own.
    Work,
    /// Computation and blocking calls.
    Blocks,
    /// Computation, blocking calls and sleeps.
    Sleeps,
}

/// The time of spawning, running and ending an empty instance where instances share threads, nanoseconds, about.
const POOLED_NS: u64 = 400;

/// The engines: the built-in ones, and programs with their descriptions.
#[derive(Debug, Clone, Default)]
pub struct Engines(BTreeMap<CustomName, Declared>);

/// The facts about an engine that the plan uses.
#[derive(Debug, Clone)]
struct Declared {
    description: Description,
    /// The size of an instance that waits, and of one that never waits, bytes, about.
    bytes: [u64; 2],
    /// The steps in which an instance occupies its worker.
    keeps: Keeps,
    /// Whether a cancellation ends a sleep.
    wakes_sleepers: bool,
    /// Whether its timer knows whole milliseconds only.
    has_ticks: bool,
    /// The time of spawning, running and ending an empty instance, nanoseconds, about.
    instance_ns: u64,
}

impl Engines {
    /// Adds a program with its description, under the name that its user gave it. The returned name knows whether the engine is
    /// single-threaded.
    pub fn add(&mut self, name: CustomName, description: Description) -> CustomName {
        let name = name.of_single_threaded(description.single_threaded);
        self.0.insert(name, custom::declared(description));
        name
    }

    /// All engines, the built-in ones first.
    pub fn names(&self) -> impl Iterator<Item = EngineName> {
        EngineName::ALL.into_iter().chain(self.0.keys().copied().map(EngineName::Custom))
    }

    /// The description of an engine.
    pub fn describe(&self, engine: EngineName) -> Description {
        let declared = self.declared(engine);
        Description {
            engine: engine.to_string(),
            single_threaded: engine.worker_rule() == WorkerRule::One,
            instance_bytes: Some(declared.bytes),
            sleeps_keep_worker: declared.keeps == Keeps::Sleeps,
            ..declared.description.clone()
        }
    }

    /// The size of an instance on an engine, bytes, about. `waits` says whether the instance ever waits.
    ///
    /// From measured runs of 1,000,000 instances, rounded up, without the slot in the record.
    pub fn instance_bytes(&self, engine: EngineName, waits: bool) -> u64 {
        let [waiting, other] = self.declared(engine).bytes;
        if waits { waiting } else { other }
    }

    /// The steps in which an instance occupies its worker on an engine.
    pub(super) fn keeps_worker(&self, engine: EngineName) -> Keeps {
        self.declared(engine).keeps
    }

    /// Whether a cancellation ends a sleep on an engine.
    pub(super) fn wakes_sleepers(&self, engine: EngineName) -> bool {
        self.declared(engine).wakes_sleepers
    }

    /// Whether the timer of an engine knows whole milliseconds only.
    pub(super) fn has_ticks(&self, engine: EngineName) -> bool {
        self.declared(engine).has_ticks
    }

    /// The time of spawning, running and ending an empty instance on an engine, nanoseconds, about.
    pub(super) fn instance_ns(&self, engine: EngineName) -> u64 {
        self.declared(engine).instance_ns
    }

    /// How many threads for computing an engine has in all, if the pool of each of its processes has `each` threads. Absent if it
    /// has no such pool.
    pub(super) fn cpu_threads(&self, engine: EngineName, workers: u32, each: u32) -> Option<u64> {
        let pools = processes(engine, workers).max(1);
        self.declared(engine).description.cpu_pool.then(|| u64::from(pools) * u64::from(each))
    }

    /// How many threads for blocking calls an engine has in all, if the scenario sets `each` for each of its processes. Absent if
    /// calls run in place.
    pub(super) fn blocking_threads(&self, engine: EngineName, workers: u32, each: Option<u32>) -> Option<u64> {
        let default = self.declared(engine).description.blocking_threads?;
        Some(u64::from(processes(engine, workers).max(1)) * u64::from(each.unwrap_or(default)))
    }

    /// Whether an engine gives each instance a thread of its own; no program does.
    pub fn has_thread_each(&self, engine: EngineName) -> bool {
        self.declared(engine).description.stack_size.is_some()
    }

    fn declared(&self, engine: EngineName) -> Cow<'_, Declared> {
        Cow::Owned(match engine {
            EngineName::SmolLocal => smol::local(),
            EngineName::AsyncExecutor => smol::multi(),
            EngineName::Rayon => rayon::declared(),
            EngineName::Tokio => tokio::multi(),
            EngineName::TokioLocal => tokio::local(),
            EngineName::Threads => threads::declared(),
            EngineName::Processes => processes::declared(),
            EngineName::Custom(name) => return self.0.get(&name).map_or_else(custom::unasked, Cow::Borrowed),
        })
    }
}

/// The memory of each process of an engine with several processes, without its instances, bytes, about.
pub(super) const PROCESS_BYTES: u64 = processes::PROCESS_BYTES;

/// How many processes an engine has besides its first.
pub(super) fn processes(engine: EngineName, workers: u32) -> u32 {
    if engine.has_processes() { workers } else { 0 }
}

/// How many probe pipes an engine has: one. If each worker is a process, it has one per worker, and probes are assigned
/// round-robin.
pub fn probe_pipes(engine: EngineName, workers: u32) -> u32 {
    processes(engine, workers).max(1)
}

/// The descriptor of the probe pipe `index` of an engine.
pub const fn probe_pipe(index: u32) -> u32 {
    if index == 0 { 4 } else { 5 + index }
}

/// The steps that synchronise instances.
const SYNC_STEPS: [&str; 6] = ["send", "recv", "drain", "lock", "permit", "barrier"];

/// For a runtime without a channel of capacity 0.
const RENDEZVOUS: &str =
    "a `capacity` of 0 is emulated: a channel for one message, and the sender waits until that is received";

/// For an engine whose waiting instances occupy threads.
const BLOCKS_THREAD: &str = "a waiting instance blocks its thread";

/// For an engine whose waiting instances let others run, if the mechanism can be polled.
const OFFLOADED: &str = "with `shm` and `semaphore` the step runs on the pool for blocking calls: they can't be polled";

fn notes(notes: &[(&str, &str)]) -> Vec<(String, String)> {
    notes.iter().map(|(subject, note)| ((*subject).to_owned(), (*note).to_owned())).collect()
}

/// A description in which everything is native, without model, runtime, primitives and worker.
fn all_native() -> Description {
    let native = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Support::Native)).collect::<Vec<_>>();
    Description {
        protocol: PROTOCOL,
        engine: String::new(),
        model: String::new(),
        runtime: String::new(),
        primitives: String::new(),
        worker: String::new(),
        single_threaded: false,
        steps: native(
            &[
                &["cpu", "sleep", "block", "yield", "offload", "offload cpu", "loop", "spawn", "ipc"][..],
                &SYNC_STEPS[..],
            ]
            .concat(),
        ),
        arrivals: native(&["burst", "every", "poisson", "clients"]),
        cancel: native(&["pending", "waiting", "between steps"]),
        notes: Vec::new(),
        unknown: Vec::new(),
        blocking_threads: None,
        cpu_pool: false,
        stack_size: None,
        instance_bytes: None,
        sleeps_keep_worker: false,
        trace: true,
    }
}

impl Description {
    /// The same description, with `spawn` as native: for a program that sets up a child spawner.
    #[must_use]
    pub fn spawning(self) -> Self {
        self.with_spawn(&Support::Native)
    }

    /// The same description, with `spawn` as unsupported.
    fn not_spawning(self) -> Self {
        self.with_spawn(&Support::Unsupported("it sets up no child spawner".to_owned()))
    }

    /// The same description, with `ipc` as unsupported: only the taskmix program itself can start as a peer.
    fn without_peers(mut self) -> Self {
        let why = Support::Unsupported("it starts no peer processes".to_owned());
        self.steps.iter_mut().filter(|(verb, _)| verb == "ipc").for_each(|(_, support)| support.clone_from(&why));
        self
    }

    fn with_spawn(mut self, support: &Support) -> Self {
        self.steps.iter_mut().filter(|(verb, _)| verb == "spawn").for_each(|(_, other)| other.clone_from(support));
        self
    }
}

fn emulated(how: &str) -> Support {
    Support::Emulated(how.to_owned())
}
