//! Reasons to doubt the figures of a run: warnings of one line, each with its remedy.
//!
//! They are derived from the samples and the run's facts, so a run that is read back has the warnings that it ended with.
//! This module must not know where the lines are shown.

mod ran_out;
mod speed;
mod traced;

pub use ran_out::ran_out;
pub use speed::{speed_changed, unquiet};

use super::readable::{figure_text, percent};
use super::{cell_text, setting_text};
use crate::stats::{KnownPrecision, Sample, Unsteadiness, Unsteady, WHOLE_MIX, unsteady};
use taskmix_engine::metric::Metric;

/// A warning names at most so many things of one kind, then the number of the others.
const MOST_NAMED: usize = 2;

/// The doubts that follow from the samples: a trace, disturbed cells, outliers, trends. `retries` is how often a disturbed
/// cell could be measured again.
pub fn caveats(samples: &[Sample], retries: u32) -> Vec<String> {
    let found = unsteady(samples);
    let (outliers, drifts): (Vec<&Unsteady>, Vec<&Unsteady>) =
        found.iter().partition(|found| matches!(found.kind, Unsteadiness::Outlier { .. }));
    let texts = |found: &[&Unsteady]| found.iter().map(|found| unsteady_text(found)).collect::<Vec<_>>();
    let mut caveats = traced::traced(samples);
    caveats.extend(disturbances(samples, retries));
    if !outliers.is_empty() {
        caveats.push(format!(
            "repeats far from the others: {}; see whether something else ran, or take more repeats",
            some_of(&texts(&outliers))
        ));
    }
    if !drifts.is_empty() {
        caveats.push(format!(
            "repeats that rise or fall from round to round: {}; let the machine cool down or settle, and run again",
            some_of(&texts(&drifts))
        ));
    }
    caveats
}

/// The rows of the whole mixes of cells during which the machine was disturbed.
pub fn disturbed(samples: &[Sample]) -> impl Iterator<Item = &Sample> {
    whole_mixes(samples).filter(|sample| sample.is_disturbed())
}

/// The rows of the whole mixes of cells that did not end well.
pub fn failed(samples: &[Sample]) -> impl Iterator<Item = &Sample> {
    whole_mixes(samples).filter(|sample| sample.exit.as_deref() != Some("ok"))
}

/// One row of each cell, in the order in which the cells ended.
pub fn whole_mixes(samples: &[Sample]) -> impl Iterator<Item = &Sample> {
    samples.iter().filter(|sample| sample.task == WHOLE_MIX)
}

fn disturbances(samples: &[Sample], retries: u32) -> Option<String> {
    let disturbed: Vec<String> = disturbed(samples).map(|sample| cell_text(&sample.key)).collect();
    let remedy = if retries == 0 { "`--retry-disturbed 2` measures such cells again" } else { "make it quieter" };
    (!disturbed.is_empty()).then(|| {
        format!(
            "the machine was disturbed during {} of {} cells (`disturbed_by` in samples.csv says how, report.html lists them all): {}; {remedy}",
            disturbed.len(),
            whole_mixes(samples).count(),
            some_of(&disturbed)
        )
    })
}

/// The warning if `repeats = "auto"` has spent its budget, after so many rounds and short of the share `within`. `known` is
/// the least precise figure, if any cell ended well.
pub fn budget_spent(known: Option<&KnownPrecision>, within: f64, rounds: u32) -> String {
    let rest = match known {
        Some(known) if known.within.is_finite() => {
            format!("{} is known to ± {} only, not ± {}", precision_text(known), percent(known.within), percent(within))
        }
        Some(known) => format!("{} has no interval yet", precision_text(known)),
        None => "no cell ended well".to_owned(),
    };
    format!("the budget was spent after {rounds} rounds: {rest}; raise `budget`, or accept a wider `within`")
}

/// A figure of a cell in words, such as `latency p99 of rayon, 2 workers`.
pub fn precision_text(known: &KnownPrecision) -> String {
    format!("{} of {}", in_words(known.metric), setting_text(&known.key))
}

fn unsteady_text(found: &Unsteady) -> String {
    let text = |value| figure_text(found.metric.kind(), value);
    let name = in_words(found.metric);
    match found.kind {
        Unsteadiness::Outlier { value, median } => {
            format!("{} ({name} {}, median {})", cell_text(&found.key), text(value), text(median))
        }
        Unsteadiness::Drift { from, to } => {
            format!("{} ({name} went from {} to {})", setting_text(&found.key), text(from), text(to))
        }
    }
}

fn in_words(metric: Metric) -> String {
    metric.name().replace('_', " ")
}

/// The first few, and how many more.
fn some_of(texts: &[String]) -> String {
    let named = texts[..texts.len().min(MOST_NAMED)].join(", ");
    match texts.len() - texts.len().min(MOST_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
