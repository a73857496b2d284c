//! The cell of a row, from the key's columns.

use std::cmp::Ordering;
use std::io::Read;
use std::time::Duration;

use super::{Column, CsvTable, Row};
use crate::archive::ReadError;
use taskmix_engine::units::duration_text;

/// A point of the matrix: the scenario and a value for each parameter, as they stand in the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MatrixPoint {
    /// The scenario's name; empty in a file without one.
    pub(crate) scenario: String,
    /// A value for each [`Cells::params`]; empty if the row has none.
    pub(crate) values: Vec<String>,
}

/// An engine with a number of workers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Variant {
    /// The engine's name.
    pub(crate) engine: String,
    /// Its number of workers, if the file has it.
    pub(crate) workers: Option<u32>,
}

/// The key of a cell's rows, without the repeat.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Cell {
    pub(crate) place: MatrixPoint,
    pub(crate) variant: Variant,
}

/// One axis of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Param {
    /// Its name, without `param_` and the unit.
    pub(crate) name: String,
    /// Whether its values are nanoseconds.
    pub(crate) is_duration: bool,
}

/// The key's columns of a file.
#[derive(Debug)]
pub(crate) struct Cells {
    /// The axes, in the order of their columns.
    pub(crate) params: Vec<Param>,
    columns: Vec<Column>,
    scenario: Option<Column>,
    engine: Column,
    workers: Option<Column>,
}

impl Param {
    /// The axis of a column, if it is one.
    fn of(column: &str) -> Option<Self> {
        let name = column.strip_prefix("param_").filter(|name| !name.is_empty())?;
        let duration = name.strip_suffix("_ns").filter(|name| !name.is_empty());
        Some(Self { name: duration.unwrap_or(name).to_owned(), is_duration: duration.is_some() })
    }

    /// A value as a scenario writes it, such as `20ms`.
    pub(crate) fn text(&self, value: &str) -> String {
        match (value, self.is_duration) {
            ("", _) => "–".to_owned(),
            (value, true) => {
                value.parse().map_or_else(|_| value.to_owned(), |ns| duration_text(Duration::from_nanos(ns)))
            }
            (value, false) => value.to_owned(),
        }
    }

    /// A value as a number, of durations in nanoseconds.
    pub(crate) fn number(value: &str) -> Option<f64> {
        value.parse().ok().filter(|number: &f64| number.is_finite() && number.abs() <= 1e18)
    }
}

impl Cells {
    /// Finds the key's columns; only the engine's must be there.
    pub(crate) fn of<R: Read>(table: &CsvTable<R>) -> Result<Self, ReadError> {
        let engine = table.need("engine")?;
        let (columns, params) = table.header().filter_map(|(column, name)| Some((column, Param::of(name)?))).unzip();
        Ok(Self { params, columns, scenario: table.column("scenario"), engine, workers: table.column("workers") })
    }

    /// All these columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = Column> {
        self.columns.iter().copied().chain(self.scenario).chain([self.engine]).chain(self.workers)
    }

    /// The cell of a row.
    pub(crate) fn cell(&self, row: &Row<'_>) -> Result<Cell, ReadError> {
        let engine = row.text(self.engine).to_owned();
        if engine.is_empty() {
            return Err(row.wrong(self.engine, "an engine's name"));
        }
        let mut values = Vec::with_capacity(self.params.len());
        for (param, &column) in self.params.iter().zip(&self.columns) {
            let value = row.text(column);
            if param.is_duration && !value.is_empty() && value.parse::<u64>().is_err() {
                return Err(row.wrong(column, "a whole number of nanoseconds, or nothing"));
            }
            values.push(value.to_owned());
        }
        let scenario = self.scenario.map(|column| row.text(column).to_owned()).unwrap_or_default();
        let workers = self.workers.map(|column| row.ordinal(column)).transpose()?.flatten();
        Ok(Cell { place: MatrixPoint { scenario, values }, variant: Variant { engine, workers } })
    }
}

/// Points in the order of pictures: numbers ascend, other texts follow.
impl Ord for MatrixPoint {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |value: &str| Param::number(value).map_or((1, 0.0), |number| (0, number));
        let by_value = self.values.iter().zip(&other.values).map(|(one, other)| {
            let (mine, theirs) = (rank(one), rank(other));
            mine.0.cmp(&theirs.0).then(mine.1.total_cmp(&theirs.1)).then_with(|| one.cmp(other))
        });
        let by_values = by_value.fold(Ordering::Equal, Ordering::then);
        self.scenario.cmp(&other.scenario).then(by_values).then_with(|| self.values.len().cmp(&other.values.len()))
    }
}

impl PartialOrd for MatrixPoint {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Result<(Vec<Param>, Vec<Cell>), ReadError> {
        let mut table = CsvTable::read("x.csv", text.as_bytes())?;
        let keys = Cells::of(&table)?;
        let mut found = Vec::new();
        table.each(|row| keys.cell(row).map(|cell| found.push(cell)))?;
        Ok((keys.params, found))
    }

    #[test]
    fn the_key_s_columns_give_the_matrix() {
        let (params, found) =
            cells("engine,param_hold_ns,param_size,workers\nrayon,20000000,0.5,4\nnew,,big,\n").unwrap();
        let names: Vec<_> = params.iter().map(|param| (param.name.as_str(), param.is_duration)).collect();
        assert_eq!(names, [("hold", true), ("size", false)]);
        assert_eq!(params[0].text(&found[0].place.values[0]), "20ms");
        assert_eq!(params[0].text(&found[1].place.values[0]), "–");
        assert_eq!(params[1].text(&found[1].place.values[1]), "big");
        assert_eq!(found[0].variant, Variant { engine: "rayon".to_owned(), workers: Some(4) });
        assert_eq!(found[1].variant.workers, None);
    }

    #[test]
    fn points_are_in_order_of_their_numbers_and_texts_come_last() {
        let place = |value: &str| MatrixPoint { scenario: String::new(), values: vec![value.to_owned()] };
        let mut places = ["new", "100", "20", "", "3"].map(place);
        places.sort();
        let values: Vec<&str> = places.iter().map(|place| place.values[0].as_str()).collect();
        assert_eq!(values, ["3", "20", "100", "", "new"]);
    }

    #[test]
    fn a_row_without_an_engine_or_with_half_a_nanosecond_is_an_error() {
        let error = |text: &str| cells(text).unwrap_err().to_string();
        assert_eq!(error("engine\n\"\"\n"), "`x.csv`, line 2, column `engine`: expected an engine's name, found ``");
        assert_eq!(
            error("engine,param_hold_ns\nrayon,1.5\n"),
            "`x.csv`, line 2, column `param_hold_ns`: expected a whole number of nanoseconds, or nothing, found `1.5`"
        );
    }
}
