//! Tasks that others spawn, and what the steps of a task spawn: by reading them, without running them.

use std::ops::Range;

use super::{Step, Verb};

/// What a `spawn` starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spawn {
    /// The index of their task.
    pub task: u16,
    /// How many, 1 to 10,000,000.
    pub count: u32,
    /// Whether it waits for their ends.
    pub join: bool,
}

/// What holds of a task that others spawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spawned {
    /// Whether whoever spawns it waits for its end.
    pub joined: bool,
    /// Whether a cancellation of somebody who waits for it may reach it.
    pub cancellable: bool,
    /// Whether fewer may come than `count`, since somebody above may never come or be cancelled before.
    pub bounded: bool,
}

/// A `spawn` step where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpawnStep {
    /// What it spawns.
    pub spawn: Spawn,
    /// How often an instance runs it: the product of the loops around it.
    pub rounds: u64,
    /// Where it stands in the text, in bytes.
    pub origin: Range<usize>,
}

impl SpawnStep {
    /// How many it spawns for each instance that runs it.
    pub fn each(&self) -> u64 {
        self.rounds.saturating_mul(u64::from(self.spawn.count))
    }
}

/// Every `spawn` among `steps` and within them, in the order of the text.
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
