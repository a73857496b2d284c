//! The pool for computing: as many threads as may be busy at once, beside the engine whose threads are for waiting.
//!
//! It is rayon's, which is what services on any of the idioms take for this. Jobs begin in the order in which they come.

use std::io;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads for computing.
#[derive(Debug)]
pub struct CpuPool(ThreadPool);

impl CpuPool {
    /// A pool of so many threads, at least one, all of which run.
    pub fn new(threads: usize) -> io::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(|number| format!("cpu-{number}"))
            .build()
            .map_err(io::Error::other)?;
        pool.broadcast(|_| ());
        Ok(Self(pool))
    }

    /// Hands `job` over.
    pub(super) fn start(&self, job: impl FnOnce() + Send + 'static) {
        self.0.spawn_fifo(job);
    }

    /// Hands `job` over and keeps the thread until it has ended.
    pub(super) fn run(&self, job: impl FnOnce() + Send) {
        self.0.install(job);
    }
}
