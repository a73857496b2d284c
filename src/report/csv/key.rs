//! The *key* columns: which cell a row belongs to.

use std::io::Write;

use super::Row;
use crate::plan::CellKey;
use crate::scenario::{Axis, AxisKind, ParamValue};

/// The key's columns, with `last` for the repeat's: `repeat`, or `repeats` where they are summed up.
pub(super) fn columns(axes: &[Axis], last: &str) -> Vec<String> {
    let params = axes.iter().map(|axis| match axis.kind {
        AxisKind::Duration => format!("param_{}_ns", axis.name),
        AxisKind::Number => format!("param_{}", axis.name),
    });
    let mut columns = vec!["scenario".to_owned()];
    columns.extend(params);
    columns.extend(["engine", "workers", last].map(str::to_owned));
    columns
}

/// Writes the key's fields.
pub(super) fn write<W: Write>(row: &mut Row<'_, W>, key: &CellKey) -> ::csv::Result<()> {
    row.text(&key.scenario)?;
    for param in &key.params {
        match param.value {
            ParamValue::Duration(duration) => row.text(&duration.as_nanos().to_string())?,
            ParamValue::Integer(number) => row.whole(number)?,
            ParamValue::Float(number) => row.text(&number.to_string())?,
        };
    }
    row.text(key.engine.as_str())?.whole(key.workers)?.whole(key.repeat)?;
    Ok(())
}

/// The key's columns and those of the file itself.
pub(super) fn columns_with(axes: &[Axis], own: &[&str]) -> Vec<String> {
    let mut columns = columns(axes, "repeat");
    columns.extend(own.iter().copied().map(str::to_owned));
    columns
}
