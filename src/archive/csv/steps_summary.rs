//! `steps_summary.csv`: for each figure of a named step its median over the repeats, and the interval of the median.

use std::io::Write;

use super::{Row, key, samples};
use crate::stats::Summary;
use taskmix_engine::metric::StepMetric;
use taskmix_engine::scenario::Axis;

/// The columns, in order: the unit stays last, as in `wait_p99_lo_ns`.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    let mut columns = key::columns(axes, "repeats");
    columns.extend(["task", "step"].map(str::to_owned));
    for metric in StepMetric::ALL {
        let (column, name) = (metric.column(), metric.name());
        let unit = &column[name.len()..];
        columns.extend([column.clone(), format!("{name}_lo{unit}"), format!("{name}_hi{unit}")]);
    }
    columns.push("repeats_ok".to_owned());
    columns
}

/// Writes a row per named step of each summary.
pub fn write<W: Write>(out: &mut ::csv::Writer<W>, summaries: &[Summary]) -> ::csv::Result<()> {
    for summary in summaries {
        for step in &summary.steps {
            let mut row = Row::begin(out);
            key::write(&mut row, &summary.key)?;
            row.text(&summary.task)?.text(&step.step)?;
            for &metric in StepMetric::ALL {
                let figure = step.figures.get(metric);
                let bounds = figure.and_then(|figure| figure.bounds);
                let values = [figure.map(|figure| figure.median), bounds.map(|ends| ends.0), bounds.map(|ends| ends.1)];
                for value in values {
                    row.decimal_if_any(value, samples::decimals(metric.kind()))?;
                }
            }
            row.whole(summary.ok)?;
            row.end()?;
        }
    }
    Ok(())
}
