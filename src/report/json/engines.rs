//! `taskmix engines --format json`: `taskmix.engines/1`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::{Description, Support};

/// All engines.
#[derive(Debug, Serialize)]
pub struct EnginesDocument {
    schema: &'static str,
    taskmix_version: &'static str,
    engines: Vec<EngineShape>,
}

/// What one engine says of itself.
#[derive(Debug, Serialize)]
struct EngineShape {
    engine: String,
    model: String,
    runtime: String,
    idiom: String,
    worker: String,
    /// Whether it has one worker, whatever the scenario asks for.
    single_threaded: bool,
    /// The command of a program that is an engine; `null` of a built-in one.
    command: Option<Vec<String>>,
    protocol: u32,
    /// The most threads of its blocking pool, if the scenario doesn't set it; `null` without a pool.
    blocking_threads: Option<u32>,
    /// Whether it has a pool for computing.
    cpu_pool: bool,
    /// The size of an instance's stack, if the scenario doesn't set it; `null` if it has none of its own.
    stack_size_bytes: Option<u64>,
    /// Whether `--trace` tells who was on which of its threads.
    trace: bool,
    steps: BTreeMap<String, How>,
    arrivals: BTreeMap<String, How>,
    cancel: BTreeMap<String, How>,
    /// What to know of things that are native.
    notes: BTreeMap<String, String>,
    /// Columns that stay empty, each with the reason.
    unknown: BTreeMap<String, String>,
}

/// How something is supported.
#[derive(Debug, Serialize)]
struct How {
    /// `native`, `emulated` or `unsupported`.
    support: &'static str,
    /// By what means, or why not; `null` of what is native.
    text: Option<String>,
}

impl EnginesDocument {
    /// The document of these engines, each with its command if it is a program.
    pub fn new(engines: Vec<(Description, Option<Vec<String>>)>) -> Self {
        let engines = engines.into_iter().map(|(of, command)| engine(of, command)).collect();
        Self { schema: "taskmix.engines/1", taskmix_version: env!("CARGO_PKG_VERSION"), engines }
    }
}

fn engine(of: Description, command: Option<Vec<String>>) -> EngineShape {
    EngineShape {
        engine: of.engine,
        model: of.model,
        runtime: of.runtime,
        idiom: of.idiom,
        worker: of.worker,
        single_threaded: of.single_threaded,
        command,
        protocol: of.protocol,
        blocking_threads: of.blocking_threads,
        cpu_pool: of.cpu_pool,
        stack_size_bytes: of.stack_size,
        trace: of.trace,
        steps: by_name(of.steps),
        arrivals: by_name(of.arrivals),
        cancel: by_name(of.cancel),
        notes: of.notes.into_iter().collect(),
        unknown: of.unknown.into_iter().collect(),
    }
}

fn by_name(things: Vec<(String, Support)>) -> BTreeMap<String, How> {
    let how = |support| match support {
        Support::Native => How { support: "native", text: None },
        Support::Emulated(how) => How { support: "emulated", text: Some(how) },
        Support::Unsupported(why) => How { support: "unsupported", text: Some(why) },
    };
    things.into_iter().map(|(name, support)| (name, how(support))).collect()
}
