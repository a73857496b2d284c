//! Where the instances of a program synchronise with others, and how often.

use std::ops::RangeInclusive;

use super::{Op, Program};

/// The memory of an instance for synchronisation: 184 bytes, and a future of about 200 bytes while it waits.
const SYNC_BYTES: u64 = 400;

/// A step that has an `as`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedStep {
    /// Its name.
    pub name: String,
    /// The numbers of the step itself, first, and of all steps within it.
    pub numbers: RangeInclusive<u16>,
    /// Whether it waits for something that it needs.
    pub waits: bool,
    /// Whether it holds that until its end.
    pub holds: bool,
}

impl Program {
    /// The steps that have an `as`, by the numbers of their names.
    pub fn named_steps(&self) -> Vec<NamedStep> {
        let named = self.names.iter().zip(0..).filter_map(|(name, number)| {
            let begin = self.ops.iter().position(|operation| operation.op == Op::Enter { name: number })?;
            let end =
                begin + self.ops[begin..].iter().position(|operation| operation.op == Op::Leave { name: number })?;
            let last = self.ops[begin..=end].iter().map(|operation| operation.step).max()?;
            let step = self.ops[begin].step;
            let (first_op, last_op) = (self.ops[begin + 1], self.ops[end - 1]);
            let offloads = matches!(first_op.op, Op::Offload { .. }) && first_op.step == step;
            Some(NamedStep {
                name: name.clone(),
                numbers: step..=last,
                // A loop begins with the operation of another step.
                waits: (first_op.op.syncs() || offloads) && first_op.step == step,
                holds: offloads || last_op.op == Op::Release && last_op.step == step,
            })
        });
        named.collect()
    }

    /// Whether an instance synchronises with others at a channel, a lock or a barrier, or with a peer.
    pub fn syncs(&self) -> bool {
        self.ops.iter().any(|operation| operation.op.syncs())
    }

    /// The additional memory of an instance for synchronisation, compared with one that only sleeps, bytes, about.
    pub fn sync_bytes(&self) -> u64 {
        if self.syncs() { SYNC_BYTES } else { 0 }
    }

    /// The name of the step of the operation at `at`, if it is the operation in which the step waits or with which it releases.
    #[inline]
    pub fn name_at(&self, at: usize) -> Option<u16> {
        if self.names.is_empty() {
            return None;
        }
        let op_of_step = |at: usize, step| self.ops.get(at).filter(|other| other.step == step).map(|other| other.op);
        let step = self.ops[at].step;
        if let Some(Op::Enter { name }) = at.checked_sub(1).and_then(|at| op_of_step(at, step)) {
            return Some(name);
        }
        match op_of_step(at + 1, step) {
            Some(Op::Leave { name }) => Some(name),
            _ => None,
        }
    }

    /// How often an instance that is not stopped runs the operations that `which` picks; absent if that depends on messages.
    pub fn times(&self, which: impl Fn(Op) -> bool) -> Option<u64> {
        let picked = (0..self.ops.len()).filter(|at| which(self.ops[*at].op));
        picked.map(|at| self.passes(at)).try_fold(0, |sum: u64, passes| Some(sum.saturating_add(passes?)))
    }

    /// How many round trips an instance that is not stopped makes with peers number `peers`; absent if that depends on messages.
    pub fn rounds_with(&self, peers: u16) -> Option<u64> {
        (0..self.ops.len()).try_fold(0, |sum: u64, at| match self.ops[at].op {
            Op::Round { peers: other, rounds } if other == peers => {
                Some(sum.saturating_add(self.passes(at)?.saturating_mul(rounds.into())))
            }
            _ => Some(sum),
        })
    }

    /// How often the operation at `at` is run; absent within a `drain`, where that depends on messages.
    fn passes(&self, at: usize) -> Option<u64> {
        self.ops.iter().skip(at + 1).try_fold(1, |passes: u64, operation| match operation.op {
            Op::Again { times, to, .. } if usize::from(to) <= at => Some(passes.saturating_mul(u64::from(times))),
            Op::Back { to } if usize::from(to) < at => None,
            _ => Some(passes),
        })
    }
}

impl Op {
    /// The channel to which it sends.
    pub const fn sends_to(self) -> Option<u16> {
        if let Self::Send { object } = self { Some(object) } else { None }
    }

    /// The channel from which it receives.
    pub const fn takes_from(self) -> Option<u16> {
        if let Self::Recv { object } | Self::Drain { object, .. } = self { Some(object) } else { None }
    }

    /// The object at which it synchronises.
    pub const fn object(self) -> Option<u16> {
        match self {
            Self::Send { object }
            | Self::Recv { object }
            | Self::Drain { object, .. }
            | Self::Lock { object }
            | Self::Permit { object }
            | Self::Barrier { object } => Some(object),
            _ => None,
        }
    }

    /// Whether its instance may fail in it: a channel without other users, or a peer that is gone.
    pub const fn may_fail(self) -> bool {
        self.sends_to().is_some() || self.takes_from().is_some() || matches!(self, Self::Round { .. })
    }

    /// Whether it waits for other instances or for a peer, and may hold a lock or a connection.
    pub const fn syncs(self) -> bool {
        self.object().is_some() || matches!(self, Self::Ipc { .. } | Self::Round { .. })
    }
}
