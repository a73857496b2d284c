//! Turns a program of a few lines into an engine: an executor of your own, or another version of a known one.
//!
//! Implement [`Engine`] and [`Spawner`] for it and call [`main`]. taskmix supplies the rest, as for the built-in engines: the
//! protocol, the steps, the clock, the record, the probes, the warm-up, the dispatcher. Then
//! `taskmix run SCENARIO --engine NAME=PATH` measures it beside them. `docs/recipes/your-executor.md` explains each part.
//!
//! This is the complete engine for smol's multi-threaded executor:
//!
//! ```no_run
//! use std::{future::pending, io, process::ExitCode, thread};
//!
//! use smol::{Executor, Task, block_on};
//! use taskmix_engine::worker::{self, Description, Engine, ProbeReader, Recorder, Run, Setup, Smol, Spawner, Worker};
//!
//! struct Mine(&'static Executor<'static>);
//!
//! impl Engine for Mine {
//!     type Primitives = Smol;
//!
//!     fn new(setup: Setup, recorder: &'static Recorder) -> io::Result<Self> {
//!         let executor: &'static Executor<'static> = Box::leak(Box::new(Executor::new()));
//!         for number in 0..setup.workers {
//!             thread::Builder::new().spawn(move || {
//!                 Worker::enlist(recorder, number);
//!                 block_on(executor.run(pending::<()>()));
//!             })?;
//!         }
//!         Ok(Self(executor))
//!     }
//!
//!     fn answer(&'static self, probes: &'static ProbeReader<Smol>) {
//!         self.0.spawn(probes.answer()).detach();
//!     }
//!
//!     fn drive(&'static self, run: &'static Run<Smol>, begin: impl FnOnce()) {
//!         let dispatcher = worker::dispatch(run, self);
//!         begin();
//!         self.0.spawn(dispatcher).detach();
//!         smol::future::block_on(run.finished());
//!     }
//! }
//!
//! impl Spawner<Smol> for Mine {
//!     type Handle = Task<()>;
//!
//!     fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) -> Task<()> {
//!         self.0.spawn(instance)
//!     }
//!
//!     fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static) {
//!         self.0.spawn(instance).detach();
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     worker::main::<Mine>(&Description::smol("smol 2.0.2"))
//! }
//! ```
//!
//! # Requirements
//!
//! - [`Engine::new`] starts all threads. Each calls [`Worker::enlist`] with its number, from 0, before it runs instances. So a
//!   cell that stalls can report which instance was on which thread.
//! - [`Engine::drive`] makes the dispatcher *before* it calls `begin`, which starts the clock, and spawns it *after* that. Then
//!   its thread parks: if it ran the executor, there would be one worker more than requested. (A single-threaded event loop
//!   runs itself there: `block_on(executor.run(run.finished()))`.)
//! - A spawned instance is run when it is woken, on any of the threads. When its handle is dropped, the future is dropped too,
//!   soon, on one of the threads: that is a cancellation. A pool, which can't take a job back, has `()` as its handle.
//! - Its [`Primitives`] supply sleeps, yields and offloading to the steps. [`Smol`] is for executors of tasks, which bring no
//!   timers of their own. [`Tokio`] is for executors on threads of a tokio runtime. [`Blocking`] is for pools whose jobs block
//!   their thread ([`Blocking::run`] runs one).
//! - Offloaded computations go to a pool that taskmix supplies if [`Engine::HAS_CPU_POOL`]; else they run on the present thread.
//!
//! # Instances that spawn children
//!
//! A scenario with `spawn` is refused unless the description says [`Description::spawning`]. If it does, `drive` first makes one
//! of two calls. [`Run::spawn_with`] fits if instances can be spawned from any thread, and an instance that waits for its
//! children lets others run on its thread. Else, as for a local executor or a pool, it is [`Run::set_up`] with a [`ChildSpawner`]
//! of its own.
//!
//! # One version of a crate
//!
//! A program contains one `1.x` version of a crate. An engine that brings its own `async-executor` depends on taskmix with
//! `default-features = false`, which leaves out the built-in engine of that name.

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write, stdin, stdout};
use std::process::ExitCode;

pub use crate::engine::{Engine, ProbeReader, Setup, dispatch};
pub use crate::plan::{Description, Support};
pub use crate::primitives::{Blocking, Primitives, Smol, Tokio};
pub use crate::record::{Recorder, Worker};
pub use crate::step::{CancelOnDrop, ChildSpawner, Run, Spawner};

/// The exit code of an engine that can't begin.
const CANT_BEGIN: u8 = 1;

/// The exit code of a program that was started by hand.
const USAGE: u8 = 2;

/// Runs the program as the engine `E`. With `--describe` as its last argument it prints `description`. Else it runs the cell
/// that it reads from its descriptors (`docs/engine-protocol.md`). Other arguments are left to the program.
///
/// # Exit code
///
/// 0 when the cell is reported, 1 if it can't begin, 2 if taskmix did not start the program, 101 after a panic on any thread.
pub fn main<E: Engine>(description: &Description) -> ExitCode {
    if env::args_os().next_back().is_some_and(|last| last == "--describe") {
        return exit_code(print(description));
    }
    if stdin().is_terminal() {
        let _ = writeln!(
            io::stderr(),
            "error: this is an engine, for taskmix to start\nhelp: `taskmix run SCENARIO --engine NAME={}`",
            env::args().next().unwrap_or_default()
        );
        return ExitCode::from(USAGE);
    }
    exit_code(crate::cell::run_custom::<E>().map_err(Into::into))
}

fn print(description: &Description) -> Result<(), Box<dyn Error>> {
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, description)?;
    writeln!(out)?;
    Ok(())
}

/// Success, or the error with its causes on one line.
fn exit_code(result: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    let mut text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::from(CANT_BEGIN)
}
