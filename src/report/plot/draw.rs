//! A panel, drawn: from the units of the data to pixels.

use super::area::Area;
use super::axes::{AXIS, label_gap, y_axis};
use super::canvas::{Anchor, Canvas};
use super::ink::{BLACK, Colour};
use super::lanes;
use super::picture::{Frame, Mark, Panel};
use super::scale::Scale;
use super::style::Style;

const GRID: Colour = Colour(0xdd, 0xdd, 0xdd);
const MUTED: Colour = Colour(0x50, 0x50, 0x50);
const WHITE: Colour = Colour(0xff, 0xff, 0xff);

/// From data to pixels.
struct Map<'a> {
    area: Area,
    x: &'a Scale,
    /// Absent where there are rows.
    y: Option<&'a Scale>,
    style: &'a Style,
}

impl Map<'_> {
    fn x(&self, value: f64) -> f64 {
        // A character that begins at the right end stands right of it.
        let last = self.style.character.map_or(0.0, |(width, _)| width * 0.1);
        self.area.left + self.x.at(value) * (self.area.right - self.area.left - last)
    }

    fn y(&self, value: f64) -> f64 {
        self.y_at(self.y.map_or(0.0, |scale| scale.at(value)))
    }

    fn y_at(&self, at: f64) -> f64 {
        let last = self.last_line();
        self.area.bottom - last - at * (self.area.bottom - self.area.top - last)
    }

    /// A character that begins at the lower end stands below it.
    fn last_line(&self) -> f64 {
        self.style.character.map_or(0.0, |(_, height)| height * 0.1)
    }

    fn row(&self, row: usize) -> f64 {
        self.area.top + (row as f64 + 0.5) * self.style.row
    }

    fn points(&self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        points.iter().map(|&(x, y)| (self.x(x), self.y(y))).collect()
    }

    /// A surface: where it is, its lower and its upper edge.
    fn edges(&self, points: &[(f64, f64, f64)]) -> Vec<(f64, f64, f64)> {
        points.iter().map(|&(x, low, high)| (self.x(x), self.y(low), self.y(high))).collect()
    }

    /// The outline of a surface.
    fn outline(&self, points: &[(f64, f64, f64)]) -> Vec<(f64, f64)> {
        let upper = points.iter().map(|&(x, _, high)| (self.x(x), self.y(high)));
        let lower = points.iter().rev().map(|&(x, low, _)| (self.x(x), self.y(low)));
        upper.chain(lower).collect()
    }
}

/// Draws a panel.
pub(super) fn panel(canvas: &mut Canvas, panel: &Panel, x: &Scale, area: Area, style: &Style) {
    let (y, rows) = match &panel.frame {
        Frame::Rows(rows) => (None, rows.as_slice()),
        Frame::Tall(scale) | Frame::Strip(scale) => (Some(scale), &[][..]),
        Frame::Lanes(_) => (None, &[][..]),
    };
    let map = Map { area, x, y, style };
    if style.character.is_none() {
        grid(canvas, &map);
    }
    if let Frame::Lanes(lanes) = &panel.frame {
        lanes::draw(canvas, lanes, x, area, style);
    }
    for mark in &panel.marks {
        draw(canvas, mark, &map);
    }
    if let Some(scale) = y {
        let place = |at: f64| map.y_at(at);
        y_axis(canvas, scale, area.left, place, style);
    }
    for (index, row) in rows.iter().enumerate() {
        let (y, gap) = (map.row(index), label_gap(style) / 2.0);
        let label = style.cut(&row.label, area.left - gap - area_start(&map));
        canvas.text((area.left - gap, y), style.text, Anchor::End, BLACK, &label);
        canvas.text((edge(&map), y), style.text, Anchor::End, MUTED, &row.value);
    }
    canvas.line((area.left, area.top), (area.left, area.bottom - map.last_line()), AXIS, 0.8);
}

/// Where the column begins, and with it the labels of rows.
fn area_start(map: &Map<'_>) -> f64 {
    let columns = (map.area.left / (map.style.column + map.style.gutter)).floor();
    columns * (map.style.column + map.style.gutter) + 4.0
}

/// Where the column ends, and with it the values of rows.
fn edge(map: &Map<'_>) -> f64 {
    let end = area_start(map) - 4.0 + map.style.column;
    if map.style.character.is_some() { end } else { end - 4.0 }
}

fn grid(canvas: &mut Canvas, map: &Map<'_>) {
    let Area { left, right, top, bottom } = map.area;
    for tick in &map.x.ticks {
        let x = left + tick.at * (right - left);
        canvas.line((x, top), (x, bottom), GRID, 0.5);
    }
    for tick in map.y.map_or(&[][..], |scale| &scale.ticks) {
        let y = bottom - tick.at * (bottom - top);
        canvas.line((left, y), (right, y), GRID, 0.5);
    }
}

fn draw(canvas: &mut Canvas, mark: &Mark, map: &Map<'_>) {
    let style = map.style;
    match mark {
        Mark::Bar { row, to, look } => {
            let (left, right, y) = (map.x(0.0), map.x(*to), map.row(*row));
            canvas.rectangle((left, y - style.bar / 2.0), (right - left, style.bar), look.colour);
        }
        Mark::Point { row, at, look } => canvas.marker((map.x(*at), map.row(*row)), style.marker, *look),
        Mark::Whisker { row, low, high } => {
            let (low, high, y) = (map.x(*low), map.x(*high), map.row(*row));
            whisker(canvas, (low, y), (high, y), (0.0, style.bar / 3.0), BLACK, style);
        }
        Mark::Range { x, low, high, look } => {
            let (x, low, high) = (map.x(*x), map.y(*low), map.y(*high));
            whisker(canvas, (x, low), (x, high), (2.5, 0.0), look.colour, style);
        }
        Mark::Line { points, look } => canvas.curve(&map.points(points), look.colour, style.stroke),
        Mark::Dots { points, look } => {
            for point in map.points(points) {
                canvas.marker(point, style.marker, *look);
            }
        }
        // Surfaces of two engines over each other can't be told apart where characters have one colour.
        Mark::Band { points, look } if style.character.is_none() => {
            canvas.surface(&map.outline(points), look.colour, Some(0.2));
        }
        Mark::Band { .. } => {}
        Mark::Area { points, colour, texture, label } => {
            match style.character {
                None => canvas.surface(&map.outline(points), *colour, None),
                Some(size) => fill(canvas, points, (*texture, *colour), size, map),
            }
            label_area(canvas, points, label, *colour, map);
        }
        Mark::Level { y, look } => {
            let y = map.y(*y);
            canvas.dashes((map.area.left, y), (map.area.right, y), look.colour, 1.0);
        }
        Mark::Beyond { xs } => {
            for &x in xs {
                let x = map.x(x);
                canvas.line((x, map.area.top - 2.0), (x, map.area.top + 2.0), BLACK, 1.0);
            }
        }
    }
}

/// A line between two ends, with a stroke across each.
fn whisker(canvas: &mut Canvas, from: (f64, f64), to: (f64, f64), (dx, dy): (f64, f64), colour: Colour, style: &Style) {
    canvas.line(from, to, colour, 1.0);
    if style.character.is_none() {
        for (x, y) in [from, to] {
            canvas.line((x - dx, y - dy), (x + dx, y + dy), colour, 1.0);
        }
    }
}

/// Fills a surface with characters.
fn fill(canvas: &mut Canvas, points: &[(f64, f64, f64)], glyph: (char, Colour), size: (f64, f64), map: &Map<'_>) {
    let edges = map.edges(points);
    let (columns, rows) = ((map.area.right - map.area.left) / size.0, (map.area.bottom - map.area.top) / size.1);
    for column in 0..columns as usize {
        let x = map.area.left + (column as f64 + 0.5) * size.0;
        let Some((low, high)) = between(&edges, x) else { continue };
        for row in 0..rows as usize {
            let y = map.area.top + (row as f64 + 0.5) * size.1;
            if high <= y && y < low {
                canvas.glyph((x, y), glyph.0, glyph.1);
            }
        }
    }
}

/// Writes a surface's name where it is highest, if it is high and long enough there.
fn label_area(canvas: &mut Canvas, points: &[(f64, f64, f64)], label: &str, colour: Colour, map: &Map<'_>) {
    let half = map.style.width(label) / 2.0 + 2.0;
    let edges = map.edges(points);
    let fits = |&(x, low, high): &(f64, f64, f64)| {
        let y = f64::midpoint(low, high);
        let (above, below) = (y - map.style.line / 2.0, y + map.style.line / 2.0);
        let inside = edges.iter().filter(|(at, ..)| (at - x).abs() < half).map(|&(_, low, high)| Some((low, high)));
        let mut edges = inside.chain([between(&edges, x - half), between(&edges, x + half)]);
        let is_long_enough = x - half >= map.area.left && x + half <= map.area.right;
        let fits = edges.all(|edge| edge.is_some_and(|(low, high)| low >= below && high <= above));
        (is_long_enough && fits).then_some((x, y, low - high))
    };
    let middle = |pair: &[(f64, f64, f64)]| {
        let half_way = |part: fn(&(f64, f64, f64)) -> f64| f64::midpoint(part(&pair[0]), part(&pair[1]));
        (half_way(|edge| edge.0), half_way(|edge| edge.1), half_way(|edge| edge.2))
    };
    let candidates: Vec<(f64, f64, f64)> = edges.iter().copied().chain(edges.windows(2).map(middle)).collect();
    let best = candidates.iter().filter_map(fits).max_by(|one, other| one.2.total_cmp(&other.2));
    let Some((x, y, _)) = best else { return };
    let Colour(red, green, blue) = colour;
    // The usual weights of the three colours for how light they look.
    let lightness = 0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue);
    let ink = if lightness > 140.0 { BLACK } else { WHITE };
    canvas.text((x, y), map.style.text, Anchor::Middle, ink, label);
}

/// The edges of a surface at `x`, on the straight lines between its points.
fn between(edges: &[(f64, f64, f64)], x: f64) -> Option<(f64, f64)> {
    let pair = edges.windows(2).find(|pair| pair[0].0 <= x && x <= pair[1].0)?;
    let share = if pair[1].0 > pair[0].0 { (x - pair[0].0) / (pair[1].0 - pair[0].0) } else { 0.0 };
    let at = |from: f64, to: f64| from + share * (to - from);
    Some((at(pair[0].1, pair[1].1), at(pair[0].2, pair[1].2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_points_an_edge_is_straight() {
        let edges = [(0.0, 10.0, 4.0), (10.0, 20.0, 4.0)];
        assert_eq!(between(&edges, 5.0), Some((15.0, 4.0)));
        assert_eq!((between(&edges, -1.0), between(&edges, 11.0), between(&[], 0.0)), (None, None, None));
    }
}
