//! The timeline as a picture, and as a view that can be zoomed. The view is shown only if the page's script runs.

use maud::{Markup, PreEscaped, html};

use super::pictures::Section;
use super::scroll_box;
use crate::report::plot::{Timeline, TimelineData};

/// The buttons: action, face, name. `timeline/view.js` knows them by their action.
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
                @if timeline.data.is_some() { " Zooming in distributes the rows anew." }
                @else { " There are too many instances to zoom into." }
            }
        }
    };
    Section { title: timeline.picture.title().to_owned(), body }
}

/// The elements that the script fills; without the script they are not shown.
fn stage(data: &TimelineData) -> Markup {
    html! {
        "\n" div class="stage" hidden="hidden" {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use roxmltree::Document;
    use tempfile::TempDir;

    use super::*;
    use crate::report::{PlotForm, PlotSource, draw_plot, plots};

    const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'";

    /// The part of the page for these instances, as XML.
    fn part(task: &str) -> String {
        let folder = TempDir::new().expect("a temporary folder");
        let quoted = format!("\"{}\"", task.replace('"', "\"\""));
        let tasks = format!(
            "engine,task,instance,state,scheduled_ns,started_ns,finished_ns\nmy-engine,{quoted},0,done,0,10,20\n"
        );
        let spans = format!("engine,task,instance,worker,start_ns,end_ns,kind\nmy-engine,{quoted},0,0,10,20,run\n");
        fs::write(folder.path().join("tasks.csv"), tasks).expect("a file");
        fs::write(folder.path().join("spans.csv"), spans).expect("a file");
        let plots = plots(&PlotSource::Folder(folder.path().to_owned()), None, None).expect("a timeline");
        let found = plots.timeline.expect("a timeline");
        let drawn = draw_plot(&found.picture, PlotForm::Svg).expect("SVG can't fail");
        timeline(&found, std::str::from_utf8(&drawn[0].bytes).expect("UTF-8")).body.into_string()
    }

    #[test]
    fn an_untrusted_task_name_is_text_in_the_picture_and_in_the_data() {
        for task in ["plain", HOSTILE] {
            let xml = part(task);
            let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{task}: {error}"));
            let is_foreign = |name: &str| ["img", "script", "style"].contains(&name);
            assert!(document.descendants().all(|node| !is_foreign(node.tag_name().name())), "{task}");
            let data = document.root_element().attribute("data-timeline").expect("there is data");
            let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
            assert_eq!((data["tasks"][0].as_str(), data["engines"][0]["workers"].as_u64()), (Some(task), Some(1)));
            let texts = document.descendants().filter_map(|node| node.text());
            assert!(texts.filter(|text| text.contains(task)).count() >= 2, "{task}: in the picture and in the legend");
        }
    }

    #[test]
    fn without_the_script_there_is_the_picture_and_nothing_to_press() {
        let xml = part("visitor");
        let document = Document::parse(&xml).expect("XML");
        let stage = document.descendants().find(|node| node.attribute("class") == Some("stage")).expect("a stage");
        assert_eq!(stage.attribute("hidden"), Some("hidden"));
        let is_in_stage = |node: roxmltree::Node<'_, '_>| node.ancestors().any(|above| above == stage);
        let pressed = ["button", "canvas"];
        let outside = document.descendants().filter(|node| !is_in_stage(*node));
        assert!(outside.clone().all(|node| !pressed.contains(&node.tag_name().name())));
        assert!(outside.into_iter().any(|node| node.attribute("viewBox").is_some()), "the picture");
    }
}
