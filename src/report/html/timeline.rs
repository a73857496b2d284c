//! The timeline as a picture, and as something that one can zoom into: the second is there only if the page's script is.

use maud::{Markup, PreEscaped, html};

use super::pictures::Section;
use super::scroll_box;
use crate::report::plot::{Timeline, TimelineData};

/// What the buttons do, with their faces and their names: `timeline.js` knows them by the first.
const BUTTONS: [(&str, &str, &str); 5] = [
    ("in", "+", "Zoom in"),
    ("out", "−", "Zoom out"),
    ("earlier", "←", "Earlier"),
    ("later", "→", "Later"),
    ("whole", "whole", "Show the whole"),
];

/// The part of the page; `svg` is the picture, drawn.
pub fn timeline(timeline: &Timeline, svg: &str) -> Section {
    let id = "timeline-1";
    let still = scroll_box(id, &html! { div class="drawing" { (PreEscaped(svg)) } });
    let body = html! {
        figure class="timeline" aria-labelledby=(id) data-timeline=[timeline.data.as_ref().map(|data| &data.json)] {
            @if let Some(data) = &timeline.data { (stage(data)) }
            "\n" div class="still" { (still) }
            "\n" figcaption {
                (timeline.picture.caption())
                @if timeline.data.is_none() { " There are too many instances to zoom into." }
            }
        }
    };
    Section { title: timeline.picture.title().to_owned(), body }
}

/// What the script fills; without it this is not shown.
fn stage(data: &TimelineData) -> Markup {
    html! {
        "\n" div class="stage" hidden {
            "\n" div class="bar" {
                "\n" div class="buttons" role="group" aria-label="What is shown" {
                    @for (what, face, name) in BUTTONS {
                        button type="button" data-do=(what) aria-label=(name) title=(name) { (face) }
                    }
                }
                "\n" p class="told" aria-live="polite" {
                    "Point at an instance for its figures. Ctrl and the wheel zoom, dragging moves. "
                    "With the keyboard: tab to an engine, then + and −, ← and →, 0 for all, ↑ and ↓ for its instances."
                }
                "\n" svg class="axis" height="20" aria-hidden="true" {}
            }
            @for engine in &data.engines {
                "\n" h4 { (engine) }
                "\n" canvas tabindex="0" role="application" aria-roledescription="timeline" aria-label=(engine) {}
            }
            "\n" ul class="paints" {
                @for (label, colour) in &data.legend {
                    li { svg width="12" height="12" aria-hidden="true" { rect width="12" height="12" fill=(colour) {} } " " (label) }
                }
            }
        }
    }
}
