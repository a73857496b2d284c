//! From records to samples to summaries: pure functions of what was measured.
//!
//! Nothing here prints, reads files or knows engines.

mod figures;
mod interval;
mod precision;
mod ranked;
mod sample;
mod states;
mod steadiness;
mod steps;
mod summary;
#[cfg(test)]
mod testing;

pub use figures::{Figures, Interval, Sample, Summary, WHOLE_MIX};
pub use interval::{CONFIDENCE, MOST_VALUES, median_interval, median_ranks};
pub use precision::{Known, least_precise};
pub use sample::samples;
pub use states::{StateRow, states};
pub use steadiness::{Unsteadiness, Unsteady, unsteady};
pub use steps::{StepSample, StepTimes, step_samples};
pub use summary::summaries;
#[cfg(test)]
pub(crate) use testing::OutcomeBuilder;
