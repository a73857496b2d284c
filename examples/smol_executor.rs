//! smol's `Executor` as an engine: an example of what `taskmix_engine::worker` requires of a program. The tests run it too.
//!
//! `cargo build --release --example smol_executor`, then
//! `taskmix run blocking --engine mine=target/release/examples/smol_executor`.

use std::future::pending;
use std::io;
use std::process::ExitCode;
use std::sync::{Arc, Barrier};
use std::thread;

use smol::{Executor, Task, block_on};
use taskmix_engine::worker::{self, Description, Engine, ProbeReader, Recorder, Run, Setup, Smol, Spawner, Worker};

struct SmolExecutor(&'static Executor<'static>);

impl Engine for SmolExecutor {
    type Primitives = Smol;

    fn new(setup: Setup, recorder: &'static Recorder) -> io::Result<Self> {
        let executor: &'static Executor<'static> = Box::leak(Box::new(Executor::new()));
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

impl Spawner<Smol> for SmolExecutor {
    type Handle = Task<()>;

    fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) -> Task<()> {
        self.0.spawn(instance)
    }

    fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(instance).detach();
    }
}

fn main() -> ExitCode {
    worker::main::<SmolExecutor>(&Description::smol("smol's Executor"))
}
