//! What instances meet at, as an engine is told: channels, locks, barriers.

use serde::{Deserialize, Serialize};

use crate::scenario::{Object, ObjectKind};

/// A channel, a lock or a barrier; operations name it by its index in the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectPlan {
    /// Its name, unique among those of its kind.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub shape: Shape,
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape {
    /// A queue of messages.
    Channel {
        /// How many it holds: 0 is a rendezvous; absent, there is no bound.
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
        permits: u32,
    },
    /// A place where instances wait for each other.
    Barrier {
        /// How many of them.
        parties: u32,
    },
}

impl From<&Object> for ObjectPlan {
    fn from(object: &Object) -> Self {
        let shape = match object.kind {
            ObjectKind::Channel { capacity } => Shape::Channel { capacity },
            ObjectKind::Mutex { blocking } => Shape::Mutex { blocking },
            ObjectKind::Semaphore { permits } => Shape::Semaphore { permits: permits.get() },
            ObjectKind::Barrier { parties } => Shape::Barrier { parties: parties.get() },
        };
        Self { name: object.name.clone(), shape }
    }
}
