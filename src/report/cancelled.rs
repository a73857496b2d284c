//! The cancelled instances that percentiles of latency leave out, in words.

use super::block::blocks;
use super::readable::{percent, point_text};
use crate::stats::{Summary, WHOLE_MIX};
use taskmix_engine::metric::Metric;

/// What latency leaves out: for each task with cancelled instances and a latency, the largest share of them, and where it was. To
/// follow the word "latency"; `None` without such a task.
pub(super) fn cancelled_shares(summaries: &[Summary]) -> Option<String> {
    let mut worst: Vec<(&Summary, f64)> = Vec::new();
    for summary in summaries.iter().filter(|summary| summary.task != WHOLE_MIX && has_latency(summary)) {
        let share = share(summary);
        match worst.iter_mut().find(|(other, _)| other.task == summary.task) {
            Some(known) if known.1 < share => *known = (summary, share),
            Some(_) => {}
            None => worst.push((summary, share)),
        }
    }
    let blocks = blocks(summaries);
    let text = |(summary, share): &(&Summary, f64)| {
        let block = blocks.iter().find(|block| block.rows()[0].key.params == summary.key.params);
        let engine = block.map_or_else(|| summary.key.engine.to_string(), |block| block.engine(summary));
        let point = point_text(&summary.key.params);
        let at = if point.is_empty() { String::new() } else { format!(" at {point}") };
        format!("{} of `{}` under {engine}{at}", percent(*share), summary.task)
    };
    let texts: Vec<String> = worst.iter().filter(|(_, share)| *share > 0.0).map(text).collect();
    (!texts.is_empty()).then(|| format!("leaves out cancelled instances: up to {}.", texts.join("; ")))
}

fn has_latency(summary: &Summary) -> bool {
    summary.figures.get(Metric::LatencyP50).is_some()
}

/// The share of the released instances that were cancelled.
fn share(summary: &Summary) -> f64 {
    let count = |metric| summary.figures.get(metric).map_or(0.0, |count| count.median);
    let released = count(Metric::Released);
    if released > 0.0 { count(Metric::Cancelled) / released } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{MS, SummaryBuilder};
    use taskmix_engine::scenario::EngineName::{Rayon, SmolLocal};

    #[test]
    fn the_largest_share_of_each_task_is_named_with_its_place() {
        let row = |engine, task, ms, cancelled| {
            let row = SummaryBuilder::task(engine, task).hold_ms(ms).bare(Metric::Released, 100.0);
            row.bare(Metric::Cancelled, cancelled).bare(Metric::LatencyP50, MS)
        };
        let all =
            [row(Rayon, "a", 1, 29.0), row(SmolLocal, "a", 20, 71.0), row(Rayon, "b", 1, 5.0), row(Rayon, "c", 1, 0.0)];
        let all = all.map(SummaryBuilder::summary);
        assert_eq!(
            cancelled_shares(&all).as_deref(),
            Some(
                "leaves out cancelled instances: up to 71 % of `a` under smol-local at hold = 20ms; \
                 5 % of `b` under rayon at hold = 1ms."
            )
        );
        assert_eq!(cancelled_shares(&all[3..]), None);
    }

    #[test]
    fn a_task_without_a_latency_leaves_nothing_out_of_it() {
        let row = SummaryBuilder::task(Rayon, "a").bare(Metric::Released, 100.0).bare(Metric::Cancelled, 100.0);
        assert_eq!(cancelled_shares(&[row.summary()]), None);
    }
}
