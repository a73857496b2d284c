//! The cells that did not end well, with what is known of them.

use maud::{Markup, html};

use super::{Part, Told, scroll_box};
use crate::expect::excused;
use crate::metric::Metric;
use crate::report::readable::format_count;
use crate::report::{failed, setting_text};
use crate::stats::{Sample, WHOLE_MIX};

pub(super) fn part(told: &Told<'_>) -> Option<Part> {
    let cells: Vec<&Sample> = failed(&told.run.samples).collect();
    let table = html! {
        table {
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
            "A cell that fails has counts, but no times: in the figures above it ranks behind all others. "
            code { "tasks.csv" } " says of each instance where it was left."
        }
        "\n" (scroll_box("failed", &table))
    };
    (!cells.is_empty()).then_some(Part { id: "failed", heading: "Failed cells", body })
}

fn row(told: &Told<'_>, cell: &Sample) -> Markup {
    let is_excused = excused(&told.judged, &cell.key);
    html! {
        tr {
            th scope="row" { (setting_text(&cell.key)) }
            td class="number" { (cell.key.repeat) }
            td class="prose" {
                (cell.exit.as_deref().filter(|exit| !exit.is_empty()).unwrap_or("not known"))
                @if is_excused { " – it counts as well: a claim that holds names its stall" }
                @if let Some(line) = surroundings(cell) { " – " (line) }
            }
            td class="prose" {
                ul { @for line in instances(told, cell) { li { (line) } } }
            }
        }
    }
}

/// What else the machine did.
fn surroundings(cell: &Sample) -> Option<String> {
    let causes = &cell.surroundings.as_ref()?.disturbed_by;
    let causes: Vec<String> = causes.iter().map(ToString::to_string).collect();
    (!causes.is_empty()).then(|| format!("disturbed by {}", causes.join(", ")))
}

/// A line for each task, such as `bystander: 3 of 8 stalled (1 pending, 2 running), 5 done`.
fn instances(told: &Told<'_>, cell: &Sample) -> Vec<String> {
    let of_cell = |sample: &&Sample| sample.key == cell.key && sample.task != WHOLE_MIX;
    told.run.samples.iter().filter(of_cell).map(line).collect()
}

fn line(task: &Sample) -> String {
    let count = |metric| task.figures.get(metric).unwrap_or(0.0);
    let some = |metric, word: &str| {
        Some(count(metric)).filter(|count| *count > 0.0).map(|count| format!("{} {word}", format_count(count)))
    };
    let parts = |list: Vec<Option<String>>| list.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let stalled = some(Metric::Stalled, "stalled").map(|stalled| {
        let states = parts(vec![some(Metric::StalledPending, "pending"), some(Metric::StalledRunning, "running")]);
        if states.is_empty() { stalled } else { format!("{stalled} ({states})") }
    });
    let became = parts(vec![
        stalled,
        some(Metric::Failed, "failed"),
        some(Metric::Cancelled, "cancelled"),
        some(Metric::Done, "done"),
    ]);
    let became = if became.is_empty() { "nothing is known" } else { &became };
    format!("{}: of {} released {became}", task.task, format_count(count(Metric::Released)))
}
