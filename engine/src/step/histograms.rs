//! The times of named steps: a histogram for each worker and name.

use std::sync::{Mutex, PoisonError};

use hdrhistogram::Histogram;

use crate::plan::{Op, Program};
use crate::record::{Placed, StepHistogram, StepPart, Worker};

/// An hour in nanoseconds: the longest that a cell may take.
const LONGEST: u64 = 3_600_000_000_000;

/// The histograms of all named steps: for each worker (and once for threads that are no worker), for each task, for each name.
#[derive(Debug)]
pub(super) struct Histograms(Vec<Mutex<Vec<Vec<Times>>>>);

/// The figures of one named step.
#[derive(Debug)]
pub(super) struct Times {
    pub(super) total: Histogram<u64>,
    /// The times of waiting and of holding, if the step waits and holds.
    parts: Option<[Histogram<u64>; 2]>,
    /// Where its rounds were done, if it has any.
    pub(super) placed: Placed,
}

/// A part of a named step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Wait,
    Hold,
}

/// The times of a named step under way, ticks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mark {
    /// When it began.
    pub(super) began: u64,
    /// When its present part began.
    pub(super) since: u64,
}

impl Times {
    fn new(waits: bool) -> Self {
        Self { total: histogram(), parts: waits.then(|| [histogram(), histogram()]), placed: Placed::default() }
    }

    pub(super) fn part(&mut self, part: Part) -> &mut Histogram<u64> {
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

    /// How much memory they take, bytes; all of it is written when they are made.
    pub(super) fn bytes(&self) -> u64 {
        let histograms = |times: &Times| 1 + 2 * u64::from(times.parts.is_some());
        let in_worker = |tasks: &Vec<Vec<Times>>| tasks.iter().flatten().map(histograms).sum::<u64>();
        let count: u64 =
            self.0.iter().map(|tasks| in_worker(&tasks.lock().unwrap_or_else(PoisonError::into_inner))).sum();
        if count == 0 { 0 } else { count * histogram().distinct_values() as u64 * size_of::<u64>() as u64 }
    }

    pub(super) fn record(&self, task: u16, name: u16, ns: u64, part: impl FnOnce(&mut Times) -> &mut Histogram<u64>) {
        self.with(task, name, |times| part(times).saturating_record(ns.max(1)));
    }

    pub(super) fn with(&self, task: u16, name: u16, change: impl FnOnce(&mut Times)) {
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

    fn sum(&self, task: usize, name: usize, part: impl Fn(&Times) -> Option<&Histogram<u64>>) -> StepPart {
        let mut sum = histogram();
        for worker in &self.0 {
            let histograms = worker.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(recorded) = part(&histograms[task][name]) {
                sum.add(recorded).expect("all have the same bounds");
            }
        }
        StepPart { buckets: sum.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value())).collect() }
    }
}

/// Whether each of a program's named steps waits for something or holds it.
fn waits(program: &Program) -> Vec<bool> {
    let mut waits = vec![false; program.names.len()];
    let waiting = |op: Op| op.syncs() || matches!(op, Op::Offload { .. });
    let sync = (0..program.ops.len()).filter(|at| waiting(program.ops[*at].op));
    for name in sync.filter_map(|at| program.name_at(at)) {
        waits[usize::from(name)] = true;
    }
    waits
}
