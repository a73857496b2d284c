//! The state of a walk over a file: the mistakes found, and the present value of each `$name`.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::declared::{AxisSource, Declared};
use super::set_option::{is_told_of_setting, of_setting};
use crate::diagnostic::{Diagnostic, suggest};
use crate::scenario::plain_name::is_plain;
use crate::scenario::{CustomName, ParamValue};

/// Where a value stands. The value of a `$name` stands in `[matrix]`, and `used` is the place of the `$name`. A value from a
/// setting stands at its `$name`.
#[derive(Debug, Clone)]
pub(crate) struct SourceSpan {
    pub(crate) span: Range<usize>,
    used: Option<Used>,
    /// The text of the setting that gave the value, if the value is not in the file.
    set: Option<String>,
}

/// The places of a substituted value.
#[derive(Debug, Clone)]
struct Used {
    /// The `$name`.
    at: Range<usize>,
    /// The first value of its axis.
    first: Range<usize>,
}

impl SourceSpan {
    /// An error that points here.
    pub(crate) fn error(&self, message: impl Into<String>) -> Diagnostic {
        self.mark(Diagnostic::error(message))
    }

    /// A warning that points here.
    pub(crate) fn warning(&self, message: impl Into<String>) -> Diagnostic {
        self.mark(Diagnostic::warning(message))
    }

    /// Whether the value replaces a `$name`.
    pub(crate) const fn is_substituted(&self) -> bool {
        self.used.is_some() || self.set.is_some()
    }

    fn mark(&self, diagnostic: Diagnostic) -> Diagnostic {
        let diagnostic = diagnostic.at(self.span.clone());
        match (&self.used, &self.set) {
            (Some(used), _) => diagnostic.also(used.at.clone(), "used here"),
            (None, Some(set)) => of_setting(set, diagnostic).label("used here"),
            (None, None) => diagnostic,
        }
    }
}

/// A value with its `$name` replaced.
#[derive(Debug, Clone)]
pub(crate) struct Value<'a> {
    pub(crate) kind: Kind<'a>,
    pub(crate) place: SourceSpan,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind<'a> {
    Text(&'a str),
    /// `None` if it doesn't fit in 128 bits.
    Integer(Option<i128>),
    Float(f64),
    Boolean(bool),
    Datetime,
    /// Only from `[matrix]`: elsewhere a duration is a text.
    Duration(Duration),
    List(&'a DeArray<'a>),
    Table(&'a DeTable<'a>),
}

impl<'a> Value<'a> {
    /// The value as it is written; a `$name` stays text.
    pub(crate) fn literal(raw: &'a Spanned<DeValue<'a>>) -> Self {
        let kind = match raw.get_ref() {
            DeValue::String(text) => Kind::Text(text),
            DeValue::Integer(integer) => Kind::Integer(i128::from_str_radix(integer.as_str(), integer.radix()).ok()),
            // The syntax is checked, so this always parses; a NaN would be refused as not finite.
            DeValue::Float(float) => Kind::Float(float.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(boolean) => Kind::Boolean(*boolean),
            DeValue::Datetime(_) => Kind::Datetime,
            DeValue::Array(list) => Kind::List(list),
            DeValue::Table(table) => Kind::Table(table),
        };
        Self { kind, place: SourceSpan { span: raw.span(), used: None, set: None } }
    }

    /// Its type, for `found …` in messages.
    pub(crate) const fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "a string",
            Kind::Integer(_) => "an integer",
            Kind::Float(_) => "a fraction",
            Kind::Boolean(_) => "a boolean",
            Kind::Datetime => "a date or time",
            Kind::Duration(_) => "a duration",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }

    /// The same value at the place of the first value of its axis, if it is substituted.
    pub(crate) fn of_first(&self) -> Self {
        let mut value = self.clone();
        if let Some(used) = &self.place.used {
            value.place.span = used.first.clone();
        }
        value
    }

    /// The error of a wrong type.
    pub(crate) fn unexpected(&self, expected: &str) -> Diagnostic {
        // All values of an axis are of one kind, so one error is enough.
        let value = if matches!(self.kind, Kind::Duration(_)) { self.of_first() } else { self.clone() };
        value.place.error(format!("expected {expected}, found {}", self.describe()))
    }
}

/// The state of a walk.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Whether the text has syntax errors. A missing part may then only be unreadable, and is not reported.
    pub(crate) is_broken: bool,
    /// The registered names of programs that are engines.
    pub(crate) custom: Vec<CustomName>,
    /// The names of the tasks, by index; `None` if a name can't be read.
    pub(crate) tasks: Vec<Option<String>>,
    /// The axes of the matrix.
    pub(crate) axes: Vec<AxisSource>,
    /// The present value of each axis: an index into its values.
    pub(crate) chosen: Vec<usize>,
    /// The objects that steps may use.
    pub(crate) objects: Vec<Declared>,
    /// How many steps were read, at all combinations together.
    pub(crate) steps: usize,
    found: Vec<Diagnostic>,
    seen: HashSet<Diagnostic>,
}

impl Walk {
    /// Reports a mistake. The same mistake at another combination is reported once. So is a mistake of a setting, at whichever
    /// place its value is used.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if !is_told_of_setting(&diagnostic, &self.found) && self.seen.insert(diagnostic.clone()) {
            self.found.push(diagnostic);
        }
    }

    /// Reports a mistake; returns no value.
    pub(crate) fn refuse<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.report(diagnostic);
        None
    }

    /// Reports that something is missing, unless the text has syntax errors.
    pub(crate) fn missing<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        if !self.is_broken {
            self.report(diagnostic);
        }
        None
    }

    /// Whether an error was found, not only warnings.
    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(Diagnostic::is_error)
    }

    /// How many mistakes were found.
    pub(crate) fn found(&self) -> usize {
        self.found.len()
    }

    /// The mistakes in the order of the text.
    pub(crate) fn into_found(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| diagnostic.span.as_ref().map_or(0, |span| span.start));
        self.found
    }

    /// The value with its `$name` replaced by the present value of the axis.
    pub(crate) fn value<'a>(&mut self, raw: &'a Spanned<DeValue<'a>>) -> Option<Value<'a>> {
        let value = Value::literal(raw);
        let Kind::Text(text) = value.kind else { return Some(value) };
        let Some(name) = text.strip_prefix('$') else { return Some(value) };
        let Some(index) = self.axes.iter().position(|axis| axis.name == name) else {
            return self.unknown_parameter(name, &value.place);
        };
        self.axes[index].is_used = true;
        let axis = &self.axes[index];
        let chosen = axis.values.get(self.chosen[index])?;
        let kind = match chosen.value? {
            ParamValue::Duration(duration) => Kind::Duration(duration),
            ParamValue::Integer(integer) => Kind::Integer(Some(integer.into())),
            ParamValue::Float(float) => Kind::Float(float),
        };
        let at = value.place.span;
        let place = match (&chosen.span, axis.values.first().and_then(|first| first.span.clone())) {
            (Some(span), Some(first)) => SourceSpan { span: span.clone(), used: Some(Used { at, first }), set: None },
            _ => SourceSpan { span: at, used: None, set: axis.set.as_ref().map(|set| set.text.clone()) },
        };
        Some(Value { kind, place })
    }

    /// The value at a place where no `$name` is allowed.
    pub(crate) fn plain_value<'a>(&mut self, raw: &'a Spanned<DeValue<'a>>, what: &str) -> Option<Value<'a>> {
        let value = Value::literal(raw);
        let Kind::Text(text) = value.kind else { return Some(value) };
        let Some(name) = text.strip_prefix('$') else { return Some(value) };
        for axis in &mut self.axes {
            axis.is_used |= axis.name == name;
        }
        self.refuse(
            value
                .place
                .error(format!("{what} can't be a parameter, found `{text}`"))
                .help("parameters may stand for durations, counts, rates, shares, `workers`, `blocking_threads`, `cpu_threads` and the cores of `cpus`"),
        )
    }

    fn unknown_parameter<T>(&mut self, name: &str, place: &SourceSpan) -> Option<T> {
        let names = self.axes.iter().map(|axis| axis.name.as_str());
        let near = suggest(name, names).map(str::to_owned);
        // A mistyped `$name` counts as a use of the parameter.
        for axis in &mut self.axes {
            axis.is_used |= Some(&axis.name) == near.as_ref();
        }
        let help = match near {
            Some(near) => format!("did you mean `${near}`?"),
            None if is_plain(name) => format!("give it values under `[matrix]`, as in `{name} = […]`"),
            None => "a parameter is `$` and a name under `[matrix]`".to_owned(),
        };
        self.missing(place.error(format!("unknown parameter `${name}`")).help(help))
    }
}
