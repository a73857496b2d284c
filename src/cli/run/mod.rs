//! `taskmix run`: measures every cell of every scenario, writes the files, and prints table and verdicts. The exit code says
//! whether the run passes.

mod measure;
mod measured;
mod rounds;
mod start;
mod tell;
mod verdicts;

use std::collections::BTreeSet;

use anyhow::Context;

use super::args::{Format, RunArgs, Tasks};
use super::bad_input::BadInput;
use super::exit::{INTERRUPTED, OK};
use super::load::{Loaded, load_all};
use super::registered::Registered;
use super::speed::Measured;
use super::terminal::{unless_unread, warn};
use crate::archive::write_json;
use crate::campaign::Interrupt;
use crate::report::json::RunDocument;
use measure::Run;
use start::start;

/// Runs all scenarios, one after the other.
pub(super) fn run(args: &RunArgs) -> anyhow::Result<u8> {
    if args.trace && args.tasks == Tasks::Never {
        let help = "leave one of them out: `spans.csv` is of little use without `tasks.csv`";
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
    // The folder first: an unwritable folder must be found before anything is measured.
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
        let (run_code, entry) = run.measure(start)?;
        entries.push(entry);
        if run_code != OK {
            code = run_code;
        }
        if run_code == INTERRUPTED {
            break;
        }
    }
    if args.format == Format::Json {
        unless_unread(write_json(&mut anstream::stdout().lock(), &RunDocument::new(entries)))?;
    }
    Ok(code)
}

/// The cores on which the speed is measured: those of the cells, if any are confined. One core may be slower than another.
fn cpus(loaded: &[Loaded]) -> Vec<u32> {
    let points = loaded.iter().flat_map(|loaded| &loaded.scenario.points);
    let cpus: BTreeSet<u32> =
        points.filter_map(|point| point.cpus.as_ref()).flat_map(|cpus| &cpus.numbers).copied().collect();
    cpus.into_iter().collect()
}
