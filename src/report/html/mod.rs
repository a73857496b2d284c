//! `report.html`: the page of a run, in one file that needs nothing else.
//!
//! Text from a scenario or from a file of the run is untrusted. It goes through the templates, which escape it, and the
//! page's own policy forbids every script and style that is not part of it. The page is made from the run's folder alone and
//! has no time of its own, so a run always has the same page.

mod assets;
mod failed;
mod figures;
mod files;
mod legible;
mod machine;
mod measured;
mod pictures;
mod scenario;
mod steps;
mod timeline;
mod top;
mod verdicts;
mod warnings;

use maud::{DOCTYPE, Markup, html};

pub use files::Beside;
pub use pictures::{Picture, Section};
pub use timeline::timeline;

use super::Planned;
use crate::archive::RunArchive;
use crate::archive::csv::stalled::Stalled;
use crate::expect::Judged;
use crate::stats::Summary;

/// The content of the page besides the samples and the facts.
#[derive(Debug, Default)]
pub struct Extras {
    /// Where the run's files are, seen from the page.
    pub beside: Beside,
    /// Where instances stalled.
    pub stalled: Vec<Stalled>,
    /// Drawings, in order.
    pub pictures: Vec<Picture>,
    /// In order; the page's script makes the ones of [`timeline`] interactive.
    pub timelines: Vec<Section>,
}

/// A run, with everything that is derived from its samples.
struct PageContent<'a> {
    run: &'a RunArchive,
    planned: Planned<'a>,
    summaries: Vec<Summary>,
    judged: Vec<Judged>,
    /// The reasons to doubt the figures.
    warnings: Vec<String>,
    stalled: &'a [Stalled],
}

/// A part of the page: the id of its heading, the heading, the body.
struct Part {
    id: &'static str,
    heading: &'static str,
    body: Markup,
}

/// The page of a run, complete or not.
pub fn page(run: &RunArchive, extras: &Extras) -> String {
    let told = PageContent::of(run, &extras.stalled);
    let parts: Vec<Part> = [
        warnings::part(&told),
        verdicts::part(&told),
        Some(figures::part(&told)),
        failed::part(&told),
        pictures::pictures(&extras.pictures),
        pictures::timelines(&extras.timelines),
        Some(scenario::part(&told)),
        Some(measured::part(&told)),
        Some(machine::part(&told)),
        files::part(&extras.beside),
    ]
    .into_iter()
    .flatten()
    .collect();
    legible::only(whole(&told, &parts, !extras.timelines.is_empty()).into_string())
}

impl<'a> PageContent<'a> {
    fn of(run: &'a RunArchive, stalled: &'a [Stalled]) -> Self {
        let planned = Planned::of(run);
        let (summaries, judged) = (planned.summaries(), planned.verdicts());
        let warnings = warnings::of(run, &planned);
        Self { run, planned, summaries, judged, warnings, stalled }
    }

    /// The question; the scenario's name if its text can't be read.
    fn title(&self) -> &str {
        let facts = &self.run.facts.scenario;
        self.planned.scenario.as_ref().map_or(&facts.name, |scenario| &scenario.question)
    }
}

fn whole(told: &PageContent<'_>, parts: &[Part], has_timeline: bool) -> Markup {
    let facts = &told.run.facts;
    html! {
        (DOCTYPE) "\n"
        html lang="en" {
            head {
                "\n" meta charset="utf-8";
                "\n" meta http-equiv="Content-Security-Policy" content=(assets::policy());
                "\n" meta name="viewport" content="width=device-width, initial-scale=1";
                "\n" meta name="color-scheme" content="light dark";
                "\n" meta name="referrer" content="no-referrer";
                "\n" meta name="generator" content="taskmix";
                // Without an icon in the page, a browser asks the server for one.
                "\n" link rel="icon" href="data:,";
                "\n" title { (told.title()) " – " (facts.scenario.name) ", " (facts.run_id) }
                "\n" (assets::style()) "\n"
            }
            "\n" body {
                "\n" a class="skip" href="#main" { "Skip to the content" }
                "\n" (top::header(told))
                "\n" (top::contents(parts))
                "\n" main id="main" {
                    @for part in parts {
                        "\n" section aria-labelledby=(part.id) {
                            "\n" h2 id=(part.id) { (part.heading) }
                            "\n" (part.body)
                        }
                    }
                    "\n"
                }
                "\n" footer {
                    "taskmix " (facts.taskmix_version) ", schema version " (facts.schema_version) ". "
                    "Times, sizes and rates have three digits; the CSV files have all of them."
                }
                "\n" (assets::script()) "\n"
                @if has_timeline { (assets::timeline_script()) "\n" }
            }
        }
        "\n"
    }
}

/// A box in which something wide scrolls, by keyboard too; `label` is the id of its heading or caption.
fn scroll_box(label: &str, body: &Markup) -> Markup {
    html! { div class="scroll" role="group" tabindex="0" aria-labelledby=(label) { (body) } }
}

/// The same for something long.
fn long_box(label: &str, body: &Markup) -> Markup {
    html! { div class="scroll long" role="group" tabindex="0" aria-labelledby=(label) { (body) } }
}

/// Text with names between backticks, as in messages.
fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    let is_paired = parts.len() % 2 == 1;
    html! {
        @for (index, part) in parts.iter().enumerate() {
            @if index % 2 == 1 && is_paired { code { (part) } }
            @else { @if index > 0 && !is_paired { "`" } (part) }
        }
    }
}

#[cfg(test)]
mod tests;
