//! A picture before it is drawn: what stands in it, in the units of its data.

use super::ink::{Colour, Look};
use super::lanes;
use super::scale::Scale;
use super::style::Style;

/// One picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The name of its file, without the form.
    pub(super) name: String,
    pub(super) title: String,
    /// What must be known to read it: repeats, intervals.
    pub(super) subtitle: String,
    /// Empty where everything is named in its place.
    pub(super) legend: Vec<Entry>,
    /// What the vertical axes are; empty if they have none.
    pub(super) y_title: String,
    pub(super) groups: Vec<Group>,
    /// Whether all groups have the same horizontal axis, which then stands below the last one only.
    pub(super) has_one_axis: bool,
    /// What is to be doubted or missing.
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

    /// What must be known to read it, and what is to be doubted: for a caption, and for those who can't see it.
    pub fn caption(&self) -> String {
        let parts = std::iter::once(self.subtitle.clone()).chain(self.all_notes(&Style::page()));
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The notes, with what lanes have to say of their rows in this size.
    pub(super) fn all_notes(&self, style: &Style) -> Vec<String> {
        let frames = self.groups.iter().flat_map(|group| &group.panels).map(|panel| &panel.frame);
        let lanes = frames.filter_map(|frame| if let Frame::Lanes(lanes) = frame { Some(lanes) } else { None });
        lanes::note(lanes, style).into_iter().chain(self.notes.iter().cloned()).collect()
    }
}

/// A line of a legend, or the heading of a panel.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) swatch: Swatch,
}

/// What stands before a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Swatch {
    Marker(Look),
    /// A surface, and the character of which it is made where there are but characters.
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

/// What stands on both sides of a row.
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
    /// What segments are painted with, from below: who stands later in the list hides who stands before.
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

/// A stretch of a lane, in the units of the horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    /// From 0, from above.
    pub(super) lane: u32,
    pub(super) from: f64,
    pub(super) to: f64,
    /// The place of its paint in the list.
    pub(super) paint: u8,
}

/// What a segment looks like.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Paint {
    /// What it means.
    pub(super) label: String,
    pub(super) colour: Colour,
    /// The character of which it is made where there are but characters.
    pub(super) texture: char,
    pub(super) form: Form,
}

/// How much of a lane a segment fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// All of it, and it is seen however short it was.
    Full,
    /// A thin line.
    Thin,
    /// The lower edge, on top of another.
    Edge,
    /// A stroke at its end.
    Stroke,
}
