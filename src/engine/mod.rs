//! The engines: what schedules the instances of a cell. One file an engine, one dispatcher for all.
//!
//! An engine must not know the campaign, nor how its figures look.

#[cfg(feature = "async-executor")]
mod async_executor;
mod dispatch;
mod probe;
mod rayon;
mod seats;
mod smol_local;
mod threads;
mod tokio;

use std::io;

#[cfg(feature = "async-executor")]
pub use async_executor::AsyncExecutor;
pub use dispatch::dispatch;
pub use probe::ProbeReader;
pub use rayon::Rayon;
pub use smol_local::SmolLocal;
pub use threads::Threads;
pub use tokio::{CurrentThread, MultiThread, TokioRuntime};

use crate::idiom::Idiom;
use crate::record::Recorder;
use crate::step::Run;

/// What an engine is to be built like.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// How many workers; an engine of a single thread has one, whatever this says.
    pub workers: usize,
    /// The most threads of its blocking pool; `None` is the idiom's default.
    pub blocking_threads: Option<usize>,
    /// The size of an instance's stack, bytes, where it has one of its own; `None` is the engine's default.
    pub stack_size: Option<usize>,
}

/// What schedules the instances of a cell.
pub trait Engine: Sized + 'static {
    /// What its sleeps, yields and offloading are.
    type Idiom: Idiom;

    /// Whether a part that is offloaded to compute goes to a pool beside the engine, which is there before the engine is built.
    /// If not, the engine's own threads are for computing, and the part runs where it is.
    const HAS_CPU_POOL: bool = !Self::Idiom::NEVER_PENDS;

    /// Builds its pool and starts its threads, each enlisted as a worker of `recorder`.
    fn new(setup: Setup, recorder: &'static Recorder) -> io::Result<Self>;

    /// Answers probes from now on, like any small request from outside.
    fn answer(&'static self, probes: &'static ProbeReader<Self::Idiom>);

    /// Gets ready, calls `begin`, releases all instances of `run`, each at its time, and returns when the last has ended.
    fn drive(&'static self, run: &'static Run<Self::Idiom>, begin: impl FnOnce());
}
