//! `samples.csv`: a row per task of a cell, and one of its whole mix.

use std::io::Write;

use super::{Row, key};
use crate::metric::{Kind, Metric};
use crate::scenario::Axis;
use crate::stats::Sample;

/// The columns, in order.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    let mut columns = key::columns_with(axes, &["task"]);
    columns.extend(Metric::ALL.iter().map(|metric| metric.column()));
    columns.push("exit".to_owned());
    columns
}

/// Writes a row per sample.
pub fn write<W: Write>(out: &mut ::csv::Writer<W>, samples: &[Sample]) -> ::csv::Result<()> {
    for sample in samples {
        let mut row = Row::begin(out);
        key::write(&mut row, &sample.key)?;
        row.text(&sample.task)?;
        for &metric in Metric::ALL {
            row.decimal_if_any(sample.figures.get(metric), decimals(metric))?;
        }
        row.text_if_any(sample.exit.as_deref())?;
        row.end()?;
    }
    Ok(())
}

/// How many decimals a figure has at most.
pub(super) const fn decimals(metric: Metric) -> usize {
    match metric.kind() {
        Kind::Share => 4,
        Kind::Count | Kind::Time | Kind::Bytes | Kind::Rate => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;
    use crate::record::Usage;
    use crate::stats::{OutcomeBuilder, samples};

    #[test]
    fn figures_stand_in_their_columns() {
        let usage = Usage {
            user_cpu_ns: 2,
            system_cpu_ns: 0,
            voluntary_switches: 0,
            involuntary_switches: 3,
            peak_rss_bytes: Some(4_096),
        };
        let builder = OutcomeBuilder::new().done(0, 0, 1, 3).done(0, 0, 1, 4).done(0, 0, 2, 3);
        let samples = samples(&builder.probe(0, Some(9)).usage(usage).span(6).outcome());
        let written = text(|out| {
            out.write_record(columns(&[]))?;
            write(out, &samples)
        });
        let mut reader = ::csv::Reader::from_reader(written.as_bytes());
        let header = reader.headers().unwrap().clone();
        let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let at = |row: usize, column: &str| {
            let place = header.iter().position(|name| name == column).unwrap_or_else(|| panic!("{column}"));
            rows[row][place].to_owned()
        };
        for (row, column, expected) in [
            (0, "task", "alpha"),
            (1, "task", "beta"),
            (2, "task", "*"),
            (0, "released", "3"),
            (1, "released", "0"),
            (1, "latency_mean_ns", ""),
            (0, "latency_mean_ns", "3.333"),
            (0, "latency_max_ns", "4"),
            (0, "latency_p90_ns", ""),
            (0, "user_cpu_ns", ""),
            (0, "exit", ""),
            (2, "makespan_ns", "6"),
            (2, "throughput_per_s", "500000000"),
            (2, "lag_p50_ns", "9"),
            (2, "cpu_utilisation", "0.3333"),
            (2, "voluntary_switches", "0"),
            (2, "peak_rss_bytes", "4096"),
            (2, "exit", "ok"),
        ] {
            assert_eq!(at(row, column), expected, "row {row}, {column}");
        }
    }
}
