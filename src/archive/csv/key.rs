//! The *key* columns: which cell a row belongs to.

use std::io::Write;

use super::Row;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Axis, AxisKind, EngineName, Param, ParamValue};

/// The key's columns, with `last` for the repeat's: `repeat`, or `repeats` where they are summed up.
pub(crate) fn columns(axes: &[Axis], last: &str) -> Vec<String> {
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
pub(crate) fn write<W: Write>(row: &mut Row<'_, W>, key: &CellKey) -> ::csv::Result<()> {
    row.text(&key.scenario)?;
    for param in &key.params {
        row.text(&value_text(param.value))?;
    }
    row.text(key.engine.as_str())?.whole(key.workers)?.whole(key.repeat)?;
    Ok(())
}

/// Writes a cell's value of an axis, or nothing if it has none of that name and kind.
pub(crate) fn write_param<W: Write>(row: &mut Row<'_, W>, axis: &Axis, key: &CellKey) -> ::csv::Result<()> {
    let of_kind = |param: &&Param| {
        param.name == axis.name && matches!(param.value, ParamValue::Duration(_)) == (axis.kind == AxisKind::Duration)
    };
    row.text_if_any(key.params.iter().find(of_kind).map(|param| value_text(param.value)).as_deref())?;
    Ok(())
}

/// Reads the key's fields back; `None` if a field is missing, or is no value of its axis.
pub(crate) fn read<'a>(fields: &mut impl Iterator<Item = &'a str>, axes: &[Axis]) -> Option<CellKey> {
    let scenario = fields.next()?.to_owned();
    let params = axes.iter().map(|axis| {
        let text = fields.next()?;
        let value = axis.values.iter().copied().find(|&value| value_text(value) == text)?;
        Some(Param { name: axis.name.clone(), value })
    });
    let params = params.collect::<Option<Vec<Param>>>()?;
    let engine = EngineName::named(fields.next()?).ok()?;
    let workers = fields.next()?.parse().ok()?;
    let repeat = fields.next()?.parse().ok()?;
    Some(CellKey { scenario, params, engine, workers, repeat, probe_ns: None })
}

fn value_text(value: ParamValue) -> String {
    match value {
        ParamValue::Duration(duration) => duration.as_nanos().to_string(),
        ParamValue::Integer(number) => number.to_string(),
        ParamValue::Float(number) => number.to_string(),
    }
}

/// The key's columns, then the file's own columns.
pub(crate) fn columns_with(axes: &[Axis], own: &[&str]) -> Vec<String> {
    let mut columns = columns(axes, "repeat");
    columns.extend(own.iter().copied().map(str::to_owned));
    columns
}
