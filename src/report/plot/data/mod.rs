//! What pictures are drawn from: the rows of the CSV files, read by the names of their columns.
//!
//! The order of columns is free, unknown ones are passed over, and a column that is not needed may be missing: files that
//! were made by hand or merged are as good as a run's. Nothing here knows `run.toml`, nor how a picture looks.

mod cell;
mod endings;
mod groups;
mod instances;
mod lives;
mod matrix;
mod series;
mod spans;
mod summary;
mod table;

pub(in crate::report) use cell::{Cell, Cells, Param, Place, Variant};
pub(super) use endings::{Endings, Repeat};
pub(in crate::report) use groups::Groups;
pub(super) use instances::{Instances, Times, instances};
pub(super) use lives::{Life, Lives, Repeats, cells_in, has_lives, lives};
pub(super) use matrix::{Matrix, SweptAxis};
pub(super) use series::{Course, Probes, StateCounts, probes, states};
pub(super) use spans::{Doing, Span, spans};
pub(super) use summary::{SummaryRow, SummaryTable, has_figures, summary};
pub(in crate::report) use table::{Column, Row, Table};
