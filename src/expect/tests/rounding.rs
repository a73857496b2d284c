//! Equality: tolerant of the rounding of its operands, exact for counts.

use proptest::prelude::*;

use super::Verdict::{Fails, Holds};
use super::*;

/// The verdict on a claim in a world in which these figures of rayon have these values, in each of six rounds.
fn verdict(that: &str, values: &[(Metric, f64)]) -> Verdict {
    let value = |metric| values.iter().find(|(other, _)| *other == metric).map_or(1.0, |(_, value)| *value);
    World::new(that).each(&|_, metric| Some(value(metric))).verdict()
}

#[test]
fn a_difference_tolerates_the_rounding_of_its_operands() {
    let done = [(Metric::Done, 50.0)];
    for that in ["rayon.done / 10 - 4.9 == 0.1", "0.1 == rayon.done / 10 - 4.9", "rayon.done * 10% - 490% <= 0.1"] {
        assert_eq!(verdict(that, &done), Holds, "{that}");
    }
    assert_eq!(verdict("rayon.done / 10 - 4.9 == 0.10000001", &done), Fails);
    assert_eq!(verdict("rayon.done / 10 - 4.9 > 0.1", &done), Fails);
}

#[test]
fn means_tolerate_the_decimals_to_which_they_are_stored() {
    let that = "rayon.latency_mean - rayon.wait_mean == rayon.service_mean";
    let means = |latency: f64, wait: f64, service: f64| {
        let figures = [Metric::LatencyMean, Metric::WaitMean, Metric::ServiceMean];
        verdict(that, &figures.into_iter().zip([latency, wait, service]).collect::<Vec<_>>())
    };
    // Thirds: exactly, and as `samples.csv` has them.
    assert_eq!(means(2e9 + 1.0 / 3.0, 1e9 + 1.0 / 3.0, 1e9), Holds);
    assert_eq!(means(2_000_000_000.667, 1_000_000_000.333, 1_000_000_000.333), Holds);
    assert_eq!(means(2_000_000_000.67, 1_000_000_000.333, 1_000_000_000.333), Fails);
    // Percentiles are whole.
    let of_p50 = [(Metric::LatencyP50, 2e9 + 1.0), (Metric::WaitP50, 1e9), (Metric::ServiceP50, 1e9)];
    assert_eq!(verdict(&that.replace("mean", "p50"), &of_p50), Fails);
}

#[test]
fn counts_are_exact_however_large() {
    assert_eq!(verdict("rayon.done == 1000000", &[(Metric::Done, 1_000_001.0)]), Fails);
    let large = [(Metric::UnitsDone, 9e15 + 1.0), (Metric::Done, 9e15)];
    assert_eq!(verdict("rayon.units_done - rayon.done == 1", &large), Holds);
    assert_eq!(verdict("rayon.units_done - rayon.done == 0", &large), Fails);
    assert_eq!(verdict("(rayon.units_done - rayon.done) * 8 / 4 == 2", &large), Holds);
}

#[test]
fn a_divisor_that_may_be_zero_is_no_data() {
    let shares = [(Metric::CpuUtilisation, 0.000_04)];
    let said = World::new("rayon.cpu_utilisation / rayon.cpu_utilisation >= 0")
        .each(&|_, metric| Some(if metric == shares[0].0 { shares[0].1 } else { 1.0 }))
        .said();
    assert_eq!(said, (Verdict::Inconclusive, "a side is no number in every repeat".to_owned()));
}

proptest! {
    // Each case parses scenarios.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whole_numbers_compare_as_whole_numbers(a in 0_i64..1 << 40, b in 0_i64..1 << 40, c in 0_i64..2048, near in -1_i64..=1) {
        let sum = a * c - b + c;
        let claimed = sum + near;
        let right = if claimed < 0 { format!("0 - {}", -claimed) } else { claimed.to_string() };
        let that = format!("rayon.units_done * {c} - rayon.done + {c} == {right}");
        let counts = [(Metric::UnitsDone, a as f64), (Metric::Done, b as f64)];
        prop_assert_eq!(verdict(&that, &counts), if near == 0 { Holds } else { Fails }, "{}", that);
    }

    #[test]
    fn decimals_that_are_equal_on_paper_are_equal(a in 1_u32..1_000_000, b in 1_u32..1_000_000, c in 1_u32..1_000) {
        // (a / 1000 + b / 100) × c, as decimals and as one fraction.
        let decimal = |thousandths: u64| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        let (a, b, c) = (u64::from(a), u64::from(b), u64::from(c));
        let all = decimal((a + 10 * b) * c);
        let terms = format!("({} + rayon.done / 100) * {c}", decimal(a));
        let counts = [(Metric::Done, b as f64)];
        for that in [format!("{terms} == {all}"), format!("{terms} - {all} == 0"), format!("{all} - {terms} >= 0")] {
            prop_assert_eq!(verdict(&that, &counts), Holds, "{}", that);
        }
        let above = decimal((a + 10 * b) * c + 1);
        prop_assert_eq!(verdict(&format!("{terms} == {above}"), &counts), Fails, "{} == {}", terms, above);
    }
}
