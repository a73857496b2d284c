//! Scales: where a value stands between the ends of an axis, and what is written there.
//!
//! It must not know pixels, nor what is drawn.

use super::canvas::{linear_ticks, log_ticks};
use taskmix_engine::metric::Kind;

/// An axis is logarithmic if its greatest value is more than so many times its least.
const LOG_RATIO: f64 = 50.0;

/// A logarithmic axis of times whose ends have a greater ratio has no common unit.
const WIDE_RATIO: f64 = 1e3;

/// A smaller value is drawn as zero.
const LEAST: f64 = 1e-9;

/// A logarithmic axis has at most so many times its least value.
const MOST_DECADES: f64 = 1e12;

/// How much room is left above the greatest value.
const HEADROOM: f64 = 1.04;

/// A mark on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Where, from 0 to 1.
    pub(super) at: f64,
    /// What is written there.
    pub(super) label: String,
    /// Whether its label has precedence where there is no room for all.
    pub(super) is_major: bool,
}

/// Which share of a logarithmic axis is left on both sides.
const LOG_ROOM: f64 = 0.05;

/// An axis of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
    unit: (f64, &'static str),
    pub(super) ticks: Vec<Tick>,
}

impl Scale {
    /// The scale for these values of a kind: from zero, or logarithmic if the greatest is more than 50 times the least; never
    /// logarithmic if there is a zero. `ticks` is about how many fit.
    pub(super) fn fit(kind: Kind, values: impl Iterator<Item = f64> + Clone, ticks: usize) -> Self {
        let high = values.clone().fold(0.0, f64::max);
        let low = values.fold(f64::INFINITY, f64::min);
        if low >= LEAST && high > low * LOG_RATIO {
            let room = (high / low).powf(LOG_ROOM);
            Self::log(kind, low / room, high * room)
        } else {
            Self::linear(kind, high * HEADROOM, ticks)
        }
    }

    /// From zero to `high`, or to something above zero.
    pub(super) fn linear(kind: Kind, high: f64, ticks: usize) -> Self {
        let high = if high >= LEAST { high } else { 1.0 };
        let unit = unit(kind, high);
        let mut scale = Self { low: 0.0, high, is_log: false, unit, ticks: Vec::new() };
        let marks: Vec<f64> = linear_ticks(high / unit.0, ticks);
        let decimals = decimals(&marks);
        let whole = kind == Kind::Count;
        let marks = marks.into_iter().filter(|mark| !whole || mark.fract() == 0.0 || unit.0 > 1.0);
        scale.ticks = marks.map(|mark| scale.tick(mark, decimals, true)).collect();
        scale
    }

    /// From `low` to `high`, both above zero, with decades of equal length.
    pub(super) fn log(kind: Kind, low: f64, high: f64) -> Self {
        let high = if high > low { high } else { low * 2.0 };
        let low = low.max(high / MOST_DECADES);
        let is_decade = |mark: f64| (mark.log10() - mark.log10().round()).abs() < 1e-6;
        if kind == Kind::Time && high > low * WIDE_RATIO {
            // Each with a unit of its own: in one unit, numbers at an end are hard to read.
            let mut scale = Self { low, high, is_log: true, unit: (1.0, ""), ticks: Vec::new() };
            let tick = |mark: f64| {
                let (size, name) = unit(kind, mark * 1.000_001);
                let label = format!("{} {name}", number(mark / size, decimals(&[mark / size])));
                Tick { at: scale.at(mark), label, is_major: is_decade(mark) }
            };
            scale.ticks = log_ticks(low, high).into_iter().map(tick).collect();
            return scale;
        }
        // The unit that suits the middle: neither end gets a long number.
        let unit = unit(kind, (low * high).sqrt());
        let mut scale = Self { low, high, is_log: true, unit, ticks: Vec::new() };
        let marks = log_ticks(low / unit.0, high / unit.0);
        scale.ticks = marks.into_iter().map(|mark| scale.tick(mark, decimals(&[mark]), is_decade(mark))).collect();
        scale
    }

    /// With a mark at each of these values, which ascend, and the text for it.
    pub(super) fn swept(values: &[(f64, String)]) -> Self {
        let ends = values.first().zip(values.last());
        let (first, last) = ends.map_or((0.0, 1.0), |((first, _), (last, _))| (*first, *last));
        // Values that are swept are mostly multiples of each other.
        let is_log = first > 0.0 && last >= first * 16.0;
        let (low, high) = if last > first { (first, last) } else { (first - 1.0, first + 1.0) };
        let mut scale = Self { low, high, is_log, unit: (1.0, ""), ticks: Vec::new() };
        let tick = |(value, label): &(f64, String)| Tick { at: scale.at(*value), label: label.clone(), is_major: true };
        scale.ticks = values.iter().map(tick).collect();
        scale
    }

    fn tick(&self, mark: f64, decimals: usize, is_major: bool) -> Tick {
        Tick { at: self.at(mark * self.unit.0), label: number(mark, decimals), is_major }
    }

    /// Where a value stands, from 0 to 1; a value beyond an end stands at that end.
    pub(super) fn at(&self, value: f64) -> f64 {
        let at = if self.is_log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        at.clamp(0.0, 1.0)
    }

    /// Whether it is logarithmic: then lengths mean nothing.
    pub(super) const fn is_log(&self) -> bool {
        self.is_log
    }

    /// An axis' title: what it is and in which unit.
    pub(super) fn title(&self, what: &str) -> String {
        match self.unit.1 {
            "" => what.to_owned(),
            unit => format!("{what}, {unit}"),
        }
    }
}

/// The greatest unit that is not above the value.
fn unit(kind: Kind, value: f64) -> (f64, &'static str) {
    const KIB: f64 = 1024.0;
    let units: &[(f64, &str)] = match kind {
        Kind::Time => &[(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")],
        Kind::Bytes => &[(1.0, "B"), (KIB, "KiB"), (KIB * KIB, "MiB"), (KIB * KIB * KIB, "GiB")],
        Kind::Rate => &[(1.0, "per s"), (1e3, "thousands per s"), (1e6, "millions per s")],
        Kind::Count => &[(1.0, ""), (1e6, "millions")],
        Kind::Share => &[(0.01, "%")],
    };
    let fits = units.iter().rev().find(|(size, _)| value >= *size);
    *fits.unwrap_or(&units[0])
}

/// How many decimals it takes to tell marks apart, and to write each as it is.
fn decimals(marks: &[f64]) -> usize {
    let is_whole = |value: f64| (value - value.round()).abs() < 1e-6 * value.abs().max(1e-3);
    (0..9_i32).find(|decimals| marks.iter().all(|mark| is_whole(mark * 10_f64.powi(*decimals)))).unwrap_or(9) as usize
}

/// A number on an axis.
fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), taskmix_engine::units::format_count);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(scale: &Scale) -> Vec<&str> {
        scale.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn values_near_each_other_count_from_zero_in_their_own_unit() {
        let scale = Scale::fit(Kind::Time, [2.4e6, 22e6].into_iter(), 5);
        assert_eq!(
            (labels(&scale), scale.title("latency")),
            (vec!["0", "5", "10", "15", "20"], "latency, ms".to_owned())
        );
        assert_eq!((scale.at(0.0), scale.is_log()), (0.0, false));
        let scale = Scale::fit(Kind::Share, [0.05, 0.11].into_iter(), 5);
        assert_eq!((labels(&scale), scale.title("CPU")), (vec!["0", "2.5", "5", "7.5", "10"], "CPU, %".to_owned()));
        let scale = Scale::fit(Kind::Bytes, [4e6, 4.6e6].into_iter(), 5);
        assert_eq!((labels(&scale), scale.title("memory")), (vec!["0", "1", "2", "3", "4"], "memory, MiB".to_owned()));
        assert_eq!(labels(&Scale::fit(Kind::Time, [10e6].into_iter(), 4)), ["0", "2.5", "5", "7.5", "10"]);
        assert_eq!(labels(&Scale::fit(Kind::Count, [1.0].into_iter(), 5)), ["0", "1"]);
        assert_eq!(labels(&Scale::fit(Kind::Count, [0.0].into_iter(), 5)), ["0", "1"]);
    }

    #[test]
    fn values_far_apart_have_a_logarithmic_axis_unless_one_is_zero() {
        let scale = Scale::fit(Kind::Time, [95e3, 24e6].into_iter(), 5);
        assert_eq!((labels(&scale), scale.title("lag")), (vec!["0.1", "1", "10"], "lag, ms".to_owned()));
        assert!(scale.is_log() && scale.ticks.iter().all(|tick| tick.is_major));
        let short = Scale::fit(Kind::Time, [1e6, 60e6].into_iter(), 5);
        assert_eq!(labels(&short), ["1", "2", "5", "10", "20", "50"]);
        assert_eq!(short.ticks.iter().map(|tick| tick.is_major).collect::<Vec<_>>()[..3], [true, false, false]);
        assert!(!Scale::fit(Kind::Time, [0.0, 95e3, 24e6].into_iter(), 5).is_log());
        assert!(!Scale::fit(Kind::Time, [1e6, 50e6].into_iter(), 5).is_log());
    }

    #[test]
    fn a_value_beyond_an_end_stands_at_that_end() {
        for scale in [Scale::linear(Kind::Time, 1e6, 5), Scale::log(Kind::Time, 1e3, 1e6)] {
            assert_eq!([0.0, 1.0, 1e6, 1e12].map(|value| (scale.at(value) * 1e3).round() as i32), [0, 0, 1000, 1000]);
        }
    }

    #[test]
    fn times_very_far_apart_have_units_of_their_own() {
        let scale = Scale::log(Kind::Time, 1e3, 20e6);
        assert_eq!(
            (labels(&scale), scale.title("lag")),
            (vec!["1 µs", "10 µs", "100 µs", "1 ms", "10 ms"], "lag".to_owned())
        );
    }

    #[test]
    fn a_swept_axis_has_its_marks_at_its_values() {
        let values = [(1e6, "1ms".to_owned()), (5e6, "5ms".to_owned()), (20e6, "20ms".to_owned())];
        let scale = Scale::swept(&values);
        assert_eq!(labels(&scale), ["1ms", "5ms", "20ms"]);
        assert!(scale.is_log() && (scale.ticks[1].at - 5_f64.ln() / 20_f64.ln()).abs() < 1e-9);
        assert!(!Scale::swept(&[(1.0, "1".to_owned()), (4.0, "4".to_owned())]).is_log());
        assert!((Scale::swept(&[(3.0, "3".to_owned())]).ticks[0].at - 0.5).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn every_value_stands_on_its_axis(values in prop::collection::vec(0.0..=1e18_f64, 1..20), kind in 0..5_usize) {
            let kind = [Kind::Count, Kind::Time, Kind::Bytes, Kind::Rate, Kind::Share][kind];
            let scale = Scale::fit(kind, values.iter().copied(), 5);
            for value in &values {
                prop_assert!((0.0..=1.0).contains(&scale.at(*value)));
            }
            prop_assert!(scale.ticks.iter().all(|tick| (0.0..=1.0).contains(&tick.at)));
            prop_assert!(!scale.ticks.is_empty() && scale.ticks.len() < 30, "{:?}", scale.ticks);
        }
    }
}
