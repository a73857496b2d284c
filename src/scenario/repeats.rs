//! How often each cell is measured: so many times, or until enough is known.

use std::time::Duration;

use crate::metric::Metric;

/// How often each cell is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Repeats {
    /// So often, 1 to [`Repeats::MOST`].
    Fixed(u32),
    /// Until the figures are known precisely enough.
    Auto(Precision),
}

/// When measuring may end: as soon as either holds, looked at after each round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// The figure that is looked at, of the whole mix of each cell.
    pub headline: Metric,
    /// Both ends of its interval lie within this share of its median: above 0, at most 1.
    pub within: f64,
    /// The time that the rounds may take together.
    pub budget: Duration,
}

impl Repeats {
    /// The most rounds there can be.
    pub const MOST: u32 = 1_000;
}

impl Default for Precision {
    fn default() -> Self {
        Self { headline: Metric::LatencyP99, within: 0.05, budget: Duration::from_mins(2) }
    }
}
