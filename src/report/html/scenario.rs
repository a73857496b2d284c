//! The scenario's text, as it was run.

use maud::html;

use super::{PageContent, Part, long_box};

pub(super) fn part(told: &PageContent<'_>) -> Part {
    let facts = &told.run.facts.scenario;
    let text = html! { pre { code { (facts.text) } } };
    let body = html! {
        p { "The text of " code { (facts.name) ".toml" } ", FNV-1a " code { (facts.text_fnv1a64) } ". What the command line changed stands below." }
        "\n" (long_box("scenario", &text))
    };
    Part { id: "scenario", heading: "The scenario", body }
}
