//! `--set hold=1ms,5ms`: values for a name of `[matrix]` from the command line, read by the rules of the file.

use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::axis_value;
use super::walk::Value;
use crate::diagnostic::Diagnostic;
use crate::scenario::{AxisKind, ParamValue};

/// The values that replace those of the file for a name of `[matrix]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The name, without `$`.
    pub name: String,
    /// Its values: at least one, all of one kind, none twice.
    pub values: Vec<ParamValue>,
    /// As it was written: `hold=1ms,5ms`.
    pub text: String,
}

/// Why a text is no setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(String);

impl Setting {
    /// The kind of its values.
    pub(super) fn kind(&self) -> AxisKind {
        axis_value::kind(self.values[0])
    }
}

impl FromStr for Setting {
    type Err = SettingError;

    /// Reads `NAME=VALUE[,VALUE…]`. Whether the scenario has such a name is checked later.
    fn from_str(text: &str) -> Result<Self, SettingError> {
        let wrong = |message: String| Err(SettingError(message));
        let Some((name, list)) = text.split_once('=') else {
            return wrong("write a name, `=` and values, as in `hold=1ms,5ms`".to_owned());
        };
        let name = name.trim().trim_start_matches('$');
        let mut values: Vec<ParamValue> = Vec::new();
        for text in list.split(',').map(str::trim) {
            if text.is_empty() {
                return wrong(format!("`{name}` has an empty value: write values as in `{name}=1ms,5ms`"));
            }
            let value = value(text).map_err(|error| SettingError(in_one_line(text, &error)))?;
            if values.iter().any(|earlier| earlier.is_same_as(value)) {
                return wrong(format!("`{text}`: the same value twice"));
            }
            if values.iter().any(|earlier| axis_value::kind(*earlier) != axis_value::kind(value)) {
                return wrong(format!("`{text}`: {}", axis_value::TWO_KINDS));
            }
            values.push(value);
        }
        Ok(Self { name: name.to_owned(), values, text: text.to_owned() })
    }
}

/// Reads a value as an entry of a list in `[matrix]`; a text needs no quotes here.
fn value(text: &str) -> Result<ParamValue, Box<Diagnostic>> {
    if let Ok(raw) = DeValue::parse(text) {
        return axis_value::value(&Value::literal(&raw));
    }
    let bare = DeValue::String(DeString::Borrowed(text));
    axis_value::value(&Value::literal(&Spanned::new(0..text.len(), bare)))
}

/// A mistake as one line: the value, the message, the remedies. There is no source text to point at.
fn in_one_line(text: &str, error: &Diagnostic) -> String {
    let message = error.message.as_str();
    let line = if message.contains(&format!("`{text}`")) { message.to_owned() } else { format!("`{text}`: {message}") };
    error.helps.iter().fold(line, |line, help| format!("{line}; {help}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::units::duration_text;

    fn values(text: &str) -> Vec<ParamValue> {
        text.parse::<Setting>().unwrap_or_else(|error| panic!("{text}: {error}")).values
    }

    #[test]
    fn values_are_read_as_in_a_file() {
        let millis = |ms| ParamValue::Duration(Duration::from_millis(ms));
        assert_eq!(values("hold=1ms,5ms, 50ms"), [millis(1), millis(5), millis(50)]);
        assert_eq!(values("hold=1m 30s"), [millis(90_000)]);
        assert_eq!(values("hold=\"1ms\",'2ms'"), [millis(1), millis(2)]);
        assert_eq!(values("n=1,1_000,0x10"), [1, 1_000, 16].map(ParamValue::Integer));
        assert_eq!(values("size=1KiB,64 KiB,\"1.5MiB\""), [1 << 10, 64 << 10, 3 << 19].map(ParamValue::Integer));
        assert_eq!(values("share=0.5,1"), [ParamValue::Float(0.5), ParamValue::Integer(1)]);
        assert_eq!("$hold = 1ms".parse::<Setting>().unwrap().name, "hold");
    }

    #[test]
    fn a_value_that_a_file_would_refuse_is_refused_with_its_text() {
        for (text, message) in [
            ("hold", "write a name, `=` and values, as in `hold=1ms,5ms`"),
            ("hold=", "`hold` has an empty value: write values as in `hold=1ms,5ms`"),
            ("hold=1ms,,2ms", "`hold` has an empty value: write values as in `hold=1ms,5ms`"),
            (
                "hold=5parsec",
                "`5parsec` is no duration; write a number and its unit, one of `ns`, `us`, `ms`, `s`, `m` and `h`: \"250us\", \"1.5ms\", \"1m 30s\"",
            ),
            ("hold=-5ms", "`-5ms`: a duration can't be negative"),
            ("n=-5", "`-5`: a parameter can't be negative"),
            ("n=nan", "`nan`: a parameter must be finite"),
            ("n=true", "`true`: expected a duration or a number, found a boolean"),
            ("n=99999999999999999999", "`99999999999999999999`: a parameter must be less than 2^64"),
            ("n=1,2,1.0", "`1.0`: the same value twice"),
            ("n=1,2ms", "`2ms`: a parameter can't be a duration here and a number there"),
        ] {
            assert_eq!(text.parse::<Setting>().unwrap_err().to_string(), message, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[a-z$=,0-9.msu\"' _xé-]{0,24}") {
            let _ = text.parse::<Setting>();
        }

        #[test]
        fn durations_as_reports_print_them_can_be_set(nanos in prop::collection::hash_set(0_u64..100_000_000_000_000, 1..5)) {
            let durations: Vec<Duration> = nanos.into_iter().map(|ns| Duration::from_nanos(ns).min(Duration::from_hours(24))).collect();
            prop_assume!(durations.iter().filter(|one| **one == Duration::from_hours(24)).count() < 2);
            let texts: Vec<String> = durations.iter().map(|one| duration_text(*one)).collect();
            let read = values(&format!("hold={}", texts.join(",")));
            prop_assert_eq!(read, durations.into_iter().map(ParamValue::Duration).collect::<Vec<_>>());
        }
    }
}
