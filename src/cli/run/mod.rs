//! `taskmix run`: every cell of every scenario, its files, its table, its verdict as an exit code.

mod measure;
mod rounds;
mod start;
mod tally;
mod tell;
mod verdicts;

use std::collections::BTreeSet;

use anyhow::Context;

use super::args::{Format, RunArgs, Tasks};
use super::exit::{INTERRUPTED, OK};
use super::load::{BadInput, Loaded, load_all};
use super::registered::Registered;
use super::speed::Measured;
use super::terminal::{unless_unread, warn};
use crate::campaign::Interrupt;
use crate::report::json::{RunDocument, write_json};
use measure::Run;
use start::start;

/// Runs all of them, one after the other.
pub(super) fn run(args: &RunArgs) -> anyhow::Result<u8> {
    if args.trace && args.tasks == Tasks::Never {
        let help = "leave one of them out: spans are of instances, and tell little without them";
        return Err(BadInput::words("`--trace` and `--tasks never` do not go together", help).into());
    }
    let registered = Registered::read(&args.overrides.engines)?.asked_for(&args.scenarios)?;
    let loaded = load_all(&args.scenarios, Some(&args.overrides), &registered)?;
    let fault = args.fault.as_ref().map(|(engine, fault)| Ok::<_, BadInput>((registered.engine(engine)?, *fault)));
    let fault = fault.transpose()?;
    if cfg!(debug_assertions) {
        warn("this is a debug build, whose figures mean little; use `cargo run --release`");
    }
    let interrupt = Interrupt::listen().context("can't listen for Ctrl-C")?;
    // The folder first: a place that can't be written must not cost a measurement.
    let mut first = Some(start(args, &loaded[0].scenario, &registered, fault)?);
    let speed = Measured::before(cpus(&loaded)).context("can't measure on the cores of the cells")?;
    if let Some(unrest) = speed.unrest() {
        warn(&unrest);
    }
    let (mut code, mut entries) = (OK, Vec::new());
    for Loaded { scenario, .. } in &loaded {
        let start = match first.take() {
            Some(first) => first,
            None => start(args, scenario, &registered, fault)?,
        };
        let run = Run { args, scenario, registered: &registered, speed: &speed, interrupt: &interrupt };
        let (of_run, entry) = run.measure(start)?;
        entries.push(entry);
        if of_run != OK {
            code = of_run;
        }
        if of_run == INTERRUPTED {
            break;
        }
    }
    if args.format == Format::Json {
        unless_unread(write_json(&mut anstream::stdout().lock(), &RunDocument::new(entries)))?;
    }
    Ok(code)
}

/// The cores on which work is measured: those of the cells, if any are confined. One core may be slower than another.
fn cpus(loaded: &[Loaded]) -> Vec<u32> {
    let points = loaded.iter().flat_map(|loaded| &loaded.scenario.points);
    let cpus: BTreeSet<u32> =
        points.filter_map(|point| point.cpus.as_ref()).flat_map(|cpus| &cpus.numbers).copied().collect();
    cpus.into_iter().collect()
}
