//! `taskmix check`: reports every problem of every file; nothing is run.

use std::io::Write;
use std::path::PathBuf;

use super::args::Choice;
use super::args::Format;
use super::exit::{BAD_INPUT, OK};
use super::load::{check_file, load_all};
use super::registered::Registered;
use crate::archive::write_json;
use crate::report::json::{CheckDocument, CheckedFile};

pub(super) fn check(files: &[PathBuf], engines: &[Choice], format: Format) -> anyhow::Result<u8> {
    let registered = Registered::read(engines)?.asked_for(files)?;
    match format {
        Format::Text => text(files, &registered),
        Format::Json => json(files, &registered),
    }
}

fn text(files: &[PathBuf], registered: &Registered) -> anyhow::Result<u8> {
    let loaded = load_all(files, None, registered)?;
    let mut out = anstream::stdout().lock();
    for file in &loaded {
        let count = file.scenario.points.len();
        let points = if count == 1 { String::new() } else { format!(", {count} points of its matrix") };
        let tasks = file.scenario.points.first().map_or(0, |point| point.tasks.len());
        let kinds = if tasks == 1 { "task" } else { "tasks" };
        writeln!(out, "{}: ok, {tasks} {kinds}{points}", file.path.display())?;
    }
    Ok(OK)
}

fn json(files: &[PathBuf], registered: &Registered) -> anyhow::Result<u8> {
    let checked: Vec<_> = files.iter().map(|typed| check_file(typed, None, registered)).collect();
    let all_ok = checked.iter().all(|file| file.scenario.is_some());
    let files = checked.iter().map(|file| {
        let text = file.text.as_deref().unwrap_or_default();
        CheckedFile::new(file.path.display().to_string(), text, &file.found)
    });
    write_json(&mut anstream::stdout().lock(), &CheckDocument::new(files.collect()))?;
    Ok(if all_ok { OK } else { BAD_INPUT })
}
