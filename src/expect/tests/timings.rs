use super::Verdict::{Fails, Holds, Inconclusive};
use super::*;
use crate::stats::Interval;

const SLOWER: &str = "smol-local.lag_p99[hold=20ms] >= 3 * rayon.lag_p99[hold=20ms]";

/// A world in which smol-local has these lags, one in each round, and every other engine has 1.
fn lags(that: &str, values: &[f64]) -> World {
    World::new(that).rounds(values.len() as u32, &|key, _| {
        let slow = key.engine == EngineName::SmolLocal;
        Some(if slow { values[key.repeat as usize - 1] } else { 1.0 })
    })
}

fn lost(key: &CellKey, rounds: &[u32]) -> bool {
    key.engine == EngineName::SmolLocal && rounds.contains(&key.repeat)
}

#[test]
fn six_rounds_must_all_be_on_one_side() {
    assert_eq!(lags(SLOWER, &[3.0, 4.0, 5.0, 4.0, 3.5, 9.0]).said(), said(Holds, ""));
    assert_eq!(lags(SLOWER, &[2.9, 1.0, 2.0, 2.5, 2.9, 2.0]).said(), said(Fails, ""));
    let torn = lags(SLOWER, &[2.9, 4.0, 5.0, 4.0, 3.5, 9.0]).said();
    assert_eq!(torn, said(Inconclusive, "its interval lies on both sides of the claim: more repeats narrow it"));
}

#[test]
fn one_of_ten_rounds_may_be_on_the_other_side() {
    let verdict = |wrong: usize| lags(SLOWER, &[vec![1.0; wrong], vec![4.0; 10 - wrong]].concat()).verdict();
    assert_eq!(
        [0, 1, 2, 5, 8, 9, 10].map(verdict),
        [Holds, Holds, Inconclusive, Inconclusive, Inconclusive, Fails, Fails]
    );
}

#[test]
fn strict_comparisons_fail_at_the_bound() {
    for (comparison, at_the_bound) in
        [(">=", Holds), ("<=", Holds), (">", Fails), ("<", Fails), ("==", Holds), ("!=", Fails)]
    {
        let that = SLOWER.replace(">=", comparison);
        assert_eq!(lags(&that, &[3.0; 6]).verdict(), at_the_bound, "{that}");
    }
}

#[test]
fn an_equality_of_timings_holds_only_if_every_round_is_equal() {
    let equal = SLOWER.replace(">=", "==");
    let unequal = SLOWER.replace(">=", "!=");
    for (lag, is_equal, is_unequal) in [
        ([3.0, 3.0, 3.0, 3.0, 3.0, 3.1], Inconclusive, Inconclusive),
        ([3.1, 3.1, 3.2, 3.1, 3.1, 3.1], Fails, Holds),
        ([2.9, 3.1, 3.2, 3.1, 3.1, 3.1], Inconclusive, Inconclusive),
        ([2.9, 2.8, 2.9, 2.1, 2.1, 2.1], Fails, Holds),
    ] {
        assert_eq!(lags(&equal, &lag).verdict(), is_equal, "{lag:?}");
        assert_eq!(lags(&unequal, &lag).verdict(), is_unequal, "{lag:?}");
    }
    let nine_of_ten = [vec![3.0; 9], vec![3.1]].concat();
    assert_eq!([&equal, &unequal].map(|that| lags(that, &nine_of_ten).verdict()), [Inconclusive; 2]);
}

#[test]
fn fewer_than_six_rounds_are_inconclusive_and_the_reason_names_the_number() {
    for rounds in 1..=5 {
        let (verdict, reason) = lags(SLOWER, &vec![100.0; rounds]).said();
        assert_eq!(verdict, Inconclusive);
        assert!(reason.ends_with("too few for an interval: run with `--repeats 6`"), "{reason}");
        let world = lags(SLOWER, &vec![100.0; rounds]).judged();
        assert_eq!(world.points[0].ratio, Some(Interval { median: 100.0, bounds: None }));
    }
    assert_eq!(lags(SLOWER, &[9.0]).said().1, "1 round is too few for an interval: run with `--repeats 6`");
}

#[test]
fn a_failed_cell_counts_against_both_verdicts() {
    let world = |lag: f64, rounds: usize, failed: &[u32]| {
        lags(SLOWER, &vec![lag; rounds]).ended("signal SIGABRT", |key| hold(key) > 2.0 && lost(key, failed))
    };
    for (lag, clear) in [(9.0, Holds), (1.0, Fails)] {
        assert_eq!(world(lag, 6, &[]).verdict(), clear);
        let reason = "smol-local with a probe at hold=20ms failed (signal SIGABRT) in repeat 4";
        assert_eq!(world(lag, 6, &[4]).said(), said(Inconclusive, reason));
        assert_eq!(world(lag, 10, &[4]).verdict(), clear, "one of ten may be missing");
        let reason = "smol-local with a probe at hold=20ms failed (signal SIGABRT) in repeats 2, 4";
        assert_eq!(world(lag, 10, &[2, 4]).said(), said(Inconclusive, reason));
        let late = lags(SLOWER, &[lag; 6]).ended("timeout", |key| hold(key) > 2.0 && lost(key, &[4]));
        assert_eq!(
            late.said(),
            said(Inconclusive, "smol-local with a probe at hold=20ms failed (timeout) in repeat 4")
        );
    }
    let reason = "smol-local with a probe at hold=20ms failed (signal SIGABRT) in every repeat";
    assert_eq!(world(9.0, 3, &[1, 2, 3]).said(), said(Inconclusive, reason));
    assert_eq!(
        lags(SLOWER, &[9.0; 6]).ended("timeout", |key| hold(key) < 2.0).verdict(),
        Holds,
        "a cell that is not needed may fail"
    );
}

#[test]
fn a_missing_figure_counts_against_both_verdicts() {
    let world = |lag: f64, rounds: u32| {
        World::new(SLOWER).rounds(rounds, &|key, _| {
            if key.engine == EngineName::SmolLocal { (key.repeat != 3).then_some(lag) } else { Some(1.0) }
        })
    };
    let reason = "`smol-local.lag_p99[hold=20ms]` is empty in repeat 3";
    assert_eq!(world(9.0, 6).said(), said(Inconclusive, reason));
    assert_eq!(world(1.0, 6).said(), said(Inconclusive, reason));
    assert_eq!([world(9.0, 10).verdict(), world(1.0, 10).verdict()], [Holds, Fails]);
    let nothing = World::new(SLOWER).each(&|_, _| None);
    let reason = "`smol-local.lag_p99[hold=20ms]` is empty in every repeat";
    assert_eq!(nothing.said(), said(Inconclusive, reason), "no data is never a pass");
}

#[test]
fn a_division_by_zero_is_no_data() {
    let that = "rayon.latency_p50 / rayon.lag_p50 != 2";
    let world = World::new(that).each(&|_, metric| Some(if metric == Metric::LagP50 { 0.0 } else { 1.0 }));
    assert_eq!(world.said(), said(Inconclusive, "a side is no number in every repeat"));
}

#[test]
fn an_incomplete_last_round_does_not_count_and_an_earlier_one_does() {
    let cut = |rounds: usize, repeat: u32| lags(SLOWER, &vec![9.0; rounds]).without(|key| lost(key, &[repeat]));
    assert_eq!(cut(7, 7).verdict(), Holds);
    assert_eq!(cut(7, 7).judged().points[0].rounds, 6);
    assert_eq!(
        cut(7, 3).said(),
        said(Inconclusive, "smol-local with a probe at hold=20ms was not measured in repeat 3")
    );
    let none = cut(1, 1);
    assert_eq!(none.said(), said(Inconclusive, "no round of it was measured"));
    let empty = World::new(SLOWER).without(|_| true);
    assert_eq!(empty.said(), said(Inconclusive, "no round of it was measured"));
}

#[test]
fn sides_are_compared_within_each_round() {
    // Both sides drift together: their medians overlap widely, the ratios don't.
    let world = World::new(SLOWER).each(&|key, _| {
        let slow = if key.engine == EngineName::SmolLocal { 3.5 } else { 1.0 };
        Some(slow * f64::from(key.repeat).exp())
    });
    assert_eq!(world.verdict(), Holds);
    let point = &world.judged().points[0];
    let right = point.right.unwrap().bounds.unwrap();
    assert!(point.left.unwrap().bounds.unwrap().0 < right.1);
    let (low, high) = point.ratio.unwrap().bounds.unwrap();
    assert!((low - 3.5).abs() < 1e-9 && (high - 3.5).abs() < 1e-9, "{low} {high}");
}

#[test]
fn sides_are_reported_in_their_own_unit_and_a_constant_has_no_interval() {
    let sides = |that: &str, value: f64| {
        let judged = World::new(that).each(&|_, _| Some(value)).judged();
        assert_eq!(judged.verdict, Holds, "{that}");
        let point = judged.worst().unwrap().clone();
        let median = |side: Option<Interval>| side.unwrap().median;
        (median(point.left), median(point.right), judged.unit.column(), judged.unit, point)
    };
    for (that, value, left, right, column) in [
        ("rayon.lag_p99 <= 20ms", 5e6, 5e6, 20e6, "ns"),
        ("rayon.throughput >= 900", 1000.0, 1000.0, 900.0, "per_s"),
        ("900 / 1s <= rayon.throughput", 1000.0, 900.0, 1000.0, "per_s"),
        ("rayon.peak_rss <= 64KiB", 65536.0, 65536.0, 65536.0, "bytes"),
        ("rayon.lag_p99 / 2 <= rayon.lag_p50", 10.0, 10.0, 10.0, "ns"),
        ("rayon.lag_p99 <= 3 * rayon.lag_p50", 10.0, 10.0, 10.0, "ns"),
        ("rayon.done / rayon.makespan >= 999_999_999", 7.0, 1e9, 999_999_999.0, "per_s"),
        ("rayon.done / rayon.throughput <= 2s", 7.0, 1e9, 2e9, "ns"),
        ("rayon.lag_p50 * rayon.lag_p50 <= 1s * 1s", 1e6, 1e-6, 1.0, "s^2"),
        ("rayon.peak_rss / rayon.makespan >= 1KiB / 1s", 1024.0, 1e9, 1024.0, "bytes^1 s^-1"),
        ("rayon.voluntary_switches == 7", 7.0, 7.0, 7.0, ""),
    ] {
        let found = sides(that, value);
        let near = |one: f64, other: f64| (one / other - 1.0).abs() < 1e-12;
        assert!(near(found.0, left) && near(found.1, right), "{that}: {found:?}");
        assert_eq!(found.2, column, "{that}");
    }
    let (.., unit, point) = sides("rayon.cpu_utilisation <= 105%", 1.0);
    assert_eq!(unit, Unit::Share);
    assert_eq!(point.left, Some(Interval { median: 1.0, bounds: Some((1.0, 1.0)) }));
    assert_eq!(point.right, Some(Interval { median: 1.05, bounds: None }));
    let (.., unit, _) = sides("rayon.cpu_utilisation / smol-local.cpu_utilisation == 1", 0.5);
    assert_eq!(unit, Unit::Number, "a quotient of shares is no share");
}

#[test]
fn there_is_a_ratio_only_if_both_sides_are_above_zero() {
    let judged = |value: f64| World::new("rayon.lag_p99 >= 2 * rayon.lag_p50").each(&|_, _| Some(value)).judged();
    let one = Interval { median: 1.0, bounds: Some((1.0, 1.0)) };
    assert_eq!((judged(3.0).points[0].ratio, judged(3.0).claimed_ratio()), (Some(one), 2.0), "without the factor");
    let nothing = judged(0.0);
    assert_eq!((nothing.verdict, nothing.points[0].ratio), (Holds, None), "0 >= 2 × 0, by the difference");
}

#[test]
fn a_round_without_data_widens_the_interval_of_the_ratio_at_both_ends() {
    let ratio = |lost: &[u32]| {
        let rising: Vec<f64> = (1..=10).map(|round| 3.0 * f64::from(round)).collect();
        let world = lags(SLOWER, &rising).ended("timeout", |key| lost.contains(&key.repeat));
        world.judged().points[0].ratio
    };
    assert_eq!(ratio(&[]), Some(Interval { median: 16.5, bounds: Some((6.0, 27.0)) }));
    // Without the fifth round: from the least to the greatest of the other nine.
    assert_eq!(ratio(&[5]), Some(Interval { median: 15.0, bounds: Some((3.0, 30.0)) }));
    assert_eq!(ratio(&[4, 5]), Some(Interval { median: 13.5, bounds: None }));
}

#[test]
fn constant_factors_are_separated_from_their_side() {
    for (that, factors) in [
        ("rayon.lag_p99 >= 3 * rayon.lag_p50", (1.0, 3.0)),
        ("2 * (rayon.lag_p99 * 3) >= rayon.lag_p50 / 4", (6.0, 0.25)),
        ("rayon.lag_p99 >= 3 * 20ms", (1.0, 1.0)),
        ("rayon.lag_p99 >= 3 * rayon.lag_p50 + 1ms", (1.0, 1.0)),
        ("rayon.lag_p99 >= 0 * rayon.lag_p50", (1.0, 1.0)),
        ("rayon.lag_p99 / rayon.lag_p50 >= 3", (1.0, 1.0)),
        ("rayon.done / 1s >= 95% * rayon.throughput", (1.0, 0.95)),
    ] {
        assert_eq!(World::new(that).judged().factors, factors, "{that}");
    }
}
