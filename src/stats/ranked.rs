//! Values in order of size, in bounded memory: exact mean and extremes, percentiles within 0.1 %.
//!
//! An instance without a value ranks as +∞, so that no figure is computed from the survivors alone.

use hdrhistogram::Histogram;

/// A percentile that samples report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Percentile {
    P50,
    P90,
    P99,
    P999,
}

impl Percentile {
    /// All percentiles, in the order of the CSV columns.
    pub(super) const ALL: [Self; 4] = [Self::P50, Self::P90, Self::P99, Self::P999];

    /// The fraction, in thousandths: whole numbers keep ranks exact.
    const fn thousandths(self) -> u64 {
        match self {
            Self::P50 => 500,
            Self::P90 => 900,
            Self::P99 => 990,
            Self::P999 => 999,
        }
    }

    /// The fewest values that support it: with fewer, the greatest value alone would represent the tail.
    pub(super) const fn fewest(self) -> u64 {
        match self {
            Self::P50 => 1,
            Self::P90 => 10,
            Self::P99 => 100,
            Self::P999 => 1000,
        }
    }

    /// Its rank among `count` values, from 1 (nearest rank); `None` if they are too few.
    pub(super) const fn rank(self, count: u64) -> Option<u64> {
        if count < self.fewest() { None } else { Some((count * self.thousandths()).div_ceil(1000)) }
    }
}

/// Finite values, and the number of infinite ones above them.
#[derive(Debug)]
pub(super) struct Ranked {
    /// The finite values, 3 significant digits.
    histogram: Histogram<u64>,
    /// Their exact sum.
    sum: u128,
    /// The exact least and greatest finite value.
    extremes: Option<(u64, u64)>,
    /// How many instances never got a value.
    infinite: u64,
}

impl Default for Ranked {
    fn default() -> Self {
        let histogram = Histogram::new(3).expect("3 significant digits are within 0 to 5");
        Self { histogram, sum: 0, extremes: None, infinite: 0 }
    }
}

impl Ranked {
    /// Adds a value.
    pub(super) fn record(&mut self, value: u64) {
        self.record_n(value, 1);
    }

    /// Adds a value `count` times.
    pub(super) fn record_n(&mut self, value: u64, count: u64) {
        if count == 0 {
            return;
        }
        self.histogram.record_n(value, count).expect("the histogram resizes itself");
        self.sum += u128::from(value) * u128::from(count);
        let (min, max) = self.extremes.unwrap_or((value, value));
        self.extremes = Some((min.min(value), max.max(value)));
    }

    /// Adds an infinite value: that of an instance that never got one.
    pub(super) fn record_never(&mut self) {
        self.infinite += 1;
    }

    /// Adds all values of `other`.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.histogram.add(&other.histogram).expect("the histogram resizes itself");
        self.sum += other.sum;
        self.infinite += other.infinite;
        self.extremes = match (self.extremes, other.extremes) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, None) | (None, one) => one,
        };
    }

    /// How many values there are, the infinite ones included.
    pub(super) fn count(&self) -> u64 {
        self.histogram.len() + self.infinite
    }

    /// The exact mean; absent if there is no value or an infinite one.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.infinite == 0 && !self.histogram.is_empty()).then(|| self.sum as f64 / self.histogram.len() as f64)
    }

    /// The exact greatest value; absent if there is no value or an infinite one.
    pub(super) fn max(&self) -> Option<u64> {
        self.extremes.filter(|_| self.infinite == 0).map(|(_, max)| max)
    }

    /// The value at a percentile, never outside the exact extremes. Absent if there are too few values or if it is infinite.
    pub(super) fn percentile(&self, percentile: Percentile) -> Option<u64> {
        let rank = percentile.rank(self.count())?;
        let finite = self.histogram.len();
        let (min, max) = self.extremes.filter(|_| rank <= finite)?;
        // Half a rank below: the histogram rounds up to whole ranks, and a rounding error must not lead to the next rank.
        let quantile = (rank as f64 - 0.5) / finite as f64;
        Some(self.histogram.value_at_quantile(quantile).clamp(min, max))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranked(values: &[u64], infinite: u64) -> Ranked {
        let mut ranked = Ranked::default();
        for &value in values {
            ranked.record(value);
        }
        for _ in 0..infinite {
            ranked.record_never();
        }
        ranked
    }

    #[test]
    fn a_percentile_that_the_count_cannot_support_is_absent() {
        assert_eq!(Percentile::ALL.map(Percentile::fewest), [1, 10, 100, 1000]);
        for percentile in Percentile::ALL {
            let few: Vec<u64> = (1..percentile.fewest()).collect();
            assert_eq!(ranked(&few, 0).percentile(percentile), None, "{percentile:?}");
            let enough: Vec<u64> = (1..=percentile.fewest()).collect();
            assert!(ranked(&enough, 0).percentile(percentile).is_some(), "{percentile:?}");
        }
    }

    #[test]
    fn a_percentile_among_the_infinite_is_absent_and_one_before_them_is_not() {
        let values: Vec<u64> = (1..=98).collect();
        let ranked = ranked(&values, 2);
        assert_eq!(ranked.percentile(Percentile::P50), Some(50));
        assert_eq!(ranked.percentile(Percentile::P90), Some(90));
        assert_eq!(ranked.percentile(Percentile::P99), None);
        assert_eq!((ranked.mean(), ranked.max()), (None, None));
    }

    #[test]
    fn ranks_are_exact() {
        assert_eq!(Percentile::P99.rank(100), Some(99));
        assert_eq!(Percentile::P99.rank(101), Some(100));
        assert_eq!(Percentile::P999.rank(1000), Some(999));
        assert_eq!(Percentile::P50.rank(5), Some(3));
    }

    #[test]
    fn a_histograms_rounding_never_leaves_the_range_of_the_values() {
        for value in [0, 1, 1_234_567_891, u64::MAX] {
            assert_eq!(ranked(&[value], 0).percentile(Percentile::P50), Some(value));
        }
    }

    proptest! {
        #[test]
        fn a_percentile_is_within_a_thousandth_of_the_sorted_value(
            mut values in prop::collection::vec(0_u64..10_000_000_000, 1..1500),
            infinite in 0_u64..20,
        ) {
            let ranked = ranked(&values, infinite);
            values.sort_unstable();
            for percentile in Percentile::ALL {
                let exact = percentile.rank(ranked.count()).and_then(|rank| values.get(rank as usize - 1).copied());
                match (exact, ranked.percentile(percentile)) {
                    (None, None) => {}
                    (Some(exact), Some(shown)) => {
                        prop_assert!(shown.abs_diff(exact) * 1000 <= exact, "{shown} for {exact}");
                        prop_assert!(shown >= values[0] && shown <= values[values.len() - 1]);
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }

        #[test]
        fn absorbing_is_recording_all(a in prop::collection::vec(0_u64..1_000_000, 0..200), b in prop::collection::vec(0_u64..1_000_000, 0..200)) {
            let mut merged = ranked(&a, 1);
            merged.absorb(&ranked(&b, 0));
            let all: Vec<u64> = a.into_iter().chain(b).collect();
            let whole = ranked(&all, 1);
            prop_assert_eq!(merged.count(), whole.count());
            prop_assert_eq!(merged.extremes, whole.extremes);
            prop_assert_eq!(merged.sum, whole.sum);
            for percentile in Percentile::ALL {
                prop_assert_eq!(merged.percentile(percentile), whole.percentile(percentile));
            }
        }
    }
}
