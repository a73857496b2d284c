//! `[matrix]`: names, each with the values that it takes in turn.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::scalar::unplain;
use super::table::Table;
use super::top;
use super::walk::{Kind, Value, Walk};
use crate::diagnostic::Diagnostic;
use crate::scenario::{Axis, AxisKind, Param, ParamValue};
use crate::units::parse_duration;

/// The most combinations that a scenario may have.
pub(crate) const MOST_POINTS: usize = 1_000;

/// A name of the matrix as it stands in the text.
#[derive(Debug, Clone)]
pub(crate) struct AxisSource {
    pub(crate) name: String,
    pub(crate) span: Range<usize>,
    /// Empty if they can't be read.
    pub(crate) values: Vec<ValueSource>,
    pub(crate) is_used: bool,
}

/// A value of an axis as it stands in the text.
#[derive(Debug, Clone)]
pub(crate) struct ValueSource {
    /// `None` if it can't be read.
    pub(crate) value: Option<ParamValue>,
    pub(crate) span: Range<usize>,
}

/// Reads the table into the walk's axes.
pub(crate) fn read(walk: &mut Walk, raw: &Spanned<DeValue<'_>>) {
    let Some(table) = Table::of(walk, &Value::literal(raw), "the `[matrix]`", "the table `[matrix]`") else { return };
    for (name, span) in table.keys() {
        let Some(raw) = table.get(name) else { continue };
        let axis = axis(walk, name, span, raw);
        walk.axes.extend(axis);
    }
    walk.chosen = vec![0; walk.axes.len()];
}

fn axis(walk: &mut Walk, name: &str, span: Range<usize>, raw: &Spanned<DeValue<'_>>) -> Option<AxisSource> {
    let value = Value::literal(raw);
    let is_list = matches!(value.kind, Kind::List(_));
    if top::SCALAR_KEYS.contains(&name) && !is_list {
        return walk.refuse(top::belongs_above(name, "the `[matrix]`").at(span));
    }
    let found = walk.found();
    if name == "workers" {
        let taken = Diagnostic::error("a parameter can't be called `workers`");
        walk.report(
            taken.at(span.clone()).help("`workers = [1, 2]` above the first `[[task]]` already runs each count"),
        );
    } else if let Some(diagnostic) = unplain(name, "a parameter's name") {
        walk.report(diagnostic.at(span.clone()));
    }
    let values = values(walk, &value);
    // Whoever has a mistake to mend here need not hear too that it is unused.
    Some(AxisSource { name: name.to_owned(), span, values, is_used: walk.found() > found })
}

fn values(walk: &mut Walk, value: &Value<'_>) -> Vec<ValueSource> {
    let Kind::List(list) = value.kind else {
        walk.report(value.unexpected("a list of values").help("write it as a list, as in `[\"1ms\", \"20ms\"]`"));
        return Vec::new();
    };
    if list.is_empty() {
        walk.report(value.place.error("a parameter needs at least one value"));
    }
    let mut values: Vec<ValueSource> = Vec::new();
    for raw in list {
        let value = self::value(walk, &Value::literal(raw));
        check_against(walk, &values, value, &raw.span());
        values.push(ValueSource { value, span: raw.span() });
    }
    values
}

fn value(walk: &mut Walk, value: &Value<'_>) -> Option<ParamValue> {
    match value.kind {
        Kind::Text(text) => match parse_duration(text) {
            Ok(duration) => Some(ParamValue::Duration(duration)),
            Err(error) => walk.refuse(match error.remedy() {
                Some(remedy) => value.place.error(error.to_string()).help(remedy),
                None => value.place.error(error.to_string()),
            }),
        },
        Kind::Integer(integer) => match integer.map(u64::try_from) {
            Some(Ok(integer)) => Some(ParamValue::Integer(integer)),
            Some(Err(_)) if integer < Some(0) => walk.refuse(value.place.error("a parameter can't be negative")),
            _ => walk.refuse(value.place.error("a parameter must be less than 2^64")),
        },
        Kind::Float(float) if !float.is_finite() => walk.refuse(value.place.error("a parameter must be finite")),
        Kind::Float(float) if float < 0.0 => walk.refuse(value.place.error("a parameter can't be negative")),
        Kind::Float(float) => Some(ParamValue::Float(float)),
        _ => walk.refuse(value.unexpected("a duration or a number")),
    }
}

/// Refuses a value that is there already, or that is of another kind than the first.
fn check_against(walk: &mut Walk, values: &[ValueSource], value: Option<ParamValue>, span: &Range<usize>) {
    let Some(value) = value else { return };
    if let Some(earlier) = values.iter().find(|earlier| earlier.value.is_some_and(|earlier| earlier.is_same_as(value)))
    {
        walk.report(
            Diagnostic::error("the same value twice").at(span.clone()).also(earlier.span.clone(), "the first one"),
        );
    }
    let other = values.iter().find(|earlier| earlier.value.is_some_and(|earlier| kind(earlier) != kind(value)));
    if let Some(other) = other {
        walk.report(
            Diagnostic::error("a parameter can't be a duration here and a number there")
                .at(span.clone())
                .also(other.span.clone(), "of another kind")
                .help("durations need a unit, numbers no quotes"),
        );
    }
}

const fn kind(value: ParamValue) -> AxisKind {
    match value {
        ParamValue::Duration(_) => AxisKind::Duration,
        ParamValue::Integer(_) | ParamValue::Float(_) => AxisKind::Number,
    }
}

/// How many combinations there are; an error if they are too many, and then only the first is walked.
pub(crate) fn combinations(walk: &mut Walk, matrix: Range<usize>) -> usize {
    let lengths = walk.axes.iter().map(|axis| axis.values.len().max(1));
    let combinations = lengths.fold(1_usize, usize::saturating_mul);
    if combinations <= MOST_POINTS {
        return combinations;
    }
    let lengths: Vec<String> = walk.axes.iter().map(|axis| axis.values.len().to_string()).collect();
    walk.report(
        Diagnostic::error(format!("the matrix has {combinations} combinations, more than {MOST_POINTS}"))
            .at(matrix)
            .label(lengths.join(" × ")),
    );
    1
}

/// Gives each axis its value in combination `index`: the last axis varies fastest.
pub(crate) fn choose(walk: &mut Walk, index: usize) {
    let mut rest = index;
    for (axis, chosen) in walk.axes.iter().zip(&mut walk.chosen).rev() {
        let length = axis.values.len().max(1);
        *chosen = rest % length;
        rest /= length;
    }
}

/// The present value of each axis, if all can be read.
pub(crate) fn params(walk: &Walk) -> Option<Vec<Param>> {
    let params = walk
        .axes
        .iter()
        .zip(&walk.chosen)
        .map(|(axis, &chosen)| Some(Param { name: axis.name.clone(), value: axis.values.get(chosen)?.value? }));
    params.collect()
}

/// The axes, if all their values can be read.
pub(crate) fn axes(walk: &Walk) -> Option<Vec<Axis>> {
    let axes = walk.axes.iter().map(|axis| {
        let values: Vec<ParamValue> = axis.values.iter().map(|source| source.value).collect::<Option<_>>()?;
        Some(Axis { name: axis.name.clone(), kind: kind(*values.first()?), values })
    });
    axes.collect()
}

/// Refuses names that nothing used. What stands in a part of the text that has a mistake may be used there.
pub(crate) fn check_used(walk: &mut Walk, text: &str) {
    let has_mistakes = walk.found() > 0;
    let unused: Vec<(String, Range<usize>)> =
        walk.axes.iter().filter(|axis| !axis.is_used).map(|axis| (axis.name.clone(), axis.span.clone())).collect();
    for (name, span) in unused {
        if has_mistakes && [format!("\"${name}\""), format!("'${name}'")].iter().any(|form| text.contains(form)) {
            continue;
        }
        walk.missing::<()>(
            Diagnostic::error(format!("parameter `${name}` is never used"))
                .at(span)
                .help(format!("write \"${name}\" where its values belong, or delete it")),
        );
    }
}
