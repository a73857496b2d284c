//! The rows of named steps, below their tasks.

use super::form::Form;
use super::{Layout, Row, format_count, time_cell, unbroken};
use crate::report::readable::format_interval;
use crate::stats::{StepSummary, Summary};
use taskmix_engine::metric::StepMetric;

/// What such rows show, for the legend.
pub(super) const LEGEND: &str =
    "Rows below a task: its named steps, latency from their start to their end; wait: for what they need.";

/// A row for each named step of a task, without the engine.
pub(super) fn rows(summary: &Summary, form: Form) -> Vec<Row> {
    summary.steps.iter().map(|step| row(step, form)).collect()
}

fn row(step: &StepSummary, Form { layout, cancels }: Form) -> Row {
    let time = |metric| time_cell(step.figures.get(metric), layout);
    let mut cells = vec![
        unbroken(&format!("  {}", step.step)),
        String::new(),
        time(StepMetric::TotalP50),
        time(StepMetric::TotalP99),
    ];
    // Without cancel times, lag, CPU time and memory.
    cells.resize(cells.len() + 3 + usize::from(cancels), String::new());
    cells.push(executions(step, layout).join(if layout == Layout::Wide { ", " } else { "\n" }));
    Row { cells, bad: false }
}

/// How often it ended, and how long it waits: the p99, or the median of few executions.
fn executions(step: &StepSummary, layout: Layout) -> Vec<String> {
    let figure = |metric| step.figures.get(metric);
    let count = figure(StepMetric::Executions).map_or(0.0, |figure| figure.median);
    let ended = if count > 0.0 { format!("{} done", format_count(count)) } else { "none".to_owned() };
    let waits = [(StepMetric::WaitP99, "wait p99"), (StepMetric::WaitP50, "wait p50")];
    let wait = waits.into_iter().find_map(|(metric, name)| {
        let (median, _) = format_interval(figure(metric)?);
        Some(format!("{}{}{}", unbroken(name), layout.separator(), unbroken(&median)))
    });
    [Some(unbroken(&ended)), wait].into_iter().flatten().collect()
}
