//! The command line: parses arguments, runs a command, and turns its result into an exit code.
//!
//! No other module prints.

mod args;
mod bad_input;
mod check;
mod compare;
mod config;
mod engines;
mod exit;
mod facts;
mod list;
mod load;
mod locate;
mod plan;
mod plot;
mod progress;
mod registered;
mod report;
mod run;
mod speed;
mod terminal;
mod trace;

use std::io::{self, ErrorKind, Write};
use std::num::NonZeroU64;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
pub use exit::{BAD_INPUT, FAILED, INTERRUPTED, OK};

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let result = match Args::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Check { files, engines, format } => check::check(&files, &engines, format),
        Command::Compare(args) => compare::compare(&args),
        Command::Report(args) => report::report(&args),
        Command::Plan(args) => plan::plan(&args),
        Command::Plot(args) => plot::plot(&args),
        Command::Trace(args) => trace::trace(&args),
        Command::List => list::list(),
        Command::Engines { engines, format } => engines::engines(&engines, format),
        Command::Engine { describe: true, name, .. } => describe(name),
        Command::Engine { worker, name, .. } => engine(name, worker),
        Command::Probe { probe_pipes, period_ns } => probe(probe_pipes, period_ns),
        Command::Peer { mechanism, bytes, signal, cpus, flip, leave } => {
            let signal = signal.and_then(taskmix_engine::step::RealTime::new);
            peer(&taskmix_engine::cell::Echo {
                mechanism,
                bytes: bytes as usize,
                signal,
                cpus,
                flips: flip,
                leaves: leave,
            })
        }
    };
    let code = result.unwrap_or_else(|error| failure(&error));
    ExitCode::from(code)
}

fn describe(name: taskmix_engine::scenario::EngineName) -> anyhow::Result<u8> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &taskmix_engine::plan::Engines::default().describe(name))?;
    writeln!(out)?;
    Ok(OK)
}

/// Runs this binary as an engine, the other side of the engine protocol, or as one of an engine's processes.
fn engine(name: taskmix_engine::scenario::EngineName, worker: Option<u32>) -> anyhow::Result<u8> {
    match worker {
        Some(index) => taskmix_engine::cell::work(name, index)?,
        None => taskmix_engine::cell::run(name)?,
    }
    Ok(OK)
}

fn probe(probe_pipes: u32, period_ns: NonZeroU64) -> anyhow::Result<u8> {
    crate::campaign::prober::run(probe_pipes, period_ns)?;
    Ok(OK)
}

fn peer(echo: &taskmix_engine::cell::Echo) -> anyhow::Result<u8> {
    taskmix_engine::cell::echo(echo)?;
    Ok(OK)
}

/// Prints an error in one line with its causes. A closed output pipe is no failure.
fn failure(error: &anyhow::Error) -> u8 {
    let broken_pipe = error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe);
    if broken_pipe {
        return OK;
    }
    if let Some(bad) = error.downcast_ref::<bad_input::BadInput>() {
        let _ = write!(anstream::stderr(), "{bad}");
        return BAD_INPUT;
    }
    let _ = writeln!(anstream::stderr(), "error: {error:#}");
    exit::of(error)
}
