//! Lanes of a cell: the instances on each worker, and the states of each instance.

use serde::Serialize;

use super::super::ink::{self, Colour};
use super::super::picture::{Form, Paint, Section, Segment};
use super::story::{Stories, Story};
use crate::archive::rows::{Doing, Life, Span};
use taskmix_engine::record::State;

/// States of instances, from below. The later ones are darker too: they can be told apart without colours.
const STATES: [(&str, Colour, char, Form); 9] = [
    ("waiting", Colour(0xbf, 0xd9, 0xea), '·', Form::Thin),
    ("pending", Colour(0xf0, 0xbe, 0x55), '▒', Form::Full),
    ("queued", Colour(0xd8, 0xa8, 0xd0), ':', Form::Full),
    ("offloaded", ink::SKY, '▓', Form::Full),
    ("running", ink::BLUE, '█', Form::Full),
    (BLOCKED, DARK, '#', Form::Full),
    ("cancelled", ink::PURPLE, '/', Form::Stroke),
    ("failed", ink::VERMILLION, '!', Form::Stroke),
    ("stalled", ink::BLACK, '?', Form::Stroke),
];

const BLOCKED: &str = "blocked";

/// Darker than all others.
const DARK: Colour = Colour(0x5c, 0x10, 0x00);

const WAITING: u8 = 0;
const PENDING: u8 = 1;
const QUEUED: u8 = 2;
const OFFLOADED: u8 = 3;
const RUNNING: u8 = 4;
const BLOCKING: u8 = 5;
const CANCELLED: u8 = 6;
const FAILED: u8 = 7;
const STALLED: u8 = 8;

/// Tasks on threads, in order; a further one begins again. The states have other colours.
const TASKS: [(Colour, char); 6] = [
    (ink::GREEN, '■'),
    (ink::YELLOW, '○'),
    (Colour(0xa0, 0x5a, 0x2c), '◆'),
    (ink::GREY, '□'),
    (Colour(0x3c, 0x6e, 0x2e), '●'),
    (Colour(0xe8, 0xc4, 0xd8), '◇'),
];

/// On threads: a blocking call.
const EDGE: u8 = STATES.len() as u8 + TASKS.len() as u8;

/// So many threads have a lane with a name each.
const MOST_NAMED: u32 = 4;

/// The places of the paints in the list, for the page's script, which draws the same.
#[derive(Debug, Serialize)]
pub(super) struct PaintPlaces {
    waiting: u8,
    pending: u8,
    queued: u8,
    offloaded: u8,
    running: u8,
    blocked: u8,
    /// The strokes, in the order of cancelled, failed, stalled.
    ends: [u8; 3],
    /// The first of the tasks' paints and how many there are.
    tasks: (u8, u8),
    edge: u8,
}

impl PaintPlaces {
    pub(super) const fn new() -> Self {
        Self {
            waiting: WAITING,
            pending: PENDING,
            queued: QUEUED,
            offloaded: OFFLOADED,
            running: RUNNING,
            blocked: BLOCKING,
            ends: [CANCELLED, FAILED, STALLED],
            tasks: (STATES.len() as u8, TASKS.len() as u8),
            edge: EDGE,
        }
    }
}

/// The lanes of a cell.
#[derive(Debug)]
pub(super) struct Band {
    /// Empty if it is not known which instance was on which thread.
    pub(super) threads: Vec<Section>,
    /// A section for each task that has an instance.
    pub(super) instances: Vec<Section>,
}

impl Stories {
    /// All paints: states, tasks, and the edge of a blocking call.
    pub(super) fn paints(&self) -> Vec<Paint> {
        let is_recorded = self.cells.iter().any(|story| story.spans.is_some());
        let states = STATES.map(|(label, colour, texture, form)| {
            // Without spans it is not known when an instance runs.
            let label = if label == "running" && !is_recorded { "started, not ended" } else { label };
            Paint { label: label.to_owned(), colour, texture, form }
        });
        let task = |(number, (colour, texture)): (usize, (Colour, char))| {
            let names: Vec<&str> = self.tasks.iter().skip(number).step_by(TASKS.len()).map(String::as_str).collect();
            Paint { label: format!("thread: {}", names.join(", ")), colour, texture, form: Form::Full }
        };
        let edge = Paint { label: BLOCKED.to_owned(), colour: DARK, texture: '#', form: Form::Edge };
        states.into_iter().chain(TASKS.into_iter().enumerate().map(task)).chain([edge]).collect()
    }
}

/// The lanes of a cell, on an axis that ends at the end of all stories.
pub(super) fn band(story: &Story, stories: &Stories) -> Band {
    let mut instances = Vec::new();
    let mut spans = story.spans.as_deref().unwrap_or_default();
    let mut first = 0;
    for lives in story.lives.chunk_by(|one, other| one.task == other.task) {
        let mut segments = Vec::new();
        for (lane, life) in (0..).zip(lives) {
            let own = spans.iter().take_while(|span| span.life == first + lane).count();
            let (own_spans, rest) = spans.split_at(own);
            spans = rest;
            let lane = Lane { number: lane, end: stories.end, segments: &mut segments };
            lane.draw(life, story.spans.as_ref().map(|_| own_spans));
        }
        first += lives.len() as u32;
        let label = stories.tasks[lives[0].task].clone();
        instances.push(Section { label, lanes: lives.len(), is_thread: false, segments });
    }
    Band { threads: threads(story), instances }
}

/// The lane of an instance.
struct Lane<'a> {
    number: u32,
    /// The end of the lane of an instance that never ended.
    end: f64,
    segments: &'a mut Vec<Segment>,
}

impl Lane<'_> {
    fn draw(mut self, life: &Life, spans: Option<&[Span]>) {
        let end = life.finished.unwrap_or(self.end);
        let started = life.started.unwrap_or(end);
        self.push(life.scheduled, started, PENDING);
        match spans {
            None => self.push(started, end, RUNNING),
            Some(spans) => self.spans(spans, started, end),
        }
        let stroke = match life.state {
            State::Cancelled => CANCELLED,
            State::Failed => FAILED,
            State::Stalled => STALLED,
            State::Pending | State::Running | State::Done => return,
        };
        self.segments.push(Segment { lane: self.number, from: end, to: end, paint: stroke });
    }

    /// Spans, and waits between them.
    fn spans(&mut self, spans: &[Span], started: f64, end: f64) {
        let mut drawn = started;
        for span in spans {
            self.push(drawn, span.start, WAITING);
            let (start, paint) = match span.doing {
                Doing::Run => (span.start, RUNNING),
                Doing::Block => (span.start, BLOCKING),
                Doing::Offload => (span.start, OFFLOADED),
                // Queued within a poll, of which it still is the end.
                Doing::Queue => (span.start.max(drawn), QUEUED),
            };
            self.push(start, span.end, paint);
            drawn = drawn.max(span.end);
        }
        self.push(drawn, end, WAITING);
    }

    fn push(&mut self, from: f64, to: f64, paint: u8) {
        if to > from {
            self.segments.push(Segment { lane: self.number, from, to, paint });
        }
    }
}

/// A lane for each worker, if there are spans.
fn threads(story: &Story) -> Vec<Section> {
    let count = story.workers();
    let is_named = count <= MOST_NAMED;
    let section =
        |label: String, lanes: u32| Section { label, lanes: lanes as usize, is_thread: true, segments: Vec::new() };
    let mut sections: Vec<Section> = if is_named {
        (0..count).map(|worker| section(format!("worker {worker}"), 1)).collect()
    } else {
        vec![section(format!("{count} threads"), count)]
    };
    for (worker, span) in story.on_workers() {
        let (place, lane) = if is_named { (worker as usize, 0) } else { (0, worker) };
        let task = story.lives[span.life as usize].task % TASKS.len();
        let mut push = |paint: usize| {
            let segment = Segment { lane, from: span.start, to: span.end, paint: paint as u8 };
            sections[place].segments.push(segment);
        };
        push(STATES.len() + task);
        if span.doing == Doing::Block {
            push(usize::from(EDGE));
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(life: &Life, spans: Option<&[Span]>) -> Vec<(f64, f64, u8)> {
        let mut segments = Vec::new();
        Lane { number: 3, end: 100.0, segments: &mut segments }.draw(life, spans);
        assert!(segments.iter().all(|segment| segment.lane == 3));
        segments.into_iter().map(|segment| (segment.from, segment.to, segment.paint)).collect()
    }

    fn life(state: State, started: Option<f64>, finished: Option<f64>) -> Life {
        Life { task: 0, instance: 0, state, scheduled: 10.0, started, finished, busy: None, longest: None }
    }

    #[test]
    fn time_between_spans_is_waiting() {
        let span = |start, end, doing| Span { life: 0, worker: Some(0), start, end, doing };
        let spans = [
            span(20.0, 25.0, Doing::Run),
            span(25.0, 40.0, Doing::Block),
            span(38.0, 50.0, Doing::Queue),
            span(50.0, 55.0, Doing::Offload),
        ];
        assert_eq!(
            drawn(&life(State::Done, Some(20.0), Some(60.0)), Some(&spans)),
            [
                (10.0, 20.0, PENDING),
                (20.0, 25.0, RUNNING),
                (25.0, 40.0, BLOCKING),
                (40.0, 50.0, QUEUED),
                (50.0, 55.0, OFFLOADED),
                (55.0, 60.0, WAITING),
            ]
        );
    }

    #[test]
    fn an_instance_that_never_ended_goes_on_to_the_end_and_is_marked_there() {
        assert_eq!(drawn(&life(State::Stalled, None, None), None), [(10.0, 100.0, PENDING), (100.0, 100.0, STALLED)]);
        let stalled = drawn(&life(State::Stalled, Some(20.0), None), Some(&[]));
        assert_eq!(stalled, [(10.0, 20.0, PENDING), (20.0, 100.0, WAITING), (100.0, 100.0, STALLED)]);
        let cancelled = drawn(&life(State::Cancelled, None, Some(15.0)), None);
        assert_eq!(cancelled, [(10.0, 15.0, PENDING), (15.0, 15.0, CANCELLED)]);
    }

    #[test]
    fn paints_have_places_of_their_own_and_the_dark_ones_differ_in_lightness() {
        let Colour(red, green, blue) = DARK;
        let dark = u32::from(red) + u32::from(green) + u32::from(blue);
        let others = STATES.iter().filter(|(label, ..)| ![BLOCKED, "stalled"].contains(label));
        for (label, Colour(red, green, blue), ..) in others {
            assert!(u32::from(*red) + u32::from(*green) + u32::from(*blue) > dark + 100, "{label}");
        }
        assert!(TASKS.iter().all(|(colour, _)| STATES.iter().all(|(_, other, ..)| other != colour)));
        let textures: Vec<char> = STATES.iter().map(|state| state.2).chain(TASKS.map(|task| task.1)).collect();
        assert!(textures.iter().enumerate().all(|(place, texture)| !textures[..place].contains(texture)));
    }
}
