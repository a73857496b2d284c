//! Quantities as people read them: three significant digits and a unit that fits.

use std::time::Duration;

use crate::scenario::{Param, ParamValue};
use crate::stats::Interval;

/// A space at which a table's cell is not broken.
pub(super) const NO_BREAK: char = '\u{a0}';

const TIMES: [(f64, &str); 4] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
const BYTES: [(f64, &str); 4] =
    [(1024.0 * 1024.0 * 1024.0, "GiB"), (1024.0 * 1024.0, "MiB"), (1024.0, "KiB"), (1.0, "B")];

/// Nanoseconds, such as `12.3 ms`.
pub(super) fn format_duration(ns: f64) -> String {
    with_unit(ns, &TIMES)
}

/// Bytes, such as `1.50 MiB`.
pub(super) fn format_bytes(bytes: f64) -> String {
    with_unit(bytes, &BYTES)
}

/// A count, such as `1,000,000`; the median of two may end with a half.
pub(super) fn format_count(count: f64) -> String {
    let whole = (count.trunc() as u64).to_string();
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if count.fract() > 0.0 { format!("{grouped}{}", &format!("{:.1}", count.fract())[1..]) } else { grouped }
}

/// A median with its interval, where there is one, in the median's unit, such as `12.3 ms` and `[11.9, 12.8]`.
pub(super) fn format_interval(interval: Interval) -> (String, Option<String>) {
    let (scale, _) = unit(interval.median, &TIMES);
    let most = decimals(rounded(interval.median / scale, 3), 3);
    let end = |ns: f64| {
        let ns = rounded(ns / scale, 3);
        let decimals = if scale > 1.0 || ns.fract() > 0.0 { decimals(ns, 3).min(most) } else { 0 };
        format!("{ns:.decimals$}")
    };
    let bounds = interval.bounds.map(|(low, high)| format!("[{}, {}]", end(low), end(high)));
    (format_duration(interval.median), bounds)
}

/// How many times one is of another, such as `9.8 ×`.
pub(super) fn format_ratio(ratio: f64) -> String {
    format!("{} ×", significant(ratio, if ratio < 10.0 { 2 } else { 3 }))
}

/// A duration as a scenario spells it, such as `20ms`.
pub(super) fn duration_text(duration: Duration) -> String {
    let ns = duration.as_nanos();
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    match units.iter().find(|(scale, _)| ns.is_multiple_of(*scale)) {
        Some((scale, unit)) => format!("{}{unit}", ns / scale),
        None => format!("{ns}ns"),
    }
}

/// A point of the matrix, such as `hold = 20ms, clients = 8`; empty without a matrix.
pub fn point_text(params: &[Param]) -> String {
    let texts: Vec<String> = params
        .iter()
        .map(|Param { name, value }| match value {
            ParamValue::Duration(duration) => format!("{name} = {}", duration_text(*duration)),
            ParamValue::Integer(number) => format!("{name} = {number}"),
            ParamValue::Float(number) => format!("{name} = {number}"),
        })
        .collect();
    texts.join(", ")
}

fn with_unit(value: f64, units: &[(f64, &'static str)]) -> String {
    let (scale, name) = unit(value, units);
    let number = if scale > 1.0 { significant(value / scale, 3) } else { base(value) };
    format!("{number} {name}")
}

/// The greatest unit of which there is at least one, once the value is rounded.
fn unit(value: f64, units: &[(f64, &'static str)]) -> (f64, &'static str) {
    let fits = |&&(scale, _): &&(f64, &str)| rounded(value / scale, 3) >= 1.0;
    units.iter().find(fits).copied().unwrap_or(units[units.len() - 1])
}

/// A value in the least unit: whole ones have no decimals.
fn base(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { significant(value, 3) }
}

/// A value with so many significant digits, none of them an exponent.
fn significant(value: f64, digits: usize) -> String {
    let rounded = rounded(value, digits);
    format!("{rounded:.*}", decimals(rounded, digits))
}

/// How many decimals a value has that was rounded to so many significant digits.
fn decimals(rounded: f64, digits: usize) -> usize {
    if rounded == 0.0 {
        return 0;
    }
    // Of 12.3, 1 is above the units: 2 digits stand before the point.
    let above = rounded.abs().log10().floor();
    (digits as f64 - 1.0 - above).max(0.0) as usize
}

fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit_that_fits() {
        for (ns, text) in [
            (0.0, "0 ns"),
            (7.0, "7 ns"),
            (7.5, "7.50 ns"),
            (999.0, "999 ns"),
            (999.6, "1.00 µs"),
            (1_234.0, "1.23 µs"),
            (99_960.0, "100 µs"),
            (999_600.0, "1.00 ms"),
            (12_345_678.0, "12.3 ms"),
            (1_234_567_890_123.0, "1230 s"),
        ] {
            assert_eq!(format_duration(ns), text, "{ns}");
        }
        for (bytes, text) in [(0.0, "0 B"), (1023.0, "1023 B"), (1536.0, "1.50 KiB"), (294_649_856.0, "281 MiB")] {
            assert_eq!(format_bytes(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn counts_have_commas_and_perhaps_a_half() {
        for (count, text) in
            [(0.0, "0"), (999.0, "999"), (1_000.0, "1,000"), (1_234_567.5, "1,234,567.5"), (0.5, "0.5")]
        {
            assert_eq!(format_count(count), text);
        }
    }

    #[test]
    fn an_interval_is_in_the_unit_of_its_median() {
        let interval = |median, low, high| format_interval(Interval { median, bounds: Some((low, high)) });
        let shown = |text: &str, bounds: &str| (text.to_owned(), Some(bounds.to_owned()));
        assert_eq!(interval(12.34e6, 11.9e6, 12.81e6), shown("12.3 ms", "[11.9, 12.8]"));
        assert_eq!(interval(1e6, 900e3, 1.2e9), shown("1.00 ms", "[0.90, 1200]"));
        assert_eq!(interval(5.0, 4.0, 5.5), shown("5 ns", "[4, 5.50]"));
    }

    #[test]
    fn durations_are_spelt_as_in_scenarios() {
        for (ns, text) in
            [(20_000_000, "20ms"), (1_500_000_000, "1500ms"), (2_000_000_000, "2s"), (250_000, "250us"), (1, "1ns")]
        {
            assert_eq!(duration_text(Duration::from_nanos(ns)), text);
        }
    }

    #[test]
    fn ratios_have_two_digits_or_three() {
        for (ratio, text) in
            [(9.84, "9.8 ×"), (1.25, "1.2 ×"), (12.0, "12.0 ×"), (123.4, "123 ×"), (45_678.0, "45700 ×")]
        {
            assert_eq!(format_ratio(ratio), text);
        }
    }
}
