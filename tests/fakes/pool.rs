//! An engine for tests: each worker is a thread that receives jobs from a channel. With `--lose` it drops every third instance,
//! with `--forget` it never runs the first one.

use std::io;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use taskmix_engine::worker::{self, Blocking, Description, Engine, ProbeReader, Recorder, Run, Setup, Spawner, Worker};

type Job = Box<dyn FnOnce() + Send>;

struct Pool {
    jobs: Sender<Job>,
    /// How many instances were spawned so far; counted only with `--lose`.
    spawned: AtomicU64,
    loses: bool,
    /// Whether the next instance is to be forgotten. Never in the warm-up, which would not end.
    forgets_next: AtomicBool,
    /// How often it was driven: first for the warm-up, then for the span.
    driven: AtomicU64,
}

impl Engine for Pool {
    type Primitives = Blocking;

    fn new(setup: Setup, recorder: &'static Recorder) -> io::Result<Self> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..setup.workers {
            let queue = Arc::clone(&queue);
            thread::Builder::new().spawn(move || {
                Worker::enlist(recorder, number);
                while let Some(job) = next(&queue) {
                    job();
                }
            })?;
        }
        let (spawned, driven, forgets_next) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        Ok(Self { jobs, spawned, loses: is_asked("--lose"), forgets_next, driven })
    }

    fn answer(&'static self, probes: &'static ProbeReader<Blocking>) {
        thread::spawn(move || {
            let (handled, wait) = channel();
            while Blocking::run(probes.readable()).is_ok() {
                let handled = handled.clone();
                self.submit(Box::new(move || {
                    let _ = handled.send(probes.handle());
                }));
                if wait.recv() != Ok(true) {
                    return;
                }
            }
        });
    }

    fn drive(&'static self, run: &'static Run<Blocking>, begin: impl FnOnce()) {
        let is_span = self.driven.fetch_add(1, Relaxed) > 0;
        self.forgets_next.store(is_span && is_asked("--forget"), Relaxed);
        let dispatcher = worker::dispatch(run, self);
        begin();
        Blocking::run(dispatcher);
        Blocking::run(run.finished());
    }
}

impl Pool {
    fn submit(&self, job: Job) {
        self.jobs.send(job).expect("the workers wait for jobs");
    }
}

fn is_asked(option: &str) -> bool {
    std::env::args().any(|argument| argument == option)
}

fn next(queue: &Mutex<Receiver<Job>>) -> Option<Job> {
    queue.lock().expect("no worker panics while it waits").recv().ok()
}

impl Spawner<Blocking> for Pool {
    type Handle = ();

    fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) {
        self.spawn_detached(instance);
    }

    fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
        // A dropped instance ends as cancelled.
        if self.loses && self.spawned.fetch_add(1, Relaxed) % 3 == 2 {
            return;
        }
        if self.forgets_next.swap(false, Relaxed) {
            std::mem::forget(instance);
            return;
        }
        self.submit(Box::new(move || Blocking::run(instance)));
    }
}

fn main() -> ExitCode {
    worker::main::<Pool>(&Description::blocking("a channel of jobs 1.0"))
}
