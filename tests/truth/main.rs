//! Measured results against answers that are known beforehand: from theory, or from how the mix was made.
//!
//! Lower bounds are physics and hold on any machine. Upper bounds are generous, since the machine may have other load. Each
//! test says what breaks it.

#[path = "../support/mod.rs"]
mod support;

mod closed;
mod counts;
mod cpu;
mod figures;
mod foretold;
mod instance;
mod omission;
mod queue;
mod span;

use instance::Instance;
use support::{ENGINES, Finished, IN_ORDER, Lab, WAITING, workers};

/// Nanoseconds in a millisecond.
const MS: u64 = 1_000_000;

/// Measures these tasks once on each of `engines`. `head` holds further top-level keys.
fn run(engines: &[&str], head: &str, tasks: &str) -> Finished {
    let text = format!("question = \"Is it true?\"\nengines = {engines:?}\nrepeats = 1\n{head}\n{tasks}");
    Lab::new().run(&text, &["--quiet"]).ok()
}

/// The instances of one task on one engine, in order of their number.
fn of(run: &Finished, engine: &str, task: &str) -> Vec<Instance> {
    let rows = run.instances(engine);
    let mut found: Vec<Instance> = rows.iter().filter(|row| row.text("task") == task).map(Instance::read).collect();
    found.sort_by_key(|instance| instance.number);
    found
}

/// The median of the values; of two middle ones the upper.
fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}
