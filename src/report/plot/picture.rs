//! A picture before it is drawn: its content, in the units of its data.

use super::ink::{Colour, Look};
use super::scale::Scale;

/// One picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The name of its file, without the form.
    pub(super) name: String,
    pub(super) title: String,
    /// Facts needed to read it: repeats, intervals.
    pub(super) subtitle: String,
    /// Empty where everything is named in its place.
    pub(super) legend: Vec<Entry>,
    /// The title of the vertical axes; empty if there is none.
    pub(super) y_title: String,
    pub(super) groups: Vec<Group>,
    /// Whether all groups have the same horizontal axis, which then stands below the last one only.
    pub(super) has_one_axis: bool,
    /// Notes on doubtful or missing figures.
    pub(super) notes: Vec<String>,
}

impl Picture {
    /// The name of its file, without the form.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it shows.
    pub fn title(&self) -> &str {
        &self.title
    }
}

/// A line of a legend, or the heading of a panel.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) swatch: Swatch,
}

/// The sign before a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Swatch {
    Marker(Look),
    /// A surface, and its character in pictures made of characters.
    Surface(Colour, char),
}

/// Panels one below the other, over a horizontal axis.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The point of the matrix and the task; empty if there is nothing to tell apart.
    pub(super) heading: String,
    pub(super) panels: Vec<Panel>,
    pub(super) x: Scale,
    pub(super) x_title: String,
}

/// One rectangle with marks in it.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    /// The engine, where each has a panel of its own.
    pub(super) heading: Option<Entry>,
    pub(super) frame: Frame,
    pub(super) marks: Vec<Mark>,
}

/// The vertical axis of a panel.
#[derive(Debug, Clone)]
pub(super) enum Frame {
    /// A row for each, from above.
    Rows(Vec<RowLabel>),
    /// Numbers, on a panel of the usual height.
    Tall(Scale),
    /// Numbers, on a panel that is one of many.
    Strip(Scale),
    /// Lanes of time.
    Lanes(Lanes),
}

/// The texts on both sides of a row.
#[derive(Debug, Clone)]
pub(super) struct RowLabel {
    pub(super) label: String,
    /// The figure, as text.
    pub(super) value: String,
}

/// Something in a panel, in the units of its axes; rows count from 0.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// A bar from zero.
    Bar { row: usize, to: f64, look: Look },
    /// A point in a row.
    Point { row: usize, at: f64, look: Look },
    /// An interval in a row.
    Whisker { row: usize, low: f64, high: f64 },
    /// A line through points.
    Line { points: Vec<(f64, f64)>, look: Look },
    /// Markers.
    Dots { points: Vec<(f64, f64)>, look: Look },
    /// A surface between two lines: `(x, low, high)`.
    Band { points: Vec<(f64, f64, f64)>, look: Look },
    /// The same, opaque; its name is written on it where there is room.
    Area { points: Vec<(f64, f64, f64)>, colour: Colour, texture: char, label: &'static str },
    /// A vertical interval.
    Range { x: f64, low: f64, high: f64, look: Look },
    /// A level that holds for all x.
    Level { y: f64, look: Look },
    /// Moments at which something is above every value.
    Beyond { xs: Vec<f64> },
}

/// Lanes of time in sections, one below the other.
#[derive(Debug, Clone)]
pub(super) struct Lanes {
    pub(super) sections: Vec<Section>,
    /// The paints of segments, from below: a later paint hides an earlier one.
    pub(super) paints: Vec<Paint>,
    /// Which share of the picture's height its instances have, above 0, at most 1.
    pub(super) share: f64,
}

/// Lanes that belong together.
#[derive(Debug, Clone)]
pub(super) struct Section {
    pub(super) label: String,
    pub(super) lanes: usize,
    /// Whether a lane is a thread, which is always drawn; else it is an instance, of which a row may have many.
    pub(super) is_thread: bool,
    pub(super) segments: Vec<Segment>,
}

/// A part of a lane, in the units of the horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    /// From 0, from above.
    pub(super) lane: u32,
    pub(super) from: f64,
    pub(super) to: f64,
    /// The place of its paint in the list.
    pub(super) paint: u8,
}

/// The look of a segment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Paint {
    /// Its meaning, for the legend.
    pub(super) label: String,
    pub(super) colour: Colour,
    /// Its character in pictures made of characters.
    pub(super) texture: char,
    pub(super) form: Form,
}

/// How much of a lane a segment fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// All of it, with a minimum width.
    Full,
    /// A thin line.
    Thin,
    /// The lower edge, on top of another.
    Edge,
    /// A stroke at its end.
    Stroke,
}
