//! Scalar values: durations, sizes, whole numbers, fractions, texts and names.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::walk::{Kind, Value, Walk};
use crate::diagnostic::Diagnostic;
use crate::scenario::plain_name::is_plain;
use crate::units::{DurationError, duration_text, format_count, parse_duration, parse_size};

/// The longest step, period or pause.
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// The maximum of instances of a task.
pub(crate) const MOST_INSTANCES: u64 = 10_000_000;

impl Walk {
    /// A duration above zero, at most `longest`.
    pub(crate) fn duration(&mut self, value: &Value<'_>, longest: Duration) -> Option<Duration> {
        let duration = self.duration_or_zero(value, longest)?;
        if duration.is_zero() {
            return self.refuse(value.place.error("a duration here must be above zero"));
        }
        Some(duration)
    }

    /// A duration, at most `longest`.
    pub(crate) fn duration_or_zero(&mut self, value: &Value<'_>, longest: Duration) -> Option<Duration> {
        let duration = match value.kind {
            Kind::Duration(duration) => duration,
            Kind::Text(text) => match parse_duration(text) {
                Ok(duration) => duration,
                Err(DurationError::TooLong) => return self.refuse(too_long(value, text, longest)),
                Err(error) => {
                    let diagnostic = value.place.error(error.to_string());
                    let diagnostic = self.perhaps_a_parameter(value, diagnostic);
                    return self.refuse(match error.remedy().filter(|_| diagnostic.helps.is_empty()) {
                        Some(remedy) => diagnostic.help(remedy),
                        None => diagnostic,
                    });
                }
            },
            _ => return self.refuse(no_duration(value, "a duration such as \"5ms\"")),
        };
        if duration > longest {
            return self.refuse(too_long(value, &duration_text(duration), longest));
        }
        Some(duration)
    }

    /// A size in bytes.
    pub(crate) fn size(&mut self, value: &Value<'_>) -> Option<u64> {
        let Kind::Text(text) = value.kind else {
            return self
                .refuse(value.unexpected("a size such as \"64KiB\"").help("sizes need a unit, as in \"64KiB\""));
        };
        match parse_size(text) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                let diagnostic = value.place.error(error.to_string());
                self.refuse(match error.remedy() {
                    Some(remedy) => diagnostic.help(remedy),
                    None => diagnostic,
                })
            }
        }
    }

    /// A whole number within `range`; `what` is the name of the key.
    pub(crate) fn integer(&mut self, value: &Value<'_>, what: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let Kind::Integer(integer) = value.kind else {
            let error = self.perhaps_a_parameter(value, value.unexpected("a whole number"));
            return self.refuse(error);
        };
        match integer.and_then(|integer| u64::try_from(integer).ok()) {
            Some(integer) if range.contains(&integer) => Some(integer),
            _ => {
                let found = match integer.map(u64::try_from) {
                    Some(Ok(integer)) => format!("`{}`", format_count(integer)),
                    Some(Err(_)) if integer < Some(0) => format!("`{}`", integer.unwrap_or_default()),
                    _ => "a number far too big".to_owned(),
                };
                let (low, high) = (format_count(*range.start()), format_count(*range.end()));
                self.refuse(value.place.error(format!("`{what}` must be from {low} to {high}, found {found}")))
            }
        }
    }

    /// A finite number, whole or not; `what` is the name of the key.
    pub(crate) fn number(&mut self, value: &Value<'_>, what: &str) -> Option<f64> {
        match value.kind {
            Kind::Integer(Some(integer)) => Some(integer as f64),
            Kind::Float(float) if float.is_finite() => Some(float),
            Kind::Integer(None) | Kind::Float(_) => {
                self.refuse(value.place.error(format!("`{what}` must be a finite number")))
            }
            _ => {
                let error = self.perhaps_a_parameter(value, value.unexpected("a number"));
                self.refuse(error)
            }
        }
    }

    /// The error of a wrong value, with a hint if the value is the name of a parameter without its `$`.
    fn perhaps_a_parameter(&mut self, value: &Value<'_>, error: Diagnostic) -> Diagnostic {
        let Kind::Text(name) = value.kind else { return error };
        let Some(axis) = self.axes.iter_mut().find(|axis| axis.name == name) else { return error };
        axis.is_used = true;
        error.help(format!("did you mean `${name}`?"))
    }

    /// A text that is not blank; `what` is the name of the key. No `$name` is allowed here.
    pub(crate) fn text<'a>(&mut self, raw: &'a Spanned<DeValue<'a>>, what: &str) -> Option<&'a str> {
        let value = Value::literal(raw);
        match value.kind {
            Kind::Text(text) if !text.trim().is_empty() => Some(text),
            Kind::Text(_) => self.refuse(value.place.error(format!("`{what}` is empty"))),
            _ => self.refuse(value.unexpected("a string")),
        }
    }

    /// A name `[a-z][a-z0-9_-]*` of at most 64 characters; `what` describes it for messages.
    pub(crate) fn name<'a>(&mut self, raw: &'a Spanned<DeValue<'a>>, what: &str) -> Option<&'a str> {
        let value = self.plain_value(raw, what)?;
        let Kind::Text(name) = value.kind else {
            return self.refuse(value.unexpected("a name"));
        };
        if let Some(diagnostic) = unplain(name, what) {
            return self.refuse(diagnostic.at(value.place.span));
        }
        Some(name)
    }
}

fn too_long(value: &Value<'_>, found: &str, longest: Duration) -> Diagnostic {
    value.place.error(format!("`{found}` is too long: at most `{}` here", duration_text(longest)))
}

/// The error of a value that is not a duration. For a number the help shows it with a unit.
pub(crate) fn no_duration(value: &Value<'_>, expected: &str) -> Diagnostic {
    // All values of a parameter are of one kind, so one error is enough.
    if value.place.is_substituted() {
        return value.of_first().unexpected(expected).help("durations need a unit, as in \"5ms\"");
    }
    let diagnostic = value.unexpected(expected);
    let number = match value.kind {
        Kind::Integer(Some(integer)) if integer > 0 => integer.to_string(),
        Kind::Float(float) if float.is_finite() && float > 0.0 => float.to_string(),
        _ => return diagnostic,
    };
    diagnostic.help(format!("durations need a unit, as in \"{number}ms\""))
}

/// The error of a name that is not plain, without a place; `None` for a plain name.
pub(crate) fn unplain(name: &str, what: &str) -> Option<Diagnostic> {
    if name.len() > 64 {
        return Some(Diagnostic::error(format!("{what} is longer than 64 characters")));
    }
    if name.is_empty() {
        return Some(Diagnostic::error(format!("{what} is empty")));
    }
    if is_plain(name) {
        return None;
    }
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|char| if char.is_ascii_alphanumeric() || char == '-' { char } else { '_' })
        .skip_while(|char| !char.is_ascii_lowercase())
        .collect();
    let diagnostic = Diagnostic::error(format!("`{}` is not a plain name", name.escape_debug()));
    let rule = format!("{what} is made of `a` to `z`, `0` to `9`, `_` and `-`, and begins with a letter");
    let plain = plain.trim_end_matches('_');
    Some(if plain.is_empty() || !name.is_ascii() {
        diagnostic.help(rule)
    } else {
        diagnostic.help(format!("{rule}, as in `{plain}`"))
    })
}
