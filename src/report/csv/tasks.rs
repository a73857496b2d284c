//! `tasks.csv`: a row per instance.

use std::io::Write;

use super::{Row, key};
use crate::campaign::CellOutcome;
use crate::record::State;
use crate::scenario::Axis;

const OWN: &[&str] = &[
    "task",
    "instance",
    "state",
    "scheduled_ns",
    "started_ns",
    "finished_ns",
    "cancel_requested_ns",
    "state_at_cancel",
    "busy_ns",
    "max_poll_ns",
    "polls",
    "worker",
    "last_step",
];

/// The columns, in order.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    key::columns_with(axes, OWN)
}

/// Writes a row per released instance of a cell.
pub fn write<W: Write>(out: &mut ::csv::Writer<W>, outcome: &CellOutcome) -> ::csv::Result<()> {
    for record in &outcome.records {
        let task = usize::from(record.task);
        let last_step = record.last_step.and_then(|step| outcome.steps.get(task)?.get(usize::from(step)));
        let mut row = Row::begin(out);
        key::write(&mut row, &outcome.key)?;
        row.text(&outcome.tasks[task])?
            .whole(record.instance)?
            .text(record.state.as_str())?
            .whole(record.scheduled_ns)?
            .whole_if_any(record.started_ns)?
            .whole_if_any(record.finished_ns)?
            .whole_if_any(record.cancel_requested_ns)?
            .text_if_any(record.state_at_cancel.map(State::as_str))?
            .whole_if_any(record.busy_ns)?
            .whole_if_any(record.max_poll_ns)?
            .whole_if_any(record.polls)?
            .whole_if_any(record.worker)?
            .text_if_any(last_step.map(String::as_str))?;
        row.end()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::{axes, text};
    use super::*;
    use crate::record::InstanceRecord;
    use crate::scenario::{Param, ParamValue};
    use crate::stats::OutcomeBuilder;

    #[test]
    fn what_is_unknown_is_empty_and_not_zero() {
        let whole = InstanceRecord {
            state: State::Cancelled,
            scheduled_ns: 10,
            started_ns: Some(0),
            finished_ns: Some(40),
            cancel_requested_ns: Some(30),
            state_at_cancel: Some(State::Running),
            busy_ns: Some(0),
            max_poll_ns: Some(7),
            polls: Some(2),
            worker: Some(0),
            last_step: Some(1),
            ..OutcomeBuilder::blank_record()
        };
        let builder = OutcomeBuilder::new().duration("hold", Duration::from_millis(20)).record(whole);
        let mut outcome = builder.stalled(1, 12, None).outcome();
        outcome.key.params.push(Param { name: "size".to_owned(), value: ParamValue::Float(0.5) });
        let written = text(|out| {
            out.write_record(columns(&axes()))?;
            write(out, &outcome)
        });
        let rows: Vec<&str> = written.lines().skip(1).collect();
        assert_eq!(
            rows,
            [
                "mix,20000000,0.5,smol-local,1,1,alpha,0,cancelled,10,0,40,30,running,0,7,2,0,2 cpu",
                "mix,20000000,0.5,smol-local,1,1,beta,0,stalled,12,,,,,,,,,",
            ]
        );
    }
}
