//! Hand-made summaries for tests, on the tasks `bystander` and the whole mix, and hand-made verdicts.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::expect::{Judged, JudgedPoint, Nature, Unit, Verdict};
use crate::stats::{CountRange, Figures, Interval, StepFigures, StepSummary, Summary, WHOLE_MIX};
use taskmix_engine::metric::{Metric, StepMetric};
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Comparison, EngineName, Param, ParamValue, Quantifier, WorkerRule};

/// A millisecond in nanoseconds.
pub(crate) const MS: f64 = 1e6;

/// Builds one summary of six repeats.
#[derive(Clone)]
pub(crate) struct SummaryBuilder(Summary);

impl SummaryBuilder {
    pub(crate) fn task(engine: EngineName, task: &str) -> Self {
        let workers = if engine.worker_rule() == WorkerRule::One { 1 } else { 2 };
        let key =
            CellKey { scenario: "mix".to_owned(), params: Vec::new(), engine, workers, repeat: 6, probe_ns: None };
        let (figures, counts, steps) = (Figures::default(), Vec::new(), Vec::new());
        Self(Summary { key, task: task.to_owned(), figures, counts, ok: 6, disturbed: 0, steps })
    }

    pub(crate) fn mix(engine: EngineName) -> Self {
        Self::task(engine, WHOLE_MIX)
    }

    /// The whole mix of the cell that measures lag.
    pub(crate) fn probed(engine: EngineName) -> Self {
        let mut probed = Self::mix(engine);
        probed.0.key.probe_ns = NonZeroU64::new(1_000_000);
        probed
    }

    pub(crate) fn hold_ms(mut self, ms: u64) -> Self {
        let value = ParamValue::Duration(Duration::from_millis(ms));
        self.0.key.params = vec![Param { name: "hold".to_owned(), value }];
        self
    }

    pub(crate) fn workers(mut self, workers: u32) -> Self {
        self.0.key.workers = workers;
        self
    }

    pub(crate) fn repeats(mut self, repeats: u32, ok: u32) -> Self {
        (self.0.key.repeat, self.0.ok) = (repeats, ok);
        self
    }

    pub(crate) fn disturbed(mut self, repeats: u32) -> Self {
        self.0.disturbed = repeats;
        self
    }

    /// A figure with an interval of a share of the median to both sides.
    pub(crate) fn within(mut self, metric: Metric, median: f64, share: f64) -> Self {
        let bounds = Some((median * (1.0 - share), median * (1.0 + share)));
        self.0.figures.set(metric, Interval { median, bounds });
        self
    }

    /// A figure without an interval.
    pub(crate) fn bare(mut self, metric: Metric, median: f64) -> Self {
        self.0.figures.set(metric, Interval { median, bounds: None });
        self
    }

    /// A named step: its figures, each with an interval of a tenth to both sides.
    pub(crate) fn step(mut self, step: &str, figures: &[(StepMetric, f64)]) -> Self {
        let mut found = StepFigures::default();
        for &(metric, median) in figures {
            found.set(metric, Some(Interval { median, bounds: Some((median * 0.9, median * 1.1)) }));
        }
        self.0.steps.push(StepSummary { step: step.to_owned(), figures: found });
        self
    }

    /// A count that differs between the repeats, and is above 0 in so many of them.
    pub(crate) fn count_of(mut self, metric: Metric, (least, greatest): (f64, f64), above_zero: u32) -> Self {
        self.0.counts.push((metric, CountRange { least, greatest, above_zero }));
        self.bare(metric, f64::midpoint(least, greatest))
    }

    pub(crate) fn summary(self) -> Summary {
        self.0
    }
}

/// Builds one judged expectation, point by point.
pub(crate) struct JudgedBuilder(Judged);

impl JudgedBuilder {
    /// `smol-local.lag_p99 >= rayon.lag_p99`, or as the test says.
    pub(crate) fn timing(claim: &str) -> Self {
        Self(Judged {
            claim: claim.to_owned(),
            that: "smol-local.lag_p99 >= rayon.lag_p99".to_owned(),
            nature: Nature::Timing,
            comparison: Comparison::AtLeast,
            quantifier: Quantifier::EveryRepeat,
            unit: Unit::Time,
            factors: (1.0, 1.0),
            constants: (false, false),
            verdict: Verdict::Holds,
            points: Vec::new(),
            expected_stalls: Vec::new(),
        })
    }

    /// `rayon.done == …`, or as the test says.
    pub(crate) fn invariant(claim: &str) -> Self {
        let Self(timing) = Self::timing(claim);
        Self(Judged {
            that: "rayon.done == 7".to_owned(),
            nature: Nature::Invariant,
            comparison: Comparison::Equal,
            unit: Unit::Number,
            ..timing
        })
    }

    pub(crate) fn comparison(mut self, comparison: Comparison) -> Self {
        self.0.comparison = comparison;
        self
    }

    pub(crate) fn unit(mut self, unit: Unit) -> Self {
        self.0.unit = unit;
        self
    }

    /// As `in any repeat` is judged, true in so many of six.
    pub(crate) fn in_any(mut self, satisfying: u32) -> Self {
        self.0.quantifier = Quantifier::AnyRepeat;
        self.point(|point| point.satisfying = Some(satisfying))
    }

    pub(crate) fn factors(mut self, left: f64, right: f64) -> Self {
        self.0.factors = (left, right);
        self
    }

    /// Begins another point.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.0.points.push(JudgedPoint {
            place: place.to_owned(),
            rounds: 6,
            left: None,
            right: None,
            ratio: None,
            satisfying: None,
            verdict: Verdict::Holds,
            reason: String::new(),
        });
        self
    }

    /// Changes the current point; without [`at`](Self::at), the only one.
    fn point(self, change: impl FnOnce(&mut JudgedPoint)) -> Self {
        let mut builder = if self.0.points.is_empty() { self.at("") } else { self };
        change(builder.0.points.last_mut().expect("there is one"));
        builder
    }

    /// With an interval of a share of the median to both sides.
    pub(crate) fn left(self, median: f64, share: f64) -> Self {
        self.point(|point| point.left = Some(around(median, share)))
    }

    pub(crate) fn left_exactly(self, value: f64) -> Self {
        self.left(value, 0.0)
    }

    pub(crate) fn right(self, median: f64, share: f64) -> Self {
        self.point(|point| point.right = Some(around(median, share)))
    }

    pub(crate) fn right_constant(mut self, median: f64) -> Self {
        self.0.constants.1 = true;
        self.point(|point| point.right = Some(Interval { median, bounds: None }))
    }

    pub(crate) fn ratio(self, median: f64, share: f64) -> Self {
        self.point(|point| point.ratio = Some(around(median, share)))
    }

    pub(crate) fn holds(self) -> Self {
        self.judged_so(Verdict::Holds, "")
    }

    pub(crate) fn fails(self, reason: &str) -> Self {
        self.judged_so(Verdict::Fails, reason)
    }

    pub(crate) fn inconclusive(self, reason: &str) -> Self {
        self.judged_so(Verdict::Inconclusive, reason)
    }

    fn judged_so(mut self, verdict: Verdict, reason: &str) -> Self {
        self.0.verdict = self.0.verdict.max(verdict);
        self.point(|point| (point.verdict, point.reason) = (verdict, reason.to_owned()))
    }

    pub(crate) fn judged(self) -> Judged {
        self.0
    }
}

fn around(median: f64, share: f64) -> Interval {
    Interval { median, bounds: Some((median * (1.0 - share), median * (1.0 + share))) }
}
