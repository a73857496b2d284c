//! The pool for computing, beside an engine whose threads are for waiting. It has as many threads as may compute at once.
//!
//! It is a pool of rayon's, which services on any of these runtimes use for this. Jobs start in the order of their arrival.

use std::io;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads for computing.
#[derive(Debug)]
pub struct CpuPool(ThreadPool);

impl CpuPool {
    /// A pool of `threads` threads, at least one; all of them have started.
    pub fn new(threads: usize) -> io::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(|number| format!("cpu-{number}"))
            .build()
            .map_err(io::Error::other)?;
        pool.broadcast(|_| ());
        Ok(Self(pool))
    }

    /// Queues `job`.
    pub(super) fn start(&self, job: impl FnOnce() + Send + 'static) {
        self.0.spawn_fifo(job);
    }

    /// Queues `job` and blocks the caller's thread until it has ended.
    pub(super) fn run(&self, job: impl FnOnce() + Send) {
        self.0.install(job);
    }
}
