//! `rayon`: a thread pool of N threads. An instance is a job: it keeps its thread until it ends, whatever it waits for.
//!
//! Jobs are submitted from outside, first in, first out: a scope's jobs would run last in, first out, and halve one task's
//! wait at another's expense.

use std::io;
use std::sync::mpsc::sync_channel;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::dispatch::dispatch;
use super::{Engine, ProbeReader, Setup};
use crate::idiom::Blocking;
use crate::record::{Recorder, Worker};
use crate::step::{Run, Spawner};

/// The engine.
#[derive(Debug)]
pub struct Rayon {
    pool: ThreadPool,
}

impl Engine for Rayon {
    type Idiom = Blocking;

    fn new(setup: Setup, recorder: &'static Recorder) -> io::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(setup.workers)
            .thread_name(|number| format!("worker-{number}"))
            .start_handler(move |number| Worker::enlist(recorder, number))
            .build()
            .map_err(io::Error::other)?;
        pool.broadcast(|_| ());
        Ok(Self { pool })
    }

    fn answer(&'static self, probes: &'static ProbeReader<Blocking>) {
        let answering = move || {
            let (handled, wait) = sync_channel(1);
            while Blocking::run(probes.readable()).is_ok() {
                let handled = handled.clone();
                self.pool.spawn_fifo(move || {
                    let _ = handled.send(probes.handle());
                });
                if wait.recv() != Ok(true) {
                    return;
                }
            }
        };
        thread::Builder::new().name("probe".into()).spawn(answering).expect("a thread for the probe");
    }

    fn drive(&'static self, run: &'static Run<Blocking>, begin: impl FnOnce()) {
        let dispatcher = dispatch(run, self);
        begin();
        Blocking::run(dispatcher);
        Blocking::run(run.finished());
    }
}

impl Spawner<Blocking> for Rayon {
    /// A job can't be taken back: it looks at its slot's flag itself.
    type Handle = ();

    #[inline]
    fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) {
        self.spawn_detached(instance);
    }

    #[inline]
    fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
        self.pool.spawn_fifo(move || Blocking::run(instance));
    }
}
