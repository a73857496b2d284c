//! The rows of CSV files, a run's or any others, read by the names of their columns.
//!
//! The order of columns is free, unknown columns are skipped, and a column that is not needed may be missing: a file that
//! was made by hand or merged is as good as a run's. Each row is checked, with its place; a big file is read row by row.

mod cell;
mod endings;
mod groups;
mod instances;
mod lives;
mod series;
mod spans;
mod summary;
mod table;

pub(crate) use cell::{Cell, Cells, MatrixPoint, Param, Variant};
pub(crate) use endings::{Endings, Repeat};
pub(crate) use groups::Groups;
pub(crate) use instances::{Instances, Times, instances};
pub(crate) use lives::{Life, Lives, Repeats, cells_in, has_lives, lives};
pub(crate) use series::{Probes, QUEUED, StateCounts, TimeSeries, probes, states};
pub(crate) use spans::{Doing, Span, spans};
pub(crate) use summary::{SummaryRow, SummaryTable, has_figures, summary};
pub(crate) use table::{Column, CsvTable, Row};
