//! The engines: they schedule the instances of a cell. One file for each engine, one dispatcher for all.
//!
//! An engine must not know the campaign, nor how its figures are reported.

#[cfg(feature = "async-executor")]
mod async_executor;
mod dispatch;
mod probe;
mod rayon;
mod smol_local;
mod threads;
mod tokio;
mod trace_lines;

use std::io;

#[cfg(feature = "async-executor")]
pub use async_executor::AsyncExecutor;
pub use dispatch::dispatch;
pub use probe::ProbeReader;
pub use rayon::Rayon;
pub use smol_local::SmolLocal;
pub use threads::Threads;
pub use tokio::{CurrentThread, MultiThread, TokioRuntime};

use crate::primitives::Primitives;
use crate::record::Recorder;
use crate::step::Run;

/// How an engine is to be built.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// The number of workers; an engine of a single thread ignores it and has one.
    pub workers: usize,
    /// The most threads of its blocking pool; `None` is the runtime's default.
    pub blocking_threads: Option<usize>,
    /// The size of an instance's stack, bytes, if each instance has its own; `None` is the engine's default.
    pub stack_size: Option<usize>,
}

/// Schedules the instances of a cell.
pub trait Engine: Sized + 'static {
    /// The runtime primitives that its instances use.
    type Primitives: Primitives;

    /// Whether work that is offloaded for computing goes to a pool beside the engine, which is built before the engine. If not,
    /// the engine's own threads are for computing, and the work runs where it is.
    const HAS_CPU_POOL: bool = !Self::Primitives::NEVER_PENDS;

    /// Builds its pool and starts its threads, each enlisted as a worker of `recorder`.
    fn new(setup: Setup, recorder: &'static Recorder) -> io::Result<Self>;

    /// Answers probes from now on, as it would any small request from outside.
    fn answer(&'static self, probes: &'static ProbeReader<Self::Primitives>);

    /// Prepares, calls `begin`, releases each instance of `run` at its time, and returns when the last has ended.
    fn drive(&'static self, run: &'static Run<Self::Primitives>, begin: impl FnOnce());
}
