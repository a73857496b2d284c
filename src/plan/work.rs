//! How much work a task's steps are: by arithmetic, without running them.
//!
//! What an engine counts is held against this, so that work that never ran can't go unnoticed.

use super::draws::MOST_DURATIONS;
use super::program::{fixed, nanoseconds};
use crate::scenario::{Length, Step, Verb};

/// The durations of one instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Work {
    /// Fixed work of `cpu` steps, nominal nanoseconds.
    pub fixed_cpu_ns: u64,
    /// Other fixed durations, nanoseconds: sleeping and blocking.
    pub fixed_waits_ns: u64,
    /// The drawn durations in the order in which they are taken; at most one more than can be drawn.
    pub drawn: Vec<Drawn>,
    /// Some loop holds at least this many draws or steps of time that the arithmetic had to saturate.
    pub saturated: bool,
}

/// One drawn duration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn {
    /// Its distribution.
    pub length: Length,
    /// Whether it is work of a `cpu` step.
    pub is_cpu: bool,
}

impl Work {
    /// The work of `steps`.
    pub fn new(steps: &[Step]) -> Self {
        let mut work = Self::default();
        for step in steps {
            match &step.verb {
                Verb::Cpu { work: length, .. } => work.add(*length, true),
                Verb::Sleep(length) | Verb::Block(length) => work.add(*length, false),
                Verb::Yield => {}
                Verb::Offload { steps, .. } => work.append(&Self::new(steps), 1),
                Verb::Loop { times, steps } => work.append(&Self::new(steps), *times),
            }
        }
        work
    }

    /// Whether more durations are drawn than one instance may take.
    pub fn draws_too_much(&self) -> bool {
        self.drawn.len() > MOST_DURATIONS
    }

    /// The `cpu` work of an instance with these draws, nominal nanoseconds.
    pub fn cpu_ns(&self, draws: &[u64]) -> u64 {
        let drawn = self.drawn.iter().zip(draws).filter(|(drawn, _)| drawn.is_cpu).map(|(_, ns)| *ns);
        drawn.fold(self.fixed_cpu_ns, u64::saturating_add)
    }

    /// The mean of an instance's `cpu` work, nominal nanoseconds.
    pub fn mean_cpu_ns(&self) -> u64 {
        self.mean(self.fixed_cpu_ns, true)
    }

    /// The mean of an instance's sleeping and blocking, nanoseconds.
    pub fn mean_waits_ns(&self) -> u64 {
        self.mean(self.fixed_waits_ns, false)
    }

    fn mean(&self, fixed: u64, is_cpu: bool) -> u64 {
        let drawn = self.drawn.iter().filter(|drawn| drawn.is_cpu == is_cpu).map(|drawn| mean(drawn.length));
        drawn.fold(fixed, u64::saturating_add)
    }

    fn add(&mut self, length: Length, is_cpu: bool) {
        match fixed(length) {
            None => self.drawn.push(Drawn { length, is_cpu }),
            Some(ns) if is_cpu => self.fixed_cpu_ns = self.saturating(self.fixed_cpu_ns, ns, 1),
            Some(ns) => self.fixed_waits_ns = self.saturating(self.fixed_waits_ns, ns, 1),
        }
    }

    fn append(&mut self, body: &Self, times: u32) {
        self.saturated |= body.saturated;
        self.fixed_cpu_ns = self.saturating(self.fixed_cpu_ns, body.fixed_cpu_ns, times);
        self.fixed_waits_ns = self.saturating(self.fixed_waits_ns, body.fixed_waits_ns, times);
        if body.drawn.is_empty() {
            return;
        }
        let room = (MOST_DURATIONS + 1).saturating_sub(self.drawn.len());
        self.drawn.extend((0..times).flat_map(|_| &body.drawn).take(room));
    }

    fn saturating(&mut self, sum: u64, ns: u64, times: u32) -> u64 {
        let total = ns.checked_mul(u64::from(times)).and_then(|more| sum.checked_add(more));
        self.saturated |= total.is_none();
        total.unwrap_or(u64::MAX)
    }
}

fn mean(length: Length) -> u64 {
    nanoseconds(match length {
        Length::Fixed(mean) | Length::Exp { mean } | Length::Normal { mean, .. } => mean,
        Length::Uniform { low, high } => (low + high) / 2,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn step(verb: Verb) -> Step {
        Step { verb, name: None, origin: 0..0 }
    }

    #[test]
    fn loops_multiply_and_draws_repeat() {
        let ms = Duration::from_millis;
        let random = Length::Uniform { low: ms(1), high: ms(3) };
        let body = vec![
            step(Verb::Cpu { work: Length::Fixed(ms(2)), yield_every: None }),
            step(Verb::Cpu { work: random, yield_every: None }),
            step(Verb::Sleep(random)),
            step(Verb::Block(Length::Fixed(ms(7)))),
        ];
        let work = Work::new(&[step(Verb::Loop { times: 3, steps: body })]);
        assert_eq!(work.fixed_cpu_ns, 6_000_000);
        assert_eq!(work.fixed_waits_ns, 21_000_000);
        assert_eq!(work.drawn.len(), 6);
        assert_eq!(work.cpu_ns(&[1, 10, 100, 1_000, 10_000, 100_000]), 6_000_000 + 1 + 100 + 10_000);
        assert_eq!(work.mean_cpu_ns(), 12_000_000);
    }

    #[test]
    fn endless_work_saturates_instead_of_overflowing() {
        let mut steps = vec![step(Verb::Sleep(Length::Fixed(Duration::from_secs(3600))))];
        for _ in 0..3 {
            steps = vec![step(Verb::Loop { times: 1_000_000, steps })];
        }
        assert!(Work::new(&steps).saturated);
    }
}
