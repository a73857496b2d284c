//! Figures as people read them: three significant digits and a unit.

/// A time in nanoseconds as text: `560 ns`, `1.23 ms`, `2.00 s`. Beyond 1,000 s it stays in whole seconds.
pub fn format_duration(ns: f64) -> String {
    scaled(ns, 1_000.0, &["ns", "µs", "ms", "s"])
}

/// A size in bytes as text: `512 B`, `1.50 KiB`, `217 MiB`.
pub fn format_bytes(bytes: f64) -> String {
    scaled(bytes, 1_024.0, &["B", "KiB", "MiB", "GiB", "TiB"])
}

/// A rate in things per second as text: `950/s`, `12.3 k/s`, `1.00 M/s`.
pub fn format_rate(per_second: f64) -> String {
    scaled(per_second, 1_000.0, &["/s", "k/s", "M/s", "G/s"]).replace(" /s", "/s")
}

/// A whole number with its thousands apart: `1,000,000`.
pub fn format_count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `value` in the greatest unit that leaves it at 1 or more, with 3 significant digits.
fn scaled(value: f64, step: f64, units: &[&str]) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let (mut value, mut unit) = (value, 0);
    // What three digits would round up to a whole step belongs to the next unit.
    while value.abs() >= step - 0.5 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    format!("{} {}", three_digits(value), units[unit])
}

fn three_digits(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 {
        "0".to_owned()
    } else if magnitude < 9.995 {
        format!("{value:.2}")
    } else if magnitude < 99.95 {
        format!("{value:.1}")
    } else if magnitude < 999.5 {
        format!("{value:.0}")
    } else {
        let sign = if value < 0.0 { "-" } else { "" };
        format!("{sign}{}", format_count(magnitude.round() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        for (ns, text) in [
            (0.0, "0 ns"),
            (0.56, "0.56 ns"),
            (560.0, "560 ns"),
            (999.4, "999 ns"),
            (999.6, "1.00 µs"),
            (9_996.0, "10.0 µs"),
            (1_234_567.0, "1.23 ms"),
            (2e9, "2.00 s"),
            (90e9, "90.0 s"),
            (3_600e9, "3,600 s"),
            (-1_500.0, "-1.50 µs"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(format_duration(ns), text);
        }
    }

    #[test]
    fn sizes_rates_and_counts_have_their_units() {
        assert_eq!(format_bytes(512.0), "512 B");
        assert_eq!(format_bytes(1_536.0), "1.50 KiB");
        assert_eq!(format_bytes(1_010.0), "1,010 B");
        assert_eq!(format_bytes(227_541_000.0), "217 MiB");
        assert_eq!(format_rate(950.0), "950/s");
        assert_eq!(format_rate(12_345.0), "12.3 k/s");
        assert_eq!(format_rate(1e6), "1.00 M/s");
        assert_eq!(format_count(0), "0");
        assert_eq!(format_count(999), "999");
        assert_eq!(format_count(1_000_000), "1,000,000");
    }
}
