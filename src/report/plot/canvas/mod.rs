//! The canvas of pictures: lines, surfaces, markers and text, which become SVG, PNG or characters.
//!
//! The only module that names the library `kuva`. It must not know what is drawn.

mod characters;
mod text;

use std::f64::consts::PI;
use std::fmt::Write as _;

use kuva::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::render::color::Color;
use kuva::render::render::{PathData, Primitive, Scene, TextAnchor};
use kuva::render::render_utils::{generate_ticks, generate_ticks_log};

use super::ink::{Colour, Look, Marker, YELLOW};
use characters::Glyphs;
pub(super) use text::text_width;
use text::{clean, legible, short_numbers};

/// The typefaces: the one whose widths are measured, then common ones.
const FONT: &str = "DejaVu Sans, Verdana, Arial, Helvetica, sans-serif";

/// How many pixels of a PNG make one of the picture.
const PNG_SCALE: f32 = 3.0;

/// Half the height of the typeface's capitals, in ems; a trace more, so that no text slips into the line above.
const HALF_A_CAPITAL: f64 = 0.3646;

/// Where text stands about its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A rectangle: left, top, right, bottom.
pub(super) type Block = (f64, f64, f64, f64);

/// A picture in the making. Coordinates are pixels from the upper left corner, of 1/96 inch in print.
pub(super) struct Canvas {
    scene: Scene,
    /// Made of characters, of this many pixels each.
    characters: Option<(f64, f64)>,
    glyphs: Glyphs,
}

impl Canvas {
    /// A white canvas.
    pub(super) fn new(width: f64, height: f64, characters: Option<(f64, f64)>) -> Self {
        let mut scene = Scene::new(width, height);
        scene.font_family = Some(FONT.to_owned());
        scene.text_color = Some("#000000".to_owned());
        Self { scene, characters, glyphs: Glyphs::default() }
    }

    /// Text whose capitals are centred on `y`.
    pub(super) fn text(&mut self, (x, y): (f64, f64), size: u32, anchor: Anchor, colour: Colour, text: &str) {
        let anchor = match anchor {
            Anchor::Start => TextAnchor::Start,
            Anchor::Middle => TextAnchor::Middle,
            Anchor::End => TextAnchor::End,
        };
        let content = clean(text);
        let y = y + f64::from(size) * HALF_A_CAPITAL;
        let ink = Some(paint(colour));
        self.scene.add(Primitive::Text { x, y, content, size, anchor, rotate: None, bold: false, color: ink });
    }

    /// A single character of any colour, where pictures are made of characters.
    pub(super) fn glyph(&mut self, (x, y): (f64, f64), glyph: char, colour: Colour) {
        let (size, anchor) = (self.characters.map_or(8.0, |(_, height)| height), TextAnchor::Start);
        let content = self.glyphs.stand_in((glyph, colour)).to_string();
        let y = y + size * HALF_A_CAPITAL;
        let size = size as u32;
        self.scene.add(Primitive::Text { x, y, content, size, anchor, rotate: None, bold: false, color: None });
    }

    /// A straight line.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: Colour, width: f64) {
        self.stroke(from, to, colour, width, None);
    }

    /// A straight line of dashes.
    pub(super) fn dashes(&mut self, from: (f64, f64), to: (f64, f64), colour: Colour, width: f64) {
        self.stroke(from, to, colour, width, Some("4 3".to_owned()));
    }

    fn stroke(&mut self, from: (f64, f64), to: (f64, f64), colour: Colour, width: f64, dashes: Option<String>) {
        self.scene.add(Primitive::Line {
            x1: from.0,
            y1: from.1,
            x2: to.0,
            y2: to.1,
            stroke: paint(colour),
            stroke_width: width,
            stroke_dasharray: dashes,
        });
    }

    /// A line through points; yellow, which is hard to see on white, gets an edge.
    pub(super) fn curve(&mut self, points: &[(f64, f64)], colour: Colour, width: f64) {
        if points.len() < 2 {
            return;
        }
        if self.characters.is_some() {
            // An outline is drawn with dots; a line would partly be drawn with strokes, which are meant for axes.
            let data = PathData {
                d: outline(points),
                fill: None,
                stroke: paint(colour),
                stroke_width: width,
                opacity: None,
                stroke_dasharray: None,
            };
            self.scene.add(Primitive::Path(Box::new(data)));
            return;
        }
        let mut stroke = |colour: Colour, stroke_width| {
            let points = points.iter().map(|&(x, y)| (tenths(x), tenths(y))).collect();
            self.scene.add(Primitive::PolyLine { points, stroke: paint(colour), stroke_width, stroke_dasharray: None });
        };
        if colour == YELLOW {
            stroke(EDGE, width + 1.2);
        }
        stroke(colour, width);
    }

    /// A filled rectangle.
    pub(super) fn rectangle(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), colour: Colour) {
        // A rectangle that ends where a character begins would take that one too.
        let less = self.characters.map_or(0.0, |(width, _)| width * 0.01);
        self.scene.add(Primitive::Rect {
            x,
            y,
            width: (width - less).max(0.0),
            height,
            fill: paint(colour),
            stroke: (colour == YELLOW).then(|| paint(EDGE)),
            stroke_width: (colour == YELLOW).then_some(0.5),
            opacity: None,
        });
    }

    /// Rectangles of one colour, of which there may be thousands.
    pub(super) fn blocks(&mut self, blocks: &[Block], colour: Colour) {
        let mut path = String::with_capacity(blocks.len() * 24);
        for &(left, top, right, bottom) in blocks {
            let [left, top, right, bottom] = [left, top, right, bottom].map(tenths);
            let _ = write!(path, "M{left} {top}H{right}V{bottom}H{left}Z");
        }
        if !path.is_empty() {
            self.fill(path, paint(colour), Color::None, None);
        }
    }

    /// A filled surface.
    pub(super) fn surface(&mut self, corners: &[(f64, f64)], colour: Colour, opacity: Option<f64>) {
        self.path(corners, paint(colour), Color::None, opacity);
    }

    /// An engine's marker.
    pub(super) fn marker(&mut self, (x, y): (f64, f64), radius: f64, look: Look) {
        if self.characters.is_some() {
            self.glyph((x, y), look.marker.character(look.is_hollow), look.colour);
            return;
        }
        let line = paint(if look.colour == YELLOW { EDGE } else { look.colour });
        let fill = if look.is_hollow { paint(Colour(255, 255, 255)) } else { paint(look.colour) };
        let corner = |turn: f64, radius: f64| (x + radius * (turn * PI).sin(), y - radius * (turn * PI).cos());
        let regular = |start: f64, corners: u8, radius: f64| -> Vec<(f64, f64)> {
            (0..corners).map(|at| corner(start + 2.0 * f64::from(at) / f64::from(corners), radius)).collect()
        };
        let shape = match look.marker {
            Marker::Circle => {
                self.scene.add(Primitive::Circle {
                    cx: x,
                    cy: y,
                    r: radius,
                    fill,
                    fill_opacity: None,
                    stroke: Some(line),
                    stroke_width: Some(1.0),
                });
                return;
            }
            Marker::Cross | Marker::Plus => {
                let start = if look.marker == Marker::Cross { 0.25 } else { 0.0 };
                for turn in [start, start + 0.5] {
                    let (from, to) = (corner(turn, radius * 1.2), corner(turn + 1.0, radius * 1.2));
                    self.line(from, to, look.colour, 1.6);
                }
                return;
            }
            Marker::Square => regular(0.25, 4, radius * 1.3),
            Marker::Diamond => regular(0.0, 4, radius * 1.35),
            Marker::Up => regular(0.0, 3, radius * 1.35),
            Marker::Down => regular(1.0, 3, radius * 1.35),
            Marker::Left => regular(1.5, 3, radius * 1.35),
            Marker::Right => regular(0.5, 3, radius * 1.35),
        };
        self.path(&shape, fill, line, None);
    }

    fn path(&mut self, corners: &[(f64, f64)], fill: Color, stroke: Color, opacity: Option<f64>) {
        self.fill(outline(corners) + "Z", fill, stroke, opacity);
    }

    fn fill(&mut self, d: String, fill: Color, stroke: Color, opacity: Option<f64>) {
        let stroke_width = if matches!(stroke, Color::None) { 0.0 } else { 1.0 };
        let data = PathData { d, fill: Some(fill), stroke, stroke_width, opacity, stroke_dasharray: None };
        self.scene.add(Primitive::Path(Box::new(data)));
    }

    /// As SVG that scales with its frame, with a title and a description for readers who can't see it.
    pub(super) fn svg(&self, title: &str, description: &str) -> String {
        let text = short_numbers(&SvgBackend::new().with_pretty(true).render_scene(&self.scene));
        let Some((tag, rest)) = text.split_once('>') else { return text };
        let (width, height) = (self.scene.width, self.scene.height);
        let escaped = |text: &str| legible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let (title, description) = (escaped(title), escaped(description));
        format!(
            "{tag} viewBox=\"0 0 {width} {height}\" role=\"img\">\n  <title>{title}</title>\n  <desc>{description}</desc>{rest}"
        )
    }

    /// As PNG; `Err` is the library's message.
    pub(super) fn png(&self) -> Result<Vec<u8>, String> {
        RasterBackend::new().with_scale(PNG_SCALE).render_scene(&self.scene)
    }

    /// As lines of characters, coloured by escape sequences.
    pub(super) fn lines(&mut self) -> String {
        let (width, height) = self.characters.unwrap_or((8.0, 16.0));
        let (columns, rows) = ((self.scene.width / width).ceil(), (self.scene.height / height).ceil());
        characters::render(&mut self.scene, &self.glyphs, columns as usize, rows as usize)
    }
}

/// The edge of yellow lines and surfaces.
const EDGE: Colour = Colour(0x66, 0x60, 0x10);

/// Points in the form of the library's paths.
fn outline(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{letter}{} {}", tenths(x), tenths(y));
    }
    path
}

/// A tenth of a pixel is enough, and shorter.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn paint(Colour(red, green, blue): Colour) -> Color {
    Color::Rgb(red, green, blue)
}

/// About so many round numbers from 0 to `high`.
pub(super) fn linear_ticks(high: f64, about: usize) -> Vec<f64> {
    generate_ticks(0.0, high, about)
}

/// Powers of ten from `low` to `high`, both above zero, and over few decades their doubles and fivefolds.
pub(super) fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    generate_ticks_log(low, high)
}
