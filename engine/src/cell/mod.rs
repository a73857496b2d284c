//! A cell from the child process's side: this binary as an engine that speaks the engine protocol.
//!
//! It reads the plan, builds and warms up the engine, sends `ready`, runs the span, sends `end`. It must not know the campaign.

mod built;
mod memory;
mod names;
mod peer;
mod peers;
mod processes;
mod usage;
mod watch;

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::os::fd::AsFd;

#[cfg(feature = "async-executor")]
use crate::engine::AsyncExecutor;
use crate::engine::{CurrentThread, Engine, MultiThread, Rayon, SmolLocal, Threads, TokioRuntime};
use crate::plan::{CellPlan, Message, PROTOCOL};
use crate::record::MappingError;
use crate::record::clock::use_counter;
use crate::scenario::EngineName;
use built::run_whole;
pub use peer::{Echo, echo};

/// Why a cell can't run.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    /// A descriptor of the protocol is missing or broken.
    #[error("can't use descriptor {0} of the engine protocol")]
    Descriptor(u32, #[source] io::Error),
    /// The record file is not one.
    #[error(transparent)]
    Record(#[from] MappingError),
    /// The plan is not one.
    #[error("the plan on descriptor 0 is not one of protocol {PROTOCOL}")]
    Plan(#[from] serde_json::Error),
    /// The plan is of another protocol.
    #[error("the plan is of protocol {0}, this engine speaks {PROTOCOL}")]
    Protocol(u32),
    /// The plan is for another engine.
    #[error("the plan is for the engine `{0}`")]
    OtherEngine(EngineName),
    /// The engine was left out of this program.
    #[cfg(not(feature = "async-executor"))]
    #[error("the engine `{0}` is not in this build: it was built without the feature of that name")]
    LeftOut(EngineName),
    /// The engine is one process.
    #[error("the engine `{0}` has no processes for workers")]
    NoWorkers(EngineName),
    /// A peer fails before its cell has ended.
    #[error("can't send a payload back")]
    Peer(#[source] io::Error),
    /// There are no threads, no memory or the like.
    #[error("can't build the engine")]
    Engine(#[from] io::Error),
}

/// Runs a cell of the built-in engine `name`; its plan is read from descriptor 0.
pub fn run(name: EngineName) -> Result<(), CellError> {
    let plan = begin()?;
    if plan.engine != name {
        return Err(CellError::OtherEngine(plan.engine));
    }
    match plan.engine {
        EngineName::SmolLocal => run_whole::<SmolLocal>(&plan),
        #[cfg(feature = "async-executor")]
        EngineName::AsyncExecutor => run_whole::<AsyncExecutor>(&plan),
        #[cfg(not(feature = "async-executor"))]
        EngineName::AsyncExecutor => Err(CellError::LeftOut(plan.engine)),
        EngineName::Rayon => run_whole::<Rayon>(&plan),
        EngineName::Tokio => run_whole::<TokioRuntime<MultiThread>>(&plan),
        EngineName::TokioLocal => run_whole::<TokioRuntime<CurrentThread>>(&plan),
        EngineName::Threads => run_whole::<Threads>(&plan),
        EngineName::Processes => processes::run(&plan),
        EngineName::Custom(_) => Err(CellError::OtherEngine(plan.engine)),
    }
}

/// Runs the cell whose plan is read from descriptor 0 on a custom engine, under any name.
pub fn run_custom<E: Engine>() -> Result<(), CellError> {
    run_whole::<E>(&begin()?)
}

/// Does the share of worker `index` of a cell of engine `name`; its plan is read from descriptor 0.
pub fn work(name: EngineName, index: u32) -> Result<(), CellError> {
    if name.has_processes() { processes::worker::work(index) } else { Err(CellError::NoWorkers(name)) }
}

/// Reads the plan. From now on the process ends when its parent does.
fn begin() -> Result<CellPlan, CellError> {
    let plan = read_plan()?;
    peers::keep_signals(&plan)?;
    watch::die_with(vec![io::stdin().as_fd().try_clone_to_owned()?]);
    watch::die_of_a_panic();
    use_counter(plan.ticks_per_second > 0);
    Ok(plan)
}

/// Reads a line from descriptor 0.
fn read_line() -> Result<String, CellError> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| CellError::Descriptor(0, error))?;
    Ok(line)
}

fn read_plan() -> Result<CellPlan, CellError> {
    let plan: CellPlan = serde_json::from_str(&read_line()?)?;
    if plan.protocol != PROTOCOL {
        return Err(CellError::Protocol(plan.protocol));
    }
    Ok(plan)
}

/// Opens the file that the parent has put at descriptor `number`.
fn descriptor(number: u32, write: bool) -> Result<File, CellError> {
    let opened = OpenOptions::new().read(true).write(write).open(format!("/proc/self/fd/{number}"));
    opened.map_err(|error| CellError::Descriptor(number, error))
}

/// Writes one whole line to descriptor 1.
fn say(message: &Message) -> Result<(), CellError> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line).and_then(|()| out.flush()).map_err(|error| CellError::Descriptor(1, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Engines;

    #[test]
    fn an_engine_has_a_pool_for_computing_if_its_description_says_so() {
        let described = |engine| Engines::default().describe(engine).cpu_pool;
        let engines = [
            (EngineName::SmolLocal, SmolLocal::HAS_CPU_POOL),
            #[cfg(feature = "async-executor")]
            (EngineName::AsyncExecutor, AsyncExecutor::HAS_CPU_POOL),
            (EngineName::Rayon, Rayon::HAS_CPU_POOL),
            (EngineName::Tokio, TokioRuntime::<MultiThread>::HAS_CPU_POOL),
            (EngineName::TokioLocal, TokioRuntime::<CurrentThread>::HAS_CPU_POOL),
            (EngineName::Threads, Threads::HAS_CPU_POOL),
            (EngineName::Processes, SmolLocal::HAS_CPU_POOL),
        ];
        for (engine, has_pool) in engines {
            assert_eq!(described(engine), has_pool, "{engine}");
        }
    }
}
