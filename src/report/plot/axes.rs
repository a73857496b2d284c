//! Axes: their lines, their marks, and the labels that fit.
//!
//! It must not know what is drawn between them.

use super::canvas::{Anchor, Canvas};
use super::ink::{BLACK, Colour};
use super::scale::{Scale, Tick};
use super::style::Style;

pub(super) const AXIS: Colour = Colour(0x40, 0x40, 0x40);
const MUTED: Colour = Colour(0x50, 0x50, 0x50);

/// The room between a panel and the text beside it.
pub(super) fn label_gap(style: &Style) -> f64 {
    style.character.map_or(2.0 * style.tick + 6.0, |(width, _)| 2.0 * width)
}

/// How high a horizontal axis is, with its labels and its title.
pub(super) fn axis_height(style: &Style) -> f64 {
    marks_height(style) + 2.0 * style.line
}

/// The room for the line and its marks: a line of its own, where pictures are made of characters.
fn marks_height(style: &Style) -> f64 {
    style.character.map_or(style.tick, |(_, height)| height)
}

/// Draws the marks and labels of a vertical axis at `left`; `place` is where a mark is, from 0 to 1, in pixels.
pub(super) fn y_axis(canvas: &mut Canvas, scale: &Scale, left: f64, place: impl Fn(f64) -> f64, style: &Style) {
    let room = if style.character.is_some() { style.line } else { style.line * 0.8 };
    let places: Vec<(f64, f64)> = scale.ticks.iter().map(|tick| (place(tick.at), room)).collect();
    for (tick, (y, _)) in labelled(&scale.ticks, &places) {
        canvas.text((left - label_gap(style) / 2.0, y), style.text, Anchor::End, BLACK, &tick.label);
    }
    if style.character.is_none() {
        for (y, _) in places {
            canvas.line((left - style.tick, y), (left, y), AXIS, 0.8);
        }
    }
}

/// Draws the axis below panels that reach from `left` to `right` and end at `bottom`.
pub(super) fn x_axis(
    canvas: &mut Canvas,
    scale: &Scale,
    title: &str,
    (left, right, bottom): (f64, f64, f64),
    style: &Style,
) {
    let last = style.character.map_or(0.0, |(width, _)| width * 0.1);
    canvas.line((left, bottom), (right - last, bottom), AXIS, 0.8);
    let places: Vec<(f64, f64)> = scale
        .ticks
        .iter()
        .map(|tick| (left + tick.at * (right - left), style.width(&tick.label) + style.width(" ") * 1.5))
        .collect();
    let y = bottom + marks_height(style) + style.line / 2.0;
    for (tick, (x, _)) in labelled(&scale.ticks, &places) {
        canvas.text((x, y), style.text, Anchor::Middle, BLACK, &tick.label);
    }
    if style.character.is_none() {
        for (x, _) in places {
            canvas.line((x, bottom), (x, bottom + style.tick), AXIS, 0.8);
        }
    }
    canvas.text((f64::midpoint(left, right), y + style.line), style.text, Anchor::Middle, MUTED, title);
}

/// The ticks whose labels fit, each with its place and the room it takes: major ticks first.
fn labelled<'a>(ticks: &'a [Tick], places: &[(f64, f64)]) -> Vec<(&'a Tick, (f64, f64))> {
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let mut fit = Vec::new();
    let both = || ticks.iter().zip(places);
    let ordered = both().filter(|(tick, _)| tick.is_major).chain(both().filter(|(tick, _)| !tick.is_major));
    for (tick, &(at, room)) in ordered {
        if taken.iter().all(|&(other, its)| (other - at).abs() >= f64::midpoint(its, room)) {
            taken.push((at, room));
            fit.push((tick, (at, room)));
        }
    }
    fit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_would_touch_are_left_out_and_major_ones_stay() {
        let tick = |at: f64, is_major| Tick { at, label: at.to_string(), is_major };
        let ticks = [tick(0.0, false), tick(0.1, true), tick(0.2, false), tick(0.6, false), tick(0.9, true)];
        let places: Vec<(f64, f64)> = ticks.iter().map(|tick| (tick.at * 100.0, 20.0)).collect();
        let fit: Vec<f64> = labelled(&ticks, &places).iter().map(|(tick, _)| tick.at).collect();
        assert_eq!(fit, [0.1, 0.9, 0.6]);
    }
}
