//! The median of a few values, and the order-statistic interval of the median: exact, without a seed.
//!
//! It doesn't depend on what the values mean. Source: the sign-test interval of the standard nonparametric texts
//! (W. J. Conover, *Practical Nonparametric Statistics*, §3.2; David and Nagaraja, *Order Statistics*, §7.1).

use super::Interval;

/// The least probability with which an interval covers the median.
pub const CONFIDENCE: f64 = 0.95;

/// The most values for which an interval is computed: the most repeats that a scenario can request.
pub const MOST_VALUES: usize = 1000;

/// Which of `count` values in ascending order, from 1, are the ends of the interval of the median, and with which
/// probability it covers the median. `None` below 6 values, where no interval reaches [`CONFIDENCE`], and above
/// [`MOST_VALUES`].
///
/// The `k`-th least to the `k`-th greatest of `n` values cover the median with probability
/// 1 − 2 · P(Binomial(n, ½) < k); the ends are those of the greatest `k` that reaches the confidence.
pub fn median_ranks(count: usize) -> Option<(usize, usize, f64)> {
    if count > MOST_VALUES {
        return None;
    }
    // 0.5^1000 is about 1e-301, above the smallest normal f64.
    let mut term = 0.5_f64.powi(i32::try_from(count).ok()?);
    let mut below = 0.0;
    let mut widest = None;
    for k in 1..=count / 2 {
        below += term;
        term *= (count - k + 1) as f64 / k as f64;
        let coverage = 1.0 - 2.0 * below;
        if coverage < CONFIDENCE {
            break;
        }
        widest = Some((k, count + 1 - k, coverage));
    }
    widest
}

/// The median of the values with its interval. A repeat without a value counts as an infinite value.
///
/// With an even number of values the median is the mean of the middle two. It is absent if there is no value or if it is
/// infinite. The bounds are absent below 6 values and if one of them is infinite.
pub fn median_interval(values: &[f64]) -> Option<Interval> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    let median = f64::midpoint(lower, upper);
    let bounds = median_ranks(sorted.len())
        .map(|(low, high, _)| (sorted[low - 1], sorted[high - 1]))
        .filter(|(low, high)| low.is_finite() && high.is_finite());
    median.is_finite().then_some(Interval { median, bounds })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// From the published tables of the sign-test interval: n, rank of the lower end, coverage in per cent.
    const TABLE: &[(usize, usize, f64)] = &[
        (6, 1, 96.88),
        (7, 1, 98.44),
        (8, 1, 99.22),
        (9, 2, 96.09),
        (10, 2, 97.85),
        (11, 2, 98.83),
        (12, 3, 96.14),
        (13, 3, 97.75),
        (14, 3, 98.71),
        (15, 4, 96.48),
        (16, 4, 97.87),
        (17, 5, 95.10),
        (18, 5, 96.91),
        (19, 5, 98.08),
        (20, 6, 95.86),
        (25, 8, 95.67),
        (30, 10, 95.72),
        (50, 18, 96.72),
        (100, 40, 96.48),
    ];

    /// P(Binomial(n, ½) < k), by exact whole numbers: an oracle independent of the code.
    fn tail(n: usize, k: usize) -> f64 {
        assert!(n <= 100, "128 bits hold the coefficients up to here");
        let mut row = vec![1_u128];
        for _ in 0..n {
            let mut next = vec![1_u128];
            next.extend(row.windows(2).map(|pair| pair[0] + pair[1]));
            next.push(1);
            row = next;
        }
        row[..k].iter().sum::<u128>() as f64 / 2.0_f64.powf(n as f64)
    }

    #[test]
    fn the_ranks_are_those_of_the_published_table() {
        for &(n, low, percent) in TABLE {
            let (from, to, coverage) = median_ranks(n).expect("6 values or more have an interval");
            assert_eq!((from, to), (low, n + 1 - low), "n = {n}");
            assert!((coverage * 100.0 - percent).abs() < 0.0051, "n = {n}: {coverage}");
        }
    }

    #[test]
    fn below_six_values_there_is_no_interval() {
        for n in 0..6 {
            assert_eq!(median_ranks(n), None, "n = {n}");
        }
        let five = median_interval(&[5.0, 1.0, 4.0, 2.0, 3.0]).unwrap();
        assert_eq!((five.median, five.bounds), (3.0, None));
    }

    #[test]
    fn a_thousand_values_have_an_interval_and_more_do_not() {
        let (low, high, coverage) = median_ranks(MOST_VALUES).unwrap();
        // The normal approximation: 500 − 1.96 · √1000 / 2.
        assert_eq!((low, high), (469, 532));
        assert!((0.95..0.96).contains(&coverage));
        assert_eq!(median_ranks(MOST_VALUES + 1), None);
    }

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_the_middle_two() {
        assert_eq!(median_interval(&[4.0, 1.0, 2.0, 100.0]).map(|interval| interval.median), Some(3.0));
        assert_eq!(median_interval(&[]), None);
    }

    #[test]
    fn an_infinite_median_or_bound_is_absent() {
        let mut ten: Vec<f64> = (1..=10).map(f64::from).collect();
        ten[0] = f64::INFINITY;
        let one = median_interval(&ten).unwrap();
        assert_eq!((one.median, one.bounds), (6.5, Some((3.0, 10.0))), "the greatest of 10 lies outside the interval");
        ten[1] = f64::INFINITY;
        let two = median_interval(&ten).unwrap();
        assert_eq!((two.median, two.bounds), (7.5, None));
        ten[2..5].fill(f64::INFINITY);
        assert_eq!(median_interval(&ten), None, "one of the middle two is infinite");
        assert_eq!(
            median_interval(&[f64::NEG_INFINITY, 1.0, f64::INFINITY]).map(|interval| interval.median),
            Some(1.0)
        );
        assert_eq!(median_interval(&[f64::NEG_INFINITY, f64::INFINITY]), None);
    }

    proptest! {
        #[test]
        fn an_interval_covers_enough_and_the_next_narrower_one_does_not(n in 6_usize..=100) {
            let (low, high, coverage) = median_ranks(n).unwrap();
            prop_assert_eq!(low + high, n + 1);
            prop_assert!((coverage - (1.0 - 2.0 * tail(n, low))).abs() < 1e-12);
            prop_assert!(coverage >= CONFIDENCE);
            prop_assert!(1.0 - 2.0 * tail(n, low + 1) < CONFIDENCE);
        }

        #[test]
        fn the_bounds_are_values_around_the_median(values in prop::collection::vec(-1e9_f64..1e9, 6..40)) {
            let interval = median_interval(&values).unwrap();
            let (low, high) = interval.bounds.unwrap();
            prop_assert!(low <= interval.median && interval.median <= high);
            prop_assert!(values.contains(&low) && values.contains(&high));
        }
    }
}
