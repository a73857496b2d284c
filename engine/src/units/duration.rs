//! Durations as scenarios write them: a number with its unit.

use std::time::Duration;

use jiff::fmt::friendly::SpanParser;

/// The longest duration that is read: 24 hours.
pub const LONGEST: Duration = Duration::from_hours(24);

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// A bare number.
    #[error("durations need a unit, as in \"5ms\"")]
    NoUnit,
    /// Below zero.
    #[error("a duration can't be negative")]
    Negative,
    /// More than [`LONGEST`], or more than any number holds.
    #[error("a duration can't be longer than 24h")]
    TooLong,
    /// No text at all.
    #[error("a duration is missing")]
    Empty,
    /// Anything else.
    #[error("`{0}` is no duration")]
    Malformed(String),
}

impl DurationError {
    /// What to write instead, where the message does not say so.
    pub const fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Malformed(_) | Self::Empty => Some(
                "write a number and its unit, one of `ns`, `us`, `ms`, `s`, `m` and `h`: \"250us\", \"1.5ms\", \"1m 30s\"",
            ),
            Self::NoUnit | Self::Negative | Self::TooLong => None,
        }
    }
}

/// Reads a duration of at most [`LONGEST`], such as `250us`, `1.5ms` or `1m 30s`.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(DurationError::Empty);
    }
    if trimmed.starts_with('-') || trimmed.ends_with("ago") {
        return Err(DurationError::Negative);
    }
    if is_number(trimmed) {
        return Err(DurationError::NoUnit);
    }
    let malformed = || DurationError::Malformed(text.to_owned());
    // The clock format `01:02:03`, which the parser would accept, has no unit.
    if trimmed.contains(':') {
        return Err(malformed());
    }
    match SpanParser::new().parse_unsigned_duration(trimmed) {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        Ok(_) => Err(DurationError::TooLong),
        Err(_) if SpanParser::new().parse_unsigned_duration(shrunk(trimmed)).is_ok() => Err(DurationError::TooLong),
        Err(_) => Err(malformed()),
    }
}

fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '.' | '+')) && text.parse::<f64>().is_ok()
}

/// The text with each whole number of more than 12 digits cut to one digit: a duration that is only too long then parses.
fn shrunk(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let is_fraction = result.ends_with('.');
        let (part, remaining) = rest.split_at(digits.max(first.len_utf8()));
        result.push_str(if digits > 12 && !is_fraction { "1" } else { part });
        rest = remaining;
    }
    result
}

/// The shortest text that a scenario would use: `20ms`, `1.5s`, `2h`. [`parse_duration`] reads it back exactly,
/// up to [`LONGEST`].
pub fn duration_text(duration: Duration) -> String {
    const UNITS: [(u128, &str); 6] = [
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
        (1, "ns"),
    ];
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    UNITS
        .iter()
        .filter_map(|&(size, unit)| in_unit(nanos, size).map(|number| format!("{number}{unit}")))
        // The first of the shortest: the greatest unit wins a tie.
        .min_by_key(String::len)
        .unwrap_or_else(|| format!("{nanos}ns"))
}

/// The exact decimal of `nanos` in a unit of `size` nanoseconds, if it is at least 1; minutes and hours take no fraction.
fn in_unit(nanos: u128, size: u128) -> Option<String> {
    let (whole, rest) = (nanos / size, nanos % size);
    match (whole, rest) {
        (0, _) => None,
        (_, 0) => Some(whole.to_string()),
        (_, _) if size > 1_000_000_000 => None,
        (_, _) => {
            let places = size.ilog10() as usize;
            Some(format!("{whole}.{}", format!("{rest:0places$}").trim_end_matches('0')))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_duration_is_a_number_and_its_unit() {
        for (text, nanos) in [
            ("250us", 250_000),
            ("250µs", 250_000),
            ("20ms", 20_000_000),
            ("1.5ms", 1_500_000),
            ("1m 30s", 90_000_000_000),
            (" 2s ", 2_000_000_000),
            ("7ns", 7),
            ("0s", 0),
            ("24h", 86_400_000_000_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn each_mistake_in_a_duration_has_its_own_error() {
        for text in ["5", "0", "1.5", "+3", "1e3"] {
            assert_eq!(parse_duration(text), Err(DurationError::NoUnit), "{text}");
        }
        for text in ["-5ms", "-5", "5ms ago"] {
            assert_eq!(parse_duration(text), Err(DurationError::Negative), "{text}");
        }
        for text in ["25h", "99999999999999999999999ms", "18446744073709551616s", "1000000000000h"] {
            assert_eq!(parse_duration(text), Err(DurationError::TooLong), "{text}");
        }
        for text in ["ms", "5 lightyears", "5 ms 3", "01:02:03", "nan", "inf", "1.5ns", "1.00000000000001ms", "5ms;"] {
            assert_eq!(parse_duration(text), Err(DurationError::Malformed(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn an_empty_text_is_a_missing_duration() {
        assert_eq!(parse_duration(" "), Err(DurationError::Empty));
    }

    #[test]
    fn the_text_of_a_duration_is_short() {
        for (nanos, text) in [
            (0, "0s"),
            (1, "1ns"),
            (20_000_000, "20ms"),
            (1_500_000_000, "1.5s"),
            (100_000_000, "100ms"),
            (90_000_000_000, "90s"),
            (60_000_000_000, "1m"),
            (7_200_000_000_000, "2h"),
            (1_500, "1.5us"),
            (1_234_567, "1234567ns"),
        ] {
            assert_eq!(duration_text(Duration::from_nanos(nanos)), text);
        }
    }

    proptest! {
        #[test]
        fn the_text_of_a_duration_reads_back(nanos in prop_oneof![0..2_000_000_u64, 0..=86_400_000_000_000_u64], round in 0_u32..10) {
            let duration = Duration::from_nanos(nanos / 10_u64.pow(round) * 10_u64.pow(round));
            prop_assert_eq!(parse_duration(&duration_text(duration)), Ok(duration));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*|[-+0-9.eE]{0,24}[numµhs ]{0,4}") {
            let _ = parse_duration(&text);
        }
    }
}
