use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

const FAILED: f64 = f64::INFINITY;

/// The median of all pairs, and the pairs in ascending order, by the textbook definition.
fn by_hand(old: &[f64], new: &[f64]) -> (f64, Vec<f64>) {
    let mut logs: Vec<f64> = Vec::new();
    for old in old {
        for new in new {
            logs.push(new.ln() - old.ln());
        }
    }
    logs.sort_by(f64::total_cmp);
    let middle = f64::midpoint(logs[(logs.len() - 1) / 2], logs[logs.len() / 2]);
    (middle.exp(), logs.into_iter().map(f64::exp).collect())
}

fn is_near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
}

#[test]
fn the_shift_is_that_of_the_published_example() {
    // Hollander, Wolfe and Chicken, example 4.1: permeability of human chorioamnion, at term and at 12 to 26 weeks.
    let term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    let early = [1.15, 0.88, 0.90, 0.74, 1.21];
    let shift = difference(&term, &early).unwrap();
    assert!((shift.estimate.unwrap() + 0.305).abs() < 1e-9, "{shift:?}");
    let (low, high) = shift.bounds.unwrap();
    // The 9th and the 42nd of 50 pairs: the critical value for the sizes 5 and 10 is 8.
    assert!((low + 0.76).abs() < 1e-9 && (high - 0.15).abs() < 1e-9, "{low} {high}");
}

#[test]
fn below_four_on_each_side_there_is_an_estimate_and_no_interval() {
    let three = ratio(&[1.0, 2.0, 4.0], &[2.0, 4.0, 8.0]).unwrap();
    assert_eq!(three, Contrast { estimate: Some(2.0), bounds: None });
    let four = ratio(&[1.0, 1.0, 1.0, 1.0], &[2.0, 2.0, 3.0, 4.0]).unwrap();
    assert_eq!(four.bounds, Some((2.0, 4.0)));
    assert!(is_near(four.estimate.unwrap(), 6.0_f64.sqrt()), "the geometric mean of the middle two");
}

#[test]
fn a_failed_repeat_is_infinitely_worse_than_a_successful_one() {
    let good = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let one = [10.0, 20.0, 30.0, 40.0, 50.0, FAILED];
    let worse = ratio(&good, &one).unwrap();
    assert!(worse.estimate.is_some_and(|estimate| estimate > 9.0));
    let (low, high) = worse.bounds.unwrap();
    assert!(low > 1.0 && high.is_infinite(), "{low} {high}");
    let better = ratio(&one, &good).unwrap().bounds.unwrap();
    assert!(is_near(better.1, 1.0 / low) && better.0 == 0.0, "{better:?}");
    assert_eq!(ratio(&good, &[FAILED; 6]), Ok(Contrast { estimate: None, bounds: Some((FAILED, FAILED)) }));
    // The rate of a failed repeat is the least of all.
    assert_eq!(ratio(&good, &[-FAILED; 6]), Ok(Contrast { estimate: None, bounds: Some((0.0, 0.0)) }));
    assert_eq!(ratio(&[-FAILED; 6], &good), Ok(Contrast { estimate: None, bounds: Some((FAILED, FAILED)) }));
}

#[test]
fn two_failed_repeats_have_no_order() {
    let both = Ok(Contrast { estimate: None, bounds: Some((0.0, FAILED)) });
    assert_eq!(ratio(&[FAILED; 6], &[FAILED; 6]), both);
    assert_eq!(ratio(&[-FAILED; 6], &[-FAILED; 6]), both);
    let one = [1.0, 1.0, 1.0, 1.0, 1.0, FAILED];
    let contrast = ratio(&one, &one).unwrap();
    assert_eq!(contrast, Contrast { estimate: Some(1.0), bounds: Some((0.0, FAILED)) });
}

#[test]
fn a_zero_has_no_ratio_unless_all_are_zero() {
    assert_eq!(ratio(&[0.0, 1.0], &[1.0]), Err(NoRatio::Zero));
    assert_eq!(ratio(&[1.0], &[0.0]), Err(NoRatio::Zero));
    assert_eq!(ratio(&[0.0; 6], &[0.0; 6]), Ok(Contrast { estimate: Some(1.0), bounds: Some((1.0, 1.0)) }));
    assert_eq!(ratio(&[], &[1.0]), Err(NoRatio::Empty));
    assert_eq!(ratio(&[1.0], &[]), Err(NoRatio::Empty));
    assert_eq!(difference(&[], &[1.0]), None);
}

/// The share of intervals that contain the true ratio, over many drawn pairs of samples.
fn coverage(sizes: (usize, usize), draw: impl Fn(&mut ChaCha8Rng) -> f64) -> f64 {
    const ROUNDS: u32 = 2_000;
    const TRUE: f64 = 1.3;
    let mut rng = ChaCha8Rng::seed_from_u64(20_261_123);
    let mut covered = 0;
    for _ in 0..ROUNDS {
        let old: Vec<f64> = (0..sizes.0).map(|_| draw(&mut rng)).collect();
        let new: Vec<f64> = (0..sizes.1).map(|_| TRUE * draw(&mut rng)).collect();
        let (low, high) = ratio(&old, &new).unwrap().bounds.unwrap();
        covered += u32::from((low..=high).contains(&TRUE));
    }
    f64::from(covered) / f64::from(ROUNDS)
}

#[test]
fn the_interval_has_its_stated_coverage_for_any_distribution() {
    for sizes in [(4, 4), (6, 10), (10, 10)] {
        let (_, _, promised) = rank_sum_ranks(sizes.0, sizes.1).unwrap();
        let exponential = coverage(sizes, |rng| -(1.0 - rng.random::<f64>()).ln() + 1e-9);
        let heavy = coverage(sizes, |rng| (1.0 - rng.random::<f64>()).powf(-1.5));
        // Four standard deviations of 2,000 rounds are 0.02 at most.
        assert!((exponential - promised).abs() < 0.02, "{sizes:?}: {exponential}, not {promised}");
        assert!((heavy - promised).abs() < 0.02, "{sizes:?}: {heavy}, not {promised}");
        // With many ties the interval covers more, never less.
        let tied = coverage(sizes, |rng| f64::from(rng.random_range(1..4_u32)));
        assert!(tied > promised - 0.02, "{sizes:?}: {tied}, not {promised}");
    }
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(1e-3..1e9_f64, 1..12)
}

proptest! {
    #[test]
    fn estimate_and_ends_are_those_computed_by_hand(old in values(), new in values()) {
        let (median, pairs) = by_hand(&old, &new);
        let contrast = ratio(&old, &new).unwrap();
        prop_assert!(is_near(contrast.estimate.unwrap(), median));
        let ranks = rank_sum_ranks(old.len(), new.len());
        prop_assert_eq!(contrast.bounds.is_some(), ranks.is_some());
        if let (Some((low, high)), Some((first, last, _))) = (contrast.bounds, ranks) {
            prop_assert!(is_near(low, pairs[first - 1]) && is_near(high, pairs[last - 1]));
        }
    }

    #[test]
    fn swapped_samples_have_the_reciprocal(old in values(), new in values()) {
        let (there, back) = (ratio(&old, &new).unwrap(), ratio(&new, &old).unwrap());
        prop_assert!(is_near(there.estimate.unwrap(), 1.0 / back.estimate.unwrap()));
        if let (Some(there), Some(back)) = (there.bounds, back.bounds) {
            prop_assert!(is_near(there.0, 1.0 / back.1) && is_near(there.1, 1.0 / back.0));
        }
    }

    #[test]
    fn the_unit_does_not_matter(old in values(), new in values(), unit in 1e-6..1e6_f64) {
        let scaled = |values: &[f64]| values.iter().map(|value| value * unit).collect::<Vec<_>>();
        let (plain, scaled) = (ratio(&old, &new).unwrap(), ratio(&scaled(&old), &scaled(&new)).unwrap());
        prop_assert!(is_near(plain.estimate.unwrap(), scaled.estimate.unwrap()));
        if let (Some(plain), Some(scaled)) = (plain.bounds, scaled.bounds) {
            prop_assert!(is_near(plain.0, scaled.0) && is_near(plain.1, scaled.1));
        }
    }

    #[test]
    fn the_ends_enclose_the_estimate_also_with_failed_repeats(
        old in prop::collection::vec(prop_oneof![4 => 1.0..9.0_f64, 1 => Just(FAILED)], 4..9),
        new in prop::collection::vec(prop_oneof![4 => 1.0..9.0_f64, 1 => Just(FAILED)], 4..9),
    ) {
        let contrast = ratio(&old, &new).unwrap();
        let (low, high) = contrast.bounds.unwrap();
        prop_assert!(low <= high && !low.is_nan() && !high.is_nan());
        if let Some(estimate) = contrast.estimate {
            prop_assert!(low <= estimate && estimate <= high);
        }
    }
}
