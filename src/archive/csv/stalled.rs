//! The stalled instances of `tasks.csv`: at which step they stopped.

use std::io::Read;

use ::csv::{ByteRecord, Reader, StringRecord};

use super::{key, tasks};
use taskmix_engine::plan::CellKey;
use taskmix_engine::record::State;
use taskmix_engine::scenario::Axis;

/// Instances of one task of a cell that stalled at the same step.
#[derive(Debug, Clone, PartialEq)]
pub struct Stalled {
    /// The cell.
    pub key: CellKey,
    /// The task's name.
    pub task: String,
    /// The step, such as `2.1 sleep`.
    pub step: String,
    /// How many.
    pub count: u64,
}

/// Counts the stalled instances whose step is known, in order of first appearance. The counts only add to the samples, so an
/// unreadable row ends the reading without an error.
pub fn read(source: impl Read, axes: &[Axis]) -> Vec<Stalled> {
    let mut found: Vec<Stalled> = Vec::new();
    let mut reader = Reader::from_reader(source);
    let is_known = |header: &StringRecord| header.iter().eq(tasks::columns(axes).iter().map(String::as_str));
    if !reader.headers().is_ok_and(is_known) {
        return found;
    }
    // Of millions of rows only the stalled are parsed. `state` is the third column after the key, and the last is the step.
    let state = axes.len() + 6;
    let mut row = ByteRecord::new();
    while reader.read_byte_record(&mut row).unwrap_or(false) {
        let is_stalled = row.get(state) == Some(State::Stalled.as_str().as_bytes());
        if !is_stalled || row.get(row.len() - 1).is_none_or(<[u8]>::is_empty) {
            continue;
        }
        let Some(next) = StringRecord::from_byte_record(row.clone()).ok().and_then(|row| stalled(&row, axes)) else {
            break;
        };
        match found.iter_mut().find(|one| one.key == next.key && one.task == next.task && one.step == next.step) {
            Some(one) => one.count += 1,
            None => found.push(next),
        }
    }
    found
}

fn stalled(row: &StringRecord, axes: &[Axis]) -> Option<Stalled> {
    let mut fields = row.iter();
    let key = key::read(&mut fields, axes)?;
    let (task, step) = (fields.next()?.to_owned(), fields.next_back()?.to_owned());
    Some(Stalled { key, task, step, count: 1 })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::archive::csv::tests::axes;
    use crate::stats::OutcomeBuilder;
    use taskmix_engine::record::InstanceRecord;
    use taskmix_engine::scenario::{Param, ParamValue};

    fn file() -> String {
        let at =
            |step| InstanceRecord { task: 0, last_step: Some(step), started_ns: Some(1), ..InstanceRecord::blank() };
        let builder = OutcomeBuilder::new().duration("hold", Duration::from_millis(20)).record(at(1)).record(at(0));
        let mut outcome = builder.record(at(1)).stalled(1, 12, None).done(1, 0, 0, 5).outcome();
        outcome.key.params.push(Param { name: "size".to_owned(), value: ParamValue::Float(0.5) });
        let mut bytes = Vec::new();
        tasks::write(&mut bytes, &outcome).expect("memory takes all");
        format!("{}\n{}", tasks::columns(&axes()).join(","), String::from_utf8(bytes).expect("UTF-8"))
    }

    fn counts(file: &str) -> Vec<(String, String, u64)> {
        read(file.as_bytes(), &axes()).into_iter().map(|one| (one.task, one.step, one.count)).collect()
    }

    #[test]
    fn instances_stalled_at_one_step_are_counted_together_and_those_without_a_step_are_not() {
        let entry = |step: &str, count| ("alpha".to_owned(), step.to_owned(), count);
        assert_eq!(counts(&file()), [entry("2 cpu", 2), entry("1 sleep", 1)]);
    }

    #[test]
    fn an_unreadable_row_ends_the_reading() {
        assert_eq!(counts(&file().replacen("last_step", "x", 1)), []);
        assert_eq!(counts(&file().replacen("smol-local", "No Engine", 1)), []);
        let cut = file();
        assert_eq!(counts(&cut[..cut.len() - 40]).len(), 2);
        assert_eq!(counts(""), []);
    }
}
