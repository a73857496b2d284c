//! The objects that synchronise instances, as a scenario declares them: channels, locks, barriers.

use std::num::NonZeroU32;
use std::ops::Range;

/// An object that instances share: a channel, a lock or a barrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name: unique among the objects of its kind, `[a-z][a-z0-9_-]*`.
    pub name: String,
    /// Its kind, with its settings.
    pub kind: ObjectKind,
    /// Where its name stands in the text, in bytes.
    pub origin: Range<usize>,
}

/// The kind of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// A queue of messages with any number of senders and receivers.
    Channel {
        /// How many messages it holds: 0 is a rendezvous, `None` is no bound.
        capacity: Option<u32>,
    },
    /// A lock that one instance holds.
    Mutex {
        /// Whether a waiting instance blocks its thread on every engine.
        blocking: bool,
    },
    /// A lock that several instances may hold at once.
    Semaphore {
        /// How many instances.
        permits: NonZeroU32,
    },
    /// A place where instances wait for each other.
    Barrier {
        /// How many instances it waits for.
        parties: NonZeroU32,
    },
}

impl ObjectKind {
    /// The section of a scenario that declares it.
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
