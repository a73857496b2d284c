//! From records to samples to summaries: pure functions of what was measured.
//!
//! Nothing here prints, reads files or knows engines.

mod figures;

pub use figures::{Figures, Interval, Sample, Summary, WHOLE_MIX};
