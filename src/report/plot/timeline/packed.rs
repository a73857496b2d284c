//! A timeline as data for a page that draws it again and again: every instance and span, packed to a few bytes each.
//!
//! It must not know how the page draws. The form is for the page alone and changes with it: `html/timeline/data.js` reads it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

use super::super::picture::{Form, Paint};
use super::bands::PaintPlaces;
use super::story::{Stories, Story};
use crate::archive::rows::{Doing, Life, Span};
use taskmix_engine::record::State;

/// A timeline for a page.
#[derive(Debug)]
pub struct TimelineData {
    /// All of it, as JSON in one line.
    pub json: String,
    /// The engines, as the picture names them, in order.
    pub engines: Vec<String>,
    /// The legend: a name, and a colour as `#rrggbb`.
    pub legend: Vec<(String, String)>,
}

/// A page has at most so many bytes of it.
const MOST_BYTES: usize = 8_500_000;

/// How exact it is: the first of these that makes it small enough.
const PACKINGS: [Packing; 4] = [
    Packing { steps: 1e8, gap: 0.0 },
    Packing { steps: 1e7, gap: 0.0 },
    Packing { steps: 1e7, gap: 5e-5 },
    Packing { steps: 1e6, gap: 5e-4 },
];

struct Packing {
    /// At most so many units make the whole time.
    steps: f64,
    /// Spans of an instance on the same thread become one if the gap between them is a smaller share of all time.
    gap: f64,
}

/// A worker with a greater number is written after the flags, not in them.
const MOST_BESIDE: u32 = 62;

#[derive(Serialize)]
struct Packed<'a> {
    /// The unit of times, in nanoseconds.
    unit_ns: f64,
    /// The end of the axis, in units.
    end: u64,
    tasks: &'a [String],
    paints: Vec<PackedPaint>,
    /// Which paints mean what.
    places: PaintPlaces,
    engines: Vec<PackedEngine>,
}

#[derive(Serialize)]
struct PackedPaint {
    colour: [u8; 3],
    form: &'static str,
}

#[derive(Serialize)]
struct PackedEngine {
    name: String,
    workers: u32,
    /// For each task with instances its place and how many they are.
    sections: Vec<(usize, usize)>,
    lives: String,
    spans: Option<String>,
}

/// `None` if there is too much of it.
pub(super) fn packed(stories: &Stories, legend: Vec<Paint>) -> Option<TimelineData> {
    let paints = stories.paints();
    let (unit_ns, engines) = PACKINGS.iter().find_map(|packing| {
        let unit_ns = 10_f64.powf((stories.end / packing.steps).log10().ceil().max(0.0));
        let clock = Clock { unit_ns, gap_ns: packing.gap * stories.end };
        let engines: Vec<PackedEngine> = stories.cells.iter().map(|story| clock.engine(story, stories)).collect();
        let bytes = |engine: &PackedEngine| engine.lives.len() + engine.spans.as_ref().map_or(0, String::len);
        (engines.iter().map(bytes).sum::<usize>() <= MOST_BYTES).then_some((unit_ns, engines))
    })?;
    let packed = Packed {
        unit_ns,
        end: (stories.end / unit_ns).ceil().max(1.0) as u64,
        tasks: &stories.tasks,
        paints: paints.iter().map(paint).collect(),
        places: PaintPlaces::new(),
        engines,
    };
    let colour =
        |paint: Paint| (paint.label, format!("#{:02x}{:02x}{:02x}", paint.colour.0, paint.colour.1, paint.colour.2));
    Some(TimelineData {
        json: serde_json::to_string(&packed).ok()?,
        engines: packed.engines.into_iter().map(|engine| engine.name).collect(),
        legend: legend.into_iter().map(colour).collect(),
    })
}

fn paint(paint: &Paint) -> PackedPaint {
    let form = match paint.form {
        Form::Full => "full",
        Form::Thin => "thin",
        Form::Edge => "edge",
        Form::Stroke => "stroke",
    };
    PackedPaint { colour: [paint.colour.0, paint.colour.1, paint.colour.2], form }
}

/// How times are written.
struct Clock {
    unit_ns: f64,
    /// A shorter gap between two spans is closed.
    gap_ns: f64,
}

impl Clock {
    fn engine(&self, story: &Story, stories: &Stories) -> PackedEngine {
        let tasks = story.lives.chunk_by(|one, other| one.task == other.task);
        let mut lives = Vec::new();
        for task in tasks.clone() {
            self.lives(task, &mut lives);
        }
        let spans = story.spans.as_ref().map(|spans| BASE64_STANDARD.encode(self.spans(spans, &story.lives)));
        PackedEngine {
            name: stories.matrix.label(&story.cell.variant),
            workers: story.workers(),
            sections: tasks.map(|task| (task[0].task, task.len())).collect(),
            lives: BASE64_STANDARD.encode(lives),
            spans,
        }
    }

    fn at(&self, time: f64) -> u64 {
        (time / self.unit_ns).round() as u64
    }

    /// The instances of a task: flags for the known times, the number and the release as differences, then the wait, the service,
    /// the time on a thread and the longest run slice.
    fn lives(&self, lives: &[Life], out: &mut Vec<u8>) {
        let (mut next, mut before) = (0_u64, 0);
        for life in lives {
            let state = match life.state {
                State::Pending | State::Running | State::Done => 0,
                State::Cancelled => 1,
                State::Failed => 2,
                State::Stalled => 3,
            };
            let scheduled = self.at(life.scheduled);
            let started = life.started.map(|time| self.at(time));
            let since = started.unwrap_or(scheduled);
            let service = life.finished.map(|time| self.at(time) - since);
            let times = [
                started.map(|time| time - scheduled),
                service,
                life.busy.map(|time| self.at(time)),
                life.longest.map(|time| self.at(time)),
            ];
            let flags = (0..).zip(&times).map(|(bit, time)| u8::from(time.is_some()) << (2 + bit));
            out.push(state | flags.sum::<u8>());
            number(out, zigzag(life.instance.cast_signed().wrapping_sub(next.cast_signed())));
            number(out, scheduled - before);
            for time in times.into_iter().flatten() {
                number(out, time);
            }
            (next, before) = (life.instance.wrapping_add(1), scheduled);
        }
    }

    /// Spans: flags for the kind and the worker, if any, the instance and the start as differences, the length.
    fn spans(&self, spans: &[Span], lives: &[Life]) -> Vec<u8> {
        let (mut out, mut last, mut before) = (Vec::new(), None, 0_u64);
        for Span { life: its, worker, start, end, doing } in self.joined(spans) {
            let doing = match doing {
                Doing::Run => 0,
                Doing::Block => 1,
                Doing::Offload => 2,
                Doing::Queue => 3,
            };
            let beside = worker.map_or(0, |worker| worker.min(MOST_BESIDE) + 1);
            out.push(doing | (beside as u8) << 2);
            if let Some(worker) = worker.filter(|worker| *worker >= MOST_BESIDE) {
                number(&mut out, u64::from(worker));
            }
            number(&mut out, u64::from(its - last.unwrap_or(0)));
            if last != Some(its) {
                before = self.at(lives[its as usize].scheduled);
            }
            let (start, end) = (self.at(start), self.at(end));
            number(&mut out, zigzag(start.cast_signed() - before.cast_signed()));
            number(&mut out, end - start);
            (last, before) = (Some(its), end);
        }
        out
    }

    /// Spans without the gaps that are too short.
    fn joined(&self, spans: &[Span]) -> Vec<Span> {
        let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut() {
                Some(last)
                    if (last.life, last.worker, last.doing) == (span.life, span.worker, span.doing)
                        && span.start - last.end < self.gap_ns =>
                {
                    last.end = last.end.max(span.end);
                }
                _ => joined.push(*span),
            }
        }
        joined
    }
}

/// Seven bits a byte, the lowest first; the eighth is set if more follow (LEB128).
fn number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A number with its sign as the lowest bit.
const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(instance: u64, scheduled: f64, started: Option<f64>, finished: Option<f64>) -> Life {
        Life { task: 0, instance, state: State::Done, scheduled, started, finished, busy: None, longest: None }
    }

    #[test]
    fn an_instance_takes_a_few_bytes() {
        let clock = Clock { unit_ns: 10.0, gap_ns: 0.0 };
        let mut out = Vec::new();
        let lives =
            [life(0, 100.0, Some(130.0), Some(2130.0)), life(5, 200.0, None, None), life(1, 200.0, None, Some(210.0))];
        clock.lives(&lives, &mut out);
        // 200 units are two bytes; the number goes on from the one before.
        assert_eq!(out, [0b1100, 0, 10, 3, 0xc8, 1, 0, 8, 10, 0b1000, 9, 0, 1]);
    }

    #[test]
    fn spans_count_from_what_was_before_and_short_gaps_are_closed() {
        let span = |life, start, end, doing| Span { life, worker: Some(1), start, end, doing };
        let lives = [life(0, 100.0, Some(100.0), None), life(1, 500.0, Some(500.0), None)];
        let spans = [
            span(0, 110.0, 120.0, Doing::Run),
            span(0, 125.0, 130.0, Doing::Run),
            span(0, 140.0, 150.0, Doing::Block),
            span(1, 500.0, 510.0, Doing::Run),
        ];
        let clock = |gap_ns| Clock { unit_ns: 1.0, gap_ns };
        assert_eq!(clock(0.0).spans(&spans, &lives), [8, 0, 20, 10, 8, 0, 10, 5, 9, 0, 20, 10, 8, 1, 0, 10]);
        assert_eq!(clock(6.0).joined(&spans).len(), 3);
    }

    #[test]
    fn numbers_and_signs_are_as_javascript_reads_them() {
        let mut out = Vec::new();
        for value in [0, 127, 128, 300] {
            number(&mut out, value);
        }
        assert_eq!(out, [0, 127, 0x80, 1, 0xac, 2]);
        assert_eq!([0, -1, 1, -2, i64::MIN].map(zigzag), [0, 1, 2, 3, u64::MAX]);
    }
}
