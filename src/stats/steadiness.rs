//! Whether the repeats of a cell agree: none far from the others, and no trend from the first round to the last.
//!
//! Unsteady figures are reported, not judged: the reader decides.

use super::{Sample, WHOLE_MIX, median_interval};
use taskmix_engine::metric::Metric;
use taskmix_engine::plan::CellKey;

/// The figures of the whole mix that are checked.
const WATCHED: [Metric; 3] = [Metric::Makespan, Metric::LatencyP50, Metric::LatencyP99];

/// An outlier is more than this many median absolute deviations from the median …
const OUTLIER_DEVIATIONS: f64 = 10.0;

/// … and differs from the median by more than this share of it. Otherwise almost equal repeats would have outliers.
const OUTLIER_SHARE: f64 = 0.25;

/// A drift has at most this probability to arise by chance …
const DRIFT_CHANCE: f64 = 0.01;

/// … and changes the figure by more than this share of its median from the first third of the rounds to the last.
const DRIFT_SHARE: f64 = 0.10;

/// Up to this many values a trend's chance is computed exactly. Beyond, the work would grow with their fourth power.
const MOST_EXACT: usize = 40;

/// An unsteady figure over a cell's repeats.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsteady {
    /// Which cell; `repeat` is the outlier's, or 0 for a drift.
    pub key: CellKey,
    /// Which figure of its whole mix.
    pub metric: Metric,
    /// How it is unsteady.
    pub kind: Unsteadiness,
}

/// How a figure is unsteady over the repeats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unsteadiness {
    /// One repeat is far from the others.
    Outlier {
        /// Its value.
        value: f64,
        /// The median of all repeats.
        median: f64,
    },
    /// It rises or falls from round to round (Mann–Kendall test; H. B. Mann, *Econometrica* 13, 1945; M. G. Kendall,
    /// *Rank Correlation Methods*).
    Drift {
        /// The median of the first third of the rounds.
        from: f64,
        /// The median of the last third.
        to: f64,
    },
}

/// All unsteady figures, cell by cell in order of first appearance. A cell has at most one outlier and one drift: that of the
/// first of makespan, median latency and p99 latency that shows it. Failed repeats are left out, because they are reported
/// elsewhere.
pub fn unsteady(samples: &[Sample]) -> Vec<Unsteady> {
    let good = |sample: &&Sample| sample.task == WHOLE_MIX && sample.exit.as_deref() == Some("ok");
    let mut cells: Vec<Vec<&Sample>> = Vec::new();
    for sample in samples.iter().filter(good) {
        match cells.iter_mut().find(|cell| cell[0].key.is_repeat_of(&sample.key)) {
            Some(cell) => cell.push(sample),
            None => cells.push(vec![sample]),
        }
    }
    let mut found = Vec::new();
    for cell in &mut cells {
        cell.sort_by_key(|sample| sample.key.repeat);
        found.extend(WATCHED.into_iter().find_map(|metric| outlier(cell, metric)));
        found.extend(WATCHED.into_iter().find_map(|metric| drift(cell, metric)));
    }
    found
}

/// The repeat farthest from the median, if it is an outlier.
fn outlier(cell: &[&Sample], metric: Metric) -> Option<Unsteady> {
    let values = cell.iter().map(|sample| sample.figures.get(metric)).collect::<Option<Vec<f64>>>()?;
    // Five values may just as well form two groups.
    if values.len() < 6 {
        return None;
    }
    let median = median_of(&values)?;
    let deviations: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    let limit = (OUTLIER_DEVIATIONS * median_of(&deviations)?).max(OUTLIER_SHARE * median.abs());
    let (index, farthest) = deviations.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    (*farthest > limit).then(|| Unsteady {
        key: cell[index].key.clone(),
        metric,
        kind: Unsteadiness::Outlier { value: values[index], median },
    })
}

fn drift(cell: &[&Sample], metric: Metric) -> Option<Unsteady> {
    let values = cell.iter().map(|sample| sample.figures.get(metric)).collect::<Option<Vec<f64>>>()?;
    if chance_of_trend(&values) > DRIFT_CHANCE {
        return None;
    }
    let third = values.len().div_ceil(3);
    let (from, to) = (median_of(&values[..third])?, median_of(&values[values.len() - third..])?);
    let is_large = (to - from).abs() > DRIFT_SHARE * median_of(&values)?.abs();
    let key = CellKey { repeat: 0, ..cell[0].key.clone() };
    is_large.then_some(Unsteady { key, metric, kind: Unsteadiness::Drift { from, to } })
}

fn median_of(values: &[f64]) -> Option<f64> {
    median_interval(values).map(|interval| interval.median)
}

/// The probability that values in random order have a trend as strong as these or stronger, up or down. This is the exact test of
/// Mann and Kendall, by the number of orders with at most so many inversions. A tie counts as half an inversion, which makes the
/// test more conservative.
fn chance_of_trend(values: &[f64]) -> f64 {
    let count = values.len();
    let pairs = count * count.saturating_sub(1) / 2;
    let halves: usize = (0..count)
        .flat_map(|first| (first + 1..count).map(move |second| (first, second)))
        .map(|(first, second)| match values[first].total_cmp(&values[second]) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Greater => 2,
        })
        .sum();
    let inversions = halves.min(2 * pairs - halves).div_ceil(2);
    if count > MOST_EXACT {
        return normal_chance(count, pairs as f64 - 2.0 * inversions as f64);
    }
    (2.0 * inversion_shares(count).iter().take(inversions + 1).sum::<f64>()).min(1.0)
}

/// The normal approximation: S has the variance n (n − 1) (2n + 5) / 18. `surplus` is |S|, the number of ascending pairs minus
/// that of descending ones. The tail of the normal distribution is replaced by an upper bound: exp(−z² / 2).
fn normal_chance(count: usize, surplus: f64) -> f64 {
    let n = count as f64;
    let z = (surplus - 1.0).max(0.0) / (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    (-z * z / 2.0).exp()
}

/// The shares of all orders of `count` values that have 0, 1, 2, … inversions.
fn inversion_shares(count: usize) -> Vec<f64> {
    let mut shares = vec![1.0];
    for length in 2..=count {
        // The next value goes to one of `length` equally likely places, which adds 0 to length − 1 inversions.
        let mut next = vec![0.0; shares.len() + length - 1];
        for (inversions, share) in shares.iter().enumerate() {
            for more in 0..length {
                next[inversions + more] += share / length as f64;
            }
        }
        shares = next;
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{OutcomeBuilder, samples};
    use super::*;

    fn found(spans: &[u64]) -> Vec<(u32, Metric, Unsteadiness)> {
        let outcomes = spans
            .iter()
            .zip(1..)
            .map(|(&span, repeat)| OutcomeBuilder::new().repeat(repeat).done(0, 0, 0, span).span(span).outcome());
        let samples: Vec<Sample> = outcomes.flat_map(|outcome| samples(&outcome)).collect();
        unsteady(&samples).into_iter().map(|found| (found.key.repeat, found.metric, found.kind)).collect()
    }

    #[test]
    fn a_repeat_far_from_all_others_is_an_outlier() {
        let outlier = Unsteadiness::Outlier { value: 900.0, median: 102.5 };
        assert_eq!(found(&[101, 103, 100, 900, 104, 102]), [(4, Metric::Makespan, outlier)]);
    }

    #[test]
    fn almost_equal_repeats_have_no_outlier() {
        assert_eq!(found(&[1_000, 1_000, 1_001, 1_000, 1_100, 1_000]), []);
        assert_eq!(found(&[100, 100, 900]), [], "too few repeats");
    }

    #[test]
    fn a_figure_that_rises_from_round_to_round_drifts() {
        let drift = Unsteadiness::Drift { from: 105.0, to: 145.0 };
        assert_eq!(found(&[100, 110, 120, 130, 140, 150]), [(0, Metric::Makespan, drift)]);
        let falls = Unsteadiness::Drift { from: 145.0, to: 105.0 };
        assert_eq!(found(&[150, 140, 130, 120, 110, 100]), [(0, Metric::Makespan, falls)]);
    }

    #[test]
    fn a_small_trend_or_a_random_order_is_no_drift() {
        assert_eq!(found(&[1_000, 1_001, 1_002, 1_003, 1_004, 1_005]), []);
        assert_eq!(found(&[100, 150, 110, 140, 120, 130]), []);
    }

    #[test]
    fn the_chances_are_those_of_the_published_table() {
        // Kendall's S for n = 6: P(S >= 15) = 0.0014, P(S >= 13) = 0.0083, P(S >= 11) = 0.028.
        for (values, one_sided) in [
            ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 0.0014),
            ([2.0, 1.0, 3.0, 4.0, 5.0, 6.0], 0.0083),
            ([2.0, 1.0, 4.0, 3.0, 5.0, 6.0], 0.0278),
        ] {
            let chance = chance_of_trend(&values);
            assert!((chance - 2.0 * one_sided).abs() < 2e-4, "{values:?}: {chance}");
        }
    }

    #[test]
    fn the_approximation_judges_many_values_as_the_exact_test_does() {
        let rising: Vec<f64> = (0..200).map(f64::from).collect();
        assert!(chance_of_trend(&rising) < 1e-12);
        let scattered: Vec<f64> = (0..200_u32).map(|n| f64::from(n * 83 % 200)).collect();
        assert!(chance_of_trend(&scattered) > 0.1, "{}", chance_of_trend(&scattered));
        // |S| = 0.26 of all pairs at n = 40: z = 2.36, a two-sided chance of 0.018.
        let (exact, bound) = (2.0 * inversion_shares(40).iter().take(289).sum::<f64>(), normal_chance(40, 204.0));
        assert!(exact <= bound && bound < 5.0 * exact, "{exact} {bound}");
    }

    proptest! {
        #[test]
        fn a_trend_is_as_likely_up_as_down_and_at_most_certain(values in prop::collection::vec(0_u32..50, 0..12)) {
            let up: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
            let down: Vec<f64> = up.iter().rev().copied().collect();
            let chance = chance_of_trend(&up);
            prop_assert!((0.0..=1.0).contains(&chance));
            prop_assert!((chance - chance_of_trend(&down)).abs() < 1e-12);
        }

        #[test]
        fn the_shares_of_all_orders_sum_up_to_one(count in 0_usize..14) {
            prop_assert!((inversion_shares(count).iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
