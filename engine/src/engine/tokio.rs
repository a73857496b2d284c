//! tokio, in both flavours of its runtime: `tokio` over N threads (M:N) and `tokio-local` on one (1:N).
//!
//! They differ in how they are built and in which threads are the workers. The rest is the same code, as in a service on tokio.

use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::dispatch::dispatch;
use super::{Engine, ProbeReader, Setup};
use crate::primitives::Tokio;
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
        // The runtime reports each thread that starts, but not whether it is a worker or a thread for blocking calls. Only a
        // worker parks, and each parks first of all, as there is nothing to do yet. (Tasks that block their workers until all
        // have started would sometimes wait for ever: one worker may take two of them, and no other worker is woken.)
        let numbers = AtomicUsize::new(0);
        let (has_parked, parked) = mpsc::channel();
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(setup.workers).on_thread_park(move || {
            if Worker::current().is_none() {
                Worker::enlist(recorder, numbers.fetch_add(1, Relaxed));
                // Received while the runtime is built, once from each worker.
                let _ = has_parked.send(());
            }
        });
        let runtime = build(&mut builder, setup)?;
        parked.iter().take(setup.workers).for_each(drop);
        Ok(runtime)
    }
}

/// One thread: the one that calls [`Engine::drive`].
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
    type Primitives = Tokio;

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
        // On a multi-thread runtime this thread only parks: it polls this future and no task.
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

/// Dropping it cancels: dropping a plain tokio handle would leave the task running.
#[derive(Debug)]
pub struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
