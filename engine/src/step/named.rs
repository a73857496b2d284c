//! Steps that have an `as`: when each began, and when each part of it was over.

use super::histograms::{Mark, Part};
use super::shared::SharedRun;
use crate::record::Placed;
use crate::record::clock::tick;

/// A named step begins.
pub(super) fn enter(marks: Option<&mut Vec<Mark>>, name: u16) {
    let marks = marks.expect("a program with named steps keeps marks");
    let index = usize::from(name);
    if marks.len() <= index {
        marks.resize(index + 1, Mark::default());
    }
    let now = tick();
    marks[index] = Mark { began: now, since: now };
}

/// The step has what it waited for: its waiting part ends.
pub(super) fn has(marks: Option<&mut Vec<Mark>>, name: u16, shared: &SharedRun, task: u16) {
    next_part(marks, name, tick(), shared, task, Some(Part::Wait));
}

/// The step has released what it held at `until`: its holding part ends.
pub(super) fn lets_go(marks: Option<&mut Vec<Mark>>, name: u16, until: u64, shared: &SharedRun, task: u16) {
    next_part(marks, name, until, shared, task, Some(Part::Hold));
}

/// Adds where the rounds of a step were done, when it releases its connection.
pub(super) fn placed(name: u16, placed: Placed, shared: &SharedRun, task: u16) {
    shared.histograms.with(task, name, |times| times.placed.add(placed));
}

/// A `drain` starts to wait for its next message.
pub(super) fn needs_another(marks: Option<&mut Vec<Mark>>, name: u16, shared: &SharedRun, task: u16) {
    next_part(marks, name, tick(), shared, task, None);
}

/// Ends the present part of a named step at `now`, counts it as `part` if given, and begins the next.
fn next_part(marks: Option<&mut Vec<Mark>>, name: u16, now: u64, shared: &SharedRun, task: u16, part: Option<Part>) {
    let mark = &mut marks.expect("a program with named steps keeps marks")[usize::from(name)];
    let since = std::mem::replace(&mut mark.since, now);
    if let Some(part) = part {
        let ns = shared.recorder.timeline().length_ns(now.saturating_sub(since));
        shared.histograms.record(task, name, ns, |times| times.part(part));
    }
}

/// A named step ends.
pub(super) fn leave(marks: Option<&mut Vec<Mark>>, name: u16, shared: &SharedRun, task: u16) {
    let began = marks.expect("a program with named steps keeps marks")[usize::from(name)].began;
    let ns = shared.recorder.timeline().length_ns(tick().saturating_sub(began));
    shared.histograms.record(task, name, ns, |times| &mut times.total);
}
