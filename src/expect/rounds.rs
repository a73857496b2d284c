//! The measured figures, by cell and round.

use std::collections::{BTreeMap, BTreeSet};

use super::gap::Gap;
use crate::stats::{Sample, WHOLE_MIX};
use taskmix_engine::metric::Kind;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Figure, Measure};

/// The `exit` column of a cell that succeeded.
const OK: &str = "ok";

/// The `exit` column of a cell that timed out.
pub(super) const TIMEOUT: &str = "timeout";

/// All samples of a campaign.
pub(super) struct Rounds<'a> {
    /// One key of each cell of a round.
    pub(super) settings: &'a [CellKey],
    /// The repeats of each setting.
    cells: Vec<BTreeMap<u32, Vec<&'a Sample>>>,
    /// The repeats that have any sample.
    repeats: BTreeSet<u32>,
}

/// One cell in one repeat.
#[derive(Clone, Copy)]
pub(super) struct Measured<'a> {
    rows: &'a [&'a Sample],
}

impl<'a> Rounds<'a> {
    /// Sorts samples by cell and round. Samples of cells that are not among the settings are left out.
    pub(super) fn new(settings: &'a [CellKey], samples: &'a [Sample]) -> Self {
        let mut cells: Vec<BTreeMap<u32, Vec<&Sample>>> = vec![BTreeMap::new(); settings.len()];
        let mut repeats = BTreeSet::new();
        // The rows of a cell are adjacent, so the last setting is tried first.
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

    /// The rounds that count if these settings are needed: all, except an incomplete last round that lacks one of them.
    pub(super) fn of_cells(&self, cells: &[usize]) -> Vec<u32> {
        let is_whole = |repeat: &u32| cells.iter().all(|&cell| self.cells[cell].contains_key(repeat));
        let last = self.repeats.last();
        self.repeats.iter().copied().filter(|repeat| Some(repeat) != last || is_whole(repeat)).collect()
    }

    /// The rows of one setting in one repeat, if it was run then.
    pub(super) fn measured(&self, cell: usize, repeat: u32) -> Result<Measured<'_>, Gap> {
        let rows = self.cells[cell].get(&repeat);
        rows.map(|rows| Measured { rows }).ok_or_else(|| Gap::not_measured(&self.settings[cell]))
    }
}

impl Measured<'_> {
    fn row(&self, task: &str) -> Option<&Sample> {
        self.rows.iter().copied().find(|sample| sample.task == task)
    }

    /// How the cell ended; empty if the row of the whole mix is missing.
    pub(super) fn exit(&self) -> &str {
        self.row(WHOLE_MIX).and_then(|mix| mix.exit.as_deref()).unwrap_or_default()
    }

    /// Whether the cell succeeded.
    pub(super) fn is_ok(&self) -> bool {
        self.exit() == OK
    }

    /// One of its figures.
    pub(super) fn figure(&self, figure: &Figure) -> Result<f64, Gap> {
        let row = self.row(figure.task.as_deref().unwrap_or(WHOLE_MIX));
        let value = row.and_then(|row| match &figure.metric {
            Measure::Instances(metric) => Some(row.figures.get(*metric).ok_or_else(|| Gap::empty(figure))),
            Measure::Step { step, metric } => {
                let sample = row.steps.iter().find(|sample| sample.step == *step)?;
                let is_missing = sample.is_never_executed() && metric.kind() == Kind::Time;
                let gap = || if is_missing { Gap::never_executed(step) } else { Gap::empty(figure) };
                Some(sample.get(*metric).ok_or_else(gap))
            }
        });
        value.unwrap_or_else(|| Err(Gap::empty(figure)))
    }
}
