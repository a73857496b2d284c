//! Judges one expectation: at each of its points both sides round by round, their medians, and the verdict.

use std::ptr;

use super::arithmetic::{Times, factor, unit};
use super::expected_stalls::expected_stalls;
use super::gap::Gap;
use super::places::{AxisPoint, NotRun, places};
use super::rounds::{Rounds, TIMEOUT};
use super::verdict::{Round, invariant, timing};
use super::{Judged, JudgedPoint, Nature, Unit, Verdict};
use crate::stats::{Interval, median_interval, median_ranks};
use taskmix_engine::metric::Kind;
use taskmix_engine::scenario::{Comparison, Condition, Expectation, Expr, Figure, Measure, Scenario};

/// Judges one expectation.
pub(super) fn judge(scenario: &Scenario, rounds: &Rounds<'_>, expectation: &Expectation) -> Judged {
    let condition = &expectation.condition;
    let figures = condition.figures();
    let judging = Judging {
        scenario,
        rounds,
        condition,
        nature: nature(&figures),
        times: Times::of(condition),
        unit: unit(condition),
    };
    let places = places(scenario, rounds.settings, &figures);
    let points: Vec<JudgedPoint> = places.iter().map(|place| judging.point(place)).collect();
    let verdict = points.iter().map(|point| point.verdict).max().unwrap_or(Verdict::Inconclusive);
    let names_a_stall = judging.nature == Nature::Invariant && verdict == Verdict::Holds;
    Judged {
        claim: expectation.claim.clone(),
        that: expectation.that.clone(),
        nature: judging.nature,
        comparison: condition.comparison,
        unit: judging.unit,
        factors: (factor(&condition.left), factor(&condition.right)),
        constants: (condition.left.is_constant(), condition.right.is_constant()),
        verdict,
        points,
        expected_stalls: if names_a_stall { expected_stalls(scenario, rounds, &figures, &places) } else { Vec::new() },
    }
}

/// An invariant has counts of instances and units only. Context switches are counted too, but by the kernel and for the whole
/// mix.
fn nature(figures: &[&Figure]) -> Nature {
    let is_exact = |metric: &Measure| metric.kind() == Kind::Count && !metric.is_of_the_mix();
    if figures.iter().all(|figure| is_exact(&figure.metric)) { Nature::Invariant } else { Nature::Timing }
}

/// The parts that all points of one expectation share.
struct Judging<'a> {
    scenario: &'a Scenario,
    rounds: &'a Rounds<'a>,
    condition: &'a Condition,
    nature: Nature,
    times: Times,
    unit: Unit,
}

impl Judging<'_> {
    fn point(&self, place: &AxisPoint) -> JudgedPoint {
        let cells = self.cells(place);
        let rounds: Vec<Round> = match &cells {
            Ok(cells) => {
                let needed: Vec<usize> = cells.iter().map(|(_, cell)| *cell).collect();
                self.rounds.of_cells(&needed).into_iter().map(|repeat| self.round(cells, repeat)).collect()
            }
            Err(_) => Vec::new(),
        };
        let comparison = self.condition.comparison;
        let (verdict, reason) = match (cells, self.nature) {
            (Err(NotRun(reason)), _) => (Verdict::Inconclusive, reason),
            (Ok(_), _) if rounds.is_empty() => (Verdict::Inconclusive, "no round of it was measured".to_owned()),
            (Ok(_), Nature::Invariant) => invariant(&rounds, comparison),
            (Ok(_), Nature::Timing) => timing(&rounds, comparison),
        };
        JudgedPoint {
            place: place.to_string(),
            rounds: rounds.len() as u32,
            left: self.side(&self.condition.left, rounds.iter().map(|round| round.left)),
            right: self.side(&self.condition.right, rounds.iter().map(|round| round.right)),
            ratio: self.ratio(&rounds),
            verdict,
            reason,
        }
    }

    /// The setting that each figure refers to at a place.
    fn cells(&self, place: &AxisPoint) -> Result<Vec<(&Figure, usize)>, NotRun> {
        let settings = self.rounds.settings;
        let cell = |figure| Ok((figure, place.cell(&self.scenario.axes, settings, figure)?));
        self.condition.figures().into_iter().map(cell).collect()
    }

    fn round(&self, cells: &[(&Figure, usize)], repeat: u32) -> Round {
        let read = |figure: &Figure| {
            // The figures belong to this condition, so their addresses identify them.
            let cell = cells.iter().find(|(other, _)| ptr::eq(*other, figure)).map(|(_, cell)| *cell);
            cell.map_or_else(|| Err(Gap::empty(figure)), |cell| self.read(figure, cell, repeat))
        };
        let value = |expr: &Expr| {
            let value = self.times.value(expr, &read)?;
            if value.is_finite() { Ok(value) } else { Err(Gap::no_number()) }
        };
        let (left, right) = (value(&self.condition.left), value(&self.condition.right));
        let gap = match (&left, &right) {
            (Err(gap), _) | (_, Err(gap)) => Some(gap.clone()),
            (Ok(_), Ok(_)) => cells.iter().find_map(|(_, cell)| self.death(*cell, repeat)),
        };
        Round { repeat, left: left.ok(), right: right.ok(), gap }
    }

    /// A figure in one round. A failed cell has only its counts, up to the failure.
    fn read(&self, figure: &Figure, cell: usize, repeat: u32) -> Result<f64, Gap> {
        let measured = self.rounds.measured(cell, repeat)?;
        if self.nature == Nature::Timing && !measured.is_ok() {
            return Err(Gap::failed(&self.rounds.settings[cell], measured.exit()));
        }
        measured.figure(figure)
    }

    /// Whether a cell died: its counts may be incomplete and can't make an invariant hold. After a timeout the counts are
    /// complete.
    fn death(&self, cell: usize, repeat: u32) -> Option<Gap> {
        let measured = self.rounds.measured(cell, repeat).ok()?;
        let lives = measured.is_ok() || measured.exit() == TIMEOUT;
        (!lives).then(|| Gap::failed(&self.rounds.settings[cell], measured.exit()))
    }

    /// A side over the rounds, in the unit in which it is reported.
    fn side(&self, expr: &Expr, values: impl Iterator<Item = Option<f64>>) -> Option<Interval> {
        if expr.is_constant() {
            let value = self.times.value(expr, &|_| Err(())).ok().filter(|value| value.is_finite())?;
            return Some(Interval { median: self.times.told(value, self.unit), bounds: None });
        }
        // As in `summary.csv`, a missing time ranks as +∞, a missing rate as −∞.
        let worst = if expr.dimension().time < 0 { f64::NEG_INFINITY } else { f64::INFINITY };
        let values: Vec<f64> =
            values.map(|value| value.map_or(worst, |value| self.times.told(value, self.unit))).collect();
        let interval = median_interval(&values)?;
        match self.nature {
            Nature::Timing => Some(interval),
            Nature::Invariant => Some(Interval { bounds: extremes(&values), ..interval }),
        }
    }

    /// Left ÷ right over the rounds. A missing ratio ranks at the worse end for each bound, as for the verdict.
    fn ratio(&self, rounds: &[Round]) -> Option<Interval> {
        let pairs = || rounds.iter().filter_map(|round| round.left.zip(round.right));
        if pairs().any(|(left, right)| left <= 0.0 || right <= 0.0) {
            return None;
        }
        let ratios = |missing: f64| -> Vec<f64> {
            let ratio = |round: &Round| round.left.zip(round.right).map_or(missing, |(left, right)| left / right);
            rounds.iter().map(ratio).collect()
        };
        let worst = match self.condition.comparison {
            Comparison::AtLeast | Comparison::Above => f64::NEG_INFINITY,
            Comparison::AtMost | Comparison::Below | Comparison::Equal | Comparison::Unequal => f64::INFINITY,
        };
        let median = median_interval(&ratios(worst))?.median;
        let bounds = match self.nature {
            Nature::Invariant => extremes(&ratios(f64::NAN)),
            Nature::Timing => ends(&ratios(f64::NEG_INFINITY), &ratios(f64::INFINITY)),
        };
        Some(Interval { median, bounds })
    }
}

/// The least and the greatest value, if all are finite.
fn extremes(values: &[f64]) -> Option<(f64, f64)> {
    let all_finite = values.iter().all(|value| value.is_finite());
    let fold = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick);
    all_finite.then(|| fold(f64::min).zip(fold(f64::max))).flatten()
}

/// The lower end of one list's interval and the upper end of another's, if they are finite.
fn ends(lower: &[f64], upper: &[f64]) -> Option<(f64, f64)> {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let (low, high, _) = median_ranks(lower.len())?;
    let bounds = (sorted(lower)[low - 1], sorted(upper)[high - 1]);
    (bounds.0.is_finite() && bounds.1.is_finite()).then_some(bounds)
}
