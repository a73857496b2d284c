//! The timeline: the states of each thread and each instance in one cell of each engine, on one axis of time.
//!
//! `story` chooses the cells, `bands` turns them into lanes, and `packed` has the same in a form that a page can draw again and
//! again.

mod bands;
mod packed;
mod story;

use super::ink;
use super::matrix::Matrix;
use super::picture::{Entry, Frame, Group, Lanes, Paint, Panel, Picture, Swatch};
use super::scale::Scale;
use super::{PlotError, PlotSource, words};
use bands::Band;
pub use packed::TimelineData;
use story::Stories;
use taskmix_engine::metric::Kind;

/// About so many marks on the axis.
const TICKS: usize = 5;

/// A timeline: drawn, and as data.
#[derive(Debug)]
pub struct Timeline {
    /// The picture.
    pub picture: Picture,
    /// Its data, for a page that draws it itself. `None` if they would be too big for a page.
    pub data: Option<TimelineData>,
}

/// The timeline; `None` if there are no instances.
pub(super) fn timeline(source: &PlotSource) -> Result<Option<Timeline>, PlotError> {
    let Some(stories) = Stories::read(source)? else { return Ok(None) };
    let bands: Vec<Band> = stories.cells.iter().map(|story| bands::band(story, &stories)).collect();
    let picture = picture(&stories, &bands);
    let data = packed::packed(&stories, seen(&stories, &bands));
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
    let entry = |paint: Paint| Entry { label: paint.label, swatch: Swatch::Surface(paint.colour, paint.texture) };
    let (repeats, failed) = words::repeats(&stories.repeats());
    Picture {
        name: "timeline".to_owned(),
        title: words::title(matrix, "timeline"),
        subtitle: words::sentences(&[&repeats, &which(stories), &words::setting(matrix)]),
        legend: seen(stories, bands).into_iter().map(entry).collect(),
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
    let by_workers = if matrix.varies_workers() { "The most workers of each engine." } else { "" };
    words::sentences(&[&at, by_workers])
}

/// The paints that occur, one of each colour.
fn seen(stories: &Stories, bands: &[Band]) -> Vec<Paint> {
    let sections = bands.iter().flat_map(|band| band.threads.iter().chain(&band.instances));
    let mut is_seen = [false; 1 + u8::MAX as usize];
    for segment in sections.flat_map(|section| &section.segments) {
        is_seen[usize::from(segment.paint)] = true;
    }
    let mut seen: Vec<Paint> = Vec::new();
    for (paint, _) in stories.paints().into_iter().zip(is_seen).filter(|(_, is_seen)| *is_seen) {
        if seen.iter().all(|other| other.colour != paint.colour) {
            seen.push(paint);
        }
    }
    seen
}

impl story::Story {
    fn look(&self) -> ink::Look {
        ink::look(&self.cell.variant.engine)
    }
}
