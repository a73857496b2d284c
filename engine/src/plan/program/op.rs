//! The operations of a flat program.

use serde::{Deserialize, Serialize};

use crate::scenario::OffloadPool;

/// One operation, and the step that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The number of its step.
    pub step: u16,
    /// The operation.
    #[serde(flatten)]
    pub op: Op,
}

/// An operation. If its duration is absent, it is the instance's next draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
#[repr(u8)] // A separate tag, since it is read at every step.
pub enum Op {
    /// Computes for a nominal time.
    Cpu {
        /// Nominal nanoseconds.
        ns: Option<u64>,
        /// Yield after each slice of this many nominal nanoseconds.
        slice_ns: Option<u64>,
    },
    /// Waits on the runtime's timer.
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
    /// Runs the operations up to `end` on a pool, waits for them, and continues at `end`.
    Offload {
        /// The operation after the last one of its body.
        end: u16,
        /// How many draws the body uses.
        draws: u32,
        /// Which pool; left out if it is the pool for blocking calls.
        #[serde(default, skip_serializing_if = "is_blocking")]
        pool: OffloadPool,
    },
    /// The end of a loop: counts in `bits` bits at `shift` of the counter word, and jumps to `to` until `times` passes are over.
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
    /// Receives a message from a channel; if the channel is closed and empty, the instance fails.
    Recv {
        /// The channel's index among the plan's objects.
        object: u16,
    },
    /// Receives a message from a channel; if the channel is closed and empty, continues at `end`.
    Drain {
        /// The channel's index among the plan's objects.
        object: u16,
        /// The operation after the [`Op::Back`] of its body.
        end: u16,
    },
    /// The end of a `drain`'s body.
    Back {
        /// The [`Op::Drain`].
        to: u16,
    },
    /// Locks a mutex and holds it until its [`Op::Release`].
    Lock {
        /// The mutex's index among the plan's objects.
        object: u16,
    },
    /// Acquires a permit of a semaphore and holds it until its [`Op::Release`].
    Permit {
        /// The semaphore's index among the plan's objects.
        object: u16,
    },
    /// Releases the mutex, permit or connection that was acquired last and is still held.
    Release,
    /// Waits until as many instances wait as the barrier has parties.
    Barrier {
        /// The barrier's index among the plan's objects.
        object: u16,
    },
    /// Acquires a connection to a peer and holds it until its [`Op::Release`].
    Ipc {
        /// The number of its peers in the program.
        peers: u16,
    },
    /// Makes round trips over the connection that was acquired last.
    Round {
        /// The number of its peers in the program.
        peers: u16,
        /// How many: one if a waiting instance lets others run; all of the step if it runs as one call on the pool for blocking
        /// calls.
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
    /// Injects a fault, for tests of faults. No scenario can ask for it.
    Fault {
        /// The fault.
        kind: Fault,
    },
}

/// A fault that is injected on purpose.
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
    /// Gets killed, as by the OOM killer.
    Kill,
    /// Each peer changes a bit.
    Flip,
    /// Each peer exits.
    Leave,
}

impl Op {
    /// Whether an instance may suspend in it other than by yielding, or is named there: then it carries more.
    pub const fn suspends(self) -> bool {
        match self {
            Self::Sleep { .. }
            | Self::Offload { .. }
            | Self::Spawn { .. }
            | Self::Send { .. }
            | Self::Recv { .. }
            | Self::Drain { .. }
            | Self::Lock { .. }
            | Self::Permit { .. }
            | Self::Barrier { .. }
            | Self::Ipc { .. }
            | Self::Round { .. }
            | Self::Enter { .. }
            | Self::Leave { .. } => true,
            Self::Cpu { .. }
            | Self::Block { .. }
            | Self::Yield
            | Self::Again { .. }
            | Self::Back { .. }
            | Self::Release
            | Self::Fault { .. } => false,
        }
    }

    /// The ability that an engine needs for it, by its name in descriptions, if it is a step.
    pub const fn ability(self) -> Option<&'static str> {
        match self {
            Self::Cpu { .. } => Some("cpu"),
            Self::Sleep { .. } => Some("sleep"),
            Self::Block { .. } => Some("block"),
            Self::Yield => Some("yield"),
            Self::Offload { pool, .. } => Some(pool.ability()),
            Self::Again { .. } => Some("loop"),
            Self::Spawn { .. } => Some("spawn"),
            Self::Send { .. } => Some("send"),
            Self::Recv { .. } => Some("recv"),
            Self::Drain { .. } => Some("drain"),
            Self::Lock { .. } => Some("lock"),
            Self::Permit { .. } => Some("permit"),
            Self::Barrier { .. } => Some("barrier"),
            Self::Ipc { .. } => Some("ipc"),
            Self::Back { .. }
            | Self::Release
            | Self::Round { .. }
            | Self::Enter { .. }
            | Self::Leave { .. }
            | Self::Fault { .. } => None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_blocking(pool: &OffloadPool) -> bool {
    *pool == OffloadPool::Blocking
}
