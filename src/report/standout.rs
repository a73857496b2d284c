//! One plain sentence on what stands out among the engines, drawn from the figures.
//!
//! A difference counts if both intervals exist and don't overlap, and the ratio of the medians is at least
//! [`LEAST_RATIO`]; without intervals the ratio must be at least [`LEAST_RATIO_WITHOUT_INTERVALS`], and any difference that
//! intervals back comes first.

use super::block::{Block, blocks};
use super::readable::{format_count, format_ratio};
use crate::metric::Metric;
use crate::plan::CellKey;
use crate::stats::{Interval, Summary, WHOLE_MIX};
use crate::units::format_duration;

/// The least ratio of medians that is worth a sentence when their intervals are apart.
pub const LEAST_RATIO: f64 = 1.2;

/// The same where there are no intervals: fewer than 6 repeats, or too many of them failed.
pub const LEAST_RATIO_WITHOUT_INTERVALS: f64 = 2.0;

/// What is compared, the most telling first, and how a difference reads.
///
/// What happens to a task comes before what a request from outside notices.
const TIMES: [(Metric, Of, &str, &str); 6] = [
    (Metric::LatencyP99, Of::EachTask, "p99 latency", "higher"),
    (Metric::CancelMax, Of::EachTask, "greatest cancel time", "longer"),
    (Metric::CancelP50, Of::EachTask, "median cancel time", "longer"),
    (Metric::LagP99, Of::TheMix, "p99 lag", "higher"),
    (Metric::Makespan, Of::TheMix, "makespan", "longer"),
    (Metric::LatencyP50, Of::EachTask, "median latency", "higher"),
];

/// Counts of instances: whom a cancellation could not stop, whom it did.
const COUNTS: [(Metric, &str); 2] =
    [(Metric::Unstopped, "ran to their end despite their cancellation"), (Metric::Cancelled, "were cancelled")];

/// Of which rows a figure is compared.
#[derive(Clone, Copy)]
enum Of {
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

    /// Whether the difference is beyond the intervals, or great enough without them; a low value of 0 is no obstacle.
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

    /// What limits the finding, to stand behind it.
    fn reserve(&self) -> &'static str {
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
pub fn standout(summaries: &[Summary]) -> String {
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

/// Where an engine failed while another did not; in the cells that measure lag, if in no other.
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
    TIMES.iter().find_map(|&(metric, of, name, more)| {
        let contrasts = contrasts(blocks, metric, of).into_iter().filter(|c| c.low.1.median > 0.0);
        let contrast = most_telling(contrasts, Contrast::ratio)?;
        let (high, low) = contrast.engines();
        let whose = match of {
            Of::EachTask => format!(" of `{}`", contrast.high.0.task),
            Of::TheMix => String::new(),
        };
        let sentence = format!(
            "the {name}{whose} is {} {more} under {high} ({}) than under {low} ({}).{}",
            format_ratio(contrast.ratio()),
            format_duration(contrast.high.1.median),
            format_duration(contrast.low.1.median),
            contrast.reserve(),
        );
        Some(at(contrast.block, &sentence))
    })
}

fn counts(blocks: &[Block<'_>]) -> Option<String> {
    COUNTS.iter().find_map(|&(metric, what)| {
        let contrast = most_telling(contrasts(blocks, metric, Of::EachTask), Contrast::difference)?;
        let (high, low) = contrast.engines();
        let sentence = format!(
            "{} of `{}` {what} under {high}, {} under {low}.{}",
            format_count(contrast.high.1.median),
            contrast.high.0.task,
            format_count(contrast.low.1.median),
            contrast.reserve(),
        );
        Some(at(contrast.block, &sentence))
    })
}

/// Every pair of different engines whose figures differ enough.
fn contrasts<'a>(blocks: &'a [Block<'a>], metric: Metric, of: Of) -> Vec<Contrast<'a>> {
    let mut found = Vec::new();
    for block in blocks {
        let tasks = match of {
            Of::EachTask => block.tasks(),
            Of::TheMix => vec![WHOLE_MIX],
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

/// Whether two cells differ by their engine alone: an engine whose workers nobody chooses has no other number of them.
fn are_comparable(one: &CellKey, other: &CellKey) -> bool {
    let is_choice = one.engine.is_scalable() && other.engine.is_scalable();
    one.engine != other.engine && (!is_choice || one.workers == other.workers)
}

/// The greatest by a measure of those that intervals back; if none is backed, of all.
fn most_telling<'a>(
    contrasts: impl IntoIterator<Item = Contrast<'a>>,
    measure: impl Fn(&Contrast<'a>) -> f64,
) -> Option<Contrast<'a>> {
    let (backed, bare): (Vec<_>, Vec<_>) = contrasts.into_iter().partition(Contrast::is_backed);
    greatest(if backed.is_empty() { bare } else { backed }, measure)
}

/// The first of those that are greatest by a measure.
fn greatest<T>(all: impl IntoIterator<Item = T>, measure: impl Fn(&T) -> f64) -> Option<T> {
    all.into_iter().reduce(|best, next| if measure(&next) > measure(&best) { next } else { best })
}

/// The sentence with the place in front where there is a matrix.
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
