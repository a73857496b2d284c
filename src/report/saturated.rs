//! Saturated tasks, in words.

use super::block::blocks;
use crate::stats::{Summary, saturation};
use taskmix_engine::units::format_rate;

/// The load of a saturated task, such as "saturated: 200/s offered, 33.3/s served; latency grows with `count`".
pub(super) fn saturated(summary: &Summary) -> Option<String> {
    let load = saturation(summary)?;
    let (offered, served) = (format_rate(load.offered), format_rate(load.served));
    Some(format!("saturated: {offered} offered, {served} served; latency grows with `count`"))
}

/// A note for each saturated task, in the order of the rows: where it is, and its load.
pub(super) fn saturated_notes(summaries: &[Summary]) -> Vec<String> {
    let mut notes = Vec::new();
    for block in blocks(summaries) {
        let at = Some(block.title()).filter(|title| !title.is_empty()).map(|title| format!(" at {title}"));
        let at = at.unwrap_or_default();
        notes.extend(block.by_engine().into_iter().filter_map(|summary| {
            Some(format!("`{}` under {}{at} is {}.", summary.task, block.engine(summary), saturated(summary)?))
        }));
    }
    notes
}
