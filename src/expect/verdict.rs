//! From rounds to a verdict: invariants repeat by repeat, timings by the interval of the median over the rounds.
//!
//! It doesn't depend on where a round's values come from.

use std::cmp::Ordering;

use super::Verdict;
use super::arithmetic::{Value, order};
use super::gap::{Gap, MOST_LISTED, describe, in_repeats};
use crate::stats::median_ranks;
use taskmix_engine::scenario::{Comparison, Condition, Quantifier};

/// The fewest rounds that an interval needs, and so every timing.
pub const FEWEST_ROUNDS: u32 = 6;

/// One round of one point.
pub(super) struct Round {
    pub(super) repeat: u32,
    /// Both sides, as they are compared.
    pub(super) left: Option<Value>,
    pub(super) right: Option<Value>,
    /// Why it can't support the claim, if it can't. A round of an invariant may have values nevertheless.
    pub(super) gap: Option<Gap>,
}

impl Round {
    fn order(&self) -> Option<Ordering> {
        order(self.left?, self.right?)
    }
}

/// The rounds that are known and satisfy a comparison.
pub(super) fn satisfying(rounds: &[Round], comparison: Comparison) -> impl Iterator<Item = &Round> {
    let satisfies = move |round: &&Round| round.order().is_some_and(|order| comparison.holds(order));
    rounds.iter().filter(|round| round.gap.is_none()).filter(satisfies)
}

/// Exact: each repeat satisfies the comparison, violates it or is unknown.
pub(super) fn invariant(rounds: &[Round], condition: &Condition) -> (Verdict, String) {
    match condition.quantifier {
        Quantifier::EveryRepeat => in_every(rounds, condition.comparison),
        Quantifier::AnyRepeat => in_any(rounds, condition.comparison),
    }
}

/// One repeat that violates the comparison is enough to fail. To hold, every repeat must be known and satisfy it.
fn in_every(rounds: &[Round], comparison: Comparison) -> (Verdict, String) {
    let violated = |round: &&Round| round.order().is_some_and(|order| !comparison.holds(order));
    let violations: Vec<u32> = rounds.iter().filter(violated).map(|round| round.repeat).collect();
    if !violations.is_empty() {
        let not_in = in_repeats(&violations, rounds.len());
        return (
            Verdict::Fails,
            match satisfying(rounds, comparison).count() {
                0 if violations.len() == rounds.len() && rounds.len() > 1 => {
                    format!("so in none of {} repeats", rounds.len())
                }
                0 => format!("not so {not_in}"),
                _ if violations.len() > MOST_LISTED => format!("not so {not_in}"),
                so_in => format!("so in {so_in} of {} repeats, not {not_in}", rounds.len()),
            },
        );
    }
    match gaps(rounds) {
        gaps if gaps.is_empty() => (Verdict::Holds, String::new()),
        gaps => (Verdict::Inconclusive, describe(&gaps, rounds.len())),
    }
}

/// One repeat that is known and satisfies the comparison is enough to hold. To fail, every repeat must be known.
fn in_any(rounds: &[Round], comparison: Comparison) -> (Verdict, String) {
    if satisfying(rounds, comparison).next().is_some() {
        return (Verdict::Holds, String::new());
    }
    match gaps(rounds) {
        gaps if gaps.is_empty() => (Verdict::Fails, String::new()),
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
        let remedy = format!("{rounds_are} too few for an interval: run with `--repeats {FEWEST_ROUNDS}`");
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
