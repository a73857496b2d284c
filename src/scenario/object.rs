//! What instances meet at, as a scenario declares it: channels, locks, barriers.

use std::num::NonZeroU32;
use std::ops::Range;

/// Something that instances have in common: a channel, a lock and the like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name, unique among those of its kind, `[a-z][a-z0-9_-]*`.
    pub name: String,
    /// What it is.
    pub kind: ObjectKind,
    /// Where its name stands in the text, in bytes.
    pub origin: Range<usize>,
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// A queue of messages, from many to many.
    Channel {
        /// How many it holds: 0 is a rendezvous, `None` is no bound.
        capacity: Option<u32>,
    },
    /// A lock that one instance holds.
    Mutex {
        /// Whether who waits for it keeps its thread on every engine.
        blocking: bool,
    },
    /// A lock that several may hold at once.
    Semaphore {
        /// How many.
        permits: NonZeroU32,
    },
    /// A place where instances wait for each other.
    Barrier {
        /// How many of them.
        parties: NonZeroU32,
    },
}

impl ObjectKind {
    /// The section of a scenario in which it stands.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Channel { .. } => "channel",
            Self::Mutex { .. } => "mutex",
            Self::Semaphore { .. } => "semaphore",
            Self::Barrier { .. } => "barrier",
        }
    }
}

/// The object that a step names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its index among the objects of its point.
    pub index: u16,
    /// Its name.
    pub name: String,
}
