//! Verdicts on expectations, a part of the documents of a run.

use serde::Serialize;

use crate::expect::{Judged, JudgedPoint};
use crate::stats::Interval;

/// One expectation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ExpectationShape {
    claim: String,
    that: String,
    /// `invariant` or `timing`.
    kind: &'static str,
    /// The worst verdict of its points.
    verdict: &'static str,
    /// The unit of both sides; `null` of plain numbers.
    unit: Option<String>,
    /// What the ratio of each point is compared with.
    claimed_ratio: f64,
    /// `every` or `any` repeat; `null` of a timing.
    quantifier: Option<&'static str>,
    points: Vec<PointShape>,
}

/// An expectation at one point of the matrix and the workers, as far as its figures leave them open.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct PointShape {
    /// Such as `hold=20ms, workers=2`; empty if nothing is open.
    point: String,
    rounds: u32,
    left: Option<EstimateShape>,
    right: Option<EstimateShape>,
    /// Left ÷ right without their constant factors, round by round; `null` where a side is not above 0.
    ratio: Option<EstimateShape>,
    /// In how many of its rounds an invariant is true; `null` of a timing.
    repeats_satisfying: Option<u32>,
    verdict: &'static str,
    /// Why it does not hold, where the values alone don't explain it.
    reason: Option<String>,
}

/// A median with its interval; of an invariant's side the ends are the least and the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct EstimateShape {
    median: f64,
    lo: Option<f64>,
    hi: Option<f64>,
}

impl From<&Judged> for ExpectationShape {
    fn from(judged: &Judged) -> Self {
        Self {
            claim: judged.claim.clone(),
            that: judged.that.clone(),
            kind: judged.nature.as_str(),
            verdict: judged.verdict.as_str(),
            unit: Some(judged.unit.column()).filter(|unit| !unit.is_empty()),
            claimed_ratio: judged.claimed_ratio(),
            quantifier: judged.quantifier_word(),
            points: judged.points.iter().map(point).collect(),
        }
    }
}

fn point(point: &JudgedPoint) -> PointShape {
    let estimate = |interval: Interval| {
        let (lo, hi) = (interval.bounds.map(|ends| ends.0), interval.bounds.map(|ends| ends.1));
        let finite = |end: Option<f64>| end.filter(|end| end.is_finite());
        EstimateShape { median: interval.median, lo: finite(lo), hi: finite(hi) }
    };
    PointShape {
        point: point.place.clone(),
        rounds: point.rounds,
        left: point.left.map(estimate),
        right: point.right.map(estimate),
        ratio: point.ratio.map(estimate),
        repeats_satisfying: point.satisfying,
        verdict: point.verdict.as_str(),
        reason: Some(point.reason.clone()).filter(|reason| !reason.is_empty()),
    }
}
