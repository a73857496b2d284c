//! `summary.csv`: for each figure its median over the repeats, and the interval of the median.

use std::io::Write;
use std::num::NonZeroU64;

use super::{Row, key, samples};
use crate::stats::Summary;
use taskmix_engine::metric::Metric;
use taskmix_engine::scenario::Axis;

/// The columns, in order: the unit stays last, as in `latency_p99_lo_ns`.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    let mut columns = key::columns(axes, "repeats");
    columns.push("task".to_owned());
    for metric in Metric::ALL {
        let (column, name) = (metric.column(), metric.name());
        let unit = &column[name.len()..];
        columns.extend([column.clone(), format!("{name}_lo{unit}"), format!("{name}_hi{unit}")]);
    }
    columns.push("repeats_ok".to_owned());
    columns.push(samples::PROBE.to_owned());
    columns
}

/// Writes a row per summary.
pub fn write<W: Write>(out: &mut ::csv::Writer<W>, summaries: &[Summary]) -> ::csv::Result<()> {
    for summary in summaries {
        let mut row = Row::begin(out);
        key::write(&mut row, &summary.key)?;
        row.text(&summary.task)?;
        for &metric in Metric::ALL {
            let figure = summary.figures.get(metric);
            let bounds = figure.and_then(|figure| figure.bounds);
            let values = [figure.map(|figure| figure.median), bounds.map(|ends| ends.0), bounds.map(|ends| ends.1)];
            for value in values {
                row.decimal_if_any(value, samples::decimals(metric.kind()))?;
            }
        }
        row.whole(summary.ok)?;
        row.whole_if_any(summary.key.probe_ns.map(NonZeroU64::get))?;
        row.end()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;
    use crate::stats::{Figures, Interval};
    use taskmix_engine::plan::CellKey;
    use taskmix_engine::scenario::EngineName;

    #[test]
    fn a_median_stands_before_its_bounds_and_both_may_be_empty() {
        let key = CellKey {
            scenario: "mix".to_owned(),
            params: Vec::new(),
            engine: EngineName::Rayon,
            workers: 2,
            repeat: 6,
            probe_ns: None,
        };
        let mut figures = Figures::default();
        figures.set(Metric::Released, Interval { median: 3.5, bounds: Some((1.0, 6.0)) });
        figures.set(Metric::Started, Interval { median: 2.0, bounds: None });
        let written = text(|out| {
            out.write_record(columns(&[]))?;
            let summary = Summary {
                key,
                task: "*".to_owned(),
                figures,
                counts: Vec::new(),
                ok: 5,
                disturbed: 0,
                steps: Vec::new(),
            };
            write(out, &[summary])
        });
        let (header, row) = written.trim_end().split_once('\n').unwrap();
        let released = "scenario,engine,workers,repeats,task,released,released_lo,released_hi,started,started_lo,";
        assert!(header.starts_with(released), "{header}");
        assert!(row.starts_with("mix,rayon,2,6,*,3.5,1,6,2,,,,"), "{row}");
        assert!(row.ends_with(",,5,"), "{row}");
    }
}
