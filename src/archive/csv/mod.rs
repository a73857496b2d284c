//! The CSV files: for each its columns, in one place, and how its rows are written, and read back.
//!
//! The unit is in a column's name, missing is empty and never 0, booleans are `true` and `false`. Columns are appended,
//! never renamed, within one schema version. This module knows no folders.

pub mod expect;
pub(crate) mod key;
mod line;
pub mod probe;
mod row;
pub mod samples;
pub mod spans;
pub mod stalled;
pub mod states;
pub mod steps;
pub mod steps_summary;
pub mod summary;
pub mod tasks;

use std::io::Write;

pub(crate) use row::Row;

/// How many bytes are buffered before they are written.
pub(crate) const BUFFER: usize = 1 << 20;

/// A writer of rows to any sink. Its buffer is written by `flush`.
pub fn writer<W: Write>(sink: W) -> ::csv::Writer<W> {
    ::csv::WriterBuilder::new().buffer_capacity(BUFFER).from_writer(sink)
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;
    use taskmix_engine::scenario::{Axis, AxisKind, ParamValue};

    /// A matrix of a duration and a number.
    pub(crate) fn axes() -> Vec<Axis> {
        let hold = vec![ParamValue::Duration(Duration::from_millis(20))];
        vec![
            Axis { name: "hold".to_owned(), kind: AxisKind::Duration, values: hold },
            Axis { name: "size".to_owned(), kind: AxisKind::Number, values: vec![ParamValue::Float(0.5)] },
        ]
    }

    /// The text of what a test writes.
    pub(super) fn text(write: impl FnOnce(&mut ::csv::Writer<&mut Vec<u8>>) -> ::csv::Result<()>) -> String {
        let mut bytes = Vec::new();
        let mut out = writer(&mut bytes);
        write(&mut out).expect("the rows are as wide as each other");
        drop(out);
        String::from_utf8(bytes).expect("CSV files are UTF-8")
    }

    #[test]
    fn the_columns_of_every_file_are_these() {
        let axes = axes();
        let files = [
            ("tasks.csv", tasks::columns(&axes)),
            ("samples.csv", samples::columns(&axes)),
            ("summary.csv", summary::columns(&axes)),
            ("steps.csv", steps::columns(&axes)),
            ("steps_summary.csv", steps_summary::columns(&axes)),
            ("states.csv", states::columns(&axes)),
            ("probe.csv", probe::columns(&axes)),
            ("spans.csv", spans::columns(&axes)),
            ("expect.csv", expect::COLUMNS.map(str::to_owned).to_vec()),
        ];
        let listed = files.map(|(file, columns)| format!("{file}\n  {}\n", columns.join("\n  "))).concat();
        snapbox::assert_data_eq!(listed, snapbox::file!["../golden/columns.txt"]);
    }

    #[test]
    fn without_a_matrix_there_is_no_param_column() {
        assert_eq!(probe::columns(&[])[..4], ["scenario", "engine", "workers", "repeat"]);
    }
}
