//! The figures of named steps of a point: a table with a row for each engine, task and step.

use maud::{Markup, html};

use super::scroll_box;
use crate::report::block::Block;
use crate::report::readable::{format_count, format_interval};
use crate::stats::{StepSummary, Summary};
use taskmix_engine::metric::StepMetric;

/// The figures that are shown, with their heads.
const COLUMNS: [(StepMetric, &str); 7] = [
    (StepMetric::Executions, "executions"),
    (StepMetric::WaitP50, "wait p50"),
    (StepMetric::WaitP99, "wait p99"),
    (StepMetric::HoldP50, "hold p50"),
    (StepMetric::HoldP99, "hold p99"),
    (StepMetric::TotalP50, "total p50"),
    (StepMetric::TotalP99, "total p99"),
];

/// The table of a point; nothing if no step has a name.
pub(super) fn steps(block: &Block<'_>, number: usize) -> Markup {
    let (title, id) = (block.title(), format!("steps-{number}"));
    let rows: Vec<(&Summary, &StepSummary)> = block
        .by_engine()
        .into_iter()
        .flat_map(|summary| summary.steps.iter().map(move |step| (summary, step)))
        .collect();
    let table = html! {
        table class="figures sortable" {
            "\n" caption id=(id) { span { "Named steps" @if !title.is_empty() { ", at " (title) } } }
            "\n" thead { tr {
                th scope="col" { "engine" }
                th scope="col" { "task" }
                th scope="col" { "step" }
                @for (_, head) in COLUMNS { th scope="col" class="number" { (head) } }
            } }
            "\n" tbody { @for (summary, step) in &rows { "\n" (row(block, summary, step)) } "\n" }
        }
    };
    html! { @if !rows.is_empty() { "\n" (scroll_box(&id, &table)) } }
}

fn row(block: &Block<'_>, summary: &Summary, step: &StepSummary) -> Markup {
    html! {
        tr {
            th scope="row" { (block.engine(summary)) }
            th scope="row" { (summary.task) }
            th scope="row" { (step.step) }
            @for (metric, _) in COLUMNS {
                @match step.figures.get(metric) {
                    Some(figure) if metric == StepMetric::Executions => {
                        td class="number" data-value=(figure.median) { (format_count(figure.median)) }
                    }
                    Some(figure) => {
                        @let (median, ends) = format_interval(figure);
                        td class="number" data-value=(figure.median) {
                            (median) @if let Some(ends) = ends { " " span class="interval" { (ends) } }
                        }
                    }
                    None => td class="number" { "–" },
                }
            }
        }
    }
}
