//! `rayon`: a pool of N threads. An instance is a job: it occupies its thread until it ends, also while it waits.
//!
//! Jobs are submitted from outside the pool, first in, first out. The jobs of a scope would run last in, first out, which would
//! halve one task's wait at another's expense.

use std::io;
use std::ops::Range;
use std::sync::mpsc::sync_channel;
use std::thread;

use rayon::{ScopeFifo, ThreadPool, ThreadPoolBuilder};

use super::dispatch::dispatch;
use super::{Engine, ProbeReader, Setup};
use crate::primitives::Blocking;
use crate::record::{Recorder, Worker};
use crate::step::{CancelOnDrop, ChildSpawner, Run, Spawner};

/// The engine.
#[derive(Debug)]
pub struct Rayon {
    pool: ThreadPool,
}

impl Engine for Rayon {
    type Primitives = Blocking;

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
    /// A job can't be withdrawn: it checks the cancellation flag of its slot itself.
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

/// Releases children as jobs of the pool. A parent waits for them as rayon's scopes do: its thread runs jobs meanwhile, of its
/// children or of other instances, on the same stack.
struct InPool {
    run: &'static Run<Blocking>,
    engine: &'static Rayon,
}

impl ChildSpawner for InPool {
    fn release(&self, slots: Range<u32>, task: u16, join: bool, cancel_handles: &mut Vec<CancelOnDrop>) {
        if join {
            let release =
                |scope: &ScopeFifo<'_>| self.run.release_children(slots, task, &InScope(scope), cancel_handles);
            self.engine.pool.in_place_scope_fifo(release);
        } else {
            self.run.release_children(slots, task, self.engine, cancel_handles);
        }
    }
}

/// Spawns jobs that end before their scope does.
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
