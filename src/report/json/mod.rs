//! What programs read: one JSON object a document, described in `docs/json.md`.
//!
//! One file a document. Each says its schema, with a version that renames and removals raise; fields may be added. Missing is
//! `null`; no number is infinite.

mod compare;

pub use compare::{CompareDocument, compare_json};
