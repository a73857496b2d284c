//! Figures as people read them: three significant digits and a unit.

/// A unit: its size in the smallest unit, and its name. Lists of units ascend from size 1.
type Unit = (f64, &'static str);

const TIMES: [Unit; 4] = [(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")];
const KIB: f64 = 1_024.0;
const BYTES: [Unit; 5] =
    [(1.0, "B"), (KIB, "KiB"), (KIB * KIB, "MiB"), (KIB * KIB * KIB, "GiB"), (KIB * KIB * KIB * KIB, "TiB")];
const RATES: [Unit; 4] = [(1.0, "/s"), (1e3, "k/s"), (1e6, "M/s"), (1e9, "G/s")];

/// The decimals of a number below 10.
const MOST_DECIMALS: usize = 2;

/// A time in nanoseconds as text: `7 ns`, `1.23 ms`, `2.00 s`. Beyond 1,000 s it stays in whole seconds.
pub fn format_duration(ns: f64) -> String {
    with_unit(ns, &TIMES)
}

/// A time in nanoseconds in the unit of another time, without the unit's name and with at most the other's decimals:
/// `0.90` and `1,200` beside `1.00 ms`.
pub fn format_duration_beside(ns: f64, other_ns: f64) -> String {
    let (size, _) = unit_of(other_ns, &TIMES);
    number(ns, size, decimals(other_ns / size))
}

/// A size in bytes as text: `512 B`, `1.50 KiB`, `217 MiB`.
pub fn format_bytes(bytes: f64) -> String {
    with_unit(bytes, &BYTES)
}

/// A rate in things per second as text: `950/s`, `12.3 k/s`, `1.00 M/s`.
pub fn format_rate(per_second: f64) -> String {
    with_unit(per_second, &RATES).replace(" /s", "/s")
}

/// A whole number with thousands separators: `1,000,000`.
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

fn with_unit(value: f64, units: &[Unit]) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let (size, name) = unit_of(value, units);
    format!("{} {name}", number(value, size, MOST_DECIMALS))
}

/// The greatest unit of which the value, rounded to three digits, is at least one.
fn unit_of(value: f64, units: &[Unit]) -> Unit {
    // A value that three digits round up to the next unit is written in that unit.
    let reaches = |pair: &&[Unit]| value.abs() >= pair[1].0 - pair[0].0 / 2.0;
    units.windows(2).take_while(reaches).last().map_or(units[0], |pair| pair[1])
}

/// `value` as a number of units of `size`: three digits, but at most `most_decimals` decimals. A whole number of the smallest
/// unit has none.
fn number(value: f64, size: f64, most_decimals: usize) -> String {
    let scaled = value / size;
    let is_whole = scaled == 0.0 || size <= 1.0 && scaled.fract() == 0.0;
    let decimals = if is_whole { 0 } else { decimals(scaled).min(most_decimals) };
    if decimals > 0 {
        return format!("{scaled:.decimals$}");
    }
    let sign = if scaled <= -0.5 { "-" } else { "" };
    format!("{sign}{}", format_count(scaled.abs().round() as u64))
}

/// How many decimals make three digits.
fn decimals(scaled: f64) -> usize {
    match scaled.abs() {
        small if small < 9.995 => MOST_DECIMALS,
        middling if middling < 99.95 => 1,
        _ => 0,
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
            (7.0, "7 ns"),
            (7.5, "7.50 ns"),
            (560.0, "560 ns"),
            (999.4, "999 ns"),
            (999.6, "1.00 µs"),
            (1_000.0, "1.00 µs"),
            (9_996.0, "10.0 µs"),
            (99_960.0, "100 µs"),
            (999_600.0, "1.00 ms"),
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
    fn a_time_beside_another_has_its_unit_and_no_more_decimals() {
        for (ns, other, text) in [
            (900e3, 1e6, "0.90"),
            (1.2e9, 1e6, "1,200"),
            (0.0, 1e6, "0"),
            (9.6e6, 10e6, "9.6"),
            (99.7e6, 101e6, "100"),
            (4.0, 5.0, "4"),
            (5.5, 5.0, "5.50"),
        ] {
            assert_eq!(format_duration_beside(ns, other), text, "{ns} beside {other}");
        }
    }

    #[test]
    fn sizes_rates_and_counts_have_their_units() {
        assert_eq!(format_bytes(0.0), "0 B");
        assert_eq!(format_bytes(512.0), "512 B");
        assert_eq!(format_bytes(1_536.0), "1.50 KiB");
        assert_eq!(format_bytes(1_010.0), "1,010 B");
        assert_eq!(format_bytes(227_541_000.0), "217 MiB");
        assert_eq!(format_rate(7.0), "7/s");
        assert_eq!(format_rate(950.0), "950/s");
        assert_eq!(format_rate(12_345.0), "12.3 k/s");
        assert_eq!(format_rate(1e6), "1.00 M/s");
        assert_eq!(format_count(0), "0");
        assert_eq!(format_count(999), "999");
        assert_eq!(format_count(1_000_000), "1,000,000");
    }
}
