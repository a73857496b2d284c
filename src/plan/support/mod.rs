//! What each engine can do, natively or not, and how big an instance is on it: as data.
//!
//! `taskmix engines` prints it, `--describe` tells it, the plan estimates with it. It is the one place where differences between
//! engines are declared: one file a runtime. Programs of other people declare themselves.

mod custom;
mod processes;
mod rayon;
mod smol;
mod threads;
mod tokio;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(super) use threads::KERNEL_BYTES;
pub use threads::{STACK_BYTES, THREAD_MAPPINGS};

use super::cell_plan::PROTOCOL;
use crate::scenario::{CustomName, EngineName, WorkerRule};

pub use custom::BadDescription;

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

/// An engine's description of itself: one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own, with a key of its own")]
pub struct Description {
    /// The version of the engine protocol that it speaks.
    pub protocol: u32,
    /// Its name; the campaign knows a program by the name that its user gave it, whatever it says here.
    #[serde(default)]
    pub engine: String,
    /// What it is, one line.
    #[serde(default)]
    pub model: String,
    /// The runtime's name and version.
    pub runtime: String,
    /// The idiom: whose sleeps, yields and offloading.
    #[serde(default)]
    pub idiom: String,
    /// What a worker is.
    #[serde(default)]
    pub worker: String,
    /// Whether it has exactly one worker, whatever the scenario asks for.
    #[serde(default)]
    pub single_threaded: bool,
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
    #[serde(default)]
    pub unknown: Vec<(String, String)>,
    /// The size of the blocking pool if the scenario doesn't set it; absent if there is none.
    #[serde(default)]
    pub blocking_threads: Option<u32>,
    /// Whether it has a pool for computing beside it, of as many threads as the scenario says or a thread a core.
    #[serde(default)]
    pub cpu_pool: bool,
    /// The size of an instance's stack, bytes, if the scenario doesn't set it; absent if an instance has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_size: Option<u64>,
    /// About how many bytes an instance takes that waits, and one that never does; absent if it can't tell.
    #[serde(default)]
    pub instance_bytes: Option<[u64; 2]>,
    /// Whether an instance that sleeps keeps its worker.
    #[serde(default)]
    pub sleeps_keep_worker: bool,
    /// Whether it can tell who was on which thread from when to when.
    #[serde(default)]
    pub trace: bool,
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

/// The engines that there are: the built-in ones, and programs by what they say of themselves.
#[derive(Debug, Clone, Default)]
pub struct Engines(BTreeMap<CustomName, Declared>);

/// What the plan knows of an engine.
#[derive(Debug, Clone)]
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

impl Engines {
    /// Adds a program by its description, in which its name becomes the one that its user gave it. The name in the answer
    /// knows how many workers the engine has.
    pub fn add(&mut self, name: CustomName, description: Description) -> CustomName {
        let name = name.of_single_threaded(description.single_threaded);
        self.0.insert(name, custom::declared(description));
        name
    }

    /// All of them, the built-in ones first.
    pub fn names(&self) -> impl Iterator<Item = EngineName> {
        EngineName::ALL.into_iter().chain(self.0.keys().copied().map(EngineName::Custom))
    }

    /// What an engine says of itself.
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

    /// How many bytes an instance takes on an engine, about: waiting ones, and ones that never wait.
    ///
    /// From measured runs of 1,000,000 instances, rounded up; the record's slot is not in it.
    pub fn instance_bytes(&self, engine: EngineName, waits: bool) -> u64 {
        let [waiting, other] = self.declared(engine).bytes;
        if waits { waiting } else { other }
    }

    /// In what an instance keeps its worker on an engine.
    pub(super) fn keeps_worker(&self, engine: EngineName) -> Keeps {
        self.declared(engine).keeps
    }

    /// Whether a cancellation ends a sleep on an engine.
    pub(super) fn wakes_sleepers(&self, engine: EngineName) -> bool {
        self.declared(engine).wakes_sleepers
    }

    /// About what a bare spawn, run and end of an instance takes on an engine, nanoseconds.
    pub(super) fn instance_ns(&self, engine: EngineName) -> u64 {
        self.declared(engine).instance_ns
    }

    /// How many threads for computing an engine has in all, if the pool of each of its processes has so many; absent if it
    /// has no such pool.
    pub(super) fn cpu_threads(&self, engine: EngineName, workers: u32, each: u32) -> Option<u64> {
        let pools = processes(engine, workers).max(1);
        self.declared(engine).description.cpu_pool.then(|| u64::from(pools) * u64::from(each))
    }

    /// Whether an engine gives each instance a thread of its own; no program's does.
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

/// The steps in which instances meet.
const MEETING: [&str; 6] = ["send", "recv", "drain", "lock", "permit", "barrier"];

/// Where the runtime has no channel that holds nothing.
const RENDEZVOUS: &str =
    "a `capacity` of 0 is emulated: a channel for one message, and the sender waits until that is taken";

/// Where an instance has a thread of its own, or one of few.
const KEEPS_THREAD: &str = "who waits keeps its thread";

/// Where who waits lets others run, unless nothing can be polled.
const OFFLOADED: &str = "by `shm` and `semaphore` it goes to the pool for blocking calls: they can't be polled";

fn notes(notes: &[(&str, &str)]) -> Vec<(String, String)> {
    notes.iter().map(|(of, note)| ((*of).to_owned(), (*note).to_owned())).collect()
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
        single_threaded: false,
        steps: native(
            &[&["cpu", "sleep", "block", "yield", "offload", "offload cpu", "loop", "spawn", "ipc"][..], &MEETING[..]]
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
    /// The same of a program whose instances can spawn others: its engine sets that up as it is driven.
    #[must_use]
    pub fn spawning(self) -> Self {
        self.with_spawn(&Support::Native)
    }

    /// The same of a program that has yet to set that up.
    fn not_spawning(self) -> Self {
        self.with_spawn(&Support::Unsupported("it does not set up where instances spawn others".to_owned()))
    }

    /// The same of a program that can't be a peer, as this one can.
    fn without_peers(mut self) -> Self {
        let why = Support::Unsupported("it starts no processes to talk with".to_owned());
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
