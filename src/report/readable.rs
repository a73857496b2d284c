//! Figures and points of the matrix as reports write them, in addition to the formats of `units`.

use crate::stats::Interval;
use taskmix_engine::metric::Kind;
use taskmix_engine::scenario::Param;
use taskmix_engine::units::{self, format_bytes, format_duration, format_duration_beside, format_rate};

/// A space at which a table's cell is not broken.
pub(super) const NO_BREAK: char = '\u{a0}';

/// A median count, such as `1,000,000`; the median of two counts may end with a half.
pub(super) fn format_count(count: f64) -> String {
    let half = if count.fract() > 0.0 { ".5" } else { "" };
    format!("{}{half}", units::format_count(count.trunc() as u64))
}

/// A median with its interval, where there is one, in the median's unit, such as `12.3 ms` and `[11.9, 12.8]`.
pub(super) fn format_interval(interval: Interval) -> (String, Option<String>) {
    // No commas between thousands: a comma separates the two ends.
    let end = |ns| format_duration_beside(ns, interval.median).replace(',', "");
    let bounds = interval.bounds.map(|(low, high)| format!("[{}, {}]", end(low), end(high)));
    (format_duration(interval.median), bounds)
}

/// A ratio, such as `9.8 ×`: one decimal below 100, else three digits.
pub(super) fn format_ratio(ratio: f64) -> String {
    if ratio < 99.95 {
        return format!("{ratio:.1} ×");
    }
    let step = 10_f64.powf(ratio.log10().floor() - 2.0);
    format!("{} ×", units::format_count(((ratio / step).round() * step) as u64))
}

/// A ratio to three digits, such as `0.972`, `1.03` and `45,700`.
pub(super) fn format_fine_ratio(ratio: f64) -> String {
    match ratio {
        small if small < 0.9995 && small > 0.0 => {
            let decimals = (2 - small.log10().floor() as i32).clamp(3, 6) as usize;
            format!("{small:.decimals$}")
        }
        middling if middling < 9.995 => format!("{middling:.2}"),
        greater if greater < 99.95 => format!("{greater:.1}"),
        great => format_ratio(great).trim_end_matches(" ×").to_owned(),
    }
}

/// A share in per cent, with two digits at least: `5 %`, `0.52 %`, `130 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = if percent >= 9.95 || percent.fract().abs() < 1e-9 {
        0
    } else if percent >= 0.995 {
        1
    } else {
        2
    };
    format!("{percent:.decimals$} %")
}

/// A figure in a readable unit.
pub fn figure_text(kind: Kind, value: f64) -> String {
    match kind {
        Kind::Count => format_count(value),
        Kind::Time => format_duration(value),
        Kind::Bytes => format_bytes(value),
        Kind::Rate => format_rate(value),
        Kind::Share => percent(value),
    }
}

/// A point of the matrix, such as `hold = 20ms, clients = 8`; empty without a matrix.
pub fn point_text(params: &[Param]) -> String {
    let texts: Vec<String> = params.iter().map(|Param { name, value }| format!("{name} = {value}")).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_count_has_commas_and_perhaps_a_half() {
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
    fn fine_ratios_have_three_digits() {
        for (ratio, text) in [
            (0.0, "0.00"),
            (0.000_000_1, "0.000000"),
            (0.012_34, "0.0123"),
            (0.1234, "0.123"),
            (0.9994, "0.999"),
            (0.9996, "1.00"),
            (1.0, "1.00"),
            (9.994, "9.99"),
            (9.996, "10.0"),
            (99.96, "100"),
            (45_678.0, "45,700"),
        ] {
            assert_eq!(format_fine_ratio(ratio), text);
        }
    }

    #[test]
    fn shares_have_two_digits_at_least() {
        for (share, text) in
            [(0.05, "5 %"), (0.0052, "0.52 %"), (0.0123, "1.2 %"), (1.3, "130 %"), (0.0, "0 %"), (0.125, "12 %")]
        {
            assert_eq!(percent(share), text);
        }
    }

    #[test]
    fn ratios_have_one_decimal_or_three_digits() {
        for (ratio, text) in [
            (9.84, "9.8 ×"),
            (9.96, "10.0 ×"),
            (1.25, "1.2 ×"),
            (12.0, "12.0 ×"),
            (99.96, "100 ×"),
            (123.4, "123 ×"),
            (45_678.0, "45,700 ×"),
        ] {
            assert_eq!(format_ratio(ratio), text);
        }
    }
}
