//! Steps that have an `as`: how long each took, in a histogram for each worker and name.

use std::sync::{Mutex, PoisonError};

use hdrhistogram::Histogram;

use super::run::Shared;
use crate::record::clock::tick;
use crate::record::{StepHistogram, StepPart, Worker};

/// An hour in nanoseconds: the longest that a cell may take.
const LONGEST: u64 = 3_600_000_000_000;

/// The histograms of all named steps: for each worker (and one for threads that are nobody's), for each task, for each name.
#[derive(Debug)]
pub(super) struct Histograms(Vec<Mutex<Vec<Vec<Histogram<u64>>>>>);

impl Histograms {
    /// Makes room before the span, for `names` of each task.
    pub(super) fn new(workers: usize, names: &[usize]) -> Self {
        let one = || Histogram::new_with_bounds(1, LONGEST, 3).expect("bounds that a histogram takes");
        let all = || names.iter().map(|names| (0..*names).map(|_| one()).collect()).collect();
        Self((0..=workers).map(|_| Mutex::new(all())).collect())
    }

    fn record(&self, worker: Worker, task: u16, name: u16, ns: u64) {
        let index = usize::from(worker.number).min(self.0.len() - 1);
        let mut histograms = self.0[index].lock().unwrap_or_else(PoisonError::into_inner);
        histograms[usize::from(task)][usize::from(name)].saturating_record(ns.max(1));
    }

    /// All workers' figures together, for the names of each task.
    pub(super) fn collect(&self, names: &[&[String]]) -> Vec<StepHistogram> {
        let mut collected = Vec::new();
        for (task, names) in names.iter().enumerate() {
            for (name, step) in names.iter().enumerate() {
                collected.push(StepHistogram {
                    task: task as u16,
                    step: step.clone(),
                    wait: StepPart::default(),
                    hold: StepPart::default(),
                    total: self.total(task, name),
                });
            }
        }
        collected
    }

    fn total(&self, task: usize, name: usize) -> StepPart {
        let mut sum = Histogram::<u64>::new_with_bounds(1, LONGEST, 3).expect("bounds that a histogram takes");
        for worker in &self.0 {
            let histograms = worker.lock().unwrap_or_else(PoisonError::into_inner);
            sum.add(&histograms[task][name]).expect("all have the same bounds");
        }
        StepPart { buckets: sum.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value())).collect() }
    }
}

/// A named step begins.
pub(super) fn enter(marks: Option<&mut Vec<u64>>, name: u16) {
    let marks = marks.expect("a program with named steps keeps marks");
    let index = usize::from(name);
    if marks.len() <= index {
        marks.resize(index + 1, 0);
    }
    marks[index] = tick();
}

/// A named step ends.
pub(super) fn leave(marks: Option<&mut Vec<u64>>, name: u16, shared: &Shared, task: u16) {
    let began = marks.expect("a program with named steps keeps marks")[usize::from(name)];
    let ns = shared.recorder.timeline().length_ns(tick().saturating_sub(began));
    shared.histograms.record(Worker::current(), task, name, ns);
}
