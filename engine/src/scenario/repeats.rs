//! How often each cell is measured: a fixed number of times, or until its figures are precise enough.

use std::time::Duration;

use crate::metric::Metric;

/// How often each cell is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Repeats {
    /// This many times, 1 to [`Repeats::MOST`].
    Fixed(u32),
    /// Until the figures are precise enough.
    Auto(Precision),
}

/// When measuring may end: as soon as the precision is reached or the budget is spent, checked after each round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// The figure that must be precise, of the whole mix of each cell.
    pub headline: Metric,
    /// The precision: both ends of its interval lie within this share of its median. Above 0, at most 1.
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
