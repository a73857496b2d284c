//! How the repeats of a cell ended, and which of them is shown where only one can be: `samples.csv`, if it is there.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;

use super::{Cell, Cells, Table};
use crate::report::plot::PlotError;

/// How each repeat of each cell ended; nothing is known of those that are not in it.
#[derive(Debug, Default)]
pub(in crate::report::plot) struct Endings(HashMap<(Cell, u32), String>);

/// The repeat of a cell that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report::plot) struct Repeat {
    /// Its number.
    pub(in crate::report::plot) number: u32,
    /// How it ended, if not well.
    pub(in crate::report::plot) failure: Option<String>,
}

impl Endings {
    /// Reads `exit` of each cell; other columns don't matter.
    pub(in crate::report::plot) fn read<R: Read>(mut table: Table<R>) -> Result<Self, PlotError> {
        let cells = Cells::of(&table)?;
        let (repeat, exit) = (table.need("repeat")?, table.need("exit")?);
        let mut endings = HashMap::new();
        table.each(|row| {
            if !row.text(exit).is_empty() {
                let number = row.ordinal(repeat)?.ok_or_else(|| row.wrong(repeat, "a whole number of at least 1"))?;
                endings.insert((cells.cell(row)?, number), row.text(exit).to_owned());
            }
            Ok(())
        })?;
        Ok(Self(endings))
    }

    /// The first of a cell's repeats that ended well; if none did, the first. `None` if there is none.
    pub(in crate::report::plot) fn first(&self, cell: &Cell, repeats: &BTreeSet<u32>) -> Option<Repeat> {
        let failure = |number: u32| self.0.get(&(cell.clone(), number)).filter(|exit| *exit != "ok").cloned();
        let number = repeats.iter().copied().find(|&number| failure(number).is_none()).or(repeats.first().copied())?;
        Some(Repeat { number, failure: failure(number) })
    }
}
