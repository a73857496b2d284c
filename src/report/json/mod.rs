//! What programs read: one JSON object a document, described in `docs/json.md`.
//!
//! One file a document. Each says its schema, with a version that renames and removals raise; fields may be added. Missing is
//! `null`; no number is infinite.

mod check;
mod compare;
mod engines;
mod expectation;
mod plan;
mod run;
mod shape;

use std::io::{self, Write};

use serde::Serialize;

pub use check::{CheckDocument, CheckedFile};
pub use compare::CompareDocument;
pub use engines::EnginesDocument;
pub use plan::{PlanDocument, PlannedScenario};
pub use run::{Outcome, RunDocument, RunEntry, SummaryDocument};

/// Writes a document and a newline.
pub fn write_json(out: &mut impl Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}
