//! `taskmix engines`: what each engine is, and what it can't do by its own means.

use std::io::{self, Write};

use super::args::Format;
use super::exit::OK;
use crate::plan::{Description, Support, describe};
use crate::report::json::{EnginesDocument, write_json};
use crate::scenario::EngineName;
use crate::units::size_text;

pub(super) fn engines(format: Format) -> anyhow::Result<u8> {
    let mut out = anstream::stdout().lock();
    if format == Format::Json {
        write_json(&mut out, &EnginesDocument::new(EngineName::ALL.map(describe).into()))?;
        return Ok(OK);
    }
    for (index, engine) in EngineName::ALL.into_iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        print(&mut out, &describe(engine))?;
    }
    Ok(OK)
}

fn print(out: &mut impl Write, engine: &Description) -> io::Result<()> {
    writeln!(out, "{}: {}", engine.engine, engine.model)?;
    writeln!(out, "  runtime     {}", engine.runtime)?;
    writeln!(out, "  idiom       {}", engine.idiom)?;
    writeln!(out, "  worker      {}", engine.worker)?;
    match engine.blocking_threads {
        Some(threads) => {
            writeln!(out, "  blocking    a pool of at most {threads} threads; `blocking_threads` sets it")?;
        }
        None => writeln!(out, "  blocking    no pool of its own; `blocking_threads` has no effect")?,
    }
    if let Some(bytes) = engine.stack_size {
        writeln!(out, "  stack       {} for each instance; `stack_size` sets it", size_text(bytes))?;
    }
    support(out, "steps", &engine.steps)?;
    support(out, "arrivals", &engine.arrivals)?;
    support(out, "cancels", &engine.cancel)?;
    for (name, note) in &engine.notes {
        writeln!(out, "  note        {name}: {note}")?;
    }
    for (column, reason) in &engine.unknown {
        writeln!(out, "  empty       {column}: {reason}")?;
    }
    Ok(())
}

/// The native ones in a line, then a line for each that is not.
fn support(out: &mut impl Write, title: &str, things: &[(String, Support)]) -> io::Result<()> {
    let native: Vec<&str> =
        things.iter().filter(|(_, support)| *support == Support::Native).map(|(name, _)| name.as_str()).collect();
    let natively = if native.is_empty() { "none".to_owned() } else { native.join(", ") };
    writeln!(out, "  {title:10}  native: {natively}")?;
    for (name, support) in things {
        match support {
            Support::Native => {}
            Support::Emulated(how) => writeln!(out, "  {:10}  {name}: emulated: {how}", "")?,
            Support::Unsupported(why) => writeln!(out, "  {:10}  {name}: unsupported: {why}", "")?,
        }
    }
    Ok(())
}
