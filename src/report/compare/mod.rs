//! A comparison of two runs for people: text and Markdown. The other forms are in `csv.rs` and `json/compare.rs`.
//!
//! It must not know how a verdict is reached.

mod csv;
mod markdown;
mod text;
mod words;

use crate::archive::RunArchive;
use crate::compare::{Comparison, Warning};

pub use csv::write as compare_csv;
pub use markdown::compare_markdown;
pub use text::{CompareOptions, compare_text, warning_text};
pub(super) use words::sentence;

/// The contents of a comparison's output.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The run that is compared with.
    pub old: &'a RunArchive,
    /// The run that is judged.
    pub new: &'a RunArchive,
    /// How the runs differ apart from their figures.
    pub warnings: &'a [Warning],
    /// The figures.
    pub comparison: &'a Comparison,
}

#[cfg(test)]
mod tests;
