//! What has come of a run so far.

use crate::campaign::CellOutcome;
use crate::plan::CellKey;
use crate::report::{FolderError, RunFolder, cell_text, whole_mixes};
use crate::stats::{Sample, samples};

/// What has come of a run so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    samples: Vec<Sample>,
    /// The cells that were measured in an earlier part of the run.
    earlier: Vec<CellKey>,
    /// All cells that have ended, well or not, in the order of running, as `run.toml` names them.
    order: Vec<String>,
}

impl Tally {
    /// What an earlier part of the run has left.
    pub(super) fn resumed(samples: Vec<Sample>) -> Self {
        let earlier: Vec<CellKey> = whole_mixes(&samples).map(|sample| sample.key.clone()).collect();
        Self { order: earlier.iter().map(cell_text).collect(), earlier, samples }
    }

    /// Adds a cell that has ended, on the disk first.
    pub(super) fn add(&mut self, outcome: &CellOutcome, folder: &mut RunFolder) -> Result<(), FolderError> {
        let cell = samples(outcome);
        folder.add_cell(outcome, &cell)?;
        self.samples.extend(cell);
        self.order.push(cell_text(&outcome.key));
        Ok(())
    }

    /// All rows so far.
    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Whether an earlier part of the run has measured the cell.
    pub(super) fn had(&self, key: &CellKey) -> bool {
        self.earlier.contains(key)
    }

    /// How many cells an earlier part of the run has measured.
    pub(super) fn earlier(&self) -> usize {
        self.earlier.len()
    }

    /// All cells that have ended, in the order of running, as `run.toml` names them.
    pub(super) fn order(&self) -> &[String] {
        &self.order
    }
}
