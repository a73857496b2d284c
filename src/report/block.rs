//! The summaries of one point of the matrix, which are compared with each other.

use super::readable::point_text;
use crate::stats::{Summary, WHOLE_MIX};
use taskmix_engine::plan::CellKey;

/// All summaries of one point, in their order.
pub(super) struct Block<'a> {
    rows: Vec<&'a Summary>,
}

/// The mark of a row of which some repeats were disturbed.
pub(super) const DISTURBED_MARK: &str = "*";

/// What the mark means.
pub(super) const DISTURBED: &str = "the machine was disturbed during some of the repeats: doubt these figures.";

/// The name of a row with its mark.
pub(super) fn marked_task(summary: &Summary) -> String {
    let mark = if summary.disturbed > 0 { DISTURBED_MARK } else { "" };
    format!("{}{mark}", task_text(summary))
}

/// The name of a row: its task, `whole mix`, or `probed` for the whole mix of the cell that measures lag.
pub(super) fn task_text(summary: &Summary) -> &str {
    match summary.task.as_str() {
        WHOLE_MIX if summary.key.is_probed() => "probed",
        WHOLE_MIX => "whole mix",
        task => task,
    }
}

/// Splits summaries by point of the matrix, in order of first appearance.
pub(super) fn blocks(summaries: &[Summary]) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for summary in summaries {
        match blocks.iter_mut().find(|block| block.rows[0].key.params == summary.key.params) {
            Some(block) => block.rows.push(summary),
            None => blocks.push(Block { rows: vec![summary] }),
        }
    }
    blocks
}

impl<'a> Block<'a> {
    /// Its rows.
    pub(super) fn rows(&self) -> &[&'a Summary] {
        &self.rows
    }

    /// Its rows of one task, one per engine and number of workers.
    pub(super) fn of_task<'b>(&'b self, task: &'b str) -> impl Iterator<Item = &'a Summary> + 'b {
        self.rows.iter().copied().filter(move |summary| summary.task == task)
    }

    /// Its rows of the whole mix.
    pub(super) fn of_mix(&self) -> impl Iterator<Item = &'a Summary> + '_ {
        self.of_task(WHOLE_MIX)
    }

    /// The point, such as `hold = 20ms`; empty without a matrix.
    pub(super) fn title(&self) -> String {
        point_text(&self.rows[0].key.params)
    }

    /// Its rows, grouped by engine and number of workers.
    pub(super) fn by_engine(&self) -> Vec<&'a Summary> {
        let is_same = |one: &CellKey, other: &CellKey| one.engine == other.engine && one.workers == other.workers;
        let mut rows = self.rows.clone();
        rows.sort_by_key(|summary| self.rows.iter().position(|other| is_same(&other.key, &summary.key)));
        rows
    }

    /// A row's engine, with its number of workers where the block has that engine with several numbers.
    pub(super) fn engine(&self, summary: &Summary) -> String {
        let key = &summary.key;
        let alone = self.rows.iter().all(|row| row.key.engine != key.engine || row.key.workers == key.workers);
        match (alone, key.workers) {
            (true, _) => key.engine.to_string(),
            (false, 1) => format!("{}, 1 worker", key.engine),
            (false, workers) => format!("{}, {workers} workers", key.engine),
        }
    }
}
