//! `[matrix]`: names, each with the values that it takes in turn.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::scalar::unplain;
use super::setting::{Setting, of_setting};
use super::table::Table;
use super::top;
use super::walk::{Kind, Value, Walk};
use crate::diagnostic::{Diagnostic, suggest};
use crate::scenario::{Axis, AxisKind, Param, ParamValue};
use crate::units::{parse_duration, parse_size};

/// The most combinations that a scenario may have.
pub(crate) const MOST_POINTS: usize = 1_000;

/// What is said of values of two kinds.
pub(super) const TWO_KINDS: &str = "a parameter can't be a duration here and a number there";

/// A name of the matrix as it stands in the text.
#[derive(Debug, Clone)]
pub(crate) struct AxisSource {
    pub(crate) name: String,
    pub(crate) span: Range<usize>,
    /// Empty if they can't be read.
    pub(crate) values: Vec<ValueSource>,
    pub(crate) is_used: bool,
    /// What replaced the file's values, if anything did.
    pub(crate) set: Option<Set>,
}

/// Values from outside the file.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    /// The setting as it was written.
    pub(crate) text: String,
    /// The file's own values.
    pub(crate) replaced: Vec<ParamValue>,
}

/// A value of an axis.
#[derive(Debug, Clone)]
pub(crate) struct ValueSource {
    /// `None` if it can't be read.
    pub(crate) value: Option<ParamValue>,
    /// Where it stands in the text; `None` if it comes from outside.
    pub(crate) span: Option<Range<usize>>,
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

/// Replaces the values of the axes that `settings` name.
pub(crate) fn set(walk: &mut Walk, scenario: &str, settings: &[Setting]) {
    for (index, setting) in settings.iter().enumerate() {
        let Setting { name, values, text } = setting;
        let Some(axis) = walk.axes.iter_mut().find(|axis| axis.name == *name) else {
            let error = unknown_setting(walk, scenario, setting);
            walk.missing::<()>(error);
            continue;
        };
        if settings[..index].iter().any(|earlier| earlier.name == *name) {
            let twice = of_setting(text, Diagnostic::error(format!("`{name}` is set twice")));
            walk.report(twice.help(format!("give all its values at once, as in `--set {name}=…,…`")));
            continue;
        }
        let replaced: Vec<ParamValue> = axis.values.iter().filter_map(|source| source.value).collect();
        if let Some(other) = replaced.first().copied().map(kind).filter(|other| *other != setting.kind()) {
            let (are, remedy) = match other {
                AxisKind::Duration => ("durations", "write them with a unit, as in `5ms`"),
                AxisKind::Number => ("numbers", "write them without a unit"),
            };
            let error = Diagnostic::error(format!("the values of `{name}` are {are}"));
            walk.report(of_setting(text, error).help(remedy));
            continue;
        }
        axis.values = values.iter().map(|value| ValueSource { value: Some(*value), span: None }).collect();
        axis.set = Some(Set { text: text.clone(), replaced });
    }
}

fn unknown_setting(walk: &Walk, scenario: &str, Setting { name, text, .. }: &Setting) -> Diagnostic {
    let error = of_setting(text, Diagnostic::error(format!("`{scenario}` has no parameter `{}`", name.escape_debug())));
    let names: Vec<&str> = walk.axes.iter().map(|axis| axis.name.as_str()).collect();
    let error = match suggest(name, names.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    error.help(match names.as_slice() {
        [] => "it has no `[matrix]`: only a name under `[matrix]` can be set".to_owned(),
        names => format!("under its `[matrix]`: `{}`", names.join("`, `")),
    })
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
    Some(AxisSource { name: name.to_owned(), span, values, is_used: walk.found() > found, set: None })
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
        let value = match self::value(&Value::literal(raw)) {
            Ok(value) => Some(value),
            Err(error) => walk.refuse(*error),
        };
        check_against(walk, &values, value, &raw.span());
        values.push(ValueSource { value, span: Some(raw.span()) });
    }
    values
}

/// One value of a list.
pub(super) fn value(value: &Value<'_>) -> Result<ParamValue, Box<Diagnostic>> {
    let error = |what: &str| Err(Box::new(value.place.error(what)));
    match value.kind {
        Kind::Text(text) => read_text(text).map_err(|(message, remedy)| {
            let diagnostic = value.place.error(message);
            Box::new(match remedy {
                Some(remedy) => diagnostic.help(remedy),
                None => diagnostic,
            })
        }),
        Kind::Integer(integer) => match integer.map(u64::try_from) {
            Some(Ok(integer)) => Ok(ParamValue::Integer(integer)),
            Some(Err(_)) if integer < Some(0) => error("a parameter can't be negative"),
            _ => error("a parameter must be less than 2^64"),
        },
        Kind::Float(float) if !float.is_finite() => error("a parameter must be finite"),
        Kind::Float(float) if float < 0.0 => error("a parameter can't be negative"),
        Kind::Float(float) => Ok(ParamValue::Float(float)),
        _ => Err(Box::new(value.unexpected("a duration or a number"))),
    }
}

/// A duration, or a size: which is the number of its bytes. If it is none, why, and what to write instead.
fn read_text(text: &str) -> Result<ParamValue, (String, Option<&'static str>)> {
    // No unit of time ends so.
    if text.trim_end().ends_with(['B', 'b']) {
        return parse_size(text).map(ParamValue::Integer).map_err(|error| (error.to_string(), error.remedy()));
    }
    parse_duration(text).map(ParamValue::Duration).map_err(|error| (error.to_string(), error.remedy()))
}

/// Refuses a value that is there already, or that is of another kind than the first.
fn check_against(walk: &mut Walk, values: &[ValueSource], value: Option<ParamValue>, span: &Range<usize>) {
    let Some(value) = value else { return };
    if let Some(earlier) = values.iter().find(|earlier| earlier.value.is_some_and(|earlier| earlier.is_same_as(value)))
    {
        walk.report(also(Diagnostic::error("the same value twice").at(span.clone()), earlier, "the first one"));
    }
    let other = values.iter().find(|earlier| earlier.value.is_some_and(|earlier| kind(earlier) != kind(value)));
    if let Some(other) = other {
        let error = also(Diagnostic::error(TWO_KINDS).at(span.clone()), other, "of another kind");
        walk.report(error.help("durations need a unit of time, numbers no quotes unless they are sizes"));
    }
}

fn also(diagnostic: Diagnostic, other: &ValueSource, label: &str) -> Diagnostic {
    match &other.span {
        Some(span) => diagnostic.also(span.clone(), label),
        None => diagnostic,
    }
}

pub(super) const fn kind(value: ParamValue) -> AxisKind {
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
    let error = Diagnostic::error(format!("the matrix has {combinations} combinations, more than {MOST_POINTS}"));
    let note = |name: &str, text: &str| format!("`${name}` has its values from `--set {text}`");
    let sets = walk.axes.iter().filter_map(|axis| Some(note(&axis.name, &axis.set.as_ref()?.text)));
    walk.report(sets.fold(error.at(matrix).label(lengths.join(" × ")), Diagnostic::note));
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

/// The axes as expectations know them: a value that was replaced, or that replaced one, is no mistake there.
pub(crate) fn known_axes(walk: &Walk) -> Option<Vec<Axis>> {
    let mut axes = axes(walk)?;
    for (axis, source) in axes.iter_mut().zip(&walk.axes) {
        for value in source.set.iter().flat_map(|set| &set.replaced) {
            if !axis.values.iter().any(|other| other.is_same_as(*value)) {
                axis.values.push(*value);
            }
        }
    }
    Some(axes)
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
