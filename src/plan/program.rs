//! A task's steps as a flat program: nested steps become operations with jumps and counters.
//!
//! The counters of all loops share one 64-bit word: each loop has bits of its own in it, so that an instance carries eight
//! bytes for any nesting. This is what an engine receives; it must not know how the engine runs it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::scenario::{Ipc, Length, Peers, Spawn, Step, Verb};

/// The flat program of one task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The operations, in order.
    pub ops: Vec<Operation>,
    /// How many random durations one instance draws, from start to end.
    pub draws: u32,
    /// The steps by number, such as `2.1 sleep` and `3 recv jobs`: for people.
    pub steps: Vec<String>,
    /// The names given with `as`, by number.
    pub names: Vec<String>,
    /// The processes that it talks with, by number; left out if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Peers>,
}

/// One operation, and the step that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The number of its step.
    pub step: u16,
    /// What it does.
    #[serde(flatten)]
    pub op: Op,
}

/// What an operation does. A duration that is absent is the instance's next draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Op {
    /// Works for so many nominal nanoseconds.
    Cpu {
        /// Nominal nanoseconds.
        ns: Option<u64>,
        /// Yield after each slice of so many.
        slice_ns: Option<u64>,
    },
    /// Waits on the idiom's timer.
    Sleep {
        /// Nanoseconds.
        ns: Option<u64>,
    },
    /// Blocks its thread in a system call.
    Block {
        /// Nanoseconds.
        ns: Option<u64>,
    },
    /// Yields once.
    Yield,
    /// Runs the operations up to `end` on the blocking pool, waits for them, and goes on at `end`.
    Offload {
        /// The operation behind the last of its body.
        end: u16,
        /// How many draws the body takes.
        draws: u32,
    },
    /// The end of a loop: counts in `bits` bits at `shift` of the counter word; until `times` passes are over, jumps to `to`.
    Again {
        /// Where the loop's bits begin.
        shift: u8,
        /// How many bits it has.
        bits: u8,
        /// How many passes.
        times: u32,
        /// The first operation of the body.
        to: u16,
    },
    /// Releases the next children of the instance.
    Spawn {
        /// The index of their task.
        task: u16,
        /// How many.
        count: u32,
        /// Whether it waits for their ends.
        join: bool,
    },
    /// Puts a message into a channel.
    Send {
        /// The channel's index among the plan's objects.
        object: u16,
    },
    /// Takes a message out of a channel; one that is closed and empty fails the instance.
    Recv {
        /// The channel's index among the plan's objects.
        object: u16,
    },
    /// Takes a message out of a channel; goes on at `end` if that is closed and empty.
    Drain {
        /// The channel's index among the plan's objects.
        object: u16,
        /// The operation behind the [`Op::Back`] of its body.
        end: u16,
    },
    /// The end of a `drain`'s body.
    Back {
        /// The [`Op::Drain`].
        to: u16,
    },
    /// Takes a mutex and holds it up to its [`Op::Release`].
    Lock {
        /// The mutex's index among the plan's objects.
        object: u16,
    },
    /// Takes a permit of a semaphore and holds it up to its [`Op::Release`].
    Permit {
        /// The semaphore's index among the plan's objects.
        object: u16,
    },
    /// Lets go of what was taken last and is still held.
    Release,
    /// Waits until as many instances are here as the barrier has parties.
    Barrier {
        /// The barrier's index among the plan's objects.
        object: u16,
    },
    /// Takes a connection to a peer and holds it up to its [`Op::Release`].
    Ipc {
        /// The number of its peers in the program.
        peers: u16,
    },
    /// Round trips over the connection that was taken last.
    Round {
        /// The number of its peers in the program.
        peers: u16,
        /// How many: one, where who waits lets others run; all of its step, where that is done elsewhere in one piece.
        rounds: u32,
    },
    /// A named step begins.
    Enter {
        /// The name's number.
        name: u16,
    },
    /// A named step ends.
    Leave {
        /// The name's number.
        name: u16,
    },
    /// Breaks the cell, for tests of what happens then. No scenario can ask for it.
    Fault {
        /// How.
        kind: Fault,
    },
}

/// How a cell can be broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Panics.
    Panic,
    /// Aborts.
    Abort,
    /// Overflows its stack.
    Overflow,
    /// Never returns.
    Hang,
    /// Is killed, as by the OOM killer.
    Kill,
    /// Not it, but each of its peers changes a bit.
    Flip,
    /// Not it, but each of its peers leaves.
    Leave,
}

/// Why steps don't fit a program.
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

    /// Whether an instance may suspend other than by yielding, or has named steps.
    pub fn waits(&self) -> bool {
        self.ops.iter().any(|operation| {
            matches!(
                operation.op,
                Op::Sleep { .. } | Op::Offload { .. } | Op::Spawn { .. } | Op::Enter { .. } | Op::Leave { .. }
            )
        }) || self.meets()
    }

    /// Whether an instance meets others: at a channel, a lock or a barrier, or a peer.
    pub fn meets(&self) -> bool {
        self.ops.iter().any(|operation| operation.op.meets())
    }

    /// The name of the step to which the operation at `at` belongs, if it is the one that the step waits in or lets go with.
    pub fn name_at(&self, at: usize) -> Option<u16> {
        let of_its_step = |at: usize, step| self.ops.get(at).filter(|other| other.step == step).map(|other| other.op);
        let step = self.ops[at].step;
        if let Some(Op::Enter { name }) = at.checked_sub(1).and_then(|at| of_its_step(at, step)) {
            return Some(name);
        }
        match of_its_step(at + 1, step) {
            Some(Op::Leave { name }) => Some(name),
            _ => None,
        }
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

    /// The verbs that it uses, for priming and for what an engine must support.
    pub fn verbs(&self) -> BTreeSet<&'static str> {
        self.ops.iter().filter_map(|operation| operation.op.verb()).collect()
    }

    /// How often an instance that nobody stops does the operations that `which` picks; unknown if a message is needed for each.
    pub fn times(&self, which: impl Fn(Op) -> bool) -> Option<u64> {
        let picked = (0..self.ops.len()).filter(|at| which(self.ops[*at].op));
        picked.map(|at| self.passes(at)).try_fold(0, |sum: u64, passes| Some(sum.saturating_add(passes?)))
    }

    /// How many round trips with its peers number `peers` such an instance makes; unknown likewise.
    pub fn rounds_with(&self, peers: u16) -> Option<u64> {
        (0..self.ops.len()).try_fold(0, |sum: u64, at| match self.ops[at].op {
            Op::Round { peers: other, rounds } if other == peers => {
                Some(sum.saturating_add(self.passes(at)?.saturating_mul(rounds.into())))
            }
            _ => Some(sum),
        })
    }

    /// How often the operation at `at` is done, but for who waits for messages to do it.
    fn passes(&self, at: usize) -> Option<u64> {
        self.ops.iter().skip(at + 1).try_fold(1, |passes: u64, operation| match operation.op {
            Op::Again { times, to, .. } if usize::from(to) <= at => Some(passes.saturating_mul(u64::from(times))),
            Op::Back { to } if usize::from(to) < at => None,
            _ => Some(passes),
        })
    }

    /// Appends `steps`, whose loops' bits begin at `shift`; gives how many draws they take.
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
            Verb::Offload { pool: _, steps } => {
                let at = self.ops.len();
                self.add(number, Op::Offload { end: 0, draws: 0 });
                let draws = self.push(steps, &inner, shift)?;
                let end = self.position()?;
                self.ops[at].op = Op::Offload { end, draws: u32::try_from(draws).map_err(|_| TooBig::Steps)? };
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
            Verb::Ipc(ipc) => self.push_ipc(number, *ipc, shift),
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

    /// What is done while something is held.
    fn push_held(&mut self, number: u16, steps: &[Step], inner: &str, shift: u32) -> Result<u64, TooBig> {
        let draws = self.push(steps, inner, shift)?;
        self.add(number, Op::Release);
        Ok(draws)
    }

    /// The rounds are a loop of their own, so that whoever is cancelled ends between two of them; but for those that are done in
    /// one piece.
    fn push_ipc(&mut self, number: u16, Ipc { peers, rounds }: Ipc, shift: u32) -> Result<u64, TooBig> {
        let blocks = peers.mechanism.blocks();
        let known = self.peers.iter().position(|other| *other == peers);
        let index = known.unwrap_or(self.peers.len());
        if known.is_none() {
            self.peers.push(peers);
        }
        let peers = u16::try_from(index).map_err(|_| TooBig::Steps)?;
        self.add(number, Op::Ipc { peers });
        if blocks {
            self.add(number, Op::Round { peers, rounds });
        } else {
            let bits = counter_bits(rounds, shift)?;
            let to = self.position()?;
            self.add(number, Op::Round { peers, rounds: 1 });
            self.add(number, Op::Again { shift: shift as u8, bits: bits as u8, times: rounds, to });
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

impl Op {
    /// The verb that a scenario writes for it, if it is a step of its own.
    pub const fn verb(self) -> Option<&'static str> {
        match self {
            Self::Cpu { .. } => Some("cpu"),
            Self::Sleep { .. } => Some("sleep"),
            Self::Block { .. } => Some("block"),
            Self::Yield => Some("yield"),
            Self::Offload { .. } => Some("offload"),
            Self::Again { .. } => Some("loop"),
            Self::Spawn { .. } => Some("spawn"),
            Self::Send { .. } => Some("send"),
            Self::Recv { .. } => Some("recv"),
            Self::Drain { .. } => Some("drain"),
            Self::Lock { .. } => Some("lock"),
            Self::Permit { .. } => Some("permit"),
            Self::Barrier { .. } => Some("barrier"),
            Self::Ipc { .. } => Some("ipc"),
            Self::Back { .. } | Self::Release | Self::Round { .. } => None,
            Self::Enter { .. } | Self::Leave { .. } | Self::Fault { .. } => None,
        }
    }

    /// The channel that it sends to.
    pub const fn sends_to(self) -> Option<u16> {
        if let Self::Send { object } = self { Some(object) } else { None }
    }

    /// The channel that it takes from.
    pub const fn takes_from(self) -> Option<u16> {
        if let Self::Recv { object } | Self::Drain { object, .. } = self { Some(object) } else { None }
    }

    /// The object at which it meets others.
    pub const fn object(self) -> Option<u16> {
        match self {
            Self::Send { object } | Self::Recv { object } | Self::Drain { object, .. } => Some(object),
            Self::Lock { object } | Self::Permit { object } | Self::Barrier { object } => Some(object),
            _ => None,
        }
    }

    /// Whether its instance may fail by it: what it needs may never be there.
    pub const fn may_fail(self) -> bool {
        self.sends_to().is_some() || self.takes_from().is_some() || matches!(self, Self::Round { .. })
    }

    /// Whether it waits for others and may hold what it gets.
    pub const fn meets(self) -> bool {
        self.object().is_some() || matches!(self, Self::Ipc { .. } | Self::Round { .. })
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

/// How many bits a loop's counter needs, if so many are left from `shift` on.
fn counter_bits(times: u32, shift: u32) -> Result<u32, TooBig> {
    let bits = u32::BITS - times.leading_zeros();
    if shift + bits > u64::BITS { Err(TooBig::Loops) } else { Ok(bits) }
}

fn drawn(length: Length) -> u64 {
    u64::from(fixed(length).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(verb: Verb) -> Step {
        Step { verb, name: None, origin: 0..0 }
    }

    fn ms(n: u64) -> Length {
        Length::Fixed(Duration::from_millis(n))
    }

    #[test]
    fn nested_loops_get_bits_of_their_own() {
        let inner = step(Verb::Loop { times: 4, steps: vec![step(Verb::Yield)] });
        let outer = step(Verb::Loop { times: 3, steps: vec![inner, step(Verb::Sleep(ms(1)))] });
        let program = Program::new(&[outer]).unwrap();
        let ops: Vec<Op> = program.ops.iter().map(|operation| operation.op).collect();
        assert_eq!(
            ops,
            [
                Op::Yield,
                Op::Again { shift: 2, bits: 3, times: 4, to: 0 },
                Op::Sleep { ns: Some(1_000_000) },
                Op::Again { shift: 0, bits: 2, times: 3, to: 0 },
            ]
        );
        assert_eq!(program.steps, ["1 loop", "1.1 loop", "1.1.1 yield", "1.2 sleep"]);
    }

    #[test]
    fn draws_are_counted_as_often_as_they_are_taken() {
        let random = Length::Exp { mean: Duration::from_millis(1) };
        let body = vec![step(Verb::Sleep(random)), step(Verb::Block(ms(1)))];
        let steps = [step(Verb::Loop { times: 5, steps: body }), step(Verb::Cpu { work: random, yield_every: None })];
        assert_eq!(Program::new(&steps).unwrap().draws, 6);
    }

    #[test]
    fn loops_beyond_the_counter_word_are_refused() {
        let mut steps = vec![step(Verb::Yield)];
        for _ in 0..3 {
            steps = vec![step(Verb::Loop { times: u32::MAX, steps })];
        }
        assert_eq!(Program::new(&steps), Err(TooBig::Loops));
    }
}
