use proptest::prelude::*;

use super::*;

/// The published two-sided critical values of U at 5 %: the first size, the least second size, and the values from that second
/// size on. At the critical value and below, the hypothesis of no difference is rejected. So the interval begins one above.
const CRITICAL: &[(usize, usize, &[usize])] = &[
    (2, 8, &[0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2]),
    (3, 5, &[0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8]),
    (4, 4, &[0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10, 11, 11, 12, 13, 14]),
    (5, 5, &[2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 17, 18, 19, 20]),
    (6, 6, &[5, 6, 8, 10, 11, 13, 14, 16, 17, 19, 21, 22, 24, 25, 27]),
    (7, 7, &[8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34]),
    (8, 8, &[13, 15, 17, 19, 22, 24, 26, 29, 31, 34, 36, 38, 41]),
    (9, 9, &[17, 20, 23, 26, 28, 31, 34, 37, 39, 42, 45, 48]),
    (10, 10, &[23, 26, 29, 33, 36, 39, 42, 45, 48, 52, 55]),
    (12, 12, &[37, 41, 45, 49, 53, 57, 61, 65, 69]),
    (15, 15, &[64, 70, 75, 80, 85, 90]),
    (20, 20, &[127]),
];

/// U of every arrangement of two samples, one by one: an oracle independent of the code.
fn arranged(first: u32, second: u32) -> Vec<usize> {
    let places = first + second;
    let arrangements = (0..1_u32 << places).filter(|mask| mask.count_ones() == first);
    let second_below = |mask: u32, place: u32| (0..place).filter(|&below| mask & (1 << below) == 0).count();
    arrangements
        .map(|mask| (0..places).filter(|place| mask & (1 << place) != 0).map(|place| second_below(mask, place)).sum())
        .collect()
}

#[test]
fn the_ranks_are_one_above_the_published_critical_values() {
    for &(first, from, values) in CRITICAL {
        for (second, &critical) in (from..).zip(values) {
            let (low, high, coverage) = rank_sum_ranks(first, second).expect("the table has a value");
            assert_eq!((low, high), (critical + 1, first * second - critical), "{first} and {second}");
            assert!((CONFIDENCE..1.0).contains(&coverage));
        }
    }
}

#[test]
fn sizes_without_a_critical_value_have_no_interval() {
    for (first, second) in [(0, 0), (0, 9), (1, 1), (1, 38), (2, 7), (3, 3), (3, 4)] {
        assert_eq!(rank_sum_ranks(first, second), None, "{first} and {second}");
        assert_eq!(rank_sum_ranks(second, first), None, "{second} and {first}");
    }
}

#[test]
fn the_approximation_is_close_to_the_exact_ranks() {
    for (first, second) in [(62, 62), (40, 60), (30, 90)] {
        let (exact, _, coverage) = rank_sum_ranks(first, second).unwrap();
        let (low, high, _) = approximately(first, second);
        assert!(coverage > CONFIDENCE, "the exact ranks");
        assert!(low <= exact && exact - low <= 1, "{low} is neither {exact} nor one below");
        assert_eq!(low + high, first * second + 1);
    }
    assert_eq!(arrangements(63, 63), None);
    assert_eq!(arrangements(1000, 1000), None);
    assert!(rank_sum_ranks(1000, 1000).is_some());
}

proptest! {
    #[test]
    fn the_distribution_is_that_of_all_arrangements(first in 1_u32..=7, second in 1_u32..=7) {
        let arranged = arranged(first, second);
        let (first, second) = (first as usize, second as usize);
        prop_assert_eq!(arrangements(first, second), Some(arranged.len() as u128));
        let counts = counts(first.min(second), first.max(second), first * second);
        for (u, &count) in counts.iter().enumerate() {
            prop_assert_eq!(count, arranged.iter().filter(|&&value| value == u).count() as u128, "U = {}", u);
        }
        if let Some((low, _, coverage)) = rank_sum_ranks(first, second) {
            let tail = |k: usize| arranged.iter().filter(|&&value| value < k).count() as f64 / arranged.len() as f64;
            prop_assert!((coverage - (1.0 - 2.0 * tail(low))).abs() < 1e-12);
            prop_assert!(1.0 - 2.0 * tail(low + 1) < CONFIDENCE, "the next narrower interval covers too little");
        }
    }
}
