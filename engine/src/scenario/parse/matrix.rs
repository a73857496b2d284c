//! `[matrix]`: names, each with the values that it takes one after the other.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::axis_value::{self, TWO_KINDS, kind};
use super::declared::{AxisSource, Set, ValueSource};
use super::keys::{SCALAR_KEYS, belongs_above};
use super::scalar::unplain;
use super::set_option::of_setting;
use super::setting::Setting;
use super::table::TomlTable;
use super::walk::{Kind, Value, Walk};
use crate::diagnostic::{Diagnostic, suggest};
use crate::scenario::{Axis, AxisKind, Param, ParamValue};

/// The maximum of combinations of a scenario.
pub(crate) const MOST_POINTS: usize = 1_000;

/// Reads the table into the axes of the walk.
pub(crate) fn read(walk: &mut Walk, raw: &Spanned<DeValue<'_>>) {
    let Some(table) = TomlTable::of(walk, &Value::literal(raw), "the `[matrix]`", "the table `[matrix]`") else {
        return;
    };
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
    if SCALAR_KEYS.contains(&name) && !is_list {
        return walk.refuse(belongs_above(name, "the `[matrix]`").at(span));
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
    // An axis with a mistake is not reported as unused as well.
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
        let value = match axis_value::value(&Value::literal(raw)) {
            Ok(value) => Some(value),
            Err(error) => walk.refuse(*error),
        };
        check_against(walk, &values, value, &raw.span());
        values.push(ValueSource { value, span: Some(raw.span()) });
    }
    values
}

/// Reports a value that repeats an earlier one, or that is of another kind.
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

/// How many combinations there are. If there are too many, it reports an error and only the first is walked.
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

/// The axes for expectations, which may select both the values of the file and the values of a setting.
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

/// Reports parameters that are never used. If the text has mistakes, a parameter that it mentions counts as used.
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
