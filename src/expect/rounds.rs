//! What was measured, by cell and round.

use std::collections::{BTreeMap, BTreeSet};

use super::gap::Gap;
use crate::plan::CellKey;
use crate::scenario::Figure;
use crate::stats::{Sample, WHOLE_MIX};

/// How a cell that ended well ended: the text of the `exit` column.
const OK: &str = "ok";

/// How one ended that ran into its timeout.
pub(super) const TIMEOUT: &str = "timeout";

/// All samples of a campaign.
pub(super) struct Rounds<'a> {
    /// One key of each cell of a round.
    pub(super) settings: &'a [CellKey],
    /// Of each of the settings, its repeats.
    cells: Vec<BTreeMap<u32, Vec<&'a Sample>>>,
    /// The repeats of which anything was measured.
    repeats: BTreeSet<u32>,
}

/// One cell in one repeat.
#[derive(Clone, Copy)]
pub(super) struct Measured<'a> {
    rows: &'a [&'a Sample],
}

impl<'a> Rounds<'a> {
    /// Sorts samples by cell and round; those of cells that are not among the settings are passed over.
    pub(super) fn new(settings: &'a [CellKey], samples: &'a [Sample]) -> Self {
        let mut cells: Vec<BTreeMap<u32, Vec<&Sample>>> = vec![BTreeMap::new(); settings.len()];
        let mut repeats = BTreeSet::new();
        // The rows of a cell come one after the other.
        let mut last: Option<usize> = None;
        for sample in samples {
            repeats.insert(sample.key.repeat);
            let is_of = |&index: &usize| settings[index].is_repeat_of(&sample.key);
            last = last.filter(is_of).or_else(|| (0..settings.len()).find(is_of));
            if let Some(index) = last {
                cells[index].entry(sample.key.repeat).or_default().push(sample);
            }
        }
        Self { settings, cells, repeats }
    }

    /// The rounds that count for what needs these of the settings: all but a last one that was cut before it had run them.
    pub(super) fn of_cells(&self, cells: &[usize]) -> Vec<u32> {
        let is_whole = |repeat: &u32| cells.iter().all(|&cell| self.cells[cell].contains_key(repeat));
        let last = self.repeats.last();
        self.repeats.iter().copied().filter(|repeat| Some(repeat) != last || is_whole(repeat)).collect()
    }

    /// One of the settings in one repeat, if it was run then.
    pub(super) fn measured(&self, cell: usize, repeat: u32) -> Result<Measured<'_>, Gap> {
        let rows = self.cells[cell].get(&repeat);
        rows.map(|rows| Measured { rows }).ok_or_else(|| Gap::not_measured(&self.settings[cell]))
    }
}

impl Measured<'_> {
    fn row(&self, task: &str) -> Option<&Sample> {
        self.rows.iter().copied().find(|sample| sample.task == task)
    }

    /// How it ended; nothing if its last row lacks.
    pub(super) fn exit(&self) -> &str {
        self.row(WHOLE_MIX).and_then(|mix| mix.exit.as_deref()).unwrap_or_default()
    }

    /// Whether it ended well.
    pub(super) fn is_ok(&self) -> bool {
        self.exit() == OK
    }

    /// A figure of it.
    pub(super) fn figure(&self, figure: &Figure) -> Result<f64, Gap> {
        let row = self.row(figure.task.as_deref().unwrap_or(WHOLE_MIX));
        row.and_then(|row| row.figures.get(figure.metric)).ok_or_else(|| Gap::empty(figure))
    }
}
