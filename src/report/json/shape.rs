//! Shapes that several documents share.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use serde::Serialize;

use crate::stats::{Figures, Interval, StepFigures};
use taskmix_engine::metric::{Kind, Metric, StepMetric};
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Param, ParamValue};

/// A cell without its repeat.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Key {
    pub(super) params: Vec<NamedValue>,
    pub(super) engine: &'static str,
    pub(super) workers: u32,
    /// The period of its probe, in a cell that measures lag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) probe_ns: Option<NonZeroU64>,
}

/// A parameter: durations in ns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct NamedValue {
    pub(super) name: String,
    pub(super) value: Number,
    /// `ns` of a duration, `null` of a plain number.
    pub(super) unit: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Number {
    Whole(u64),
    Fraction(f64),
}

impl From<&CellKey> for Key {
    fn from(key: &CellKey) -> Self {
        Self { params: params(&key.params), engine: key.engine.as_str(), workers: key.workers, probe_ns: key.probe_ns }
    }
}

pub(super) fn params(params: &[Param]) -> Vec<NamedValue> {
    params.iter().map(|param| named(&param.name, param.value)).collect()
}

fn named(name: &str, value: ParamValue) -> NamedValue {
    let (value, unit) = match value {
        ParamValue::Duration(duration) => (Number::Whole(duration.as_nanos() as u64), Some("ns")),
        ParamValue::Integer(number) => (Number::Whole(number), None),
        ParamValue::Float(number) => (Number::Fraction(number), None),
    };
    NamedValue { name: name.to_owned(), value, unit }
}

/// A median over the repeats with its interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct MedianShape {
    pub(super) unit: Option<&'static str>,
    pub(super) median: f64,
    /// `null` where there are too few repeats for an interval, or an end falls among failed ones.
    pub(super) lo: Option<f64>,
    pub(super) hi: Option<f64>,
}

impl MedianShape {
    fn new(kind: Kind, figure: Interval) -> Self {
        let (lo, hi) = (figure.bounds.map(|ends| ends.0), figure.bounds.map(|ends| ends.1));
        Self { unit: unit(kind), median: figure.median, lo, hi }
    }
}

/// All figures that exist, by name.
pub(super) fn medians(figures: &Figures<Interval>) -> BTreeMap<&'static str, MedianShape> {
    let median = |&metric: &Metric| Some((metric.name(), MedianShape::new(metric.kind(), figures.get(metric)?)));
    Metric::ALL.iter().filter_map(median).collect()
}

/// All figures of a named step that exist, by name.
pub(super) fn step_medians(figures: &StepFigures) -> BTreeMap<&'static str, MedianShape> {
    let median = |&metric: &StepMetric| Some((metric.name(), MedianShape::new(metric.kind(), figures.get(metric)?)));
    StepMetric::ALL.iter().filter_map(median).collect()
}

/// The unit of a figure of this kind; `None` of counts and shares.
pub(super) const fn unit(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Time => Some("ns"),
        Kind::Bytes => Some("bytes"),
        Kind::Rate => Some("per_s"),
        Kind::Count | Kind::Share => None,
    }
}
