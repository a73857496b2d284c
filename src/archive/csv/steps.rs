//! `steps.csv`: a row per step that has an `as`.

use std::io::Write;

use super::{Row, key};
use crate::stats::StepSample;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::Axis;

const OWN: &[&str] = &[
    "task",
    "step",
    "count",
    "wait_p50_ns",
    "wait_p99_ns",
    "wait_max_ns",
    "hold_p50_ns",
    "hold_p99_ns",
    "hold_max_ns",
    "total_p50_ns",
    "total_p99_ns",
    "total_max_ns",
    "same_core_share",
];

/// The columns, in order.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    key::columns_with(axes, OWN)
}

/// Writes a row per named step of a cell.
pub fn write<W: Write>(out: &mut ::csv::Writer<W>, cell: &CellKey, steps: &[StepSample]) -> ::csv::Result<()> {
    for step in steps {
        let mut row = Row::begin(out);
        key::write(&mut row, cell)?;
        row.text(&step.task)?.text(&step.step)?.whole(step.count)?;
        for part in [step.wait, step.hold, step.total] {
            row.whole_if_any(part.p50_ns)?.whole_if_any(part.p99_ns)?.whole_if_any(part.max_ns)?;
        }
        row.decimal_if_any(step.same_core_share, 4)?;
        row.end()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;
    use crate::stats::{OutcomeBuilder, StepTimes};

    #[test]
    fn parts_stand_in_the_order_wait_hold_total() {
        let times = |from: u64| StepTimes { p50_ns: Some(from), p99_ns: None, max_ns: Some(from + 2) };
        let step = StepSample {
            task: "alpha".to_owned(),
            step: "fetch".to_owned(),
            count: 5,
            wait: times(10),
            hold: StepTimes::default(),
            total: times(30),
            same_core_share: Some(2.0 / 3.0),
        };
        let written = text(|out| write(out, &OutcomeBuilder::new().outcome().key, &[step]));
        assert_eq!(written, "mix,smol-local,1,1,alpha,fetch,5,10,,12,,,,30,,32,0.6667\n");
    }
}
