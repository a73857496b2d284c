//! How the run was measured: its settings after defaults and the command line, and the meaning of its terms.

use maud::{Markup, html};

use super::{PageContent, Part, long_box, scroll_box};
use crate::archive::run_toml::Resolved;
use crate::report::readable::percent;
use crate::report::{cell_text, disturbed};
use crate::stats::Sample;
use taskmix_engine::host::cpu_list;
use taskmix_engine::units::format_duration;

pub(super) fn part(told: &PageContent<'_>) -> Part {
    let body = html! {
        (scroll_box("measured", &resolved(told)))
        "\n" p {
            "Each cell – a point of the matrix, an engine, a number of workers, a repeat – is a process of its own. "
            "A round runs every cell once, in an order shuffled anew, so that a slow minute of the machine hits all. "
            "Releases, cancellations and drawn durations come from the seed: every engine and every repeat gets the very same work."
        }
        "\n" p {
            "A cell counts as disturbed if the hypervisor took more than 1 % of all processor time meanwhile (steal), if other "
            "processes used more than 5 % of it (foreign load; each of 3 ticks of 10 ms at least), or if the p99 lateness of the "
            "probe's writer was above 10 ms (late probe). Its figures are kept, and are to be doubted."
        }
        "\n" (disturbances(told))
        "\n" (order(told))
    };
    Part { id: "measured", heading: "How it was measured", body }
}

fn resolved(told: &PageContent<'_>) -> Markup {
    html! {
        table class="facts" {
            caption class="unseen" { "The settings of the run" }
            tbody { @for (name, text) in rows(told) { "\n" tr { th scope="row" { (name) } td { (text) } } } "\n" }
        }
    }
}

fn rows(told: &PageContent<'_>) -> Vec<(String, String)> {
    let facts = &told.run.facts;
    let resolved = &facts.resolved;
    let row = |name: &str, text: String| Some((name.to_owned(), text)).filter(|(_, text)| !text.is_empty());
    let workers: Vec<String> = resolved.workers.iter().map(ToString::to_string).collect();
    let axis = |axis: &crate::archive::AxisFacts| row(&format!("matrix: {}", axis.name), axis.values.join(", "));
    let pool =
        |what: &str, engine: &String, threads: &u32| row(&format!("{what} of {engine}"), format!("{threads} threads"));
    let mut rows = vec![row("engines", resolved.engines.join(", ")), row("workers", workers.join(", "))];
    rows.extend(resolved.axes.iter().flatten().map(axis));
    rows.extend([
        row("repeats", repeats(resolved)),
        row(
            "cells in a round",
            Some(resolved.cells_a_round).filter(|cells| *cells > 0).map(|cells| cells.to_string()).unwrap_or_default(),
        ),
        row("seed", resolved.seed.to_string()),
        row("disturbed cells", retries(resolved.retry_disturbed)),
        row("timeout of a cell", format_duration(resolved.timeout_ns as f64)),
        row("rows in tasks.csv", resolved.tasks.clone()),
    ]);
    rows.extend(resolved.blocking_threads.iter().map(|(engine, threads)| pool("blocking pool", engine, threads)));
    rows.extend(resolved.cpu_threads.iter().map(|(engine, threads)| pool("pool for computing", engine, threads)));
    rows.push(row("cores of a cell", cpu_list(&resolved.cpus)));
    rows.push(row("resumed at", facts.resumed.join(", ")));
    rows.into_iter().flatten().collect()
}

fn repeats(resolved: &Resolved) -> String {
    let Some(auto) = &resolved.auto else { return resolved.repeats.to_string() };
    let ended = match auto.ended_by.as_str() {
        "precise" => ", which it was",
        "budget" => "; the time was up first",
        _ => "",
    };
    format!(
        "{}: as many as it takes until {} is known within {}, or for {}{ended}",
        resolved.repeats,
        auto.headline,
        percent(auto.within),
        format_duration(auto.budget_ns as f64),
    )
}

fn retries(retries: u32) -> String {
    match retries {
        0 => "kept as they are".to_owned(),
        1 => "measured again, once at most".to_owned(),
        times => format!("measured again, up to {times} times"),
    }
}

/// The cells that were disturbed.
fn disturbances(told: &PageContent<'_>) -> Markup {
    let cells: Vec<&Sample> = disturbed(&told.run.samples).collect();
    let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), percent);
    let table = html! {
        table {
            "\n" caption class="unseen" { "The cells during which the machine was disturbed" }
            "\n" thead { tr {
                th scope="col" { "cell" }
                th scope="col" { "by" }
                th scope="col" class="number" { "steal" }
                th scope="col" class="number" { "foreign load" }
                th scope="col" class="number" { "attempt" }
            } }
            "\n" tbody {
                @for (cell, around) in cells.iter().filter_map(|cell| Some((cell, cell.surroundings.as_ref()?))) {
                    "\n" tr {
                        th scope="row" { (cell_text(&cell.key)) }
                        td { (around.disturbed_by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")) }
                        td class="number" { (share(around.steal_share)) }
                        td class="number" { (share(around.foreign_share)) }
                        td class="number" { (around.attempt) }
                    }
                }
                "\n"
            }
        }
    };
    html! {
        @if !cells.is_empty() {
            h3 id="disturbed" { "Disturbed cells" }
            "\n" (long_box("disturbed", &table))
        }
    }
}

/// The cells in the order in which they were run.
fn order(told: &PageContent<'_>) -> Markup {
    let order = &told.run.facts.cells.order;
    html! {
        @if !order.is_empty() {
            h3 id="order" { "The order of the cells" }
            "\n" (long_box("order", &html! { ol { @for cell in order { "\n" li { (cell) } } "\n" } }))
        }
    }
}
