//! Outcomes that differ: whole cells that failed, then the shares of instances that stalled, failed, were not stopped, or were
//! cancelled.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::super::block::Block;
use super::super::readable::percent;
use super::claimed::is_named;
use super::contrast::{LEAST_RATIO_WITHOUT_INTERVALS, Respect, Rows, ends, greatest, placed, reservation};
use crate::stats::{Interval, Summary, WHOLE_MIX};
use taskmix_engine::metric::Metric;
use taskmix_engine::scenario::Scenario;

/// Shares of instances that are less than so far apart are worth no sentence.
const LEAST_SHARE: f64 = 0.05;

/// The outcomes, the gravest first, with their words.
const OUTCOMES: [(Metric, &str); 4] = [
    (Metric::Stalled, "stalled"),
    (Metric::Failed, "failed"),
    (Metric::Unstopped, "ran to their end despite their cancellation"),
    (Metric::Cancelled, "were cancelled"),
];

/// An engine that failed where another did not, or at one point and not at another. Cells that measure lag count only if no other
/// cell failed so.
pub(super) fn failures(rows: &Rows<'_>) -> Option<String> {
    [false, true].into_iter().find_map(|probed| {
        let worst = rows.blocks.iter().filter_map(|block| of_engines(block, probed));
        let of_engines = greatest(worst, |(lost, _)| f64::from(*lost)).map(|(_, sentence)| sentence);
        of_engines.or_else(|| of_points(rows, probed))
    })
}

fn lost(row: &Summary) -> u32 {
    row.key.repeat - row.ok
}

fn with_probe(probed: bool) -> &'static str {
    if probed { " with a probe" } else { "" }
}

fn of_engines(block: &Block<'_>, probed: bool) -> Option<(u32, String)> {
    let rows = || block.of_mix().filter(|summary| summary.key.is_probed() == probed);
    let whole: Vec<String> = rows().filter(|row| lost(row) == 0).map(|row| block.engine(row)).collect();
    let worst = rows().filter(|row| lost(row) > 0).max_by_key(|row| lost(row))?;
    let alike: Vec<String> = rows().filter(|row| lost(row) == lost(worst)).map(|row| block.engine(row)).collect();
    let others: Vec<String> = rows()
        .filter(|row| lost(row) > 0 && lost(row) != lost(worst))
        .map(|row| format!(", {} in {}", block.engine(row), row.ok))
        .collect();
    let others = others.concat();
    let (engines, ok, repeats) = (listed(&alike), worst.ok, worst.key.repeat);
    let each = if alike.len() == 1 { "" } else { " each" };
    let how = with_probe(probed);
    let stalled = stalled(block, worst);
    let sentence = format!(
        "{engines} ended well in {ok} of {repeats} repeats{how}{each}{others}, {} in all.{stalled}",
        listed(&whole)
    );
    let title = block.title();
    let placed = if title.is_empty() { sentence } else { format!("At {title} {sentence}") };
    (!whole.is_empty()).then_some((lost(worst), placed))
}

/// The tasks of a failed cell whose instances stalled, as a sentence.
fn stalled(block: &Block<'_>, failed: &Summary) -> String {
    let has = |row: &&&Summary| row.figures.get(Metric::Stalled).is_some_and(|count| count.median > 0.0);
    let of_tasks = block.rows().iter().filter(|row| row.key == failed.key && row.task != WHOLE_MIX).filter(has);
    let names: Vec<String> = of_tasks.map(|row| format!("`{}`", row.task)).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(" Under {}, instances of {} stalled.", block.engine(failed), listed(&names))
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn of_points(rows: &Rows<'_>, probed: bool) -> Option<String> {
    let pairs = rows.pairs().into_iter().filter_map(|(bad, good)| {
        let respect = Respect::between(bad, good).filter(|respect| matches!(respect, Respect::Param(_)))?;
        let counts = bad.task == WHOLE_MIX && bad.key.is_probed() == probed && lost(bad) > 0 && lost(good) == 0;
        counts.then_some((bad, good, respect))
    });
    let (bad, good, respect) = greatest(pairs, |(bad, ..)| f64::from(lost(bad)))?;
    let (one, other) = ends(rows, &respect, bad, good);
    let (ok, repeats, how) = (bad.ok, bad.key.repeat, with_probe(probed));
    Some(placed(rows, &respect, bad, &format!("{ok} of {repeats} repeats{how} ended well {one}, all {other}")))
}

/// A share of the instances of a task that ended so.
struct Share<'a> {
    row: &'a Summary,
    share: Interval,
}

impl<'a> Share<'a> {
    fn of(row: &'a Summary, metric: Metric) -> Option<Self> {
        let released = row.figures.get(Metric::Released)?.median;
        let count = row.figures.get(metric)?;
        let bounds = count.bounds.map(|(low, high)| (low / released, high / released));
        (released > 0.0).then_some(Self { row, share: Interval { median: count.median / released, bounds } })
    }
}

/// Two shares of an outcome that differ, the higher first.
struct Difference<'a> {
    high: Share<'a>,
    low: Share<'a>,
    /// The outcome's place among the [`OUTCOMES`].
    place: usize,
    /// Whether a claim names that outcome of either row.
    is_named: bool,
}

impl Difference<'_> {
    /// Whether both shares have an interval.
    fn is_backed(&self) -> bool {
        self.high.share.bounds.is_some() && self.low.share.bounds.is_some()
    }

    /// Whether the intervals are apart, or without them the shares far apart, and the difference is worth a sentence.
    fn counts(&self) -> bool {
        let (high, low) = (self.high.share, self.low.share);
        let is_apart = match (high.bounds, low.bounds) {
            (Some((from, _)), Some((_, to))) => from > to,
            _ => high.median >= LEAST_RATIO_WITHOUT_INTERVALS * low.median,
        };
        is_apart && self.size() >= LEAST_SHARE
    }

    fn size(&self) -> f64 {
        self.high.share.median - self.low.share.median
    }

    fn sentence(&self, rows: &Rows<'_>) -> Option<String> {
        let (high, low) = (self.high.row, self.low.row);
        let respect = Respect::between(high, low)?;
        let (one, other) = ends(rows, &respect, high, low);
        let text = |share: f64| match share {
            0.0 => "none".to_owned(),
            1.0 => "all".to_owned(),
            share => percent(share),
        };
        let (high_text, low_text) = (text(self.high.share.median), text(self.low.share.median));
        let body = format!("{high_text} of `{}` {} {one}, {low_text} {other}", high.task, OUTCOMES[self.place].1);
        Some(format!("{}{}", placed(rows, &respect, high, &body), reservation(self.is_backed(), high, low)))
    }
}

/// The greatest difference between the shares of instances of a task that had an outcome, of two engines or two points. One that
/// intervals back precedes any other, then one that a claim names, then a graver outcome.
pub(super) fn shares(rows: &Rows<'_>, scenario: Option<&Scenario>) -> Option<String> {
    let background = background(scenario);
    let is_named = |metric, row| scenario.is_some_and(|scenario| is_named(scenario, metric, row));
    let mut found: Vec<Difference<'_>> = Vec::new();
    for (high, low) in rows.pairs().into_iter().filter(|(row, _)| row.task != WHOLE_MIX) {
        for (place, (metric, _)) in OUTCOMES.into_iter().enumerate() {
            let is_of_all = metric == Metric::Stalled || metric == Metric::Failed;
            let shares = Share::of(high, metric).zip(Share::of(low, metric));
            let shares = shares.filter(|_| is_of_all || !background.contains(high.task.as_str()));
            let difference = shares.map(|(high, low)| Difference { high, low, place, is_named: false });
            let named =
                |difference| Difference { is_named: is_named(metric, high) || is_named(metric, low), ..difference };
            found.extend(difference.filter(Difference::counts).map(named));
        }
    }
    let rank = |difference: &Difference<'_>| (difference.is_backed(), difference.is_named, Reverse(difference.place));
    let first = found.iter().map(rank).max()?;
    let all = found.iter().filter(|difference| rank(difference) == first);
    greatest(all, |difference| difference.size())?.sentence(rows)
}

/// The tasks in the background. They are cancelled when the foreground has ended: how many are depends on how long that took.
fn background(scenario: Option<&Scenario>) -> BTreeSet<&str> {
    let tasks = scenario.into_iter().flat_map(|scenario| &scenario.points).flat_map(|point| &point.tasks);
    tasks.filter(|task| task.background).map(|task| task.name.as_str()).collect()
}
