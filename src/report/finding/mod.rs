//! One plain sentence on what a run shows, derived from its figures: what differs between engines, or between points of the
//! matrix for one engine.
//!
//! In this order: cells that failed; shares of instances with another outcome; two figures that a claim of the scenario compares; a
//! figure that a claim names, of engines or points; any other figure of [`TIMES`]. Among the figures of one kind the contrast with
//! the most [evidence](Contrast::evidence) is taken; one whose ratio is known to threefold precedes the others, of which only the
//! least ratio is told. A contrast counts if its intervals don't overlap and the ratio of the medians is at least [`LEAST_RATIO`].
//! Without intervals the ratio must be at least [`LEAST_RATIO_WITHOUT_INTERVALS`]; a contrast that intervals back precedes any of
//! these.

mod claimed;
mod contrast;
mod outcomes;
mod wording;

pub use contrast::{LEAST_RATIO, LEAST_RATIO_WITHOUT_INTERVALS};

use self::contrast::{Contrast, Rows, greatest};
use crate::stats::{Summary, WHOLE_MIX};
use taskmix_engine::metric::Metric;
use taskmix_engine::scenario::{Measure, Scenario};

/// The figures that are compared if no claim names one: of each task, or of the whole mix.
const TIMES: [(Metric, Scope); 6] = [
    (Metric::LatencyP99, Scope::EachTask),
    (Metric::CancelMax, Scope::EachTask),
    (Metric::CancelP50, Scope::EachTask),
    (Metric::LagP99, Scope::TheMix),
    (Metric::Makespan, Scope::TheMix),
    (Metric::LatencyP50, Scope::EachTask),
];

/// The rows in which a figure is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    EachTask,
    TheMix,
}

/// The sentence. Without `scenario`, whose text may not be readable, no claim is known.
pub fn finding(summaries: &[Summary], scenario: Option<&Scenario>) -> String {
    let rows = Rows::new(summaries);
    let told = outcomes::failures(&rows).or_else(|| outcomes::shares(&rows, scenario)).or_else(|| {
        let claimed = scenario.map(|scenario| claimed::claimed(&rows, scenario)).unwrap_or_default();
        let named = scenario.map(|scenario| claimed::named(&rows, scenario)).unwrap_or_default();
        let lists = [claimed, named, times(&rows)];
        best(&lists, true).or_else(|| best(&lists, false)).map(|contrast| contrast.sentence(&rows))
    });
    told.unwrap_or_else(|| nothing(summaries, &rows))
}

fn nothing(summaries: &[Summary], rows: &Rows<'_>) -> String {
    let first = summaries.first().map(|summary| summary.key.engine);
    if rows.blocks.len() < 2 && summaries.iter().all(|summary| Some(summary.key.engine) == first) {
        return "Only one engine ran: there is nothing to compare.".to_owned();
    }
    if summaries.iter().all(|summary| summary.ok == 0) {
        return "No cell ended well: there is nothing to compare.".to_owned();
    }
    format!(
        "No engine stands out: in no figure of latency, lag, makespan or cancellation are two engines, or two points of \
         one, apart by more than their intervals and {LEAST_RATIO} × (where these are wide or missing, \
         {LEAST_RATIO_WITHOUT_INTERVALS} ×)."
    )
}

/// Every contrast of the figures of [`TIMES`].
fn times<'a>(rows: &Rows<'a>) -> Vec<Contrast<'a>> {
    let of_pair = |(high, low): (&'a Summary, &'a Summary)| {
        let is_mix = high.task == WHOLE_MIX;
        let metrics = TIMES.into_iter().filter(move |(_, scope)| (*scope == Scope::TheMix) == is_mix);
        metrics.filter_map(move |(metric, _)| Contrast::of(&Measure::Instances(metric), high, low))
    };
    rows.pairs().into_iter().flat_map(of_pair).collect()
}

/// The contrast with the most evidence of the first list that has one, with intervals or without. Lag, which only a request from
/// outside notices, comes after the other figures of its list.
fn best<'a, 'b>(lists: &'b [Vec<Contrast<'a>>], backed: bool) -> Option<&'b Contrast<'a>> {
    lists.iter().find_map(|list| {
        let best = |narrow: bool| {
            let is_meant = |contrast: &&Contrast<'a>| contrast.is_backed() == backed && contrast.is_narrow() == narrow;
            let meant = list.iter().filter(is_meant);
            let (lag, of_tasks): (Vec<_>, Vec<_>) = meant.partition(|contrast| contrast.measure.is_of_the_probe());
            greatest(if of_tasks.is_empty() { lag } else { of_tasks }, |contrast| contrast.evidence())
        };
        best(true).or_else(|| best(false))
    })
}

#[cfg(test)]
mod tests;
