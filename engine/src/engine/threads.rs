//! `threads`: an OS thread for each instance, the 1:1 model. The kernel schedules; a wait blocks only its own thread.
//!
//! Threads are started from outside, as by an accept loop that hands each connection to a thread of its own, and are never
//! joined. The worker line of its thread shows an instance while it runs; the core on which it ran is not known.

use std::io;
use std::mem::ManuallyDrop;
use std::process;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::dispatch::dispatch;
use super::trace_lines::TraceLinePool;
use super::{Engine, ProbeReader, Setup};
use crate::host::{self, Ceiling, ThreadRoom};
use crate::plan::{STACK_BYTES, THREAD_MAPPINGS};
use crate::primitives::Blocking;
use crate::record::{Recorder, Worker};
use crate::step::{Run, Spawner};
use crate::units::format_count;

/// Mappings that are kept free for the rest of the process: arenas of its allocator, threads that are ending.
const SPARE_MAPPINGS: u64 = 256;

/// A limit with room for no more threads than this is reported as the one that was reached.
const NEARLY_NONE: u64 = 2 * SPARE_MAPPINGS / THREAD_MAPPINGS;

/// The engine.
#[derive(Debug)]
pub struct Threads {
    recorder: &'static Recorder,
    /// Bytes of each thread's stack.
    stack_size: usize,
    trace_lines: &'static TraceLinePool,
    /// How many threads of instances may live before the next could not map its stacks.
    room: usize,
    /// Held while a trace line is lent: by the dispatcher, or by an instance that spawns.
    lender: Mutex<()>,
    /// How many threads were started.
    started: AtomicU64,
}

impl Engine for Threads {
    type Primitives = Blocking;

    /// The threads are for waiting: without a pool all released instances would compute at once.
    const HAS_CPU_POOL: bool = true;

    fn new(setup: Setup, recorder: &'static Recorder) -> io::Result<Self> {
        let stack_size = setup.stack_size.unwrap_or(STACK_BYTES as usize);
        // The first thread of a process is slow: it maps memory, and the runtime libraries set themselves up.
        let first = thread::Builder::new().stack_size(stack_size).spawn(|| ())?;
        first.join().map_err(|_| io::Error::other("the first thread panicked"))?;
        let room = room();
        let trace_lines = recorder.mapping().workers().len().min(room);
        let trace_lines = Box::leak(Box::new(TraceLinePool::new(trace_lines)));
        Ok(Self { recorder, stack_size, trace_lines, room, lender: Mutex::new(()), started: AtomicU64::new(0) })
    }

    fn answer(&'static self, probes: &'static ProbeReader<Blocking>) {
        let answering = move || {
            let (handled, wait) = sync_channel(1);
            while Blocking::run(probes.readable()).is_ok() {
                let handled = handled.clone();
                self.start(move || {
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
        run.spawn_with(self);
        let dispatcher = dispatch(run, self);
        begin();
        Blocking::run(dispatcher);
        Blocking::run(run.finished());
    }
}

impl Spawner<Blocking> for Threads {
    /// A thread can't be stopped from outside: it checks the cancellation flag of its slot itself.
    type Handle = ();

    #[inline]
    fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) {
        self.spawn_detached(instance);
    }

    #[inline]
    fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
        let (recorder, trace_lines) = (self.recorder, self.trace_lines);
        // Warm-up threads get no line: they may still live when the span begins, and their record is never read.
        let in_span = recorder.has_started();
        let trace_line = if in_span { self.lend() } else { None };
        if in_span && trace_line.is_none() && trace_lines.len() >= self.room {
            give_up(self.started.load(Relaxed) + 1, "no more memory may be mapped");
        }
        self.start(move || {
            if let Some(trace_line) = trace_line {
                Worker::take_line(recorder, trace_line as usize);
            }
            Blocking::run(instance);
            if let Some(trace_line) = trace_line {
                trace_lines.give_back(trace_line);
            }
        });
    }
}

impl Threads {
    /// A trace line, if one is free.
    fn lend(&self) -> Option<u32> {
        let _one_at_a_time = self.lender.lock().unwrap_or_else(PoisonError::into_inner);
        self.trace_lines.lend()
    }

    /// Runs `body` on a thread of its own, or ends the cell.
    fn start(&self, body: impl FnOnce() + Send + 'static) {
        // If no thread can be started, the closure is dropped: an instance in it would count as cancelled.
        let body = ManuallyDrop::new(body);
        let thread = thread::Builder::new().stack_size(self.stack_size);
        let number = self.started.fetch_add(1, Relaxed) + 1;
        if let Err(error) = thread.spawn(move || ManuallyDrop::into_inner(body)()) {
            give_up(number, &error.to_string());
        }
    }
}

/// How many threads may live at once, by the number of their mappings. Beyond that it is not the start of a thread that fails
/// but its first steps, which can't be caught.
fn room() -> usize {
    let left = host::mappings_left().map_or(u64::MAX, |left| left.saturating_sub(SPARE_MAPPINGS));
    (left / THREAD_MAPPINGS) as usize
}

/// Ends the cell: there is no thread for an instance. The record keeps what was written so far.
fn give_up(number: u64, why: &str) -> ! {
    let ThreadRoom { threads, mappings, .. } = host::thread_room();
    let reached = |limits: Vec<Ceiling>, each: u64| {
        limits.into_iter().filter(|limit| limit.free / each <= NEARLY_NONE).min_by_key(|limit| limit.free / each)
    };
    let limit = reached(threads, 1).or_else(|| reached(mappings, THREAD_MAPPINGS));
    let remedy = limit.map_or_else(
        || "let fewer instances be under way at once, or lower `stack_size`".to_owned(),
        |limit| format!("`{}` is {}: {}", limit.name, format_count(limit.value), limit.remedy),
    );
    eprintln!("can't start thread {} of this cell: {why}; {remedy}", format_count(number));
    process::exit(1);
}
