//! Which cell a row belongs to, as the key's columns tell it.

use std::cmp::Ordering;
use std::io::Read;
use std::time::Duration;

use super::{Column, Row, Table};
use crate::report::plot::PlotError;
use crate::units::duration_text;

/// A point of the matrix: the scenario and a value for each parameter, as they stand in the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::report) struct Place {
    /// The scenario's name; empty in a file without one.
    pub(in crate::report) scenario: String,
    /// A value for each [`Cells::params`]; empty if the row has none.
    pub(in crate::report) values: Vec<String>,
}

/// An engine with a number of workers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::report) struct Variant {
    /// The engine's name.
    pub(in crate::report) engine: String,
    /// Its workers, if the file tells them.
    pub(in crate::report) workers: Option<u32>,
}

/// All that tells one cell's rows from another's, but for the repeat.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::report) struct Cell {
    pub(in crate::report) place: Place,
    pub(in crate::report) variant: Variant,
}

/// One axis of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) struct Param {
    /// Its name, without `param_` and the unit.
    pub(in crate::report) name: String,
    /// Whether its values are nanoseconds.
    pub(in crate::report) is_duration: bool,
}

/// Where the key's columns stand in a file.
#[derive(Debug)]
pub(in crate::report) struct Cells {
    /// The axes, in the order of their columns.
    pub(in crate::report) params: Vec<Param>,
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
    pub(in crate::report) fn text(&self, value: &str) -> String {
        match (value, self.is_duration) {
            ("", _) => "–".to_owned(),
            (value, true) => {
                value.parse().map_or_else(|_| value.to_owned(), |ns| duration_text(Duration::from_nanos(ns)))
            }
            (value, false) => value.to_owned(),
        }
    }

    /// A value as a number, of durations in nanoseconds.
    pub(in crate::report) fn number(value: &str) -> Option<f64> {
        value.parse().ok().filter(|number: &f64| number.is_finite() && number.abs() <= 1e18)
    }
}

impl Cells {
    /// Finds the key's columns; only the engine's must be there.
    pub(in crate::report) fn of<R: Read>(table: &Table<R>) -> Result<Self, PlotError> {
        let engine = table.need("engine")?;
        let (columns, params) = table.header().filter_map(|(column, name)| Some((column, Param::of(name)?))).unzip();
        Ok(Self { params, columns, scenario: table.column("scenario"), engine, workers: table.column("workers") })
    }

    /// All these columns.
    pub(in crate::report) fn columns(&self) -> impl Iterator<Item = Column> {
        self.columns.iter().copied().chain(self.scenario).chain([self.engine]).chain(self.workers)
    }

    /// The cell of a row.
    pub(in crate::report) fn cell(&self, row: &Row<'_>) -> Result<Cell, PlotError> {
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
        Ok(Cell { place: Place { scenario, values }, variant: Variant { engine, workers } })
    }
}

/// Points in the order in which pictures have them: numbers ascend, other texts follow.
impl Ord for Place {
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

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Result<(Vec<Param>, Vec<Cell>), PlotError> {
        let mut table = Table::read("x.csv", text.as_bytes())?;
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
        let place = |value: &str| Place { scenario: String::new(), values: vec![value.to_owned()] };
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
