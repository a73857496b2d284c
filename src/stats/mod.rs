//! From records to samples to summaries: pure functions of what was measured.
//!
//! Nothing here prints, reads files or knows engines.

mod figures;
mod interval;
mod precision;
mod rank_sum;
mod ranked;
mod ratio;
mod repeats;
mod sample;
mod saturation;
mod states;
mod steadiness;
mod steps;
mod summary;
#[cfg(test)]
mod testing;

pub use figures::{CountRange, Figures, Interval, Sample, StepFigures, StepSummary, Summary, WHOLE_MIX};
pub use interval::{CONFIDENCE, MOST_VALUES, median_interval, median_ranks};
pub use precision::{KnownPrecision, least_precise};
pub use rank_sum::rank_sum_ranks;
pub use ratio::{Contrast, NoRatio, difference, ratio};
pub use repeats::{Repeats, repeats};
pub use sample::samples;
pub use saturation::{Saturation, saturation};
pub use states::{StateRow, states};
pub use steadiness::{Unsteadiness, Unsteady, unsteady};
pub use steps::{StepSample, StepTimes, step_samples};
pub use summary::summaries;
#[cfg(test)]
pub(crate) use testing::OutcomeBuilder;
