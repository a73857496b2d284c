//! Lanes of time, drawn: each as it is where there is room, else rows of many lanes with their colours mixed.
//!
//! It must not know what the lanes are; which lanes there are and what they are painted with is the picture's.

mod mixed;

use super::axes::label_gap;
use super::canvas::{Anchor, Canvas};
use super::draw::Area;
use super::ink::BLACK;
use super::picture::{Form, Lanes, Section, Segment};
use super::scale::Scale;
use super::style::Style;

/// A section of more segments is mixed: drawn one by one they would hide each other, and make a big file.
const MOST_SEGMENTS: usize = 4_000;

/// The room between threads and instances, in rows of characters or pixels.
const GAP: f64 = 3.0;

/// What is seen however short it was is at least so wide, in pixels.
const LEAST_WIDTH: f64 = 0.7;

/// A thinner lane has no room for lines thinner than itself.
const LEAST_FOR_LINES: f64 = 2.0;

/// A thinner lane touches the next.
const LEAST_APART: f64 = 4.0;

/// Where a section stands in its panel.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    top: f64,
    height: f64,
    /// How many lanes make a row.
    bin: usize,
}

/// The height of a panel of lanes.
pub(super) fn height(lanes: &Lanes, style: &Style) -> f64 {
    places(lanes, style).last().map_or(0.0, |last| last.top + last.height)
}

/// What is to be known of rows that have several lanes.
pub(super) fn note<'a>(panels: impl Iterator<Item = &'a Lanes>, style: &Style) -> Option<String> {
    let (mut most, mut is_mixed) = (1, false);
    for lanes in panels {
        for (section, place) in lanes.sections.iter().zip(places(lanes, style)) {
            most = most.max(place.bin);
            is_mixed |= is_mixed_in(section, &place, style);
        }
    }
    let rows = match most {
        1 => "Each row is an instance".to_owned(),
        most => format!("Each row is {} instances or fewer", crate::units::format_count(most as u64)),
    };
    let shade = match style.character {
        None => "the longer and the more of them are in a state, the stronger its colour",
        Some(_) => "a character is the state in which most of them are",
    };
    is_mixed.then(|| format!("{rows}: {shade}."))
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
fn is_mixed_in(section: &Section, place: &Place, style: &Style) -> bool {
    style.character.is_some() || place.bin > 1 || section.segments.len() > MOST_SEGMENTS
}

/// Where the sections stand: each instance has as much room as any other, but no section less than its name takes.
fn places(lanes: &Lanes, style: &Style) -> Vec<Place> {
    let (all, least, most) = style.lanes;
    let whole = (all * lanes.share).clamp(least, most);
    let instances = || lanes.sections.iter().filter(|section| !section.is_thread);
    let count: usize = instances().map(|section| section.lanes).sum();
    let named = style.section.min((whole / instances().count().max(1) as f64).max(style.character.map_or(0.0, |c| c.1)));
    let (thin, thick) = style.lane;
    // A few among many, whom it is often about, are easier to see.
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
        let gap = if was_thread && !section.is_thread { if style.character.is_some() { 0.0 } else { GAP } } else { 0.0 };
        was_thread = section.is_thread;
        let rows = if lanes * thin <= height + 1e-6 { lanes } else { (height / style.mixed.1).floor().max(1.0) };
        let place = Place { top: top + gap, height, bin: (lanes / rows).ceil() as usize };
        top = place.top + height;
        place
    };
    lanes.sections.iter().map(place).collect()
}

/// Each segment as it is.
fn exact(canvas: &mut Canvas, lanes: &Lanes, section: &Section, x: &Scale, area: Area) {
    let lane = (area.bottom - area.top) / section.lanes.max(1) as f64;
    let between = if lane < LEAST_APART { 0.0 } else { 0.5 };
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
