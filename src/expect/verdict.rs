//! From rounds to a verdict: invariants by every repeat, timings by the interval of the median over the rounds.
//!
//! It doesn't depend on where a round's values come from.

use std::cmp::Ordering;

use super::Verdict;
use super::arithmetic::order;
use super::gap::{Gap, describe, in_repeats};
use crate::stats::median_ranks;
use taskmix_engine::scenario::Comparison;

/// The fewest rounds that an interval needs.
const FEWEST: usize = 6;

/// One round of one point.
pub(super) struct Round {
    pub(super) repeat: u32,
    /// Both sides, as they are compared.
    pub(super) left: Option<f64>,
    pub(super) right: Option<f64>,
    /// Why it can't support the claim, if it can't. A round of an invariant may have values nevertheless.
    pub(super) gap: Option<Gap>,
}

impl Round {
    fn order(&self) -> Option<Ordering> {
        order(self.left?, self.right?)
    }
}

/// Exact: one repeat that violates the comparison is enough to fail. To hold, every repeat must be known and satisfy it.
pub(super) fn invariant(rounds: &[Round], comparison: Comparison) -> (Verdict, String) {
    let violated = |round: &&Round| round.order().is_some_and(|order| !comparison.holds(order));
    let violations: Vec<u32> = rounds.iter().filter(violated).map(|round| round.repeat).collect();
    if !violations.is_empty() {
        return (Verdict::Fails, format!("not so {}", in_repeats(&violations, rounds.len())));
    }
    match gaps(rounds) {
        gaps if gaps.is_empty() => (Verdict::Holds, String::new()),
        gaps => (Verdict::Inconclusive, describe(&gaps, rounds.len())),
    }
}

/// By the interval of the median of the rounds' ratios or differences. The interval lies wholly on one side of the claim if at
/// least as many rounds do as the rank of its far end. A round without data is on neither side.
pub(super) fn timing(rounds: &[Round], comparison: Comparison) -> (Verdict, String) {
    let gaps = gaps(rounds);
    let gaps_text = || describe(&gaps, rounds.len());
    if gaps.len() == rounds.len() {
        return (Verdict::Inconclusive, gaps_text());
    }
    let Some((_, needed, _)) = median_ranks(rounds.len()) else {
        let count = rounds.len();
        let rounds_are = if count == 1 { "1 round is".to_owned() } else { format!("{count} rounds are") };
        let remedy = format!("{rounds_are} too few for an interval: run with `--repeats {FEWEST}`");
        return (Verdict::Inconclusive, remedy);
    };
    let count = |is: fn(Ordering) -> bool| {
        rounds.iter().filter(|round| round.gap.is_none() && round.order().is_some_and(is)).count()
    };
    let apart = count(Ordering::is_lt).max(count(Ordering::is_gt));
    // How many rounds support the claim, and how many must to hold; how many contradict it, and how many must to fail.
    let (for_it, to_hold, against, to_fail) = match comparison {
        Comparison::AtLeast => (count(Ordering::is_ge), needed, count(Ordering::is_lt), needed),
        Comparison::AtMost => (count(Ordering::is_le), needed, count(Ordering::is_gt), needed),
        Comparison::Above => (count(Ordering::is_gt), needed, count(Ordering::is_le), needed),
        Comparison::Below => (count(Ordering::is_lt), needed, count(Ordering::is_ge), needed),
        Comparison::Equal => (count(Ordering::is_eq), rounds.len(), apart, needed),
        Comparison::Unequal => (apart, needed, count(Ordering::is_eq), rounds.len()),
    };
    if for_it >= to_hold {
        (Verdict::Holds, String::new())
    } else if against >= to_fail {
        (Verdict::Fails, String::new())
    } else if for_it + gaps.len() >= to_hold || against + gaps.len() >= to_fail {
        (Verdict::Inconclusive, gaps_text())
    } else {
        (Verdict::Inconclusive, "its interval lies on both sides of the claim: more repeats narrow it".to_owned())
    }
}

fn gaps(rounds: &[Round]) -> Vec<(u32, &Gap)> {
    rounds.iter().filter_map(|round| Some((round.repeat, round.gap.as_ref()?))).collect()
}
