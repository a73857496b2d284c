//! The steps of a task as a flat program: nested steps become operations with jumps and counters.
//!
//! The counters of all loops share one 64-bit word. Each loop has bits of its own in it, so that an instance needs eight bytes
//! for any nesting. An engine receives this program; this module must not know how an engine runs it.

mod op;
mod sync;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::op::{Fault, Op, Operation};
pub use self::sync::NamedStep;
use crate::scenario::{Ipc, Length, OffloadPool, Peers, Spawn, Step, Verb};

/// The flat program of one task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The operations, in order.
    pub ops: Vec<Operation>,
    /// How many random durations one instance uses in all.
    pub draws: u32,
    /// The texts of the steps by number, such as `2.1 sleep` and `3 recv jobs`, for messages.
    pub steps: Vec<String>,
    /// The names given with `as`, by number.
    pub names: Vec<String>,
    /// The peers of its `ipc` steps, by number; left out if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Peers>,
}

/// Why steps don't fit in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooBig {
    /// The loops' counters need more than 64 bits.
    #[error("its loops repeat too often: their counters need more than 64 bits")]
    Loops,
    /// More than 65,535 operations or draws beyond 32 bits.
    #[error("it has too many steps")]
    Steps,
}

impl Program {
    /// Flattens `steps`.
    pub fn new(steps: &[Step]) -> Result<Self, TooBig> {
        let mut program = Self::default();
        let draws = program.push(steps, "", 0)?;
        program.draws = u32::try_from(draws).map_err(|_| TooBig::Steps)?;
        if program.ops.len() > usize::from(u16::MAX) {
            return Err(TooBig::Steps);
        }
        Ok(program)
    }

    /// Whether an instance may suspend in other ways than by yielding, or has named steps.
    pub fn waits(&self) -> bool {
        self.ops.iter().any(|operation| operation.op.suspends())
    }

    /// Whether an instance spawns others.
    pub fn spawns(&self) -> bool {
        self.ops.iter().any(|operation| matches!(operation.op, Op::Spawn { .. }))
    }

    /// Whether an instance may yield.
    pub fn yields(&self) -> bool {
        self.ops.iter().any(|operation| matches!(operation.op, Op::Yield)) || self.slices()
    }

    /// Whether an instance may yield amid a step.
    pub fn slices(&self) -> bool {
        self.ops.iter().any(|operation| matches!(operation.op, Op::Cpu { slice_ns: Some(_), .. }))
    }

    /// Whether an instance offloads a part of the program to a pool for computing.
    pub fn computes_elsewhere(&self) -> bool {
        self.ops.iter().any(|operation| matches!(operation.op, Op::Offload { pool: OffloadPool::Cpu, .. }))
    }

    /// The abilities that an engine needs for it, by their names in descriptions.
    pub fn abilities(&self) -> BTreeSet<&'static str> {
        self.ops.iter().filter_map(|operation| operation.op.ability()).collect()
    }

    /// Appends `steps`, whose loops use the bits from `shift` on; returns how many draws they use.
    fn push(&mut self, steps: &[Step], prefix: &str, shift: u32) -> Result<u64, TooBig> {
        let mut draws = 0;
        for (index, step) in steps.iter().enumerate() {
            let path = format!("{prefix}{}", index + 1);
            let number = self.number(&path, step)?;
            if let Some(name) = &step.name {
                let name = self.name(name)?;
                self.add(number, Op::Enter { name });
                draws += self.push_one(number, step, &path, shift)?;
                self.add(number, Op::Leave { name });
            } else {
                draws += self.push_one(number, step, &path, shift)?;
            }
        }
        Ok(draws)
    }

    fn push_one(&mut self, number: u16, step: &Step, path: &str, shift: u32) -> Result<u64, TooBig> {
        let inner = format!("{path}.");
        match &step.verb {
            Verb::Cpu { work, yield_every } => {
                let slice_ns = yield_every.map(nanoseconds);
                self.add(number, Op::Cpu { ns: fixed(*work), slice_ns });
                Ok(drawn(*work))
            }
            Verb::Sleep(length) => {
                self.add(number, Op::Sleep { ns: fixed(*length) });
                Ok(drawn(*length))
            }
            Verb::Block(length) => {
                self.add(number, Op::Block { ns: fixed(*length) });
                Ok(drawn(*length))
            }
            Verb::Yield => {
                self.add(number, Op::Yield);
                Ok(0)
            }
            Verb::Offload { pool, steps } => {
                let (at, pool) = (self.ops.len(), *pool);
                self.add(number, Op::Offload { end: 0, draws: 0, pool });
                let draws = self.push(steps, &inner, shift)?;
                let end = self.position()?;
                self.ops[at].op = Op::Offload { end, draws: u32::try_from(draws).map_err(|_| TooBig::Steps)?, pool };
                Ok(draws)
            }
            Verb::Spawn(Spawn { task, count, join }) => {
                self.add(number, Op::Spawn { task: *task, count: *count, join: *join });
                Ok(0)
            }
            Verb::Loop { times, steps } => {
                let bits = counter_bits(*times, shift)?;
                let to = self.position()?;
                let draws = self.push(steps, &inner, shift + bits)?;
                self.add(number, Op::Again { shift: shift as u8, bits: bits as u8, times: *times, to });
                draws.checked_mul(u64::from(*times)).ok_or(TooBig::Steps)
            }
            Verb::Send(channel) => {
                self.add(number, Op::Send { object: channel.index });
                Ok(0)
            }
            Verb::Recv(channel) => {
                self.add(number, Op::Recv { object: channel.index });
                Ok(0)
            }
            Verb::Barrier(barrier) => {
                self.add(number, Op::Barrier { object: barrier.index });
                Ok(0)
            }
            Verb::Ipc(ipc) => self.push_ipc(number, ipc, shift),
            Verb::Drain { channel, steps } => {
                let to = self.position()?;
                self.add(number, Op::Drain { object: channel.index, end: 0 });
                let draws = self.push(steps, &inner, shift)?;
                self.add(number, Op::Back { to });
                let end = self.position()?;
                self.ops[usize::from(to)].op = Op::Drain { object: channel.index, end };
                Ok(draws)
            }
            Verb::Lock { mutex, steps } => {
                self.add(number, Op::Lock { object: mutex.index });
                self.push_held(number, steps, &inner, shift)
            }
            Verb::Permit { semaphore, steps } => {
                self.add(number, Op::Permit { object: semaphore.index });
                self.push_held(number, steps, &inner, shift)
            }
        }
    }

    /// Appends the steps within a `lock` or `permit`, and the release.
    fn push_held(&mut self, number: u16, steps: &[Step], inner: &str, shift: u32) -> Result<u64, TooBig> {
        let draws = self.push(steps, inner, shift)?;
        self.add(number, Op::Release);
        Ok(draws)
    }

    /// Appends an `ipc` step. Its rounds are a loop, so that a cancelled instance stops between two of them. With a mechanism
    /// that can't be polled, all rounds are one operation.
    fn push_ipc(&mut self, number: u16, Ipc { peers, rounds }: &Ipc, shift: u32) -> Result<u64, TooBig> {
        let blocks = peers.mechanism.blocks();
        let known = self.peers.iter().position(|other| other == peers);
        let index = known.unwrap_or(self.peers.len());
        if known.is_none() {
            self.peers.push(peers.clone());
        }
        let peers = u16::try_from(index).map_err(|_| TooBig::Steps)?;
        self.add(number, Op::Ipc { peers });
        if blocks {
            self.add(number, Op::Round { peers, rounds: *rounds });
        } else {
            let bits = counter_bits(*rounds, shift)?;
            let to = self.position()?;
            self.add(number, Op::Round { peers, rounds: 1 });
            self.add(number, Op::Again { shift: shift as u8, bits: bits as u8, times: *rounds, to });
        }
        self.add(number, Op::Release);
        Ok(0)
    }

    fn add(&mut self, step: u16, op: Op) {
        self.ops.push(Operation { step, op });
    }

    fn position(&self) -> Result<u16, TooBig> {
        u16::try_from(self.ops.len()).map_err(|_| TooBig::Steps)
    }

    fn number(&mut self, path: &str, step: &Step) -> Result<u16, TooBig> {
        let number = u16::try_from(self.steps.len()).map_err(|_| TooBig::Steps)?;
        let target = match &step.verb {
            Verb::Ipc(ipc) => format!(" {}", ipc.peers.mechanism.as_str()),
            verb => verb.target().map_or_else(String::new, |target| format!(" {}", target.name)),
        };
        self.steps.push(format!("{path} {}{target}", step.verb.as_str()));
        Ok(number)
    }

    fn name(&mut self, name: &str) -> Result<u16, TooBig> {
        let number = u16::try_from(self.names.len()).map_err(|_| TooBig::Steps)?;
        self.names.push(name.to_owned());
        Ok(number)
    }
}

/// A duration in nanoseconds.
pub fn nanoseconds(length: Duration) -> u64 {
    u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn fixed(length: Length) -> Option<u64> {
    match length {
        Length::Fixed(length) => Some(nanoseconds(length)),
        Length::Exp { .. } | Length::Uniform { .. } | Length::Normal { .. } => None,
    }
}

/// How many bits the counter of a loop needs; an error if fewer are left from `shift` on.
fn counter_bits(times: u32, shift: u32) -> Result<u32, TooBig> {
    let bits = u32::BITS - times.leading_zeros();
    if shift + bits > u64::BITS { Err(TooBig::Loops) } else { Ok(bits) }
}

fn drawn(length: Length) -> u64 {
    u64::from(fixed(length).is_none())
}

#[cfg(test)]
mod tests;
