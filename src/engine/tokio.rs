//! tokio, in both flavours of its runtime: `tokio` over N threads (M:N) and `tokio-local` on one (1:N).
//!
//! They differ in how they are built and whose threads the workers are; the rest is the same code, as it is for whoever
//! writes a service on tokio.

use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Barrier};

use tokio::runtime::{Builder, Runtime, worker_index};
use tokio::task::JoinHandle;

use super::dispatch::dispatch;
use super::{Engine, ProbeReader, Setup};
use crate::idiom::Tokio;
use crate::record::{Recorder, Worker};
use crate::step::{Run, Spawner};

/// The engine, of flavour `F`.
#[derive(Debug)]
pub struct TokioRuntime<F> {
    runtime: Runtime,
    flavour: PhantomData<fn() -> F>,
}

/// A flavour of the runtime.
pub trait Flavour: 'static {
    /// Builds the runtime, its workers enlisted.
    fn start(setup: Setup, recorder: &'static Recorder) -> io::Result<Runtime>;
}

/// N threads that steal tasks from each other.
#[derive(Debug)]
pub struct MultiThread;

impl Flavour for MultiThread {
    fn start(setup: Setup, recorder: &'static Recorder) -> io::Result<Runtime> {
        let runtime = build(Builder::new_multi_thread().worker_threads(setup.workers), setup)?;
        // The runtime tells of each thread that starts, but not whether it is a worker or one for blocking calls. So the
        // workers enlist themselves, in tasks of which each keeps its thread until all are there: one on each worker.
        let all_there = Arc::new(Barrier::new(setup.workers + 1));
        for _ in 0..setup.workers {
            let all_there = Arc::clone(&all_there);
            runtime.spawn(async move {
                Worker::enlist(recorder, worker_index().expect("a worker polls this"));
                all_there.wait();
            });
        }
        all_there.wait();
        Ok(runtime)
    }
}

/// One thread: the one that drives.
#[derive(Debug)]
pub struct CurrentThread;

impl Flavour for CurrentThread {
    fn start(setup: Setup, recorder: &'static Recorder) -> io::Result<Runtime> {
        Worker::enlist(recorder, 0);
        build(&mut Builder::new_current_thread(), setup)
    }
}

fn build(builder: &mut Builder, setup: Setup) -> io::Result<Runtime> {
    if let Some(threads) = setup.blocking_threads {
        builder.max_blocking_threads(threads);
    }
    builder.enable_io().enable_time().build()
}

impl<F: Flavour> Engine for TokioRuntime<F> {
    type Idiom = Tokio;

    fn new(setup: Setup, recorder: &'static Recorder) -> io::Result<Self> {
        Ok(Self { runtime: F::start(setup, recorder)?, flavour: PhantomData })
    }

    fn answer(&'static self, probes: &'static ProbeReader<Tokio>) {
        self.runtime.spawn(probes.answer());
    }

    fn drive(&'static self, run: &'static Run<Tokio>, begin: impl FnOnce()) {
        run.spawn_with(self);
        let dispatcher = dispatch(run, self);
        begin();
        self.runtime.spawn(dispatcher);
        // Of several threads' runtime this one only parks: it polls this future and no task.
        self.runtime.block_on(run.finished());
    }
}

impl<F: Flavour> Spawner<Tokio> for TokioRuntime<F> {
    type Handle = AbortOnDrop;

    #[inline]
    fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) -> AbortOnDrop {
        AbortOnDrop(self.runtime.spawn(instance))
    }

    #[inline]
    fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(instance);
    }
}

/// Dropping it cancels: a handle of tokio's by itself would leave its task alone.
#[derive(Debug)]
pub struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
