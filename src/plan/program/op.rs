//! The operations of a flat program.

use serde::{Deserialize, Serialize};

use crate::scenario::OffloadPool;

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
#[repr(u8)] // A tag of its own: read at every step.
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
    /// Runs the operations up to `end` on a pool, waits for them, and goes on at `end`.
    Offload {
        /// The operation behind the last of its body.
        end: u16,
        /// How many draws the body takes.
        draws: u32,
        /// Which pool; left out if it is that for blocking calls.
        #[serde(default, skip_serializing_if = "is_blocking")]
        pool: OffloadPool,
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

impl Op {
    /// What an engine must be able to do for it, as descriptions call it, if it is a step of its own.
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
