//! The output for programs: one JSON object a document, described in `docs/json.md`.
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

pub use check::{CheckDocument, CheckedFile};
pub use compare::CompareDocument;
pub use engines::EnginesDocument;
pub use plan::{PlanDocument, PlannedScenario};
pub use run::{Outcome, RunDocument, RunEntry, SummaryDocument};
