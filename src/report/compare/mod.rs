//! A comparison of two runs for people: text and Markdown. The other forms are in `csv/compare.rs` and `json/compare.rs`.
//!
//! It must not know how a verdict comes about.

mod markdown;
mod text;
mod words;

use crate::compare::{Comparison, Warning};
use crate::report::RunArchive;

pub use markdown::compare_markdown;
pub use text::{CompareOptions, compare_text, warning_text};
pub(super) use words::sentence;

/// All that is told of two runs.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The run that is compared with.
    pub old: &'a RunArchive,
    /// The run that is judged.
    pub new: &'a RunArchive,
    /// In what they are not alike.
    pub warnings: &'a [Warning],
    /// The figures.
    pub comparison: &'a Comparison,
}

#[cfg(test)]
mod tests;
