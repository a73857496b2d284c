//! The simulated channels, locks, barriers and connections.

use std::collections::VecDeque;

use super::super::objects::{ObjectPlan, Shape};

/// An object with the instances that wait at it.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) kind: Kind,
    /// The instances that wait for a permit, a message, or the others, in order. Those that no longer wait are skipped.
    pub(super) waiting: VecDeque<u32>,
}

/// What an object is, and its state.
#[derive(Debug)]
pub(super) enum Kind {
    Channel(Channel),
    /// A lock of any kind.
    Lock {
        free: u32,
        /// Whether a waiting instance blocks its thread.
        blocks: bool,
    },
    Barrier {
        parties: u32,
        /// How many have come since all went on together; a cancelled one counts.
        arrived: u32,
    },
}

#[derive(Debug)]
pub(super) struct Channel {
    /// How many messages it holds; a rendezvous holds none.
    pub(super) capacity: u64,
    pub(super) messages: u64,
    /// The instances that wait for room, each with its message.
    pub(super) senders: VecDeque<u32>,
    /// How many instances that may send have not ended.
    pub(super) open: u64,
    /// How many instances that may receive have not ended.
    pub(super) receivers: u64,
}

impl Object {
    pub(super) fn new(plan: &ObjectPlan) -> Self {
        let kind = match plan.shape {
            Shape::Channel { capacity } => Kind::Channel(Channel {
                capacity: capacity.map_or(u64::MAX, u64::from),
                messages: 0,
                senders: VecDeque::new(),
                open: 0,
                receivers: 0,
            }),
            Shape::Mutex { blocking } => Kind::Lock { free: 1, blocks: blocking },
            Shape::Semaphore { permits } => Kind::Lock { free: permits, blocks: false },
            Shape::Barrier { parties } => Kind::Barrier { parties, arrived: 0 },
        };
        Self { kind, waiting: VecDeque::new() }
    }

    /// The connections to `count` peers.
    pub(super) fn connections(count: u32) -> Self {
        Self { kind: Kind::Lock { free: count, blocks: false }, waiting: VecDeque::new() }
    }
}
