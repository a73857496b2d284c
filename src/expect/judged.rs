//! The verdict on an expectation, with its figures and reasons.

use crate::stats::Interval;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Comparison, Condition, Dimension, Quantifier};

/// The verdict on an expectation; a worse verdict is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The claim is true.
    Holds,
    /// The measurements don't decide it.
    Inconclusive,
    /// The claim is false.
    Fails,
}

impl Verdict {
    /// As `expect.csv` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Inconclusive => "inconclusive",
            Self::Fails => "fails",
        }
    }
}

/// How an expectation is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Counts of instances and units only: exact, so that each repeat decides by itself.
    Invariant,
    /// Any other figures: judged by the interval of the median over the rounds.
    Timing,
}

impl Nature {
    /// How a condition is judged.
    pub(super) fn of(condition: &Condition) -> Self {
        if condition.is_invariant() { Self::Invariant } else { Self::Timing }
    }

    /// As `expect.csv` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invariant => "invariant",
            Self::Timing => "timing",
        }
    }
}

/// The unit of the values of both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// None: counts, and numbers computed from them.
    Number,
    /// None: a fraction that is shown in per cent.
    Share,
    /// Nanoseconds.
    Time,
    /// Bytes.
    Bytes,
    /// A count per second.
    Rate,
    /// A product or quotient of these, with its times in seconds.
    Other(Dimension),
}

impl Unit {
    /// The text of the `unit` column.
    pub fn column(self) -> String {
        match self {
            Self::Number | Self::Share => String::new(),
            Self::Time => "ns".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Rate => "per_s".to_owned(),
            Self::Other(Dimension { time, bytes: 0 }) => format!("s^{time}"),
            Self::Other(Dimension { time: 0, bytes }) => format!("bytes^{bytes}"),
            Self::Other(Dimension { time, bytes }) => format!("bytes^{bytes} s^{time}"),
        }
    }
}

/// One expectation, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The claim in plain words.
    pub claim: String,
    /// The text of `that`.
    pub that: String,
    /// How it is judged.
    pub nature: Nature,
    /// How its sides are compared.
    pub comparison: Comparison,
    /// In which repeats it must be true; means nothing for a timing.
    pub quantifier: Quantifier,
    /// The unit of the values of both sides.
    pub unit: Unit,
    /// The constant factors of the left and the right side, above 0: 3 for `3 * x`, 1 without a factor.
    pub factors: (f64, f64),
    /// Which sides, left and right, are constants.
    pub constants: (bool, bool),
    /// The worst of its points' verdicts.
    pub verdict: Verdict,
    /// One point for each combination of the parameters that its figures leave open, at least one, in the scenario's order.
    pub points: Vec<JudgedPoint>,
    /// The cells whose stall it claims, if it is an invariant that holds.
    pub expected_stalls: Vec<CellKey>,
}

impl Judged {
    /// What the ratio of its points is compared with: 3 for `x >= 3 * y`, 1 without factors.
    pub fn claimed_ratio(&self) -> f64 {
        self.factors.1 / self.factors.0
    }

    /// `every` or `any` repeat of an invariant, as `expect.csv` spells it; absent for a timing.
    pub fn quantifier_word(&self) -> Option<&'static str> {
        match (self.nature, self.quantifier) {
            (Nature::Timing, _) => None,
            (Nature::Invariant, Quantifier::EveryRepeat) => Some("every"),
            (Nature::Invariant, Quantifier::AnyRepeat) => Some("any"),
        }
    }

    /// How many of its points hold.
    pub fn holding(&self) -> usize {
        self.points.iter().filter(|point| point.verdict == Verdict::Holds).count()
    }

    /// The deciding point: among the points with the worst verdict, that whose ratio is farthest on the wrong side.
    pub fn worst(&self) -> Option<&JudgedPoint> {
        let badness = |point: &JudgedPoint| {
            let ratio = point.ratio.map_or(1.0, |ratio| ratio.median / self.claimed_ratio());
            match self.comparison {
                Comparison::AtLeast | Comparison::Above => -ratio,
                Comparison::AtMost | Comparison::Below => ratio,
                Comparison::Equal => (ratio - 1.0).abs(),
                Comparison::Unequal => -(ratio - 1.0).abs(),
            }
        };
        // Reversed, because `max_by` takes the last of equal points, and the first is wanted.
        self.points
            .iter()
            .rev()
            .max_by(|one, other| one.verdict.cmp(&other.verdict).then_with(|| badness(one).total_cmp(&badness(other))))
    }
}

/// An expectation at one point.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedPoint {
    /// The values of the open parameters, such as `hold=20ms, workers=2`; empty without any.
    pub place: String,
    /// How many rounds it was judged over, those without data included.
    pub rounds: u32,
    /// The left side over the rounds without its constant factor, in its unit. The bounds of an invariant are the least and the greatest value, those of a
    /// timing are the median's interval. A constant has no bounds.
    pub left: Option<Interval>,
    /// The right side, likewise.
    pub right: Option<Interval>,
    /// Left ÷ right over the rounds, to be compared with [`Judged::claimed_ratio`]; absent if a side is not above 0.
    pub ratio: Option<Interval>,
    /// In how many of its rounds an invariant is true; absent for a timing and if nothing was run.
    pub satisfying: Option<u32>,
    /// The verdict here.
    pub verdict: Verdict,
    /// Why it does not hold, if the values alone don't show it; empty if it holds.
    pub reason: String,
}
