//! A run as a file of the Trace Event Format, which Perfetto's and Chrome's viewers open: which instance was on which thread,
//! and the phases of each instance.
//!
//! It reads the CSV files of the run's folder and nothing else. The format is Google's, "Trace Event Format": JSON, times in
//! microseconds; Perfetto reads it as a legacy format.

mod choice;
mod event;
mod read;
#[cfg(test)]
mod tests;
mod tracks;

use std::path::Path;

use super::PlotError;
pub use choice::TraceChoice;
use choice::{Chosen, choose};
use event::Events;
use read::{TracedCells, read};
use taskmix_engine::units::format_count;
use tracks::tell;

/// Of a cell with more instances, only the first so many are written unless all are asked for.
const MOST_LIVES: usize = 10_000;

/// A file of the Trace Event Format.
#[derive(Debug)]
pub struct Trace {
    /// Its content: JSON.
    pub json: Vec<u8>,
    /// Notes on what was left out, each with its remedy.
    pub notes: Vec<String>,
}

/// Makes the trace of the chosen cells of the run in `folder`.
pub fn trace(folder: &Path, choice: &TraceChoice) -> Result<Trace, PlotError> {
    let mut notes = Vec::new();
    let Chosen { params, cells, left_out } = choose(folder, choice)?;
    if left_out > 0 {
        let (all, taken) = (cells.len() + left_out, format_count(cells.len() as u64));
        notes.push(format!(
            "{taken} of {} cells, one of each engine; `--at`, `--workers` and `--repeat` choose others, `--all` takes all",
            format_count(all as u64)
        ));
    }
    let most = if choice.all { usize::MAX } else { MOST_LIVES };
    let TracedCells { cells, has_spans } = read(folder, cells, most)?;
    if !has_spans {
        notes.push(
            "there is no `spans.csv`: `taskmix run --trace` records which instance was on which thread".to_owned(),
        );
    }
    let mut events = Events::begin();
    for (cell, number) in cells.iter().zip(1..) {
        let name = cell.name(&params);
        if cell.more_lives > 0 {
            notes.push(format!(
                "{name}: the first {} of {} instances; `--all` takes all",
                format_count(cell.lives.len() as u64),
                format_count((cell.lives.len() + cell.more_lives) as u64)
            ));
        }
        tell(&mut events, number, &name, cell);
    }
    if cells.iter().all(|cell| cell.lives.is_empty() && cell.run_slices.is_empty()) {
        return Err(PlotError::Unsuited {
            what: "neither `tasks.csv` nor `spans.csv` has a row of these cells".to_owned(),
            remedy: "`taskmix run --trace` writes both".to_owned(),
        });
    }
    Ok(Trace { json: events.end(), notes })
}
