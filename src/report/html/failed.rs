//! The cells that did not end well, with what is known of them.

use maud::{Markup, html};

use super::{PageContent, Part, scroll_box};
use crate::expect::is_expected_stall;
use crate::report::readable::format_count;
use crate::report::{failed, setting_text};
use crate::stats::{Sample, WHOLE_MIX};
use taskmix_engine::metric::Metric;

pub(super) fn part(told: &PageContent<'_>) -> Option<Part> {
    let cells: Vec<&Sample> = failed(&told.run.samples).collect();
    let table = html! {
        table {
            "\n" caption class="unseen" { "The cells that did not end well" }
            "\n" thead { tr {
                th scope="col" { "cell" }
                th scope="col" class="number" { "repeat" }
                th scope="col" { "how it ended" }
                th scope="col" { "what became of its instances" }
            } }
            "\n" tbody { @for cell in &cells { "\n" (row(told, cell)) } "\n" }
        }
    };
    let body = html! {
        p {
            "A cell that fails has counts, but no times: in the figures above it ranks behind all others."
        }
        "\n" (scroll_box("failed", &table))
    };
    (!cells.is_empty()).then_some(Part { id: "failed", heading: "Failed cells", body })
}

fn row(told: &PageContent<'_>, cell: &Sample) -> Markup {
    let is_expected = is_expected_stall(&told.judged, &cell.key);
    html! {
        tr {
            th scope="row" { (setting_text(&cell.key)) }
            td class="number" { (cell.key.repeat) }
            td class="prose" {
                (cell.exit.as_deref().filter(|exit| !exit.is_empty()).unwrap_or("not known"))
                @if is_expected { " – an expected stall: a claim that holds names it, so the cell counts" }
                @if let Some(line) = surroundings(cell) { " – " (line) }
            }
            td class="prose" {
                ul {
                    @for line in instances(told, cell) { li { (line) } }
                    @for line in &cell.waits { li { (line) } }
                }
            }
        }
    }
}

/// Other work of the machine.
fn surroundings(cell: &Sample) -> Option<String> {
    let causes = &cell.surroundings.as_ref()?.disturbed_by;
    let causes: Vec<String> = causes.iter().map(ToString::to_string).collect();
    (!causes.is_empty()).then(|| format!("disturbed by {}", causes.join(", ")))
}

/// A line for each task, such as `bystander: of 8 released 3 stalled (1 pending, 2 running; 2 at 1 block), 5 done`.
fn instances(told: &PageContent<'_>, cell: &Sample) -> Vec<String> {
    let of_cell = |sample: &&Sample| sample.key == cell.key && sample.task != WHOLE_MIX;
    told.run.samples.iter().filter(of_cell).map(|task| line(told, task)).collect()
}

fn line(told: &PageContent<'_>, task: &Sample) -> String {
    let count = |metric| task.figures.get(metric).unwrap_or(0.0);
    let some = |metric, word: &str| {
        Some(count(metric)).filter(|count| *count > 0.0).map(|count| format!("{} {word}", format_count(count)))
    };
    let stalled = some(Metric::Stalled, "stalled").map(|stalled| {
        let states = joined([some(Metric::StalledPending, "pending"), some(Metric::StalledRunning, "running")], ", ");
        let details = joined([states, left_at(told, task)], "; ");
        details.map_or_else(|| stalled.clone(), |details| format!("{stalled} ({details})"))
    });
    let others = [(Metric::Failed, "failed"), (Metric::Cancelled, "cancelled"), (Metric::Done, "done")];
    let others = joined(others.map(|(metric, word)| some(metric, word)), ", ");
    let became = joined([stalled, others], ", ").unwrap_or_else(|| "nothing is known".to_owned());
    format!("{}: of {} released {became}", task.task, format_count(count(Metric::Released)))
}

/// The steps at which instances stalled.
fn left_at(told: &PageContent<'_>, task: &Sample) -> Option<String> {
    let of_task = told.stalled.iter().filter(|stalled| stalled.key == task.key && stalled.task == task.task);
    let steps = of_task.map(|stalled| format!("{} at {}", format_count(stalled.count as f64), stalled.step));
    joined(steps.map(Some), ", ")
}

/// The parts that exist, joined; `None` if there are none.
fn joined(parts: impl IntoIterator<Item = Option<String>>, separator: &str) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(separator))
}
