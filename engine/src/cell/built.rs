//! An engine in this process with its run: built, warmed up, driven through the span; then its usage is read.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};

use super::{CellError, descriptor, memory, peers, say, usage};
use crate::engine::{Engine, ProbeReader, Setup};
use crate::host;
use crate::plan::{CellPlan, End, Message, PROTOCOL, Warmup, warmup};
use crate::primitives::{CpuPool, Primitives};
use crate::record::clock::NANOSECONDS;
use crate::record::layout::{NEVER, Shape};
use crate::record::{Mapping, Numbers, Recorder, Share, SharedProgress, Usage, memory_file};
use crate::step::{Notice, Run, Tell};

/// The usage up to the end of the span, once it is known.
pub(super) type Used = Arc<OnceLock<Usage>>;

/// An engine that is ready for its span.
pub(super) struct Built<E: Engine> {
    pub(super) engine: &'static E,
    pub(super) run: &'static Run<E::Primitives>,
    /// Present in a cell that measures lag.
    probes: Option<&'static ProbeReader<E::Primitives>>,
    used: Used,
    /// Memory of the measurement itself, bytes: the histograms of named steps.
    own_bytes: u64,
}

impl<E: Engine> Built<E> {
    /// Builds the engine of `share` of the cell and warms it up. From now on it answers probes, if the cell has any.
    ///
    /// The engine is leaked: the process lives as long as its cell, and instances on any thread refer to it.
    pub(super) fn new(
        plan: &CellPlan,
        share: Share,
        shared_progress: SharedProgress,
        used: Used,
        tell: Tell<E::Primitives>,
    ) -> Result<Self, CellError> {
        let mapping = Mapping::open(descriptor(3, true)?)?;
        let numbers = Numbers::open(descriptor(5, false)?).map_err(|error| CellError::Descriptor(5, error))?;
        let recorder = Recorder::of_share(mapping, ticks_per_second(plan), share);
        let cpu_pool = cpu_pool::<E>(plan)?;
        let mut run = Run::new(plan, recorder, numbers, shared_progress, tell).with_cpu_pool(cpu_pool);
        peers::start(plan, &mut run)?;
        let run: &'static Run<E::Primitives> = Box::leak(Box::new(run));
        let recorder = &run.shared.recorder;
        let engine: &'static E = Box::leak(Box::new(E::new(setup(plan), recorder)?));
        let probes = plan.probe_ns.map(|_| probed(engine, recorder)).transpose()?;
        let warmup = warmup_run::<E>(plan, cpu_pool)?;
        engine.drive(warmup, || ());
        let own_bytes = run.named_bytes() + warmup.named_bytes();
        Ok(Self { engine, run, probes, used, own_bytes })
    }

    /// Sends `ready`, lets `start` begin the span, drives the run through it, and sends `end`.
    pub(super) fn drive(self, start: impl FnOnce(&Recorder)) -> Result<(), CellError> {
        let Self { engine, run, probes, used, own_bytes } = self;
        let mut before = Ok(usage::now());
        engine.drive(run, || {
            memory::reset_peak();
            before = say(&Message::Ready { protocol: PROTOCOL }).map(|()| usage::now());
            start(&run.shared.recorder);
        });
        // Probes that were written within the span and not handled yet are handled now: the engine is free.
        if let Some(probes) = probes {
            probes.handle();
        }
        let after = used.get().copied().unwrap_or_else(usage::at_end);
        let usage = usage::between(before?, after).less_memory(own_bytes);
        let (named_steps, joined) = (run.named_steps(), run.joined());
        let (channels, peers) = (run.channel_counts(), run.peer_counts());
        say(&Message::End(End { usage, named_steps, joined, channels, peers }))
    }
}

/// Lets the engine answer the probes on descriptor 4.
fn probed<E: Engine>(
    engine: &'static E,
    recorder: &'static Recorder,
) -> Result<&'static ProbeReader<E::Primitives>, CellError> {
    let probes = ProbeReader::new(descriptor(4, false)?.into(), recorder)?;
    let probes: &'static ProbeReader<E::Primitives> = Box::leak(Box::new(probes));
    engine.answer(probes);
    Ok(probes)
}

/// Runs the whole cell on engine `E` in this process.
pub(super) fn run_whole<E: Engine>(plan: &CellPlan) -> Result<(), CellError> {
    let used = Used::default();
    let tell = tell_oneself(&used);
    let shared_progress = SharedProgress::own(plan.tasks.len());
    Built::<E>::new(plan, Share::WHOLE, shared_progress, used, tell)?.drive(Recorder::start)
}

/// Passes each notice of the only run of a cell back to that run. At the end of the span the usage is read first.
fn tell_oneself<P: Primitives>(used: &Used) -> Tell<P> {
    let used = Arc::clone(used);
    Box::new(move |run, notice| {
        if notice == Notice::Over {
            let _ = used.set(usage::at_end());
        }
        run.hear(notice);
    })
}

pub(super) fn ticks_per_second(plan: &CellPlan) -> u64 {
    if plan.ticks_per_second > 0 { plan.ticks_per_second } else { NANOSECONDS }
}

fn setup(plan: &CellPlan) -> Setup {
    Setup {
        workers: plan.workers as usize,
        blocking_threads: plan.blocking_threads.map(|threads| threads as usize),
        stack_size: plan.stack_size.map(|bytes| bytes as usize),
    }
}

/// The pool for computing, its threads running, if a task of the plan uses it.
fn cpu_pool<E: Engine>(plan: &CellPlan) -> Result<Option<&'static CpuPool>, CellError> {
    if !E::HAS_CPU_POOL || !plan.computes_elsewhere() {
        return Ok(None);
    }
    let threads = plan.cpu_threads.unwrap_or_else(host::cores);
    let pool: &'static CpuPool = Box::leak(Box::new(CpuPool::new(threads as usize)?));
    Ok(Some(pool))
}

/// A run for the warm-up, with a record of its own, which is never read.
fn warmup_run<E: Engine>(
    plan: &CellPlan,
    cpu_pool: Option<&'static CpuPool>,
) -> Result<&'static Run<E::Primitives>, CellError> {
    let Warmup { plan, slots } = warmup(plan);
    let (_file, mapping) = Mapping::create(Shape { workers: 0, probes: 0, slots: slots.len(), run_slices: 0 })?;
    for (slot, (task, instance)) in mapping.slots().iter().zip(slots) {
        slot.task.store(task, Relaxed);
        slot.instance.store(instance, Relaxed);
        slot.cancel_at_ns.store(NEVER, Relaxed);
    }
    let numbers = Numbers::open(memory_file("taskmix-warmup", plan.open as usize * size_of::<u64>())?)?;
    let recorder = Recorder::new(mapping, ticks_per_second(&plan));
    recorder.start();
    let shared_progress = SharedProgress::own(plan.tasks.len());
    let run = Run::new(&plan, recorder, numbers, shared_progress, Box::new(Run::hear));
    Ok(Box::leak(Box::new(run.with_cpu_pool(cpu_pool).for_warmup())))
}
