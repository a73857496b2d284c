//! Steps that have an `as`: how long each took, in a histogram for each worker and name.

use std::sync::{Mutex, PoisonError};

use hdrhistogram::Histogram;

use super::run::Shared;
use crate::plan::Program;
use crate::record::clock::tick;
use crate::record::{Placed, StepHistogram, StepPart, Worker};

/// An hour in nanoseconds: the longest that a cell may take.
const LONGEST: u64 = 3_600_000_000_000;

/// The histograms of all named steps: for each worker (and one for threads that are nobody's), for each task, for each name.
#[derive(Debug)]
pub(super) struct Histograms(Vec<Mutex<Vec<Vec<Times>>>>);

/// The figures of one named step.
#[derive(Debug)]
struct Times {
    total: Histogram<u64>,
    /// Waiting and holding, of a step that does.
    parts: Option<[Histogram<u64>; 2]>,
    /// Where its rounds were done, if it has any.
    placed: Placed,
}

/// A part of a named step.
#[derive(Debug, Clone, Copy)]
enum Part {
    Wait,
    Hold,
}

/// The times of a named step under way, ticks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mark {
    /// When it began.
    began: u64,
    /// When its present part began.
    since: u64,
}

impl Times {
    fn new(waits: bool) -> Self {
        Self { total: histogram(), parts: waits.then(|| [histogram(), histogram()]), placed: Placed::default() }
    }

    fn part(&mut self, part: Part) -> &mut Histogram<u64> {
        let parts = self.parts.as_mut().expect("a step that waits or holds");
        &mut parts[part as usize]
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).expect("bounds that a histogram takes")
}

impl Histograms {
    /// Makes room before the span, for the names of each of `programs`.
    pub(super) fn new<'a>(workers: usize, programs: impl Iterator<Item = &'a Program>) -> Self {
        let waits: Vec<Vec<bool>> = programs.map(waits).collect();
        let all = || waits.iter().map(|names| names.iter().map(|waits| Times::new(*waits)).collect()).collect();
        Self((0..=workers).map(|_| Mutex::new(all())).collect())
    }

    /// How much memory they take, bytes; all of it is written as they are made.
    pub(super) fn bytes(&self) -> u64 {
        let each = |times: &Times| 1 + 2 * u64::from(times.parts.is_some());
        let of_worker = |tasks: &Vec<Vec<Times>>| tasks.iter().flatten().map(each).sum::<u64>();
        let count: u64 =
            self.0.iter().map(|tasks| of_worker(&tasks.lock().unwrap_or_else(PoisonError::into_inner))).sum();
        if count == 0 { 0 } else { count * histogram().distinct_values() as u64 * size_of::<u64>() as u64 }
    }

    fn record(&self, task: u16, name: u16, ns: u64, of: impl FnOnce(&mut Times) -> &mut Histogram<u64>) {
        self.with(task, name, |times| of(times).saturating_record(ns.max(1)));
    }

    fn with(&self, task: u16, name: u16, change: impl FnOnce(&mut Times)) {
        let index = usize::from(Worker::current().number).min(self.0.len() - 1);
        let mut histograms = self.0[index].lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut histograms[usize::from(task)][usize::from(name)]);
    }

    /// All workers' figures together, for the names of each task.
    pub(super) fn collect(&self, names: &[&[String]]) -> Vec<StepHistogram> {
        let mut collected = Vec::new();
        for (task, names) in names.iter().enumerate() {
            for (name, step) in names.iter().enumerate() {
                let part = |part| self.sum(task, name, |times| times.parts.as_ref().map(|parts| &parts[part as usize]));
                collected.push(StepHistogram {
                    task: task as u16,
                    step: step.clone(),
                    wait: part(Part::Wait),
                    hold: part(Part::Hold),
                    total: self.sum(task, name, |times| Some(&times.total)),
                    placed: self.placed(task, name),
                });
            }
        }
        collected
    }

    fn placed(&self, task: usize, name: usize) -> Placed {
        let mut sum = Placed::default();
        for worker in &self.0 {
            sum.add(worker.lock().unwrap_or_else(PoisonError::into_inner)[task][name].placed);
        }
        sum
    }

    fn sum(&self, task: usize, name: usize, of: impl Fn(&Times) -> Option<&Histogram<u64>>) -> StepPart {
        let mut sum = histogram();
        for worker in &self.0 {
            let histograms = worker.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(of) = of(&histograms[task][name]) {
                sum.add(of).expect("all have the same bounds");
            }
        }
        StepPart { buckets: sum.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value())).collect() }
    }
}

/// Whether each of a program's named steps waits for something or holds it.
fn waits(program: &Program) -> Vec<bool> {
    let mut waits = vec![false; program.names.len()];
    let meeting = (0..program.ops.len()).filter(|at| program.ops[*at].op.meets());
    for name in meeting.filter_map(|at| program.name_at(at)) {
        waits[usize::from(name)] = true;
    }
    waits
}

/// A named step begins.
pub(super) fn enter(marks: Option<&mut Vec<Mark>>, name: u16) {
    let marks = marks.expect("a program with named steps keeps marks");
    let index = usize::from(name);
    if marks.len() <= index {
        marks.resize(index + 1, Mark::default());
    }
    let now = tick();
    marks[index] = Mark { began: now, since: now };
}

/// What the step needs is there.
pub(super) fn has(marks: Option<&mut Vec<Mark>>, name: u16, shared: &Shared, task: u16) {
    turn(marks, name, tick(), shared, task, Some(Part::Wait));
}

/// It has let go of it at `until`.
pub(super) fn lets_go(marks: Option<&mut Vec<Mark>>, name: u16, until: u64, shared: &Shared, task: u16) {
    turn(marks, name, until, shared, task, Some(Part::Hold));
}

/// The rounds of the step that is about to let go of its connection were done so.
pub(super) fn placed(name: u16, placed: Placed, shared: &Shared, task: u16) {
    shared.histograms.with(task, name, |times| times.placed.add(placed));
}

/// It needs the next.
pub(super) fn needs_another(marks: Option<&mut Vec<Mark>>, name: u16, shared: &Shared, task: u16) {
    turn(marks, name, tick(), shared, task, None);
}

/// A part of a named step is over at `now`, which counts as `part`, and the next begins.
fn turn(marks: Option<&mut Vec<Mark>>, name: u16, now: u64, shared: &Shared, task: u16, part: Option<Part>) {
    let mark = &mut marks.expect("a program with named steps keeps marks")[usize::from(name)];
    let since = std::mem::replace(&mut mark.since, now);
    if let Some(part) = part {
        let ns = shared.recorder.timeline().length_ns(now.saturating_sub(since));
        shared.histograms.record(task, name, ns, |times| times.part(part));
    }
}

/// A named step ends.
pub(super) fn leave(marks: Option<&mut Vec<Mark>>, name: u16, shared: &Shared, task: u16) {
    let began = marks.expect("a program with named steps keeps marks")[usize::from(name)].began;
    let ns = shared.recorder.timeline().length_ns(tick().saturating_sub(began));
    shared.histograms.record(task, name, ns, |times| &mut times.total);
}
