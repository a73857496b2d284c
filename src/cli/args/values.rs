//! Parses the values of options.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::report::{PlotKind, PlotMetric};
use taskmix_engine::metric::{Metric, StepMetric};
use taskmix_engine::plan::{Fault, Mechanism};
use taskmix_engine::scenario::{CustomName, EngineName, Precision, Repeats, Scenario};
use taskmix_engine::units::{duration_text, parse_duration};

/// Worker counts as in a scenario: at least one, without duplicates; `None` is one a core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct WorkerCounts(pub(in crate::cli) Vec<Option<NonZeroU32>>);

pub(super) fn workers(text: &str) -> Result<WorkerCounts, String> {
    if text.trim() == "all" {
        return Ok(WorkerCounts(vec![None]));
    }
    let mut counts = Vec::new();
    for text in text.split(',').map(str::trim) {
        if text == "all" {
            return Err("`all` stands alone, not in a list".to_owned());
        }
        let count = text.parse().ok().filter(|count: &NonZeroU32| count.get() <= 1_024);
        let count = count.ok_or_else(|| format!("`{text}` is no number from 1 to 1,024, nor `all`"))?;
        if counts.contains(&Some(count)) {
            return Err(format!("`{count}` workers twice"));
        }
        counts.push(Some(count));
    }
    Ok(WorkerCounts(counts))
}

/// A built-in engine's name, so that clap lists them all and suggests the nearest.
pub(super) fn engine() -> impl TypedValueParser<Value = EngineName> {
    PossibleValuesParser::new(EngineName::ALL.map(EngineName::as_str))
        .map(|name| name.parse().expect("clap accepts only names of engines"))
}

/// The period of the probe that measures lag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Probe {
    /// The period of the file, or the default.
    AsWritten,
    /// This period.
    Every(Duration),
}

pub(super) fn probe(text: &str) -> Result<Probe, String> {
    if text.is_empty() {
        return Ok(Probe::AsWritten);
    }
    let [least, most] = [Scenario::PROBE_PERIODS.start(), Scenario::PROBE_PERIODS.end()].map(|end| duration_text(*end));
    let period = parse_duration(text).ok().filter(|period| Scenario::PROBE_PERIODS.contains(period));
    period.map(Probe::Every).ok_or_else(|| format!("write a duration from `{least}` to `{most}`, such as `1ms`"))
}

pub(super) fn repeats(text: &str) -> Result<Repeats, String> {
    if text == "auto" {
        return Ok(Repeats::Auto(Precision::default()));
    }
    let number = text.parse().ok().filter(|number| (1..=Repeats::MOST).contains(number));
    number.map(Repeats::Fixed).ok_or_else(|| format!("write a number from 1 to {}, or `auto`", Repeats::MOST))
}

/// The name of a figure of tasks or of named steps, so that clap suggests the nearest.
pub(super) fn metric() -> impl TypedValueParser<Value = String> {
    let of_steps = StepMetric::ALL.iter().map(|metric| metric.name());
    let of_steps = of_steps.filter(|name| Metric::from_name(name).is_none());
    PossibleValuesParser::new(Metric::ALL.iter().map(|metric| metric.name()).chain(of_steps))
}

/// The name of a figure or of a family of figures, so that clap suggests the nearest.
pub(super) fn plot_metric() -> impl TypedValueParser<Value = PlotMetric> {
    PossibleValuesParser::new(PlotMetric::names())
        .map(|name| PlotMetric::from_name(&name).expect("clap accepts only names of figures and families"))
}

/// A picture's kind, so that clap lists them all.
pub(super) fn plot_kind() -> impl TypedValueParser<Value = PlotKind> {
    PossibleValuesParser::new(PlotKind::ALL.map(PlotKind::as_str))
        .map(|name| PlotKind::from_name(&name).expect("clap accepts only names of kinds"))
}

pub(super) fn mechanism(name: &str) -> Result<Mechanism, String> {
    Mechanism::from_name(name).ok_or_else(|| format!("unknown mechanism `{name}`"))
}

pub(super) fn fault(text: &str) -> Result<(String, Fault), String> {
    let (engine, kind) = text.split_once('=').ok_or("write ENGINE=KIND")?;
    let kind = match kind {
        "panic" => Fault::Panic,
        "abort" => Fault::Abort,
        "overflow" => Fault::Overflow,
        "hang" => Fault::Hang,
        "kill" => Fault::Kill,
        "flip" => Fault::Flip,
        "leave" => Fault::Leave,
        _ => return Err(format!("unknown fault `{kind}`")),
    };
    Ok((engine.to_owned(), kind))
}

/// The value of `--engine`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Choice {
    /// This engine replaces the file's engines.
    Named(String),
    /// This program is added to the engines.
    Program(CustomName, String),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None => Ok(Self::Named(text.to_owned())),
            Some((name, "")) => Err(format!("write the program's path after `{name}=`")),
            Some((name, path)) => {
                let name = CustomName::to_register(name).map_err(|error| error.to_string())?;
                Ok(Self::Program(name, path.to_owned()))
            }
        }
    }
}
