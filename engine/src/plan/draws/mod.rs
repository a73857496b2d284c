//! All random draws, from the scenario's seed: releases, cancellations, durations, and the order of equal times.
//!
//! Every engine, in every language, gets the same work. Each purpose and task has its own stream of a named generator
//! (`ChaCha8`), so that a change to one task leaves the draws of the others unchanged.

use std::time::Duration;

use rand::seq::{SliceRandom, index};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, Normal};

use super::children::{ChildrenPlan, sequence};
use super::program::nanoseconds;
use super::work::{MOST_DURATIONS, Work};
use crate::record::layout::NEVER;
use crate::scenario::{Arrival, CancelTime, Length, Task};

/// The draws of one point, as arrays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draws {
    /// For each slot, the intended release, nanoseconds; [`NEVER`] where it is known only at run time.
    pub scheduled_ns: Vec<u64>,
    /// For each slot, the intended cancellation: nanoseconds since the start of the span, or since the release where that is
    /// known only at run time. [`NEVER`] if there is none.
    pub cancel_ns: Vec<u64>,
    /// For each slot, the index of its task.
    pub task: Vec<u16>,
    /// For each slot, the number of its instance within the task.
    pub instance: Vec<u32>,
    /// How many slots belong to open arrivals; these are the first slots, in order of release.
    pub open: u32,
    /// For each task, the first slot of its block if it is a closed loop.
    pub first_slot: Vec<Option<u32>>,
    /// For each task, the slots of its children, if it has any.
    pub children: Vec<Option<ChildrenPlan>>,
    /// For each task, its random durations, nanoseconds: one row per instance.
    pub durations: Vec<DrawTable>,
    /// For each task, the think times of a closed loop: one row, or one per instance if they are random.
    pub thinks: Vec<DrawTable>,
}

/// Rows of numbers; instance i uses row i modulo the number of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DrawTable {
    /// How many numbers a row has.
    pub width: u32,
    /// The numbers.
    pub values: Vec<u64>,
}

/// The purpose of a stream.
#[derive(Clone, Copy)]
enum Purpose {
    Release = 1,
    Cancel = 2,
    Duration = 3,
    Think = 4,
    Order = 5,
}

fn stream(seed: u64, purpose: Purpose, task: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((purpose as u64) << 32 | task as u64);
    rng
}

impl Draws {
    /// Draws everything that `tasks` need.
    pub fn new(tasks: &[Task], seed: u64) -> Self {
        let mut draws = Self::default();
        draws.assign_slots(tasks, seed);
        draws.cancel_ns = vec![NEVER; draws.task.len()];
        draws.request_cancels(tasks, seed);
        for (index, task) in tasks.iter().enumerate() {
            draws.durations.push(durations(
                &Work::new(&task.steps),
                task.count,
                &mut stream(seed, Purpose::Duration, index),
            ));
            draws.thinks.push(thinks(task, &mut stream(seed, Purpose::Think, index)));
        }
        draws
    }

    /// Gives every instance its slot: open arrivals in order of release, then a block for each closed loop, then a block for the
    /// children of each task that spawns.
    fn assign_slots(&mut self, tasks: &[Task], seed: u64) {
        let mut releases: Vec<(u64, u16)> = Vec::new();
        for (index, task) in tasks.iter().enumerate() {
            if let Some(times) = release_times(task, &mut stream(seed, Purpose::Release, index)) {
                releases.extend(times.into_iter().map(|time| (time, index as u16)));
            }
        }
        // A shuffle before a stable sort by time puts equal times in seeded random order.
        if tasks.len() > 1 {
            releases.shuffle(&mut stream(seed, Purpose::Order, 0));
        }
        releases.sort_by_key(|(time, _)| *time);

        let mut next = vec![0_u32; tasks.len()];
        for (time, task) in releases {
            self.add(time, task, &mut next);
        }
        self.open = self.task.len() as u32;
        for (index, task) in tasks.iter().enumerate() {
            let closed = matches!(task.arrival, Arrival::Closed { .. });
            self.first_slot.push(closed.then_some(self.task.len() as u32));
            if closed {
                for _ in 0..task.count {
                    self.add(NEVER, index as u16, &mut next);
                }
            }
        }
        for task in tasks {
            let children = sequence(&task.steps);
            let first_slot = self.task.len() as u32;
            let each = children.len() as u32;
            self.children.push((each > 0).then_some(ChildrenPlan { first_slot, each }));
            for _ in 0..if each > 0 { task.count } else { 0 } {
                for child in &children {
                    self.add(NEVER, *child, &mut next);
                }
            }
        }
    }

    fn add(&mut self, scheduled_ns: u64, task: u16, next: &mut [u32]) {
        self.scheduled_ns.push(scheduled_ns);
        self.task.push(task);
        self.instance.push(next[usize::from(task)]);
        next[usize::from(task)] += 1;
    }

    /// Draws exactly round(share × count) instances of each task that has a `cancel`.
    fn request_cancels(&mut self, tasks: &[Task], seed: u64) {
        let mut chosen: Vec<Option<Vec<bool>>> = Vec::with_capacity(tasks.len());
        for (index, task) in tasks.iter().enumerate() {
            chosen.push(task.cancel.map(|_| {
                let (count, amount) = (task.count as usize, task.cancelled() as usize);
                let mut marks = vec![false; count];
                for instance in index::sample(&mut stream(seed, Purpose::Cancel, index), count, amount) {
                    marks[instance] = true;
                }
                marks
            }));
        }
        for slot in 0..self.task.len() {
            let task = usize::from(self.task[slot]);
            let (Some(marks), Some(cancel)) = (&chosen[task], tasks[task].cancel) else { continue };
            if marks[self.instance[slot] as usize] {
                self.cancel_ns[slot] = cancel_time(cancel.when, self.scheduled_ns[slot]);
            }
        }
    }
}

/// The time of an intended cancellation. In a closed loop, where `scheduled_ns` is [`NEVER`], the engine adds the release.
fn cancel_time(when: CancelTime, scheduled_ns: u64) -> u64 {
    match (when, scheduled_ns) {
        (CancelTime::After(delay), NEVER) => nanoseconds(delay),
        (CancelTime::After(delay), scheduled) => scheduled.saturating_add(nanoseconds(delay)),
        (CancelTime::At(time), NEVER) => nanoseconds(time),
        (CancelTime::At(time), scheduled) => nanoseconds(time).max(scheduled),
    }
}

/// The intended releases of an open arrival, in order.
fn release_times(task: &Task, rng: &mut ChaCha8Rng) -> Option<Vec<u64>> {
    let count = u64::from(task.count);
    match task.arrival {
        Arrival::Burst => Some(vec![0; task.count as usize]),
        Arrival::Every(period) => {
            let period = nanoseconds(period);
            Some((0..count).map(|i| i.saturating_mul(period)).collect())
        }
        Arrival::Poisson { per_second } => {
            let gaps = Exp::new(per_second).expect("the parser lets only positive, finite rates through");
            let mut time = 0.0_f64;
            Some(
                (0..count)
                    .map(|_| {
                        time += gaps.sample(rng);
                        (time * 1e9) as u64
                    })
                    .collect(),
            )
        }
        Arrival::Closed { .. } | Arrival::Spawned(_) => None,
    }
}

fn durations(work: &Work, count: u32, rng: &mut ChaCha8Rng) -> DrawTable {
    let width = work.drawn.len();
    if width == 0 {
        return DrawTable::default();
    }
    let rows = (MOST_DURATIONS / width).clamp(1, count as usize);
    let values = (0..rows).flat_map(|_| &work.drawn).map(|drawn| draw(drawn.length, rng)).collect();
    DrawTable { width: width as u32, values }
}

fn thinks(task: &Task, rng: &mut ChaCha8Rng) -> DrawTable {
    let Arrival::Closed { think, .. } = task.arrival else { return DrawTable::default() };
    if let Length::Fixed(think) = think {
        return DrawTable { width: 1, values: vec![nanoseconds(think)] };
    }
    let rows = (task.count as usize).min(MOST_DURATIONS);
    DrawTable { width: 1, values: (0..rows).map(|_| draw(think, rng)).collect() }
}

/// One duration, nanoseconds. A negative draw counts as 0. A draw above one hour, the longest duration in a scenario, counts as
/// one hour.
fn draw(length: Length, rng: &mut ChaCha8Rng) -> u64 {
    let seconds = match length {
        Length::Fixed(fixed) => return nanoseconds(fixed),
        Length::Uniform { low, high } => return rng.random_range(nanoseconds(low)..=nanoseconds(high)),
        Length::Exp { mean } => Exp::new(1.0 / mean.as_secs_f64()).expect("a positive mean").sample(rng),
        Length::Normal { mean, deviation } => {
            Normal::new(mean.as_secs_f64(), deviation.as_secs_f64()).expect("a finite deviation").sample(rng)
        }
    };
    nanoseconds(Duration::from_secs_f64(seconds.clamp(0.0, 3600.0)))
}

#[cfg(test)]
mod tests;
