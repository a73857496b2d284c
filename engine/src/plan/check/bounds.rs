//! Helpers of the checks of time and memory: the instances that surely finish, and a time as text.

use crate::scenario::Task;
use crate::units::format_duration;

/// How many instances of a task will at least arrive and not be cancelled.
pub(super) fn sure_to_finish(task: &Task) -> u64 {
    if task.is_bounded() {
        return 0;
    }
    let uncancelled = 1.0 - task.cancel.map_or(0.0, |cancel| cancel.share);
    (f64::from(task.count) * uncancelled) as u64
}

/// A time in a message.
pub(super) fn readable(ns: u64) -> String {
    if ns == u64::MAX { "for ever".to_owned() } else { format_duration(ns as f64) }
}
