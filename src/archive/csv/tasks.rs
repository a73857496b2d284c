//! `tasks.csv`: a row per instance.

use std::io::{self, Write};

use super::key;
use super::line::{Line, Quoted};
use crate::campaign::CellOutcome;
use taskmix_engine::record::State;
use taskmix_engine::scenario::Axis;

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

/// Writes a row per released instance of a cell to a buffered sink, as the CSV writer would.
pub fn write(out: &mut impl Write, outcome: &CellOutcome) -> io::Result<()> {
    let mut line = Line::of(&outcome.key)?;
    let tasks = Quoted::all(&outcome.tasks)?;
    let steps = outcome.steps.iter().map(|steps| Quoted::all(steps)).collect::<::csv::Result<Vec<_>>>()?;
    for record in &outcome.records {
        let task = usize::from(record.task);
        let last_step = record.last_step.and_then(|step| steps.get(task)?.get(usize::from(step)));
        line.begin()
            .text(Some(&tasks[task]))
            .whole(record.instance)
            .name(record.state.as_str())
            .whole(record.scheduled_ns)
            .whole_if_any(record.started_ns)
            .whole_if_any(record.finished_ns)
            .whole_if_any(record.cancel_requested_ns)
            .name(record.state_at_cancel.map_or("", State::as_str))
            .whole_if_any(record.busy_ns)
            .whole_if_any(record.max_poll_ns)
            .whole_if_any(record.polls)
            .whole_if_any(record.worker)
            .text(last_step)
            .end(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Row, writer};
    use super::*;
    use crate::stats::OutcomeBuilder;
    use taskmix_engine::record::InstanceRecord;
    use taskmix_engine::scenario::{Param, ParamValue};

    fn lines(outcome: &CellOutcome) -> String {
        let mut bytes = Vec::new();
        write(&mut bytes, outcome).expect("memory takes all");
        String::from_utf8(bytes).expect("CSV files are UTF-8")
    }

    #[test]
    fn an_unknown_value_is_empty_and_not_zero() {
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
            ..InstanceRecord::blank()
        };
        let builder = OutcomeBuilder::new().duration("hold", Duration::from_millis(20)).record(whole);
        let mut outcome = builder.stalled(1, 12, None).outcome();
        outcome.key.params.push(Param { name: "size".to_owned(), value: ParamValue::Float(0.5) });
        let written = lines(&outcome);
        let rows: Vec<&str> = written.lines().collect();
        assert_eq!(
            rows,
            [
                "mix,20000000,0.5,smol-local,1,1,alpha,0,cancelled,10,0,40,30,running,0,7,2,0,2 cpu",
                "mix,20000000,0.5,smol-local,1,1,beta,0,stalled,12,,,,,,,,,",
            ]
        );
    }
    #[test]
    fn text_is_quoted_as_the_csv_writer_does_it() {
        let awkward = ["a,b", "say \"a\"", " a ", "ä\nb"];
        for text in awkward {
            let record = InstanceRecord { last_step: Some(0), ..InstanceRecord::blank() };
            let mut outcome = OutcomeBuilder::new().record(record).outcome();
            outcome.key.scenario = text.to_owned();
            outcome.tasks[0] = text.to_owned();
            outcome.steps[0][0] = text.to_owned();
            let written = lines(&outcome);
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_bytes());
            let row = reader.records().next().expect("a row").expect("a whole one");
            assert_eq!(row.len(), columns(&[]).len());
            assert_eq!([&row[0], &row[4], &row[row.len() - 1]], [text; 3]);
            // Byte for byte what the CSV writer makes of the same fields.
            let mut bytes = Vec::new();
            let mut out = writer(&mut bytes);
            let mut same = Row::begin(&mut out);
            for field in &row {
                same.text(field).expect("memory takes all");
            }
            same.end().expect("memory takes all");
            drop(out);
            assert_eq!(written.as_bytes(), bytes);
        }
    }
}
