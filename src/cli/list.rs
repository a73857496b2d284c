//! `taskmix list`: lists the scenarios with their questions.

use std::io::Write;

use super::exit::OK;
use super::load::{Loaded, load_all};
use super::locate::{SCENARIOS, names};
use super::registered::Registered;

pub(super) fn list() -> anyhow::Result<u8> {
    let names = names();
    let registered = Registered::read(&[])?;
    let mut out = anstream::stdout().lock();
    if names.is_empty() {
        writeln!(out, "no scenarios: there is no `{SCENARIOS}` folder here, or it is empty")?;
        return Ok(OK);
    }
    let width = names.iter().map(String::len).max().unwrap_or(0);
    for name in &names {
        // A file with mistakes is still listed; `taskmix check` reports the mistakes.
        let loaded = load_all(&[name.into()], None, &registered);
        let question = match loaded.as_deref() {
            Ok([Loaded { scenario, .. }]) => scenario.question.clone(),
            _ => format!("(can't be run: see `taskmix check {name}`)"),
        };
        writeln!(out, "{name:width$}  {question}")?;
    }
    Ok(OK)
}
