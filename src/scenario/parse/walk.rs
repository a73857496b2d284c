//! The state of a walk over a file: what was found, and which value each `$name` has at present.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::matrix::AxisSource;
use super::objects::Declared;
use super::setting::{is_told_of_setting, of_setting};
use crate::diagnostic::{Diagnostic, suggest};
use crate::scenario::{CustomName, ParamValue};

/// Where a value stands: in its place, or in `[matrix]` with the place of its `$name`; one from outside where its `$name` is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) span: Range<usize>,
    used: Option<Used>,
    /// The setting that the value comes from, as it was written, if it is not in the text.
    set: Option<String>,
}

/// Where a substituted value comes from.
#[derive(Debug, Clone)]
struct Used {
    /// Where its `$name` stands.
    at: Range<usize>,
    /// The first value of its axis.
    first: Range<usize>,
}

impl Place {
    /// An error that points here.
    pub(crate) fn error(&self, message: impl Into<String>) -> Diagnostic {
        self.mark(Diagnostic::error(message))
    }

    /// A warning that points here.
    pub(crate) fn warning(&self, message: impl Into<String>) -> Diagnostic {
        self.mark(Diagnostic::warning(message))
    }

    /// Whether it stands for a `$name`.
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
    pub(crate) place: Place,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind<'a> {
    Text(&'a str),
    /// `None` is beyond 128 bits.
    Integer(Option<i128>),
    Float(f64),
    Boolean(bool),
    Datetime,
    /// Only from `[matrix]`: in its place a duration is a text.
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
            // The syntax is checked: what does not parse can't happen, and would be refused as not finite.
            DeValue::Float(float) => Kind::Float(float.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(boolean) => Kind::Boolean(*boolean),
            DeValue::Datetime(_) => Kind::Datetime,
            DeValue::Array(list) => Kind::List(list),
            DeValue::Table(table) => Kind::Table(table),
        };
        Self { kind, place: Place { span: raw.span(), used: None, set: None } }
    }

    /// What it is, for `found …`.
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

    /// Itself at the place of its axis' first value, if it is substituted.
    pub(crate) fn of_first(&self) -> Self {
        let mut value = self.clone();
        if let Some(used) = &self.place.used {
            value.place.span = used.first.clone();
        }
        value
    }

    /// The error of a wrong type.
    pub(crate) fn unexpected(&self, expected: &str) -> Diagnostic {
        // If one value of an axis is a duration, all are: one error says it of all.
        let value = if matches!(self.kind, Kind::Duration(_)) { self.of_first() } else { self.clone() };
        value.place.error(format!("expected {expected}, found {}", self.describe()))
    }
}

/// What goes along on a walk.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Whether the text has syntax errors: then what is missing may only be unreadable, and is not complained of.
    pub(crate) is_broken: bool,
    /// The engines that are programs, by their registered names.
    pub(crate) custom: Vec<CustomName>,
    /// The names of the tasks, by index; `None` of one that has none that can be read.
    pub(crate) tasks: Vec<Option<String>>,
    /// The matrix.
    pub(crate) axes: Vec<AxisSource>,
    /// The present value of each axis: an index into its values.
    pub(crate) chosen: Vec<usize>,
    /// The objects that steps may name.
    pub(crate) objects: Vec<Declared>,
    /// How many steps were read, at all combinations together.
    pub(crate) steps: usize,
    found: Vec<Diagnostic>,
    seen: HashSet<Diagnostic>,
}

impl Walk {
    /// Keeps a mistake; the same one found again, at another combination, is one mistake. So is one of a setting at each further
    /// place where its value is used.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if !is_told_of_setting(&diagnostic, &self.found) && self.seen.insert(diagnostic.clone()) {
            self.found.push(diagnostic);
        }
    }

    /// Keeps a mistake and has no value.
    pub(crate) fn refuse<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.report(diagnostic);
        None
    }

    /// Keeps the mistake that something is missing, unless the text is broken.
    pub(crate) fn missing<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        if !self.is_broken {
            self.report(diagnostic);
        }
        None
    }

    /// Whether there is a mistake among what was found.
    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(Diagnostic::is_error)
    }

    /// How much was found.
    pub(crate) fn found(&self) -> usize {
        self.found.len()
    }

    /// All that was found, in the order of the text.
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
            (Some(span), Some(first)) => Place { span: span.clone(), used: Some(Used { at, first }), set: None },
            _ => Place { span: at, used: None, set: axis.set.as_ref().map(|set| set.text.clone()) },
        };
        Some(Value { kind, place })
    }

    /// The value where no `$name` may stand.
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

    fn unknown_parameter<T>(&mut self, name: &str, place: &Place) -> Option<T> {
        let names = self.axes.iter().map(|axis| axis.name.as_str());
        let near = suggest(name, names).map(str::to_owned);
        // Whoever mistyped the use of a parameter did use it.
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

/// Whether the text is `[a-z][a-z0-9_-]*`.
pub(crate) fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
}
