use proptest::prelude::*;

use super::*;

const COMPARISONS: [(&str, &str); 6] = [(">=", "<="), ("<=", ">="), (">", "<"), ("<", ">"), ("==", "=="), ("!=", "!=")];

/// A round: the lag of the left and of the right engine, if they have one.
type Lags = (Option<u16>, Option<u16>);

fn any_rounds() -> impl Strategy<Value = Vec<Lags>> {
    let value = || prop::option::weighted(0.97, 0_u16..6);
    prop::collection::vec((value(), value()), 0..14)
}

/// The judgement of `smol-local COMPARISON rayon` by this metric, with both sides scaled.
fn judge(rounds: &[Lags], comparison: &str, metric: &str, scale: f64) -> Judged {
    let that = format!("smol-local.{metric}[hold=1ms] {comparison} rayon.{metric}[hold=1ms]");
    sides(rounds, &that, scale)
}

fn sides(rounds: &[Lags], that: &str, scale: f64) -> Judged {
    let mut world = World::bare("workers = 2", that);
    world.settings.retain(|key| hold(key) < 2.0);
    let world = world.rounds(rounds.len() as u32, &|key, _| {
        let (left, right) = rounds[key.repeat as usize - 1];
        let value = if key.engine == EngineName::SmolLocal { left } else { right };
        value.map(|value| f64::from(value) * scale)
    });
    world.judged()
}

proptest! {
    // Each case parses one or more scenarios.
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn sides_may_be_swapped_with_their_comparison(rounds in any_rounds(), which in 0_usize..6, exact: bool) {
        let (one, other) = COMPARISONS[which];
        let metric = if exact { "done" } else { "lag_p99" };
        let straight = judge(&rounds, one, metric, 1.0);
        let swapped = format!("rayon.{metric}[hold=1ms] {other} smol-local.{metric}[hold=1ms]");
        let swapped = sides(&rounds, &swapped, 1.0);
        prop_assert_eq!(straight.verdict, swapped.verdict);
        prop_assert_eq!(straight.points[0].left, swapped.points[0].right);
    }

    #[test]
    fn a_scale_of_both_sides_changes_no_verdict(rounds in any_rounds(), which in 0_usize..6, scale in 1_u32..1_000_000) {
        let (comparison, _) = COMPARISONS[which];
        let one = judge(&rounds, comparison, "lag_p99", 1.0);
        let scaled = judge(&rounds, comparison, "lag_p99", f64::from(scale));
        prop_assert_eq!(one.verdict, scaled.verdict);
        let factored = format!("7 * smol-local.lag_p99[hold=1ms] {comparison} rayon.lag_p99[hold=1ms] * 7");
        prop_assert_eq!(one.verdict, sides(&rounds, &factored, 1.0).verdict);
    }

    #[test]
    fn one_round_fewer_never_reverses_a_verdict(rounds in any_rounds(), which in 0_usize..6, removed in 0_usize..14) {
        let (comparison, _) = COMPARISONS[which];
        prop_assume!(removed < rounds.len());
        let before = judge(&rounds, comparison, "lag_p99", 1.0).verdict;
        let mut fewer = rounds.clone();
        fewer.remove(removed);
        let after = judge(&fewer, comparison, "lag_p99", 1.0).verdict;
        prop_assert!(before == after || before == Verdict::Inconclusive || after == Verdict::Inconclusive);
    }

    #[test]
    fn a_verdict_agrees_with_the_interval_of_the_ratio(rounds in any_rounds(), at_least: bool) {
        let comparison = if at_least { ">=" } else { "<" };
        let judged = judge(&rounds, comparison, "lag_p99", 1.0);
        let point = &judged.points[0];
        let Some((low, high)) = point.ratio.and_then(|ratio| ratio.bounds) else { return Ok(()) };
        let above = if at_least { Verdict::Holds } else { Verdict::Fails };
        let below = if at_least { Verdict::Fails } else { Verdict::Holds };
        let expected = if low >= 1.0 { above } else if high < 1.0 { below } else { Verdict::Inconclusive };
        prop_assert_eq!(point.verdict, expected, "{} to {}", low, high);
    }

    #[test]
    fn a_round_without_data_never_decides_a_verdict(rounds in any_rounds(), which in 0_usize..6, lost in 0_usize..14) {
        let (comparison, _) = COMPARISONS[which];
        prop_assume!(lost < rounds.len());
        for metric in ["done", "lag_p99"] {
            let before = judge(&rounds, comparison, metric, 1.0).verdict;
            let mut holey = rounds.clone();
            holey[lost].1 = None;
            let after = judge(&holey, comparison, metric, 1.0).verdict;
            prop_assert!(after == before || after == Verdict::Inconclusive, "{metric}: {before:?}, {after:?}");
        }
    }
}
