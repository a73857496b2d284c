//! Makes a program of a few lines an engine: an executor of your own, or another version of a known one.
//!
//! Implement [`Engine`] and [`Spawner`] for it and call [`main`]. All else is taskmix's, the same as in the built-in engines: the
//! protocol, the steps, the clock, the record, the probes, the priming, the dispatcher. Then
//! `taskmix run SCENARIO --engine NAME=PATH` measures it beside them; `docs/recipes/your-executor.md` goes through it.
//!
//! This is smol's multi-threaded executor, whole:
//!
//! ```no_run
//! use std::{future::pending, io, process::ExitCode, thread};
//!
//! use smol::{Executor, Task, block_on};
//! use taskmix::worker::{self, Description, Engine, ProbeReader, Recorder, Run, Setup, Smol, Spawner, Worker};
//!
//! struct Mine(&'static Executor<'static>);
//!
//! impl Engine for Mine {
//!     type Idiom = Smol;
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
//! # What is asked of it
//!
//! - [`Engine::new`] starts all threads; each calls [`Worker::enlist`] with its number, from 0, before it runs instances: so a
//!   cell that stalls can tell who was where.
//! - [`Engine::drive`] makes the dispatcher *before* it calls `begin`, which starts the clock, and spawns it behind. It parks in
//!   the end: a thread that lent itself to the executor would be one worker more than was asked for. (An event loop of a single
//!   thread runs itself there: `block_on(executor.run(run.finished()))`.)
//! - An instance that was spawned is run when it is woken, on any of the threads. When its handle is dropped the future is
//!   dropped too, soon, on one of the threads: that is a cancellation. A pool, which can't take a job back, has `()` as its handle.
//! - Its [`Idiom`] is what sleeps, yields and offloaded steps are written with: [`Smol`] for executors of tasks, which bring no
//!   timers of their own, [`Tokio`] for what runs on threads of a tokio runtime, [`Blocking`] for pools whose jobs keep their
//!   thread ([`Blocking::run`] runs one).
//! - What is offloaded to compute goes to a pool of taskmix's, if [`Engine::HAS_CPU_POOL`]; else it runs where it is.
//!
//! # Instances that spawn others
//!
//! A scenario with `spawn` is refused unless the description says [`Description::spawning`]. Then `drive` calls
//! [`Run::spawn_with`] before anything else, if instances can be spawned from any thread and a wait for them leaves its thread
//! to others; else [`Run::set_up`] with a [`Nursery`] of its own, as a local executor or a pool needs it.
//!
//! # One version of a crate
//!
//! A program has one `1.x` of a crate. An engine that brings its own `async-executor` takes taskmix with
//! `default-features = false`: without the built-in engine of that name.

use std::env;
use std::io::{self, IsTerminal, Write, stdin, stdout};
use std::process::ExitCode;

pub use crate::engine::{Engine, ProbeReader, Setup, dispatch};
pub use crate::idiom::{Blocking, Idiom, Smol, Tokio};
pub use crate::plan::{Description, Support};
pub use crate::record::{Recorder, Worker};
pub use crate::step::{Nursery, Rein, Run, Spawner};

/// The exit code of an engine that can't begin.
const CANT_BEGIN: u8 = 1;

/// The exit code of a program that was started by hand.
const USAGE: u8 = 2;

/// Runs the program as the engine `E`: with `--describe` as its last argument it prints `description`, else it runs the cell
/// that its descriptors bring (`docs/engine-protocol.md`). Other arguments are the program's own to read.
///
/// # Exit code
///
/// 0 when the cell is told, 1 if it can't begin, 2 if this was not started by taskmix; 101 behind a panic, on any thread.
pub fn main<E: Engine>(description: &Description) -> ExitCode {
    if env::args_os().next_back().is_some_and(|last| last == "--describe") {
        return told(print(description));
    }
    if stdin().is_terminal() {
        let _ = writeln!(
            io::stderr(),
            "error: this is an engine, for taskmix to start\nhelp: `taskmix run SCENARIO --engine NAME={}`",
            env::args().next().unwrap_or_default()
        );
        return ExitCode::from(USAGE);
    }
    told(crate::cell::run_custom::<E>().map_err(anyhow::Error::new))
}

fn print(description: &Description) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, description)?;
    writeln!(out)?;
    Ok(())
}

fn told(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(CANT_BEGIN)
        }
    }
}
