//! `async-executor`: N threads that steal from each other, the M:N model.
//!
//! The executor is leaked: a program usually keeps its executor for its whole life. The static form spawns faster than
//! `Executor`, makes smaller tasks, and keeps no list of them.

use std::future::pending;
use std::io;
use std::sync::{Arc, Barrier};
use std::thread;

use async_executor::{StaticExecutor, Task};
use smol::block_on;

use super::dispatch::dispatch;
use super::{Engine, ProbeReader, Setup};
use crate::primitives::Smol;
use crate::record::{Recorder, Worker};
use crate::step::{Run, Spawner};

/// The engine.
#[derive(Debug)]
pub struct AsyncExecutor {
    executor: &'static StaticExecutor,
}

impl Engine for AsyncExecutor {
    type Primitives = Smol;

    fn new(setup: Setup, recorder: &'static Recorder) -> io::Result<Self> {
        let executor: &'static StaticExecutor = async_executor::Executor::new().leak();
        let started = Arc::new(Barrier::new(setup.workers + 1));
        for number in 0..setup.workers {
            let started = Arc::clone(&started);
            thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
                Worker::enlist(recorder, number);
                started.wait();
                block_on(executor.run(pending::<()>()));
            })?;
        }
        started.wait();
        Ok(Self { executor })
    }

    fn answer(&'static self, probes: &'static ProbeReader<Smol>) {
        self.executor.spawn(probes.answer()).detach();
    }

    fn drive(&'static self, run: &'static Run<Smol>, begin: impl FnOnce()) {
        run.spawn_with(self);
        let dispatcher = dispatch(run, self);
        begin();
        self.executor.spawn(dispatcher).detach();
        // Parks: `smol::block_on` would lend this thread to the reactor, one worker more than the scenario asks for.
        smol::future::block_on(run.finished());
    }
}

impl Spawner<Smol> for AsyncExecutor {
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
