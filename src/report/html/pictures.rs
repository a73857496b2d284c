//! Parts of the page that other modules draw: pictures of the figures, and timelines.

use maud::{Markup, PreEscaped, html};

use super::{Part, scroll_box};

/// A drawing with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its heading: text.
    pub title: String,
    /// Its description: text, also for readers who can't see it.
    pub caption: String,
    /// One `<svg>` element, well-formed, with its text escaped by the module that drew it. The page's policy allows no
    /// `style` attributes or elements in it, and no scripts; it is shown on white.
    pub svg: String,
}

/// A part of the page whose body another module makes.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its heading: text.
    pub title: String,
    /// Its body, made by a template. Headings in it begin at the fourth level.
    pub body: Markup,
}

pub(super) fn pictures(pictures: &[Picture]) -> Option<Part> {
    let body = html! { @for (index, each) in pictures.iter().enumerate() { "\n" (picture(each, index + 1)) } };
    (!pictures.is_empty()).then_some(Part { id: "pictures", heading: "Pictures", body })
}

fn picture(picture: &Picture, number: usize) -> Markup {
    let id = format!("picture-{number}");
    html! {
        h3 id=(id) { (picture.title) }
        "\n" figure aria-labelledby=(id) {
            (scroll_box(&id, &html! { div class="drawing" { (PreEscaped(&picture.svg)) } }))
            "\n" figcaption { (picture.caption) }
        }
    }
}

pub(super) fn timelines(sections: &[Section]) -> Option<Part> {
    let body = html! {
        @for (index, section) in sections.iter().enumerate() {
            "\n" h3 id=(format!("timeline-{}", index + 1)) { (section.title) }
            "\n" (section.body)
        }
    };
    (!sections.is_empty()).then_some(Part { id: "timelines", heading: "Timeline", body })
}
