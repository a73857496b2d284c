//! The cells that a run has measured so far.

use crate::archive::{FolderError, RunFolder};
use crate::campaign::CellOutcome;
use crate::report::{cell_text, whole_mixes};
use crate::stats::{Sample, samples};
use taskmix_engine::plan::CellKey;

/// The cells that a run has measured so far.
#[derive(Debug, Default)]
pub(super) struct MeasuredCells {
    samples: Vec<Sample>,
    /// The cells that were measured in an earlier part of the run.
    earlier: Vec<CellKey>,
    /// All ended cells, failed ones included, in the order of running, by their names in `run.toml`.
    order: Vec<String>,
}

impl MeasuredCells {
    /// The cells of an earlier part of the run.
    pub(super) fn resumed(samples: Vec<Sample>) -> Self {
        let earlier: Vec<CellKey> = whole_mixes(&samples).map(|sample| sample.key.clone()).collect();
        Self { order: earlier.iter().map(cell_text).collect(), earlier, samples }
    }

    /// Adds an ended cell, on the disk first.
    pub(super) fn add(&mut self, outcome: &CellOutcome, folder: &mut RunFolder) -> Result<(), FolderError> {
        let cell_samples = samples(outcome);
        folder.add_cell(outcome, &cell_samples)?;
        self.samples.extend(cell_samples);
        self.order.push(cell_text(&outcome.key));
        Ok(())
    }

    /// All samples so far.
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

    /// All ended cells in the order of running, by their names in `run.toml`.
    pub(super) fn order(&self) -> &[String] {
        &self.order
    }
}
