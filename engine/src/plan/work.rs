//! The amount of work in the steps of a task, computed without running them.
//!
//! The counts of an engine are compared with it, so that work that never ran is noticed.

use super::program::{fixed, nanoseconds};
use crate::scenario::{Length, OffloadPool, Step, Verb};

/// The maximum of drawn durations of one task. Further instances reuse them from the first one on.
pub(super) const MOST_DURATIONS: usize = 1 << 22;

/// The durations of one instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Work {
    /// Fixed work of `cpu` steps, nominal nanoseconds.
    pub fixed_cpu_ns: u64,
    /// The mean times of all steps, by kind. Steps for a message count as often as messages arrive on average, or once if that is
    /// not known.
    pub mean: Times,
    /// The number of steps, counted in each pass of a loop.
    pub steps: u64,
    /// The work of each `drain` for its messages.
    drained: Vec<Drained>,
    /// The random durations in the order of their use; at most one more than the maximum.
    pub drawn: Vec<Drawn>,
}

/// Times by the resource that they occupy, nanoseconds. Sums saturate instead of overflowing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// A core and a worker.
    pub cpu_ns: u64,
    /// A worker only.
    pub block_ns: u64,
    /// Nothing, on an engine with timers.
    pub sleep_ns: u64,
    /// A core and a thread of a pool, where there is one.
    pub offloaded_cpu_ns: u64,
    /// A thread of a pool, where there is one.
    pub offloaded_wait_ns: u64,
    /// The part of the two times above that is spent on the pool for computing.
    pub on_cpu_pool_ns: u64,
}

impl Times {
    /// The sum of all kinds: the time of one instance that runs alone.
    pub fn total_ns(self) -> u64 {
        let parts = [self.block_ns, self.sleep_ns, self.offloaded_cpu_ns, self.offloaded_wait_ns];
        parts.into_iter().fold(self.cpu_ns, u64::saturating_add)
    }

    /// The times of `count` executions, one after the other.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        self.map(|ns| ns.saturating_mul(count))
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            cpu_ns: self.cpu_ns.saturating_add(other.cpu_ns),
            block_ns: self.block_ns.saturating_add(other.block_ns),
            sleep_ns: self.sleep_ns.saturating_add(other.sleep_ns),
            offloaded_cpu_ns: self.offloaded_cpu_ns.saturating_add(other.offloaded_cpu_ns),
            offloaded_wait_ns: self.offloaded_wait_ns.saturating_add(other.offloaded_wait_ns),
            on_cpu_pool_ns: self.on_cpu_pool_ns.saturating_add(other.on_cpu_pool_ns),
        }
    }

    /// The same times when the work is offloaded to a pool.
    fn offloaded(self, pool: OffloadPool) -> Self {
        Self {
            offloaded_cpu_ns: self.cpu_ns.saturating_add(self.offloaded_cpu_ns),
            offloaded_wait_ns: [self.block_ns, self.sleep_ns]
                .into_iter()
                .fold(self.offloaded_wait_ns, u64::saturating_add),
            on_cpu_pool_ns: match pool {
                OffloadPool::Blocking => 0,
                OffloadPool::Cpu => self.total_ns(),
            },
            ..Self::default()
        }
    }

    /// The mean share of each of `count` instances.
    fn divided(self, count: u64) -> Self {
        self.map(|ns| ns / count.max(1))
    }

    fn map(self, change: impl Fn(u64) -> u64) -> Self {
        Self {
            cpu_ns: change(self.cpu_ns),
            block_ns: change(self.block_ns),
            sleep_ns: change(self.sleep_ns),
            offloaded_cpu_ns: change(self.offloaded_cpu_ns),
            offloaded_wait_ns: change(self.offloaded_wait_ns),
            on_cpu_pool_ns: change(self.on_cpu_pool_ns),
        }
    }
}

/// The work for the messages of a channel.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Drained {
    /// The index of the channel.
    channel: u16,
    /// The times for one message.
    each: Times,
    /// How many messages all instances of the task receive together; absent if that is not known.
    messages: Option<u64>,
}

/// One random duration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn {
    /// Its distribution.
    pub length: Length,
    /// Whether it is work of a `cpu` step.
    pub is_cpu: bool,
}

impl Work {
    /// The work of `steps`, with the work for each message counted once.
    pub fn new(steps: &[Step]) -> Self {
        let work = Self::without_messages(steps);
        let once = work.drained.iter().fold(work.mean, |sum, drained| sum.plus(drained.each));
        Self { mean: once, ..work }
    }

    /// The mean work of one of `count` instances of a task. `messages` gives the number of messages through a channel. If it is
    /// unknown for a channel that they drain, this is [`Self::new`].
    pub(super) fn of_task(steps: &[Step], count: u32, mut messages: impl FnMut(u16) -> Option<u64>) -> Self {
        let mut work = Self::without_messages(steps);
        for drained in &mut work.drained {
            drained.messages = messages(drained.channel);
        }
        if work.messages().is_none() {
            return Self::new(steps);
        }
        let share = |drained: &Drained| drained.each.times(drained.messages.unwrap_or(0)).divided(count.into());
        Self { mean: work.drained.iter().fold(work.mean, |sum, drained| sum.plus(share(drained))), ..work }
    }

    /// Whether a part of the work is done for each message.
    pub fn drains(&self) -> bool {
        !self.drained.is_empty()
    }

    /// How many messages all instances of the task drain together. Absent if that is not known; `mean` then has the work for each
    /// message once.
    pub fn messages(&self) -> Option<u64> {
        self.drained.iter().try_fold(0_u64, |sum, drained| Some(sum.saturating_add(drained.messages?)))
    }

    /// The work without the work for messages.
    fn without_messages(steps: &[Step]) -> Self {
        let mut work = Self::default();
        for step in steps {
            work.steps = work.steps.saturating_add(1);
            match &step.verb {
                Verb::Cpu { work: length, .. } => {
                    work.add(*length, true);
                    work.mean.cpu_ns = work.mean.cpu_ns.saturating_add(mean(*length));
                }
                Verb::Sleep(length) => {
                    work.add(*length, false);
                    work.mean.sleep_ns = work.mean.sleep_ns.saturating_add(mean(*length));
                }
                Verb::Block(length) => {
                    work.add(*length, false);
                    work.mean.block_ns = work.mean.block_ns.saturating_add(mean(*length));
                }
                // A child is an instance with work of its own, and time spent waiting for other instances is no work.
                Verb::Yield | Verb::Spawn(_) | Verb::Send(_) | Verb::Recv(_) | Verb::Barrier(_) => {}
                Verb::Offload { pool, steps } => {
                    let body = Self::without_messages(steps);
                    work.append(&Self { mean: body.mean.offloaded(*pool), ..body }, 1);
                }
                Verb::Loop { times, steps } => work.append(&Self::without_messages(steps), *times),
                Verb::Ipc(ipc) => work.steps = work.steps.saturating_add(ipc.rounds.into()),
                Verb::Lock { steps, .. } | Verb::Permit { steps, .. } => {
                    work.append(&Self::without_messages(steps), 1);
                }
                Verb::Drain { channel, steps } => {
                    let body = Self::without_messages(steps);
                    work.drained.push(Drained { channel: channel.index, each: body.mean, messages: None });
                    work.append(&Self { mean: Times::default(), ..body }, 1);
                }
            }
        }
        work
    }

    /// Whether an instance uses more random durations than the maximum.
    pub fn draws_too_much(&self) -> bool {
        self.drawn.len() > MOST_DURATIONS
    }

    /// The `cpu` work of an instance with these draws, nominal nanoseconds.
    pub fn cpu_ns(&self, draws: &[u64]) -> u64 {
        let cpu_draws = self.drawn.iter().zip(draws).filter(|(step, _)| step.is_cpu).map(|(_, ns)| *ns);
        cpu_draws.fold(self.fixed_cpu_ns, u64::saturating_add)
    }

    fn add(&mut self, length: Length, is_cpu: bool) {
        match fixed(length) {
            None => self.drawn.push(Drawn { length, is_cpu }),
            Some(ns) if is_cpu => self.fixed_cpu_ns = self.fixed_cpu_ns.saturating_add(ns),
            Some(_) => {}
        }
    }

    fn append(&mut self, body: &Self, times: u32) {
        let times = u64::from(times);
        self.steps = self.steps.saturating_add(body.steps.saturating_mul(times));
        self.mean = self.mean.plus(body.mean.times(times));
        // However often a drain is run, each message arrives once.
        self.drained.extend(&body.drained);
        self.fixed_cpu_ns = self.fixed_cpu_ns.saturating_add(body.fixed_cpu_ns.saturating_mul(times));
        if body.drawn.is_empty() {
            return;
        }
        let room = (MOST_DURATIONS + 1).saturating_sub(self.drawn.len());
        self.drawn.extend((0..times).flat_map(|_| &body.drawn).take(room));
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
        assert_eq!(work.mean.block_ns, 21_000_000);
        assert_eq!(work.mean.sleep_ns, 6_000_000);
        assert_eq!(work.drawn.len(), 6);
        assert_eq!(work.cpu_ns(&[1, 10, 100, 1_000, 10_000, 100_000]), 6_000_000 + 1 + 100 + 10_000);
        assert_eq!(work.mean.cpu_ns, 12_000_000);
        assert_eq!(work.steps, 13);
    }

    #[test]
    fn huge_work_saturates_instead_of_overflowing() {
        let mut steps = vec![step(Verb::Sleep(Length::Fixed(Duration::from_hours(1))))];
        for _ in 0..3 {
            steps = vec![step(Verb::Loop { times: 1_000_000, steps })];
        }
        assert_eq!(Work::new(&steps).mean.total_ns(), u64::MAX);
    }
}
