//! Lanes of time, drawn: each as it is where there is room, else rows of many lanes with their colours mixed.
//!
//! It must not know what the lanes are: the picture decides on the lanes and their paints.

mod mixed;

use super::area::Area;
use super::axes::label_gap;
use super::canvas::{Anchor, Canvas};
use super::ink::BLACK;
use super::picture::{Form, Lanes, Section, Segment};
use super::scale::Scale;
use super::style::Style;

/// A section of more segments is mixed: drawn one by one they would hide each other, and make a big file.
const MOST_SEGMENTS: usize = 4_000;

/// The room between threads and instances, in rows of characters or pixels.
const GAP: f64 = 3.0;

/// The minimum width of segments that must be seen, in pixels.
const LEAST_WIDTH: f64 = 0.7;

/// A thinner lane has no room for lines thinner than itself.
const LEAST_FOR_LINES: f64 = 2.0;

/// A thinner lane touches the next.
const LEAST_APART: f64 = 4.0;

/// Where a section stands in its panel.
#[derive(Debug, Clone, Copy, PartialEq)]
struct SectionBox {
    top: f64,
    height: f64,
    /// How many lanes make a row.
    bin: usize,
}

/// The height of a panel of lanes.
pub(super) fn height(lanes: &Lanes, style: &Style) -> f64 {
    places(lanes, style).last().map_or(0.0, |last| last.top + last.height)
}

/// The note on rows that have several lanes.
pub(super) fn note<'a>(panels: impl Iterator<Item = &'a Lanes>, style: &Style) -> Option<String> {
    let (mut most, mut is_mixed) = (1, false);
    for lanes in panels {
        for (section, place) in lanes.sections.iter().zip(places(lanes, style)) {
            most = most.max(place.bin);
            is_mixed |= is_mixed_in(section, &place, style);
        }
    }
    let is_of_characters = style.character.is_some();
    let text = match (most, is_of_characters) {
        (1, false) => "The longer something took, the stronger its colour.".to_owned(),
        (1, true) => "A character is what took most of its time.".to_owned(),
        (most, is_of_characters) => {
            let rows = format!("Each row is {} instances or fewer", taskmix_engine::units::format_count(most as u64));
            let shade = if is_of_characters {
                "a character is what most of them did most of its time."
            } else {
                "the longer and the more of them are in a state, the stronger its colour."
            };
            format!("{rows}: {shade}")
        }
    };
    is_mixed.then_some(text)
}

/// Draws a panel of lanes, with the sections' names left of it.
pub(super) fn draw(canvas: &mut Canvas, lanes: &Lanes, x: &Scale, area: Area, style: &Style) {
    for (section, place) in lanes.sections.iter().zip(places(lanes, style)) {
        let top = area.top + place.top;
        let inner = Area { top, bottom: top + place.height, ..area };
        if is_mixed_in(section, &place, style) {
            mixed::draw(canvas, section, &lanes.paints, place.bin, x, inner, style);
        } else {
            exact(canvas, lanes, section, x, inner);
        }
        if place.height >= style.section {
            let (x, y) = (area.left - label_gap(style) / 2.0, top + place.height.min(style.line) / 2.0);
            let label = style.cut(&section.label, area.left - label_gap(style) / 2.0 - 4.0);
            canvas.text((x, y), style.text, Anchor::End, BLACK, &label);
        }
    }
}

/// Whether lanes or moments are drawn together.
fn is_mixed_in(section: &Section, place: &SectionBox, style: &Style) -> bool {
    style.character.is_some() || place.bin > 1 || section.segments.len() > MOST_SEGMENTS
}

/// Where the sections stand: each instance has as much room as any other, but no section less than its name takes.
fn places(lanes: &Lanes, style: &Style) -> Vec<SectionBox> {
    let (all, least, most) = style.lanes;
    let whole = (all * lanes.share).clamp(least, most);
    let instances = || lanes.sections.iter().filter(|section| !section.is_thread);
    let count: usize = instances().map(|section| section.lanes).sum();
    let named =
        style.section.min((whole / instances().count().max(1) as f64).max(style.character.map_or(0.0, |c| c.1)));
    let (thin, thick) = style.lane;
    // A few instances among many get more room: the picture is often about them.
    let few = |lanes: f64| (lanes * 3.0).min(2.0 * style.section) * f64::from(u8::from(style.character.is_none()));
    let unit = style.character.map_or(0.1, |(_, height)| height);
    let mut top = 0.0;
    let mut was_thread = false;
    let place = |section: &Section| {
        let lanes = section.lanes.max(1) as f64;
        let height = if section.is_thread {
            (lanes * thick).clamp(style.section, style.section.max(4.0 * thick))
        } else {
            (whole * lanes / count.max(1) as f64).min(lanes * thick).max(few(lanes).min(named * 2.0)).max(named)
        };
        let height = ((height / unit).round() * unit).max(unit);
        let gap =
            if was_thread && !section.is_thread { if style.character.is_some() { 0.0 } else { GAP } } else { 0.0 };
        was_thread = section.is_thread;
        let rows = if lanes * thin <= height + 1e-6 { lanes } else { (height / style.mixed.1).floor().max(1.0) };
        let place = SectionBox { top: top + gap, height, bin: (lanes / rows).ceil() as usize };
        top = place.top + height;
        place
    };
    lanes.sections.iter().map(place).collect()
}

/// The gap at both sides of a lane or row of this height.
fn between(height: f64) -> f64 {
    if height < LEAST_APART { 0.0 } else { 0.5 }
}

/// Each segment as it is.
fn exact(canvas: &mut Canvas, lanes: &Lanes, section: &Section, x: &Scale, area: Area) {
    let lane = (area.bottom - area.top) / section.lanes.max(1) as f64;
    let between = between(lane);
    let across = |at: f64| area.left + x.at(at) * (area.right - area.left);
    let block = |segment: &Segment, form: Form| {
        let (from, to) = (across(segment.from), across(segment.to));
        let (top, bottom) = (area.top + f64::from(segment.lane) * lane, area.top + f64::from(segment.lane + 1) * lane);
        match form {
            Form::Full => (from, top + between, to.max(from + LEAST_WIDTH), bottom - between),
            Form::Thin if lane < LEAST_FOR_LINES => (from, top, to, bottom),
            Form::Thin => (from, top + lane * 0.375, to, bottom - lane * 0.375),
            Form::Edge => (from, bottom - lane / 3.0, to.max(from + LEAST_WIDTH), bottom - between),
            Form::Stroke => (to - 1.0, top, to + 1.0, bottom),
        }
    };
    for (number, paint) in lanes.paints.iter().enumerate() {
        let of_paint = section.segments.iter().filter(|segment| usize::from(segment.paint) == number);
        let blocks: Vec<_> = of_paint.map(|segment| block(segment, paint.form)).collect();
        canvas.blocks(&blocks, paint.colour);
    }
}

#[cfg(test)]
mod tests {
    use super::super::ink;
    use super::super::picture::Paint;
    use super::*;
    use taskmix_engine::metric::Kind;

    fn section(lanes: usize, is_thread: bool) -> Section {
        Section { label: "t".to_owned(), lanes, is_thread, segments: Vec::new() }
    }

    fn panel(sections: Vec<Section>) -> Lanes {
        let paint = |form| Paint { label: String::new(), colour: ink::BLUE, texture: '█', form };
        Lanes { sections, paints: [Form::Full, Form::Stroke].map(paint).to_vec(), share: 1.0 / 3.0 }
    }

    #[test]
    fn some_hundred_instances_have_a_row_each_and_more_share_rows_with_a_note() {
        let style = Style::page();
        let note_on = |lanes: usize| note([&panel(vec![section(lanes, false)])].into_iter(), &style);
        assert_eq!((note_on(6), note_on(246)), (None, None));
        let shade = "the longer and the more of them are in a state, the stronger its colour.";
        assert_eq!(note_on(100_000), Some(format!("Each row is 1,250 instances or fewer: {shade}")));
    }

    #[test]
    fn sections_stand_below_each_other_and_a_few_among_many_are_seen() {
        for style in [Style::page(), Style::terminal(80)] {
            let lanes = panel(vec![section(1, true), section(1, true), section(6, false), section(99_994, false)]);
            let places = places(&lanes, &style);
            for pair in places.windows(2) {
                assert!(pair[0].top + pair[0].height <= pair[1].top + 1e-9, "{places:?}");
            }
            assert!(places.iter().all(|place| place.height >= style.section), "{places:?}");
            assert!(places[2].bin <= 6 && places[3].bin > 250, "{places:?}");
            let (_, least, most) = style.lanes;
            assert!((least..most + 6.0 * style.section).contains(&height(&lanes, &style)));
        }
    }

    #[test]
    fn a_thousand_tasks_do_not_make_a_picture_that_never_ends() {
        let lanes = panel(vec![section(1, false); 1_000]);
        assert!(height(&lanes, &Style::page()) <= 2.0 * Style::page().lanes.2 + 1.0);
    }

    #[test]
    fn many_segments_of_few_lanes_are_mixed_and_stay_few_in_the_file() {
        let mut section = section(1, true);
        let paint = |at: u32| u8::from(at.is_multiple_of(100));
        section.segments = (0..100_000)
            .map(|at| Segment { lane: 0, from: f64::from(at), to: f64::from(at) + 0.5, paint: paint(at) })
            .collect();
        let lanes = panel(vec![section]);
        let (x, style) = (Scale::linear(Kind::Time, 1e5, 5), Style::page());
        let mut canvas = Canvas::new(320.0, 100.0, None);
        draw(&mut canvas, &lanes, &x, Area { left: 60.0, right: 310.0, top: 0.0, bottom: 100.0 }, &style);
        let svg = canvas.svg("", "");
        assert!(svg.len() < 10_000 && svg.contains("<path"), "{}", svg.len());
    }
}
