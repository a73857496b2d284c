//! The figures of all points: a table for each, a row for each task of each engine and for the whole mix.

use maud::{Markup, html};

use super::steps::steps;
use super::{PageContent, Part, prose, scroll_box};
use crate::report::arrival_notes;
use crate::report::block::{Block, DISTURBED, DISTURBED_MARK, blocks, marked_task};
use crate::report::cancelled::cancelled_shares;
use crate::report::finding::finding;
use crate::report::readable::{figure_text, format_interval};
use crate::report::saturated::saturated_notes;
use crate::report::table::{any, instances};
use crate::stats::{Interval, Summary, WHOLE_MIX};
use taskmix_engine::metric::{Kind, Metric};

/// The figures that are shown, with their heads; figures of cancellations only if there were any.
const COLUMNS: [(Metric, &str); 8] = [
    (Metric::Makespan, "makespan"),
    (Metric::LatencyP50, "latency p50"),
    (Metric::LatencyP99, "latency p99"),
    (Metric::CancelMax, "cancel max"),
    (Metric::LagP99, "lag p99"),
    (Metric::Throughput, "throughput"),
    (Metric::CpuUtilisation, "cpu"),
    (Metric::PeakRss, "peak memory"),
];

pub(super) fn part(told: &PageContent<'_>) -> Part {
    let summaries = &told.summaries;
    if summaries.is_empty() {
        let body = html! { p { "No cell was measured." } };
        return Part { id: "figures", heading: "Figures", body };
    }
    let columns: Vec<(Metric, &str)> = COLUMNS
        .into_iter()
        .filter(|(metric, _)| !metric.is_of_the_cancelled() || any(summaries, Metric::Cancelled))
        .collect();
    let body = html! {
        p class="standout" { (prose(&finding(summaries, told.planned.scenario.as_ref()))) }
        @for note in saturated_notes(summaries) { "\n" p { (prose(&note)) } }
        @for (index, block) in blocks(summaries).iter().enumerate() { "\n" (point(block, &columns, index + 1)) }
        "\n" (legend(told))
    };
    Part { id: "figures", heading: "Figures", body }
}

/// One point of the matrix.
fn point(block: &Block<'_>, columns: &[(Metric, &str)], number: usize) -> Markup {
    let (title, id) = (block.title(), format!("point-{number}"));
    html! {
        @if !title.is_empty() { h3 { (title) } "\n" }
        (scroll_box(&id, &table(block, columns, &id)))
        (steps(block, number))
    }
}

fn table(block: &Block<'_>, columns: &[(Metric, &str)], id: &str) -> Markup {
    let title = Some(block.title()).filter(|title| !title.is_empty());
    html! {
        table class="figures sortable" {
            "\n" caption id=(id) {
                span { (caption(block)) @if let Some(title) = title { ", at " (title) } }
            }
            "\n" thead { tr {
                th scope="col" { "engine" }
                th scope="col" { "task" }
                @for (_, head) in columns { th scope="col" class="number" { (head) } }
                th scope="col" { "instances" }
            } }
            "\n" tbody { @for summary in block.by_engine() { "\n" (row(block, summary, columns)) } "\n" }
        }
    }
}

fn caption(block: &Block<'_>) -> &'static str {
    if block.rows().iter().any(|summary| has_bounds(summary)) {
        "Medians over the repeats, with their intervals"
    } else if block.rows().iter().any(|summary| summary.key.repeat > 1) {
        "Medians over the repeats"
    } else {
        "Figures of one repeat"
    }
}

fn has_bounds(summary: &Summary) -> bool {
    let bounds = |metric: &Metric| summary.figures.get(*metric).is_some_and(|figure| figure.bounds.is_some());
    Metric::ALL.iter().any(bounds)
}

fn row(block: &Block<'_>, summary: &Summary, columns: &[(Metric, &str)]) -> Markup {
    let is_mix = summary.task == WHOLE_MIX;
    let (parts, is_bad) = instances(summary, is_mix);
    let done = summary.figures.get(Metric::Done).map(|figure| figure.median);
    html! {
        tr class=[is_mix.then_some("mix")] {
            th scope="row" { (block.engine(summary)) }
            th scope="row" { (marked_task(summary)) }
            @for (metric, _) in columns {
                @let applies = is_mix && metric.is_of_the_probe() == summary.key.is_probed() || !metric.is_of_the_mix() && !summary.key.is_probed();
                @match summary.figures.get(*metric) {
                    Some(figure) => (cell(*metric, figure, summary.key.workers)),
                    None if applies => td class="number" { "–" },
                    None => td {},
                }
            }
            td class=[is_bad.then_some("bad")] data-value=[done] {
                @if is_bad { span aria-hidden="true" { "✗ " } }
                @for (index, part) in parts.iter().enumerate() {
                    @if index > 0 { " " }
                    span class=[(index > 0).then_some("below")] { (part) @if index + 1 < parts.len() { "," } }
                }
            }
        }
    }
}

/// A median with its interval below it. `data-value` is the number by which the column is sorted.
fn cell(metric: Metric, figure: Interval, workers: u32) -> Markup {
    let (median, ends) = texts(metric, figure);
    html! {
        td class="number" data-value=(figure.median) {
            (median)
            @if metric == Metric::CpuUtilisation { " of " (workers) }
            @if let Some(ends) = ends { " " span class="interval" { (ends) } }
        }
    }
}

/// The median with its unit, and the ends of its interval, which have a unit only if it differs.
fn texts(metric: Metric, figure: Interval) -> (String, Option<String>) {
    if metric.kind() == Kind::Time {
        return format_interval(figure);
    }
    let median = figure_text(metric.kind(), figure.median);
    let unit = unit_of(&median);
    let ends = figure.bounds.map(|(low, high)| {
        let (low, high) = (figure_text(metric.kind(), low), figure_text(metric.kind(), high));
        let is_shared = unit_of(&low) == unit && unit_of(&high) == unit;
        // No commas between thousands: a comma separates the two ends.
        let end = |text: &str| if is_shared { number_of(text).replace(',', "") } else { text.to_owned() };
        format!("[{}, {}]", end(&low), end(&high))
    });
    (median, ends)
}

fn number_of(text: &str) -> &str {
    text.split(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '.' | ',')).next().unwrap_or(text)
}

fn unit_of(text: &str) -> &str {
    &text[number_of(text).len()..]
}

fn legend(told: &PageContent<'_>) -> Markup {
    let summaries = &told.summaries;
    let notes = [
        any(summaries, Metric::Cancelled).then_some(("cancel", "from the intended request to the stop.")),
        (summaries.iter().any(|summary| !summary.steps.is_empty())).then_some((
            "wait, hold, total",
            "of a named step: waiting for what it needs, holding it, from its start to its end.",
        )),
        any(summaries, Metric::Unstopped)
            .then_some(("unstopped", "ran to its end although its cancellation was requested.")),
    ];
    let arrivals = told.planned.scenario.as_ref().map(arrival_notes).unwrap_or_default();
    html! {
        dl class="legend" {
            @for (name, meaning) in [
                ("makespan", "from a task's first intended release to its last end; of the whole mix, the measured span."),
                ("latency", "from the intended release to the end, over the instances that were done."),
                ("lag", lag(summaries)),
                ("cpu", "CPU time as a share of makespan × workers."),
                ("peak memory", "of the cell's process in the span, without the record."),
            ].into_iter().chain(notes.into_iter().flatten()) {
                "\n" dt { (name) } dd { (meaning) }
            }
            "\n" dt { "[ ]" } dd { (intervals(summaries)) }
            @if summaries.iter().any(|summary| summary.disturbed > 0) {
                "\n" dt { (DISTURBED_MARK) } dd { (DISTURBED) " " a href="#disturbed" { "All disturbed cells" } "." }
            }
            "\n" dt { "–" } dd { "not known, or too few values to tell." }
        }
        @if let Some(text) = cancelled_shares(summaries) { "\n" p class="legend" { (prose(&format!("Latency {text}"))) } }
        @for note in arrivals { "\n" p class="legend" { (prose(&note)) } }
    }
}

fn lag(summaries: &[Summary]) -> &'static str {
    if summaries.iter().any(|summary| summary.key.is_probed()) {
        "how long a tiny request from outside waited for the engine; measured in further cells, in the rows `probed`."
    } else {
        "not measured; `--probe` adds cells that measure how long a tiny request from outside waits for the engine."
    }
}

fn intervals(summaries: &[Summary]) -> &'static str {
    if summaries.iter().any(has_bounds) {
        "where the median lies, with 95 % confidence at least, in the same unit."
    } else {
        "there are none: too few repeats ended well for an interval, which needs 6."
    }
}
