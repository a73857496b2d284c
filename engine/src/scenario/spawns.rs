//! Spawned tasks, and the `spawn` steps of a task: found by reading the steps, without running them.

use std::ops::Range;

use super::{Spawn, Step, Verb};

/// The properties of a spawned task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spawned {
    /// Whether the parent waits for its end.
    pub joined: bool,
    /// Whether the cancellation of a waiting parent may reach it.
    pub cancellable: bool,
    /// Whether fewer than `count` instances may arrive, since an ancestor may never arrive or may be cancelled first.
    pub bounded: bool,
}

/// A `spawn` step where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpawnStep {
    /// The instances that it spawns.
    pub spawn: Spawn,
    /// How often an instance runs it: the product of the loops around it.
    pub rounds: u64,
    /// Where it stands in the text, in bytes.
    pub origin: Range<usize>,
}

impl SpawnStep {
    /// How many children it spawns for each instance that runs it.
    pub fn each(&self) -> u64 {
        self.rounds.saturating_mul(u64::from(self.spawn.count))
    }
}

/// Every `spawn` step among `steps`, nested ones included, in the order of the text.
pub fn spawn_steps(steps: &[Step]) -> Vec<SpawnStep> {
    let mut found = Vec::new();
    gather(steps, 1, &mut found);
    found
}

fn gather(steps: &[Step], rounds: u64, found: &mut Vec<SpawnStep>) {
    for step in steps {
        match &step.verb {
            Verb::Spawn(spawn) => found.push(SpawnStep { spawn: *spawn, rounds, origin: step.origin.clone() }),
            Verb::Loop { times, steps } => gather(steps, rounds.saturating_mul(u64::from(*times)), found),
            other => gather(other.steps(), rounds, found),
        }
    }
}
