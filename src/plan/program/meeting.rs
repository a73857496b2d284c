//! Where the instances of a program meet others, and how often.

use super::{Op, Program};

/// What an instance that meets others carries for that: 184 bytes, and a future of about 200 while it waits.
const MEETING_BYTES: u64 = 400;

impl Program {
    /// Whether an instance meets others: at a channel, a lock or a barrier, or a peer.
    pub fn meets(&self) -> bool {
        self.ops.iter().any(|operation| operation.op.meets())
    }

    /// About how many bytes more its instance takes than one that only waits: what it holds, and what it waits for there.
    pub fn meeting_bytes(&self) -> u64 {
        if self.meets() { MEETING_BYTES } else { 0 }
    }

    /// The name of the step to which the operation at `at` belongs, if it is the one that the step waits in or lets go with.
    #[inline]
    pub fn name_at(&self, at: usize) -> Option<u16> {
        if self.names.is_empty() {
            return None;
        }
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
}

impl Op {
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
            Self::Send { object }
            | Self::Recv { object }
            | Self::Drain { object, .. }
            | Self::Lock { object }
            | Self::Permit { object }
            | Self::Barrier { object } => Some(object),
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
