//! `rayon`: a thread pool of N threads. An instance is a job: it keeps its thread until it ends, whatever it waits for.
//!
//! Jobs are submitted from outside, first in, first out: a scope's jobs would run last in, first out, and halve one task's
//! wait at another's expense.

use std::io;
use std::ops::Range;
use std::sync::mpsc::sync_channel;
use std::thread;

use rayon::{ScopeFifo, ThreadPool, ThreadPoolBuilder};

use super::dispatch::dispatch;
use super::{Engine, ProbeReader, Setup};
use crate::idiom::Blocking;
use crate::record::{Recorder, Worker};
use crate::step::{Nursery, Rein, Run, Spawner};

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
        run.set_up(InPool { run, engine: self });
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

/// Releases children as jobs of the pool. Who waits for them does so as rayon's scopes do: its thread runs jobs meanwhile,
/// its children or others, on the same stack.
struct InPool {
    run: &'static Run<Blocking>,
    engine: &'static Rayon,
}

impl Nursery for InPool {
    fn release(&self, slots: Range<u32>, task: u16, join: bool, reins: &mut Vec<Rein>) {
        if join {
            let release = |scope: &ScopeFifo<'_>| self.run.release_children(slots, task, &InScope(scope), reins);
            self.engine.pool.in_place_scope_fifo(release);
        } else {
            self.run.release_children(slots, task, self.engine, reins);
        }
    }
}

/// Jobs that are over before their scope is.
struct InScope<'a, 'scope>(&'a ScopeFifo<'scope>);

impl Spawner<Blocking> for InScope<'_, '_> {
    type Handle = ();

    fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) {
        self.spawn_detached(instance);
    }

    fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn_fifo(move |_| Blocking::run(instance));
    }
}
