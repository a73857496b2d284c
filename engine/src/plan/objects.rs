//! The objects that synchronise instances, as in the plan for an engine: channels, locks, barriers.

use serde::{Deserialize, Serialize};

use crate::scenario::{Object, ObjectKind};

/// A channel, a lock or a barrier; operations refer to it by its index in the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectPlan {
    /// Its name, unique among the objects of its kind.
    pub name: String,
    /// Its kind, with its settings.
    #[serde(flatten)]
    pub shape: Shape,
}

/// The kind of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape {
    /// A queue of messages.
    Channel {
        /// How many messages it holds: 0 is a rendezvous; absent if there is no bound.
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
        permits: u32,
    },
    /// A place where instances wait for each other.
    Barrier {
        /// How many instances it waits for.
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
