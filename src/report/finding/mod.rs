//! One plain sentence on the greatest difference among the engines, derived from the figures.
//!
//! A difference counts if both intervals exist and don't overlap, and the ratio of the medians is at least
//! [`LEAST_RATIO`]. Without intervals the ratio must be at least [`LEAST_RATIO_WITHOUT_INTERVALS`]. A difference that intervals
//! back precedes any other.

use super::block::{Block, blocks};
use super::readable::{format_count, format_ratio};
use crate::stats::{Interval, Summary, WHOLE_MIX};
use taskmix_engine::metric::Metric;
use taskmix_engine::plan::CellKey;
use taskmix_engine::units::format_duration;

/// The least ratio of medians that is worth a sentence when their intervals are apart.
pub const LEAST_RATIO: f64 = 1.2;

/// The same where there are no intervals: fewer than 6 repeats, or too many of them failed.
pub const LEAST_RATIO_WITHOUT_INTERVALS: f64 = 2.0;

/// The figures that are compared, the most telling first, with the words for a difference.
///
/// Latency and cancellation of a task precede lag, which only a request from outside notices.
const TIMES: [(Metric, Scope, &str, &str); 6] = [
    (Metric::LatencyP99, Scope::EachTask, "p99 latency", "higher"),
    (Metric::CancelMax, Scope::EachTask, "greatest cancel time", "longer"),
    (Metric::CancelP50, Scope::EachTask, "median cancel time", "longer"),
    (Metric::LagP99, Scope::TheMix, "p99 lag", "higher"),
    (Metric::Makespan, Scope::TheMix, "makespan", "longer"),
    (Metric::LatencyP50, Scope::EachTask, "median latency", "higher"),
];

/// Counts of instances: the ones that a cancellation could not stop, then the cancelled ones.
const COUNTS: [(Metric, &str); 2] =
    [(Metric::Unstopped, "ran to their end despite their cancellation"), (Metric::Cancelled, "were cancelled")];

/// The rows in which a figure is compared.
#[derive(Clone, Copy)]
enum Scope {
    EachTask,
    TheMix,
}

/// Two engines' figures that differ.
struct Contrast<'a> {
    block: &'a Block<'a>,
    high: (&'a Summary, Interval),
    low: (&'a Summary, Interval),
}

impl Contrast<'_> {
    fn ratio(&self) -> f64 {
        self.high.1.median / self.low.1.median
    }

    fn difference(&self) -> f64 {
        self.high.1.median - self.low.1.median
    }

    /// Whether the difference is beyond the intervals, or great enough without them. The low value may be 0.
    fn counts(&self) -> bool {
        let (high, low) = (self.high.1, self.low.1);
        match (high.bounds, low.bounds) {
            (Some((from, _)), Some((_, to))) => from > to && high.median >= LEAST_RATIO * low.median,
            _ => high.median > 0.0 && high.median >= LEAST_RATIO_WITHOUT_INTERVALS * low.median,
        }
    }

    fn is_backed(&self) -> bool {
        self.high.1.bounds.is_some() && self.low.1.bounds.is_some()
    }

    /// The reservation that follows the finding, if no interval backs it.
    fn reservation(&self) -> &'static str {
        let enough = |summary: &Summary| summary.ok == summary.key.repeat && summary.ok >= 6;
        if self.is_backed() {
            ""
        } else if enough(self.high.0) && enough(self.low.0) {
            " No interval backs this: too few of the repeats have that figure."
        } else {
            " No interval backs this: that needs 6 repeats or more that ended well."
        }
    }

    fn engines(&self) -> (String, String) {
        (self.block.engine(self.high.0), self.block.engine(self.low.0))
    }
}

/// The sentence: failures first, then the greatest ratio of the first figure in which engines differ, then counts; or that
/// nothing stands out.
pub fn finding(summaries: &[Summary]) -> String {
    let blocks = blocks(summaries);
    let first = summaries.first().map(|summary| summary.key.engine);
    if summaries.iter().all(|summary| Some(summary.key.engine) == first) {
        return "Only one engine ran: there is nothing to compare.".to_owned();
    }
    failures(&blocks).or_else(|| times(&blocks)).or_else(|| counts(&blocks)).unwrap_or_else(|| {
        if summaries.iter().all(|summary| summary.ok == 0) {
            return "No cell ended well: there is nothing to compare.".to_owned();
        }
        format!(
            "No engine stands out: in no figure of latency, lag, makespan or cancellation are two engines apart by \
             more than their intervals and {LEAST_RATIO} × (without intervals, {LEAST_RATIO_WITHOUT_INTERVALS} ×)."
        )
    })
}

/// An engine that failed where another did not. Cells that measure lag count only if no other cell failed so.
fn failures(blocks: &[Block<'_>]) -> Option<String> {
    let lost = |summary: &&Summary| summary.key.repeat - summary.ok;
    let worst = |block: &Block<'_>, probed: bool| {
        let rows = || block.of_mix().filter(|summary| summary.key.is_probed() == probed);
        let whole: Vec<String> = rows().filter(|s| lost(s) == 0).map(|s| block.engine(s)).collect();
        let worst = rows().filter(|s| lost(s) > 0).max_by_key(lost)?;
        let (engine, ok, repeats) = (block.engine(worst), worst.ok, worst.key.repeat);
        let how = if probed { " with a probe" } else { "" };
        let sentence =
            format!("{engine} ended well in {ok} of {repeats} repeats{how}, {} in all.", whole.join(" and "));
        (!whole.is_empty()).then(|| (lost(&worst), at(block, &sentence)))
    };
    [false, true].into_iter().find_map(|probed| {
        let worst = blocks.iter().filter_map(|block| worst(block, probed));
        greatest(worst, |(lost, _)| f64::from(*lost)).map(|(_, sentence)| sentence)
    })
}

fn times(blocks: &[Block<'_>]) -> Option<String> {
    TIMES.iter().find_map(|&(metric, scope, name, more)| {
        let contrasts = contrasts(blocks, metric, scope).into_iter().filter(|c| c.low.1.median > 0.0);
        let contrast = most_telling(contrasts, Contrast::ratio)?;
        let (high, low) = contrast.engines();
        let whose = match scope {
            Scope::EachTask => format!(" of `{}`", contrast.high.0.task),
            Scope::TheMix => String::new(),
        };
        let sentence = format!(
            "the {name}{whose} is {} {more} under {high} ({}) than under {low} ({}).{}",
            format_ratio(contrast.ratio()),
            format_duration(contrast.high.1.median),
            format_duration(contrast.low.1.median),
            contrast.reservation(),
        );
        Some(at(contrast.block, &sentence))
    })
}

fn counts(blocks: &[Block<'_>]) -> Option<String> {
    COUNTS.iter().find_map(|&(metric, what)| {
        let contrast = most_telling(contrasts(blocks, metric, Scope::EachTask), Contrast::difference)?;
        let (high, low) = contrast.engines();
        let sentence = format!(
            "{} of `{}` {what} under {high}, {} under {low}.{}",
            format_count(contrast.high.1.median),
            contrast.high.0.task,
            format_count(contrast.low.1.median),
            contrast.reservation(),
        );
        Some(at(contrast.block, &sentence))
    })
}

/// Every pair of different engines whose figures differ enough.
fn contrasts<'a>(blocks: &'a [Block<'a>], metric: Metric, scope: Scope) -> Vec<Contrast<'a>> {
    let mut found = Vec::new();
    for block in blocks {
        let tasks = match scope {
            Scope::EachTask => block.tasks(),
            Scope::TheMix => vec![WHOLE_MIX],
        };
        for task in tasks {
            let rows: Vec<(&Summary, Interval)> =
                block.of_task(task).filter_map(|summary| Some((summary, summary.figures.get(metric)?))).collect();
            for &high in &rows {
                for &low in &rows {
                    let contrast = Contrast { block, high, low };
                    if are_comparable(&high.0.key, &low.0.key) && contrast.counts() {
                        found.push(contrast);
                    }
                }
            }
        }
    }
    found
}

/// Whether two cells differ by their engine alone. The numbers of workers must be equal if both engines are scalable.
fn are_comparable(one: &CellKey, other: &CellKey) -> bool {
    let is_choice = one.engine.is_scalable() && other.engine.is_scalable();
    one.engine != other.engine && (!is_choice || one.workers == other.workers)
}

/// The greatest contrast by a measure, among the ones that intervals back; if there are none, among all.
fn most_telling<'a>(
    contrasts: impl IntoIterator<Item = Contrast<'a>>,
    measure: impl Fn(&Contrast<'a>) -> f64,
) -> Option<Contrast<'a>> {
    let (backed, bare): (Vec<_>, Vec<_>) = contrasts.into_iter().partition(Contrast::is_backed);
    greatest(if backed.is_empty() { bare } else { backed }, measure)
}

/// The item that is greatest by a measure; of several, the first.
fn greatest<T>(all: impl IntoIterator<Item = T>, measure: impl Fn(&T) -> f64) -> Option<T> {
    all.into_iter().reduce(|best, next| if measure(&next) > measure(&best) { next } else { best })
}

/// The sentence, with the point in front where there is a matrix.
fn at(block: &Block<'_>, sentence: &str) -> String {
    let title = block.title();
    if title.is_empty() {
        let mut letters = sentence.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        // An engine's name keeps its small letter.
        if sentence.starts_with("the ") { first.into_iter().chain(letters).collect() } else { sentence.to_owned() }
    } else {
        format!("At {title} {sentence}")
    }
}

#[cfg(test)]
mod tests;
