//! `taskmix engines --format json`: `taskmix.engines/2`.

use std::collections::BTreeMap;

use serde::Serialize;

use taskmix_engine::plan::{Description, Support};

/// All engines.
#[derive(Debug, Serialize)]
pub struct EnginesDocument {
    schema: &'static str,
    taskmix_version: &'static str,
    engines: Vec<EngineShape>,
}

/// The description of one engine.
#[derive(Debug, Serialize)]
struct EngineShape {
    engine: String,
    model: String,
    runtime: String,
    primitives: String,
    worker: String,
    /// Whether it has one worker, regardless of the scenario.
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
    /// Whether `--trace` records which instance was on which of its threads.
    trace: bool,
    steps: BTreeMap<String, SupportShape>,
    arrivals: BTreeMap<String, SupportShape>,
    cancel: BTreeMap<String, SupportShape>,
    /// Notes on native support.
    notes: BTreeMap<String, String>,
    /// Columns that stay empty, each with the reason.
    unknown: BTreeMap<String, String>,
}

/// How something is supported.
#[derive(Debug, Serialize)]
struct SupportShape {
    /// `native`, `emulated` or `unsupported`.
    support: &'static str,
    /// By what means, or why not; `null` of what is native.
    text: Option<String>,
}

impl EnginesDocument {
    /// The document of these engines, each with its command if it is a program.
    pub fn new(engines: Vec<(Description, Option<Vec<String>>)>) -> Self {
        let engines = engines.into_iter().map(|(description, command)| engine(description, command)).collect();
        Self { schema: "taskmix.engines/2", taskmix_version: env!("CARGO_PKG_VERSION"), engines }
    }
}

fn engine(description: Description, command: Option<Vec<String>>) -> EngineShape {
    EngineShape {
        engine: description.engine,
        model: description.model,
        runtime: description.runtime,
        primitives: description.primitives,
        worker: description.worker,
        single_threaded: description.single_threaded,
        command,
        protocol: description.protocol,
        blocking_threads: description.blocking_threads,
        cpu_pool: description.cpu_pool,
        stack_size_bytes: description.stack_size,
        trace: description.trace,
        steps: by_name(description.steps),
        arrivals: by_name(description.arrivals),
        cancel: by_name(description.cancel),
        notes: description.notes.into_iter().collect(),
        unknown: description.unknown.into_iter().collect(),
    }
}

fn by_name(things: Vec<(String, Support)>) -> BTreeMap<String, SupportShape> {
    let how = |support| match support {
        Support::Native => SupportShape { support: "native", text: None },
        Support::Emulated(how) => SupportShape { support: "emulated", text: Some(how) },
        Support::Unsupported(why) => SupportShape { support: "unsupported", text: Some(why) },
    };
    things.into_iter().map(|(name, support)| (name, how(support))).collect()
}
