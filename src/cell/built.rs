//! An engine in this process with its run: built, primed, driven through the span, and asked what it used.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};

use super::{CellError, descriptor, memory, peers, say, usage};
use crate::engine::{Engine, ProbeReader, Setup};
use crate::host;
use crate::idiom::{CpuPool, Idiom};
use crate::plan::{CellPlan, End, Message, PROTOCOL, Primer, primer};
use crate::record::clock::NANOSECONDS;
use crate::record::layout::{NEVER, Shape};
use crate::record::{Commons, Mapping, Numbers, Recorder, Share, Usage, memory_file};
use crate::step::{Notice, Run, Tell};

/// What was used up to the end of the span, once that is known.
pub(super) type Used = Arc<OnceLock<Usage>>;

/// An engine that is ready for its span.
pub(super) struct Built<E: Engine> {
    pub(super) engine: &'static E,
    pub(super) run: &'static Run<E::Idiom>,
    /// In a cell that measures lag.
    probes: Option<&'static ProbeReader<E::Idiom>>,
    used: Used,
    /// Memory that is the instrument's, bytes: what the figures of named steps are gathered in.
    own_bytes: u64,
}

impl<E: Engine> Built<E> {
    /// Builds and primes the engine of `share` of the cell, which answers probes from now on, if any come.
    ///
    /// Leaked: the process lives as long as its cell, and instances on any thread refer to it.
    pub(super) fn new(
        plan: &CellPlan,
        share: Share,
        commons: Commons,
        used: Used,
        tell: Tell<E::Idiom>,
    ) -> Result<Self, CellError> {
        let mapping = Mapping::open(descriptor(3, true)?)?;
        let numbers = Numbers::open(descriptor(5, false)?).map_err(|error| CellError::Descriptor(5, error))?;
        let recorder = Recorder::of_share(mapping, ticks_per_second(plan), share);
        let cpu_pool = cpu_pool::<E>(plan)?;
        let mut run = Run::new(plan, recorder, numbers, commons, tell).with_cpu_pool(cpu_pool);
        peers::start(plan, &mut run)?;
        let run: &'static Run<E::Idiom> = Box::leak(Box::new(run));
        let recorder = &run.shared.recorder;
        let engine: &'static E = Box::leak(Box::new(E::new(setup(plan), recorder)?));
        let probes = plan.probe_ns.map(|_| probed(engine, recorder)).transpose()?;
        let primer = primer_run::<E>(plan, cpu_pool)?;
        engine.drive(primer, || ());
        let own_bytes = run.named_bytes() + primer.named_bytes();
        Ok(Self { engine, run, probes, used, own_bytes })
    }

    /// Says `ready`, lets `start` begin the span, drives the run through it, and says `end`.
    pub(super) fn drive(self, start: impl FnOnce(&Recorder)) -> Result<(), CellError> {
        let Self { engine, run, probes, used, own_bytes } = self;
        let mut before = Ok(usage::now());
        engine.drive(run, || {
            memory::reset_peak();
            before = say(&Message::Ready { protocol: PROTOCOL }).map(|()| usage::now());
            start(&run.shared.recorder);
        });
        // What was asked within the span is answered now that the engine is free.
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

/// Lets the engine answer the probes that come.
fn probed<E: Engine>(
    engine: &'static E,
    recorder: &'static Recorder,
) -> Result<&'static ProbeReader<E::Idiom>, CellError> {
    let probes = ProbeReader::new(descriptor(4, false)?.into(), recorder)?;
    let probes: &'static ProbeReader<E::Idiom> = Box::leak(Box::new(probes));
    engine.answer(probes);
    Ok(probes)
}

/// Runs the whole cell on engine `E` in this process.
pub(super) fn run_whole<E: Engine>(plan: &CellPlan) -> Result<(), CellError> {
    let used = Used::default();
    let tell = tell_oneself(&used);
    let commons = Commons::own(plan.tasks.len());
    Built::<E>::new(plan, Share::WHOLE, commons, used, tell)?.drive(Recorder::start)
}

/// What the only run of a cell is told, it hears; at the end of the span the usage is read first.
fn tell_oneself<I: Idiom>(used: &Used) -> Tell<I> {
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

/// The pool for computing, its threads running, if anybody will use it.
fn cpu_pool<E: Engine>(plan: &CellPlan) -> Result<Option<&'static CpuPool>, CellError> {
    if !E::HAS_CPU_POOL || !plan.computes_elsewhere() {
        return Ok(None);
    }
    let threads = plan.cpu_threads.unwrap_or_else(host::cores);
    let pool: &'static CpuPool = Box::leak(Box::new(CpuPool::new(threads as usize)?));
    Ok(Some(pool))
}

/// A run of its own for the primer, on a record that nobody reads.
fn primer_run<E: Engine>(
    plan: &CellPlan,
    cpu_pool: Option<&'static CpuPool>,
) -> Result<&'static Run<E::Idiom>, CellError> {
    let Primer { plan, slots } = primer(plan);
    let (_file, mapping) = Mapping::create(Shape { workers: 0, probes: 0, slots: slots.len(), stretches: 0 })?;
    for (slot, (task, instance)) in mapping.slots().iter().zip(slots) {
        slot.task.store(task, Relaxed);
        slot.instance.store(instance, Relaxed);
        slot.cancel_at_ns.store(NEVER, Relaxed);
    }
    let numbers = Numbers::open(memory_file("taskmix-primer", plan.open as usize * size_of::<u64>())?)?;
    let recorder = Recorder::new(mapping, ticks_per_second(&plan));
    recorder.start();
    let commons = Commons::own(plan.tasks.len());
    let run = Run::new(&plan, recorder, numbers, commons, Box::new(Run::hear));
    Ok(Box::leak(Box::new(run.with_cpu_pool(cpu_pool).rehearsal())))
}
