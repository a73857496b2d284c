//! Durations, fixed or drawn.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::scalar::{HOUR, no_duration};
use super::table::TomlTable;
use super::walk::{Kind, Value, Walk};
use crate::scenario::Length;

const EXPECTED: &str = "a duration such as \"5ms\"";

/// A length above zero, at most an hour.
pub(crate) fn read<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Length> {
    let value = walk.value(raw)?;
    match value.kind {
        Kind::Table(_) => drawn(walk, &value),
        Kind::Text(_) | Kind::Duration(_) => walk.duration(&value, HOUR).map(Length::Fixed),
        _ => walk.refuse(no_duration(&value, EXPECTED)),
    }
}

/// A length that may be zero, at most an hour.
pub(crate) fn read_or_zero<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Length> {
    let value = walk.value(raw)?;
    match value.kind {
        Kind::Table(_) => drawn(walk, &value),
        Kind::Text(_) | Kind::Duration(_) => walk.duration_or_zero(&value, HOUR).map(Length::Fixed),
        _ => walk.refuse(no_duration(&value, EXPECTED)),
    }
}

fn drawn(walk: &mut Walk, value: &Value<'_>) -> Option<Length> {
    const CHOICES: [&str; 3] = ["exp", "uniform", "normal"];
    let table = TomlTable::of(walk, value, "a drawn duration", EXPECTED)?;
    let choice = table.one_of(walk, &CHOICES, &[])?;
    let raw = table.get(choice)?;
    match choice {
        "exp" => {
            let mean = walk.value(raw)?;
            walk.duration(&mean, HOUR).map(|mean| Length::Exp { mean })
        }
        "uniform" => uniform(walk, raw),
        _ => normal(walk, raw),
    }
}

fn uniform<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Length> {
    let (low, high) = pair(walk, raw, "the shortest and the longest duration, as in `[\"1ms\", \"9ms\"]`")?;
    let shortest = walk.duration_or_zero(&low, HOUR);
    let longest = walk.duration(&high, HOUR);
    let (shortest, longest): (Duration, Duration) = (shortest?, longest?);
    if shortest >= longest {
        return walk.refuse(
            high.place
                .error("the longest duration must be above the shortest")
                .also(low.place.span, "the shortest")
                .help("write the shorter one first; for a fixed duration write it alone"),
        );
    }
    Some(Length::Uniform { low: shortest, high: longest })
}

fn normal<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Length> {
    let (mean, deviation) = pair(walk, raw, "the mean and the standard deviation, as in `[\"5ms\", \"1ms\"]`")?;
    let mean = walk.duration(&mean, HOUR);
    let deviation = walk.duration(&deviation, HOUR);
    Some(Length::Normal { mean: mean?, deviation: deviation? })
}

fn pair<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>, expected: &str) -> Option<(Value<'a>, Value<'a>)> {
    let value = Value::literal(raw);
    let Kind::List(list) = value.kind else {
        return walk.refuse(value.unexpected(expected));
    };
    let [first, second] = list.as_ref() else {
        let found = list.len();
        return walk.refuse(value.place.error(format!("expected {expected}, found {found} values")));
    };
    let (first, second) = (walk.value(first), walk.value(second));
    Some((first?, second?))
}
