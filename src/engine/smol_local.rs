//! `smol-local`: smol's `LocalExecutor` on one thread, the 1:N model of an event loop.

use std::io;

use smol::{LocalExecutor, Task, block_on};

use super::dispatch::dispatch;
use super::{Engine, ProbeReader, Setup};
use crate::idiom::Smol;
use crate::record::{Recorder, Worker};
use crate::step::{Run, Spawner};

/// The engine.
#[derive(Debug)]
pub struct SmolLocal {
    executor: LocalExecutor<'static>,
}

impl Engine for SmolLocal {
    type Idiom = Smol;

    fn new(_setup: Setup, recorder: &'static Recorder) -> io::Result<Self> {
        Worker::enlist(recorder, 0);
        Ok(Self { executor: LocalExecutor::new() })
    }

    fn answer(&'static self, probes: &'static ProbeReader<Smol>) {
        self.executor.spawn(probes.answer()).detach();
    }

    fn drive(&'static self, run: &'static Run<Smol>, begin: impl FnOnce()) {
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
