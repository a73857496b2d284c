//! The timeline: for one cell of each engine what each thread and each instance did, on one axis of time.
//!
//! What is shown is chosen in `story`, turned into lanes in `bands`; `packed` has the same in a form that a page can draw again
//! and again.

mod bands;
mod packed;
mod story;

use super::data::Matrix;
use super::ink;
use super::picture::{Entry, Frame, Group, Lanes, Panel, Picture, Swatch};
use super::scale::Scale;
use super::{PlotError, PlotSource, words};
use crate::metric::Kind;
use bands::Band;
pub(super) use story::has_lives;
use story::Stories;

/// About so many marks on the axis.
const TICKS: usize = 5;

/// A timeline: drawn, and as data.
#[derive(Debug)]
pub struct Timeline {
    /// The picture.
    pub picture: Picture,
    /// What it was drawn from, as JSON without any line break, for a page that draws it itself. `None` if that would be too big
    /// for one.
    pub data: Option<String>,
}

/// The timeline; `None` if there are no instances.
pub(super) fn timeline(source: &PlotSource) -> Result<Option<Timeline>, PlotError> {
    let Some(stories) = Stories::read(source)? else { return Ok(None) };
    let bands: Vec<Band> = stories.cells.iter().map(|story| bands::band(story, &stories)).collect();
    let picture = picture(&stories, &bands);
    let data = packed::packed(&stories, &bands);
    Ok(Some(Timeline { picture, data }))
}

fn picture(stories: &Stories, bands: &[Band]) -> Picture {
    let matrix = &stories.matrix;
    let share = 1.0 / bands.len().max(1) as f64;
    let panel = |(story, band): (&story::Story, &Band)| {
        let heading = Entry { label: matrix.label(&story.cell.variant), swatch: Swatch::Marker(story.look()) };
        let sections = band.threads.iter().chain(&band.instances).cloned().collect();
        let lanes = Lanes { sections, paints: stories.paints(), share };
        Panel { heading: Some(heading), frame: Frame::Lanes(lanes), marks: Vec::new() }
    };
    let panels = stories.cells.iter().zip(bands).map(panel).collect();
    let x = Scale::linear(Kind::Time, stories.end, TICKS);
    let group = Group { heading: matrix.heading(&stories.place), panels, x_title: x.title("since the start"), x };
    let (repeats, failed) = words::repeats(&stories.repeats());
    Picture {
        name: "timeline".to_owned(),
        title: words::title(matrix, "timeline"),
        subtitle: words::sentences(&[&repeats, &which(stories), &words::setting(matrix)]),
        legend: legend(stories, bands),
        y_title: String::new(),
        groups: vec![group],
        has_one_axis: false,
        notes: stories.notes().into_iter().chain(words::some(failed)).collect(),
    }
}

/// Which of several points and numbers of workers are shown.
fn which(stories: &Stories) -> String {
    let matrix: &Matrix = &stories.matrix;
    let place = matrix.heading(&stories.place);
    let at = if place.is_empty() { String::new() } else { format!("The last of {} points.", matrix.places.len()) };
    let crews = if matrix.has_crews() { "The most workers of each engine." } else { "" };
    words::sentences(&[&at, crews])
}

/// What is painted anywhere.
fn legend(stories: &Stories, bands: &[Band]) -> Vec<Entry> {
    let sections = || bands.iter().flat_map(|band| band.threads.iter().chain(&band.instances));
    let is_seen = |number: usize| {
        let mut segments = sections().flat_map(|section| &section.segments);
        segments.any(|segment| usize::from(segment.paint) == number)
    };
    let paints = stories.paints();
    let seen = paints.into_iter().enumerate().filter(|(number, _)| is_seen(*number)).map(|(_, paint)| paint);
    // One line for what is painted alike.
    let mut entries: Vec<Entry> = Vec::new();
    for paint in seen {
        if entries.iter().all(|entry| entry.label != paint.label) {
            entries.push(Entry { label: paint.label, swatch: Swatch::Surface(paint.colour, paint.texture) });
        }
    }
    entries
}

impl story::Story {
    fn look(&self) -> ink::Look {
        ink::look(&self.cell.variant.engine)
    }
}
