//! `smol-local`: smol's `LocalExecutor` on one thread, the 1:N model of an event loop.

use std::cell::Cell;
use std::io;
use std::ops::Range;

use smol::{LocalExecutor, Task, block_on};

use super::dispatch::dispatch;
use super::{Engine, ProbeReader, Setup};
use crate::primitives::Smol;
use crate::record::{Recorder, Worker};
use crate::step::{CancelOnDrop, ChildSpawner, Run, Spawner};

/// The engine.
#[derive(Debug)]
pub struct SmolLocal {
    executor: LocalExecutor<'static>,
}

thread_local! {
    /// The engine that runs on this thread: no other thread can reach a local executor.
    static HERE: Cell<Option<&'static SmolLocal>> = const { Cell::new(None) };
}

/// Releases children on the thread's own executor.
struct Here(&'static Run<Smol>);

impl ChildSpawner for Here {
    fn release(&self, slots: Range<u32>, task: u16, _join: bool, cancel_handles: &mut Vec<CancelOnDrop>) {
        let engine = HERE.get().expect("instances run on the event loop's thread");
        self.0.release_children(slots, task, engine, cancel_handles);
    }
}

impl Engine for SmolLocal {
    type Primitives = Smol;

    fn new(_setup: Setup, recorder: &'static Recorder) -> io::Result<Self> {
        Worker::enlist(recorder, 0);
        Ok(Self { executor: LocalExecutor::new() })
    }

    fn answer(&'static self, probes: &'static ProbeReader<Smol>) {
        self.executor.spawn(probes.answer()).detach();
    }

    fn drive(&'static self, run: &'static Run<Smol>, begin: impl FnOnce()) {
        HERE.set(Some(self));
        run.set_up(Here(run));
        let dispatcher = dispatch(run, self);
        begin();
        self.executor.spawn(dispatcher).detach();
        block_on(self.executor.run(run.finished()));
    }
}

impl Spawner<Smol> for SmolLocal {
    /// Dropping it cancels.
    type Handle = Task<()>;

    #[inline]
    fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) -> Task<()> {
        self.executor.spawn(instance)
    }

    #[inline]
    fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
        self.executor.spawn(instance).detach();
    }
}
