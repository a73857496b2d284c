//! The layout: a picture's title, its legend and its groups, in one column or two, on as many pages as it takes.
//!
//! It must not know what the panels show.

use super::area::Area;
use super::axes;
use super::canvas::{Anchor, Canvas};
use super::draw;
use super::ink::{BLACK, Colour};
use super::lanes;
use super::picture::{Entry, Frame, Group, Panel, Picture, Swatch};
use super::style::Style;

/// The colour of secondary text.
const MUTED: Colour = Colour(0x50, 0x50, 0x50);

/// At most this share of a column is left of the panels.
const LEFT_SHARE: f64 = 0.42;

/// A page, drawn.
pub(super) struct Page {
    /// The name of its file, without the form.
    pub(super) name: String,
    pub(super) canvas: Canvas,
}

/// The room beside the panels of a picture.
struct Margins {
    left: f64,
    right: f64,
}

/// Lays a picture out and draws it.
pub(super) fn pages(picture: &Picture, style: &Style) -> Vec<Page> {
    let margins = margins(picture, style);
    let heights: Vec<f64> = picture.groups.iter().map(|group| height(picture, group, style)).collect();
    let pages = partition(&heights, style);
    let numbered = pages.iter().enumerate();
    numbered
        .map(|(number, columns)| {
            let name = if number == 0 { picture.name.clone() } else { format!("{}-{}", picture.name, number + 1) };
            let canvas = page(picture, columns, &heights, &margins, style);
            Page { name, canvas }
        })
        .collect()
}

/// Which groups stand in which column of which page.
fn partition(heights: &[f64], style: &Style) -> Vec<Vec<Vec<usize>>> {
    let total: f64 = heights.iter().sum();
    let folds = style.fold.is_some_and(|most| total > most) && heights.len() > 1;
    if !folds {
        return vec![vec![(0..heights.len()).collect()]];
    }
    // As even as the groups allow: the first column has the half, rounded up to whole groups.
    let highest = (total / 2.0).min(style.page);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new()];
    let mut filled = 0.0;
    for (index, height) in heights.iter().enumerate() {
        let is_full = filled + height / 2.0 > highest && filled > 0.0;
        if is_full && !(columns.len().is_multiple_of(2) && total / 2.0 <= style.page) {
            columns.push(Vec::new());
            filled = 0.0;
        }
        filled += height;
        if let Some(column) = columns.last_mut() {
            column.push(index);
        }
    }
    columns.chunks(2).map(<[Vec<usize>]>::to_vec).collect()
}

/// Draws one page.
fn page(picture: &Picture, columns: &[Vec<usize>], heights: &[f64], margins: &Margins, style: &Style) -> Canvas {
    let count = columns.len() as f64;
    let width = style.column * count + style.gutter * (count - 1.0);
    let pad = if style.character.is_some() { 0.0 } else { 6.0 };
    let titles = style.wrap(&picture.title, style.title, width - 2.0 * pad);
    let subtitles = style.wrap(&picture.subtitle, style.text, width - 2.0 * pad);
    let legend = legend(&picture.legend, width - 2.0 * pad, style);
    let y_titles = usize::from(!picture.y_title.is_empty());
    let notes: Vec<String> =
        picture.all_notes(style).iter().flat_map(|note| style.wrap(note, style.text, width - 2.0 * pad)).collect();
    let rows = titles.len() + subtitles.len() + legend.len() + y_titles;
    let head = pad + rows as f64 * style.line + if style.character.is_some() { style.gap } else { 4.0 };
    let axis = if picture.has_one_axis { axes::axis_height(style) } else { 0.0 };
    let column_height = |column: &Vec<usize>| column.iter().map(|&index| heights[index]).sum::<f64>() + axis;
    let body = columns.iter().map(column_height).fold(0.0, f64::max);
    let foot = notes.len() as f64 * style.line + pad;
    let mut canvas = Canvas::new(width, (head + body + foot).ceil(), style.character);

    let mut y = pad;
    let mut next = || {
        y += style.line;
        y - style.line / 2.0
    };
    for title in &titles {
        canvas.text((pad, next()), style.title, Anchor::Start, BLACK, title);
    }
    for subtitle in &subtitles {
        canvas.text((pad, next()), style.text, Anchor::Start, MUTED, subtitle);
    }
    for row in &legend {
        let y = next();
        for (x, entry) in row {
            name(&mut canvas, (pad + x, y), entry, style);
        }
    }
    if y_titles > 0 {
        let y = next();
        for column in 0..columns.len() {
            let x = column as f64 * (style.column + style.gutter) + pad;
            canvas.text((x, y), style.text, Anchor::Start, MUTED, &picture.y_title);
        }
    }
    for (number, column) in columns.iter().enumerate() {
        let left = number as f64 * (style.column + style.gutter);
        column_of(&mut canvas, picture, column, (left, head), margins, style);
    }
    let mut y = head + body;
    for note in &notes {
        canvas.text((pad, y + style.line / 2.0), style.text, Anchor::Start, MUTED, note);
        y += style.line;
    }
    canvas
}

/// Draws the groups of a column from `(left, top)` on.
fn column_of(
    canvas: &mut Canvas,
    picture: &Picture,
    column: &[usize],
    (left, top): (f64, f64),
    margins: &Margins,
    style: &Style,
) {
    let mut y = top;
    let (inner_left, inner_right) = (left + margins.left, left + style.column - margins.right);
    for (place, &index) in column.iter().enumerate() {
        let group = &picture.groups[index];
        if !group.heading.is_empty() {
            let heading = style.cut(&group.heading, style.column - 12.0);
            let pad = if style.character.is_some() { 0.0 } else { 6.0 };
            canvas.text((left + pad, y + style.line / 2.0), style.text, Anchor::Start, BLACK, &heading);
            y += style.line;
        }
        y += above_panels(group, style);
        for panel in &group.panels {
            if let Some(heading) = &panel.heading {
                name(canvas, (inner_left, y + style.line / 2.0), heading, style);
                y += style.line;
            }
            let area =
                Area { left: inner_left, right: inner_right, top: y, bottom: y + frame_height(&panel.frame, style) };
            draw::panel(canvas, panel, &group.x, area, style);
            y = area.bottom + style.gap;
        }
        let is_last = place + 1 == column.len();
        if !picture.has_one_axis || is_last {
            let bottom = y - style.gap;
            axes::x_axis(canvas, &group.x, &group.x_title, (inner_left, inner_right, bottom), style);
            y = bottom + axes::axis_height(style) + style.gap;
        }
    }
}

/// How high a group is with the room below it, and with its axis if each has one.
fn height(picture: &Picture, group: &Group, style: &Style) -> f64 {
    let heading = |is_there: bool| if is_there { style.line } else { 0.0 };
    let panel = |panel: &Panel| heading(panel.heading.is_some()) + frame_height(&panel.frame, style) + style.gap;
    let axis = if picture.has_one_axis { 0.0 } else { axes::axis_height(style) };
    heading(!group.heading.is_empty()) + above_panels(group, style) + group.panels.iter().map(panel).sum::<f64>() + axis
}

/// The room above a panel whose uppermost number would touch the line before it.
fn above_panels(group: &Group, style: &Style) -> f64 {
    let touches = |panel: &Panel| panel.heading.is_none() && !matches!(panel.frame, Frame::Rows(_));
    let is_drawn = style.character.is_none();
    if is_drawn && group.panels.first().is_some_and(touches) { style.line * 0.4 } else { 0.0 }
}

fn frame_height(frame: &Frame, style: &Style) -> f64 {
    match frame {
        Frame::Rows(rows) => rows.len() as f64 * style.row,
        Frame::Tall(_) => style.tall,
        Frame::Strip(_) => style.strip,
        Frame::Lanes(lanes) => lanes::height(lanes, style),
    }
}

/// The same for all panels, so that their axes are in line.
fn margins(picture: &Picture, style: &Style) -> Margins {
    let frames = || picture.groups.iter().flat_map(|group| &group.panels).map(|panel| &panel.frame);
    let side = |texts: fn(&Frame) -> Vec<&str>| {
        frames().flat_map(|frame| texts(frame)).map(|text| style.width(text)).fold(0.0, f64::max)
    };
    let left = side(|frame| match frame {
        Frame::Rows(rows) => rows.iter().map(|row| row.label.as_str()).collect(),
        Frame::Tall(scale) | Frame::Strip(scale) => scale.ticks.iter().map(|tick| tick.label.as_str()).collect(),
        Frame::Lanes(lanes) => lanes.sections.iter().map(|section| section.label.as_str()).collect(),
    });
    let right = side(|frame| match frame {
        Frame::Rows(rows) => rows.iter().map(|row| row.value.as_str()).collect(),
        Frame::Tall(_) | Frame::Strip(_) | Frame::Lanes(_) => Vec::new(),
    });
    let last = picture.groups.iter().filter_map(|group| group.x.ticks.last());
    let overhang = last.map(|tick| style.width(&tick.label) / 2.0).fold(0.0, f64::max).min(style.column * 0.15);
    let room = axes::label_gap(style);
    Margins { left: (left + room).min(style.column * LEFT_SHARE), right: (right + room).max(overhang + 4.0) }
}

/// The entries of a legend with their places, row by row.
fn legend<'a>(entries: &'a [Entry], width: f64, style: &Style) -> Vec<Vec<(f64, &'a Entry)>> {
    let mut rows: Vec<Vec<(f64, &Entry)>> = Vec::new();
    let mut x = 0.0;
    for entry in entries {
        let needs = swatch_width(style) + style.width(&entry.label) + 3.0 * style.width(" ");
        match rows.last_mut() {
            Some(row) if x + needs <= width => row.push((x, entry)),
            _ => {
                x = 0.0;
                rows.push(vec![(x, entry)]);
            }
        }
        x += needs;
    }
    rows
}

fn swatch_width(style: &Style) -> f64 {
    style.character.map_or(12.0, |(width, _)| 2.0 * width)
}

/// A swatch and a name, from `x` on.
fn name(canvas: &mut Canvas, (x, y): (f64, f64), entry: &Entry, style: &Style) {
    match (entry.swatch, style.character) {
        (Swatch::Marker(look), None) => canvas.marker((x + 4.5, y), style.marker, look),
        (Swatch::Marker(look), Some(_)) => canvas.marker((x, y), style.marker, look),
        (Swatch::Surface(colour, _), None) => canvas.rectangle((x, y - 4.0), (9.0, 8.0), colour),
        (Swatch::Surface(colour, texture), Some(_)) => canvas.glyph((x, y), texture, colour),
    }
    let label = style.cut(&entry.label, style.column - swatch_width(style) - 12.0);
    canvas.text((x + swatch_width(style), y), style.text, Anchor::Start, BLACK, &label);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_too_high_is_folded_or_goes_to_several_pages() {
        let style = Style::page();
        let columns_of = |groups: usize, height: f64| {
            let pages = partition(&vec![height; groups], &style);
            pages.iter().map(|columns| columns.iter().map(Vec::len).collect()).collect::<Vec<Vec<usize>>>()
        };
        assert_eq!(columns_of(3, 100.0), [[3]]);
        assert_eq!(columns_of(6, 100.0), [[3, 3]]);
        assert_eq!(columns_of(7, 100.0), [[4, 3]]);
        assert_eq!(columns_of(16, 100.0), [[8, 8]]);
        assert_eq!(columns_of(1, 5_000.0), [[1]]);
        let many = columns_of(40, 100.0);
        assert_eq!(many.iter().flatten().sum::<usize>(), 40);
        assert!(many.len() == 3 && many.iter().all(|columns| columns.len() <= 2), "{many:?}");
    }

    #[test]
    fn every_group_stands_somewhere_once_and_in_order() {
        let style = Style::page();
        for heights in [vec![700.0, 10.0, 10.0], vec![10.0, 10.0, 700.0], vec![900.0, 900.0, 900.0], vec![]] {
            let places: Vec<usize> = partition(&heights, &style).concat().concat();
            assert_eq!(places, (0..heights.len()).collect::<Vec<_>>(), "{heights:?}");
        }
    }
}
