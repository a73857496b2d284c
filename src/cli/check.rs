//! `taskmix check`: every problem of every file, nothing run.

use std::io::Write;
use std::path::PathBuf;

use super::exit::OK;
use super::load::load_all;

pub(super) fn check(files: &[PathBuf]) -> anyhow::Result<u8> {
    let loaded = load_all(files, None)?;
    let mut out = anstream::stdout().lock();
    for file in &loaded {
        let cells = file.scenario.points.len();
        let points = if cells == 1 { String::new() } else { format!(", {cells} points of its matrix") };
        let tasks = file.scenario.points.first().map_or(0, |point| point.tasks.len());
        let kinds = if tasks == 1 { "task" } else { "tasks" };
        writeln!(out, "{}: ok, {tasks} {kinds}{points}", file.path.display())?;
    }
    Ok(OK)
}
