//! Rows of many lanes: their states in a short period, mixed by share to one colour. In pictures of characters, the character
//! is that of the most frequent state.

use std::collections::BTreeMap;

use super::super::area::Area;
use super::super::canvas::{Block, Canvas};
use super::super::ink::Colour;
use super::super::picture::{Form, Paint, Section};
use super::super::scale::Scale;
use super::super::style::Style;

/// Mixed colours are told apart by so many levels of each of the three lights: more are not seen, and make a bigger file.
const LEVELS: f64 = 24.0;

/// The least strength of a colour: any activity can be seen.
const LEAST_STRENGTH: f64 = 0.25;

/// A smaller share comes from rounding.
const LEAST_SHARE: f64 = 1e-6;

/// The shares of the paints in a section: for each row, column and paint, in columns.
struct Shares {
    rows: usize,
    columns: usize,
    paints: usize,
    cells: Vec<f32>,
}

impl Shares {
    /// Adds up the segments of a section of which `bin` lanes make a row.
    fn of(section: &Section, paints: &[Paint], bin: usize, x: &Scale, columns: usize) -> Self {
        let rows = section.lanes.div_ceil(bin).max(1);
        let mut shares = Self { rows, columns, paints: paints.len(), cells: vec![0.0; rows * columns * paints.len()] };
        for segment in &section.segments {
            let (row, paint) = (segment.lane as usize / bin, usize::from(segment.paint));
            let (from, to) = (x.at(segment.from) * columns as f64, x.at(segment.to) * columns as f64);
            let last = (to as usize).min(columns - 1);
            if paints[paint].form == Form::Stroke {
                shares.add(row, last, paint, 1.0);
                continue;
            }
            for column in (from as usize).min(columns - 1)..=last {
                let begin = column as f64;
                shares.add(row, column, paint, to.min(begin + 1.0) - from.max(begin));
            }
        }
        // The last row may have fewer lanes than the others.
        for row in 0..rows {
            let lanes = bin.min(section.lanes - row * bin).max(1) as f32;
            let place = row * columns * paints.len();
            for share in &mut shares.cells[place..place + columns * paints.len()] {
                *share /= lanes;
            }
        }
        shares
    }

    fn add(&mut self, row: usize, column: usize, paint: usize, share: f64) {
        self.cells[(row * self.columns + column) * self.paints + paint] += share.max(0.0) as f32;
    }

    fn cell(&self, row: usize, column: usize) -> &[f32] {
        let place = (row * self.columns + column) * self.paints;
        &self.cells[place..place + self.paints]
    }
}

/// Draws a section of which `bin` lanes make a row.
pub(super) fn draw(
    canvas: &mut Canvas,
    section: &Section,
    paints: &[Paint],
    bin: usize,
    x: &Scale,
    area: Area,
    style: &Style,
) {
    let columns = (((area.right - area.left) / style.mixed.0) as usize).max(1);
    let shares = Shares::of(section, paints, bin, x, columns);
    let width = (area.right - area.left) / columns as f64;
    let height = (area.bottom - area.top) / shares.rows as f64;
    if style.character.is_some() {
        characters(canvas, &shares, paints, (area.left, area.top), style.mixed);
        return;
    }
    let mut blocks: BTreeMap<(u8, u8, u8), Vec<Block>> = BTreeMap::new();
    for row in 0..shares.rows {
        let between = super::between(height);
        let (top, bottom) = (area.top + row as f64 * height + between, area.top + (row + 1) as f64 * height - between);
        let colours: Vec<Option<Colour>> = (0..columns).map(|column| mix(shares.cell(row, column), paints)).collect();
        let mut begin = 0;
        for same in colours.chunk_by(|one, other| one == other) {
            let end = begin + same.len();
            if let Some(Colour(red, green, blue)) = same[0] {
                let (left, right) = (area.left + begin as f64 * width, area.left + end as f64 * width);
                blocks.entry((red, green, blue)).or_default().push((left, top, right, bottom));
            }
            begin = end;
        }
    }
    for ((red, green, blue), blocks) in blocks {
        canvas.blocks(&blocks, Colour(red, green, blue));
    }
}

/// The mixed colour of these shares, which is the stronger the more they are; `None` if there are none.
fn mix(shares: &[f32], paints: &[Paint]) -> Option<Colour> {
    let weighed =
        || shares.iter().zip(paints).map(|(share, paint)| (f64::from(*share) * weight(paint.form), paint.colour));
    let sum: f64 = weighed().map(|(share, _)| share).sum();
    if sum < LEAST_SHARE {
        return None;
    }
    let strength = (LEAST_STRENGTH + (1.0 - LEAST_STRENGTH) * sum.min(1.0).sqrt()) / sum;
    let light = |part: fn(Colour) -> u8| {
        let dark: f64 = weighed().map(|(share, colour)| share * (255.0 - f64::from(part(colour)))).sum();
        let light = 1.0 - dark * strength / 255.0;
        ((light * LEVELS).round() / LEVELS * 255.0).round() as u8
    };
    Some(Colour(light(|colour| colour.0), light(|colour| colour.1), light(|colour| colour.2)))
}

/// How much of a lane is filled: where lanes are mixed, a thin form is faint.
const fn weight(form: Form) -> f64 {
    match form {
        Form::Full | Form::Stroke => 1.0,
        Form::Thin => 0.5,
        Form::Edge => 0.35,
    }
}

/// A character for each cell with any paint: that of the paint with the greatest share.
fn characters(
    canvas: &mut Canvas,
    shares: &Shares,
    paints: &[Paint],
    (left, top): (f64, f64),
    (width, height): (f64, f64),
) {
    for row in 0..shares.rows {
        for column in 0..shares.columns {
            let cell = shares.cell(row, column).iter().zip(paints).filter(|(share, _)| **share > 0.0);
            let most = cell.max_by(|(one, _), (other, _)| one.total_cmp(other));
            if let Some((_, paint)) = most {
                let place = (left + (column as f64 + 0.5) * width, top + (row as f64 + 0.5) * height);
                canvas.glyph(place, paint.texture, paint.colour);
            }
        }
    }
}
