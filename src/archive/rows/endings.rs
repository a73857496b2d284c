//! How the repeats of a cell ended, and which of them is shown where only one can be: `samples.csv`, if it is there.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;

use super::{Cell, Cells, CsvTable};
use crate::archive::ReadError;
use crate::archive::csv::samples::PROBE;

/// How each repeat of each cell ended; any other repeat is unknown.
#[derive(Debug, Default)]
pub(crate) struct Endings(HashMap<(Cell, u32), Ending>);

#[derive(Debug)]
struct Ending {
    exit: String,
    /// Present if the cell's spans were recorded.
    spans_dropped: Option<u64>,
}

/// The repeat of a cell that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repeat {
    /// Its number.
    pub(crate) number: u32,
    /// How it ended, if not well.
    pub(crate) failure: Option<String>,
}

impl Endings {
    /// Reads `exit` of each cell, and `spans_dropped` if it is there; other columns don't matter. With `probed` these are the
    /// cells that measure lag, else all other cells.
    pub(crate) fn read<R: Read>(mut table: CsvTable<R>, probed: bool) -> Result<Self, ReadError> {
        let cells = Cells::of(&table)?;
        let (repeat, exit) = (table.need("repeat")?, table.need("exit")?);
        let dropped = table.column("spans_dropped");
        let probe = table.column(PROBE);
        let mut endings = HashMap::new();
        table.each(|row| {
            // A file of an older version has no separate cells for lag.
            let is_meant = probe.is_none_or(|probe| row.text(probe).is_empty() != probed);
            if is_meant && !row.text(exit).is_empty() {
                let number = row.ordinal(repeat)?.ok_or_else(|| row.wrong(repeat, "a whole number of at least 1"))?;
                let dropped = dropped.map(|dropped| row.number(dropped)).transpose()?.flatten();
                let ending =
                    Ending { exit: row.text(exit).to_owned(), spans_dropped: dropped.map(|dropped| dropped as u64) };
                endings.insert((cells.cell(row)?, number), ending);
            }
            Ok(())
        })?;
        Ok(Self(endings))
    }

    /// The first of a cell's repeats that ended well; if none did, the first. `None` if there is none.
    pub(crate) fn first(&self, cell: &Cell, repeats: &BTreeSet<u32>) -> Option<Repeat> {
        let ending = |number: u32| self.0.get(&(cell.clone(), number));
        let failure = |number: u32| ending(number).map(|ending| &ending.exit).filter(|exit| *exit != "ok").cloned();
        let number = repeats.iter().copied().find(|&number| failure(number).is_none()).or(repeats.first().copied())?;
        Some(Repeat { number, failure: failure(number) })
    }

    /// How many of a repeat's spans there was no room for, if it is known.
    pub(crate) fn dropped(&self, cell: &Cell, repeat: u32) -> Option<u64> {
        self.0.get(&(cell.clone(), repeat))?.spans_dropped
    }
}
