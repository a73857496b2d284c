//! async-executor 1.13.3 as an engine of taskmix.

use std::future::pending;
use std::io;
use std::process::ExitCode;
use std::thread;

use async_executor::{Executor, StaticExecutor, Task};
use smol::block_on;
use taskmix_engine::worker::{self, Description, Engine, ProbeReader, Recorder, Run, Setup, Smol, Spawner, Worker};

struct Ex113(&'static StaticExecutor);

impl Engine for Ex113 {
    type Primitives = Smol;

    fn new(setup: Setup, recorder: &'static Recorder) -> io::Result<Self> {
        let executor = Executor::new().leak();
        for number in 0..setup.workers {
            thread::Builder::new().spawn(move || {
                Worker::enlist(recorder, number);
                block_on(executor.run(pending::<()>()));
            })?;
        }
        Ok(Self(executor))
    }

    fn answer(&'static self, probes: &'static ProbeReader<Smol>) {
        self.0.spawn(probes.answer()).detach();
    }

    fn drive(&'static self, run: &'static Run<Smol>, begin: impl FnOnce()) {
        let dispatcher = worker::dispatch(run, self);
        begin();
        self.0.spawn(dispatcher).detach();
        smol::future::block_on(run.finished());
    }
}

impl Spawner<Smol> for Ex113 {
    type Handle = Task<()>;

    fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) -> Task<()> {
        self.0.spawn(instance)
    }

    fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(instance).detach();
    }
}

fn main() -> ExitCode {
    worker::main::<Ex113>(&Description::smol("async-executor 1.13.3, leaked (StaticExecutor)"))
}
