//! The child's side of a cell: this binary as an engine, speaking the engine protocol.
//!
//! It reads the plan, builds and primes the engine, says `ready`, runs the span, says `end`. It must not know the campaign.

mod memory;
mod usage;
mod watch;

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};

#[cfg(feature = "async-executor")]
use crate::engine::AsyncExecutor;
use crate::engine::{Engine, ProbeReader, Rayon, Setup, SmolLocal};
use crate::plan::{CellPlan, Message, PROTOCOL, primer};
use crate::record::clock::{NANOSECONDS, use_counter};
use crate::record::layout::{NEVER, Shape};
use crate::record::{Mapping, MappingError, Numbers, Recorder, Usage, memory_file};
use crate::scenario::EngineName;
use crate::step::Run;

/// Why a cell can't run.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    /// A descriptor of the protocol is missing or broken.
    #[error("can't use descriptor {0} of the engine protocol")]
    Descriptor(u32, #[source] io::Error),
    /// The record file is not one.
    #[error(transparent)]
    Record(#[from] MappingError),
    /// The plan is not one.
    #[error("the plan on descriptor 0 is not one of protocol {PROTOCOL}")]
    Plan(#[from] serde_json::Error),
    /// The plan is of another protocol.
    #[error("the plan is of protocol {0}, this engine speaks {PROTOCOL}")]
    Protocol(u32),
    /// The plan is for another engine.
    #[error("the plan is for the engine `{0}`")]
    OtherEngine(EngineName),
    /// The engine was left out of this program.
    #[cfg(not(feature = "async-executor"))]
    #[error("the engine `{0}` is not in this build: it was built without the feature of that name")]
    LeftOut(EngineName),
    /// Threads, memory or the like.
    #[error("can't build the engine")]
    Engine(#[from] io::Error),
}

/// Runs the cell of the built-in engine `name` whose plan comes on descriptor 0.
pub fn run(name: EngineName) -> Result<(), CellError> {
    let plan = begin()?;
    if plan.engine != name {
        return Err(CellError::OtherEngine(plan.engine));
    }
    match plan.engine {
        EngineName::SmolLocal => run_on::<SmolLocal>(&plan),
        #[cfg(feature = "async-executor")]
        EngineName::AsyncExecutor => run_on::<AsyncExecutor>(&plan),
        #[cfg(not(feature = "async-executor"))]
        EngineName::AsyncExecutor => Err(CellError::LeftOut(plan.engine)),
        EngineName::Rayon => run_on::<Rayon>(&plan),
        EngineName::Custom(_) => Err(CellError::OtherEngine(plan.engine)),
    }
}

/// Runs the cell whose plan comes on descriptor 0 on an engine of somebody else's, whatever its user calls it.
pub fn run_custom<E: Engine>() -> Result<(), CellError> {
    run_on::<E>(&begin()?)
}

/// Reads the plan; from now on the process lives no longer than its parent.
fn begin() -> Result<CellPlan, CellError> {
    let plan = read_plan()?;
    watch::die_with_the_parent();
    watch::die_of_a_panic();
    use_counter(plan.ticks_per_second > 0);
    Ok(plan)
}

fn read_plan() -> Result<CellPlan, CellError> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| CellError::Descriptor(0, error))?;
    let plan: CellPlan = serde_json::from_str(&line)?;
    if plan.protocol != PROTOCOL {
        return Err(CellError::Protocol(plan.protocol));
    }
    Ok(plan)
}

/// Opens what the parent has put at descriptor `number`.
fn descriptor(number: u32, write: bool) -> Result<File, CellError> {
    let opened = OpenOptions::new().read(true).write(write).open(format!("/proc/self/fd/{number}"));
    opened.map_err(|error| CellError::Descriptor(number, error))
}

fn ticks_per_second(plan: &CellPlan) -> u64 {
    if plan.ticks_per_second > 0 { plan.ticks_per_second } else { NANOSECONDS }
}

fn setup(plan: &CellPlan) -> Setup {
    Setup { workers: plan.workers as usize, blocking_threads: plan.blocking_threads.map(|threads| threads as usize) }
}

fn run_on<E: Engine>(plan: &CellPlan) -> Result<(), CellError> {
    let mapping = Mapping::open(descriptor(3, true)?)?;
    let numbers = Numbers::open(descriptor(5, false)?).map_err(|error| CellError::Descriptor(5, error))?;
    let used = Arc::new(OnceLock::new());
    let at_end = usage_at_end(&used);
    let recorder = Recorder::new(mapping, ticks_per_second(plan));
    // Leaked: the process lives as long as its cell, and instances on any thread refer to it.
    let run: &'static Run<E::Idiom> = Box::leak(Box::new(Run::new(plan, recorder, numbers, at_end)));
    let recorder = &run.shared.recorder;
    let engine: &'static E = Box::leak(Box::new(E::new(setup(plan), recorder)?));
    let probes = ProbeReader::new(descriptor(4, false)?.into(), recorder)?;
    let probes: &'static ProbeReader<E::Idiom> = Box::leak(Box::new(probes));
    engine.answer(probes);
    engine.drive(primer_run::<E>(plan)?, || ());

    let mut before = Ok(usage::now());
    engine.drive(run, || {
        memory::reset_peak();
        before = say(&Message::Ready { protocol: PROTOCOL }).map(|()| usage::now());
        recorder.start();
    });
    // What was asked within the span is answered now that the engine is free.
    probes.handle();
    let after = used.get().copied().unwrap_or_else(usage::at_end);
    say(&Message::End { usage: usage::between(before?, after), named_steps: run.named_steps() })?;
    Ok(())
}

fn usage_at_end(used: &Arc<OnceLock<Usage>>) -> Box<dyn Fn() + Send + Sync> {
    let used = Arc::clone(used);
    Box::new(move || {
        let _ = used.set(usage::at_end());
    })
}

/// A run of its own for the primer, on a record that nobody reads.
fn primer_run<E: Engine>(plan: &CellPlan) -> Result<&'static Run<E::Idiom>, CellError> {
    let plan = primer(plan);
    let shape = Shape { workers: 0, probes: 0, slots: plan.open as usize };
    let (_file, mapping) = Mapping::create(shape)?;
    let tasks = plan.tasks.iter().zip(0_u16..).flat_map(|(task, index)| (0..task.count).map(move |_| index));
    for (slot, task) in mapping.slots().iter().zip(tasks) {
        slot.task.store(task, Relaxed);
        slot.cancel_at_ns.store(NEVER, Relaxed);
    }
    let numbers = Numbers::open(memory_file("taskmix-primer", plan.open as usize * size_of::<u64>())?)?;
    let recorder = Recorder::new(mapping, ticks_per_second(&plan));
    recorder.start();
    Ok(Box::leak(Box::new(Run::new(&plan, recorder, numbers, Box::new(|| ())))))
}

/// Says one line, whole, on descriptor 1.
fn say(message: &Message) -> Result<(), CellError> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line).and_then(|()| out.flush()).map_err(|error| CellError::Descriptor(1, error))
}
