//! What is said of an expectation.

use crate::plan::CellKey;
use crate::scenario::{Comparison, Dimension};
use crate::stats::Interval;

/// What an expectation turned out to be; the worse, the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// What is claimed is so.
    Holds,
    /// It can't be told.
    Inconclusive,
    /// What is claimed is not so.
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
    /// Counts of instances and units only: exact, and must hold in every repeat.
    Invariant,
    /// Anything else: by the interval of the median over the rounds.
    Timing,
}

impl Nature {
    /// As `expect.csv` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invariant => "invariant",
            Self::Timing => "timing",
        }
    }
}

/// What the values of both sides are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// None: counts, and what is computed of them.
    Number,
    /// None: a fraction that people read in per cent.
    Share,
    /// Nanoseconds.
    Time,
    /// Bytes.
    Bytes,
    /// Things per second.
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
    /// What the values of both sides are in.
    pub unit: Unit,
    /// The constant factors of the left and the right side, above 0: of `3 * x` 3, and 1 where there is none.
    pub factors: (f64, f64),
    /// Which sides, left and right, are constants.
    pub constants: (bool, bool),
    /// The worst of its points' verdicts.
    pub verdict: Verdict,
    /// Every combination of what its figures leave open, at least one, in the scenario's order.
    pub points: Vec<JudgedPoint>,
    /// The cells whose stall it names, if it is an invariant that holds.
    pub excuses: Vec<CellKey>,
}

impl Judged {
    /// How many of its points hold.
    pub fn holding(&self) -> usize {
        self.points.iter().filter(|point| point.verdict == Verdict::Holds).count()
    }

    /// The point that decides: of those with the worst verdict, the one whose ratio is farthest on the wrong side.
    pub fn worst(&self) -> Option<&JudgedPoint> {
        let badness = |point: &JudgedPoint| {
            let ratio = point.ratio.map_or(1.0, |ratio| ratio.median);
            match self.comparison {
                Comparison::AtLeast | Comparison::Above => -ratio,
                Comparison::AtMost | Comparison::Below => ratio,
                Comparison::Equal => (ratio - 1.0).abs(),
                Comparison::Unequal => -(ratio - 1.0).abs(),
            }
        };
        // The first of equals: `max_by` would take the last.
        self.points
            .iter()
            .rev()
            .max_by(|one, other| one.verdict.cmp(&other.verdict).then_with(|| badness(one).total_cmp(&badness(other))))
    }
}

/// An expectation at one point.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedPoint {
    /// What was left open, such as `hold=20ms, workers=2`; empty if nothing was.
    pub place: String,
    /// How many rounds it was judged over, those without data included.
    pub rounds: u32,
    /// The left side over the rounds, in its unit; of an invariant the bounds are the least and the greatest, else those of
    /// the median's interval. A constant has none.
    pub left: Option<Interval>,
    /// The right side, likewise.
    pub right: Option<Interval>,
    /// Left ÷ right, round by round; absent where a side is not above 0.
    pub ratio: Option<Interval>,
    /// The verdict here.
    pub verdict: Verdict,
    /// Why it does not hold, where the values alone don't tell; empty if it holds.
    pub reason: String,
}
