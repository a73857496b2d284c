//! `taskmix engines`: describes each engine, and which steps it emulates or can't do.

use std::io::{self, Write};

use super::args::Choice;
use super::args::Format;
use super::exit::OK;
use super::registered::Registered;
use crate::archive::write_json;
use crate::campaign::Program;
use crate::report::json::EnginesDocument;
use taskmix_engine::plan::{Description, Support};
use taskmix_engine::units::size_text;

pub(super) fn engines(choices: &[Choice], format: Format) -> anyhow::Result<u8> {
    let mut registered = Registered::read(choices)?;
    let unusable = registered.ask_all();
    write(&registered, format)?;
    // The usable engines are printed even if one program is broken.
    match unusable {
        None => Ok(OK),
        Some(unusable) => Err(unusable.into()),
    }
}

fn write(registered: &Registered, format: Format) -> anyhow::Result<()> {
    let described = registered.engines().names().map(|engine| {
        let command = registered.program(engine).map(Program::words);
        (registered.engines().describe(engine), command)
    });
    let mut out = anstream::stdout().lock();
    if format == Format::Json {
        return Ok(write_json(&mut out, &EnginesDocument::new(described.collect()))?);
    }
    for (index, (engine, command)) in described.enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        print(&mut out, &engine, command.as_deref())?;
    }
    Ok(())
}

fn print(out: &mut impl Write, engine: &Description, command: Option<&[String]>) -> io::Result<()> {
    writeln!(out, "{}: {}", engine.engine, or_unknown(&engine.model))?;
    if let Some(command) = command {
        writeln!(out, "  command     {}", command.join(" ").escape_debug())?;
    }
    writeln!(out, "  runtime     {}", engine.runtime)?;
    writeln!(out, "  primitives  {}", or_unknown(&engine.primitives))?;
    writeln!(out, "  worker      {}", or_unknown(&engine.worker))?;
    match engine.blocking_threads {
        Some(threads) => {
            writeln!(out, "  blocking    a pool of at most {threads} threads; `blocking_threads` sets it")?;
        }
        None => writeln!(out, "  blocking    no pool of its own; `blocking_threads` has no effect")?,
    }
    if engine.cpu_pool {
        writeln!(out, "  computing   a pool of a thread a core, if it is used; `cpu_threads` sets its size")?;
    } else {
        writeln!(out, "  computing   no pool of its own; `cpu_threads` has no effect")?;
    }
    if let Some(bytes) = engine.stack_size {
        writeln!(out, "  stack       {} for each instance; `stack_size` sets it", size_text(bytes))?;
    }
    let records = if engine.trace { "records" } else { "does not record" };
    writeln!(out, "  trace       {records} which instance is on which thread")?;
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

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "not stated" } else { text }
}

/// The native features in a line, then a line for each feature that is not native.
fn support(out: &mut impl Write, title: &str, features: &[(String, Support)]) -> io::Result<()> {
    let native: Vec<&str> =
        features.iter().filter(|(_, support)| *support == Support::Native).map(|(name, _)| name.as_str()).collect();
    let native = if native.is_empty() { "none".to_owned() } else { native.join(", ") };
    writeln!(out, "  {title:10}  native: {native}")?;
    for (name, support) in features {
        match support {
            Support::Native => {}
            Support::Emulated(how) => writeln!(out, "  {:10}  {name}: emulated: {how}", "")?,
            Support::Unsupported(why) => writeln!(out, "  {:10}  {name}: unsupported: {why}", "")?,
        }
    }
    Ok(())
}
