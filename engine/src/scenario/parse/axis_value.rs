//! A value of an axis of `[matrix]`, from a file or from outside it.

use super::walk::{Kind, Value};
use crate::diagnostic::Diagnostic;
use crate::scenario::{AxisKind, ParamValue};
use crate::units::{parse_duration, parse_size};

/// The message for values of two kinds.
pub(super) const TWO_KINDS: &str = "a parameter can't be a duration here and a number there";

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

/// A duration, or a size as its number of bytes. The error is a message and a remedy.
fn read_text(text: &str) -> Result<ParamValue, (String, Option<&'static str>)> {
    // No unit of time ends in this letter.
    if text.trim_end().ends_with(['B', 'b']) {
        return parse_size(text).map(ParamValue::Integer).map_err(|error| (error.to_string(), error.remedy()));
    }
    parse_duration(text).map(ParamValue::Duration).map_err(|error| (error.to_string(), error.remedy()))
}

/// The kind of a value.
pub(super) const fn kind(value: ParamValue) -> AxisKind {
    match value {
        ParamValue::Duration(_) => AxisKind::Duration,
        ParamValue::Integer(_) | ParamValue::Float(_) => AxisKind::Number,
    }
}
