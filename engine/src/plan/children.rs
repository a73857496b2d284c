//! The children of one instance: the tasks that it spawns, their order, and their slots.

use serde::{Deserialize, Serialize};

use super::program::{Op, Operation, Program};
use crate::scenario::{SpawnStep, Step, Verb, spawn_steps};

/// The slots of a task's children: child number k of instance i, both counted from 0, has slot `first_slot` + i × `each` + k.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildrenPlan {
    /// The first slot of the block.
    pub first_slot: u32,
    /// How many children an instance spawns in all, at least 1.
    pub each: u32,
}

/// The properties of a spawned task, for an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpawnedPlan {
    /// Whether the parent waits for its end.
    pub joined: bool,
    /// Whether `count` is only the maximum of instances that may arrive.
    pub bounded: bool,
}

/// The memory for waiting for children, bytes, for each instance of a task that spawns.
pub(super) const JOIN_BYTES: u64 = 40;

impl Program {
    /// The index of the spawned task of each `spawn`, in order.
    pub fn children(&self) -> impl Iterator<Item = u16> {
        self.ops.iter().filter_map(|operation| match operation.op {
            Op::Spawn { task, .. } => Some(task),
            _ => None,
        })
    }

    /// For each `spawn`, the index of the spawned task and the number of its children that an instance spawns in all.
    pub fn child_counts(&self) -> Vec<(u16, u64)> {
        let children = |(at, operation): (usize, &Operation)| match operation.op {
            Op::Spawn { task, count, .. } => Some((task, self.rounds(at).saturating_mul(u64::from(count)))),
            _ => None,
        };
        self.ops.iter().enumerate().filter_map(children).collect()
    }

    /// How often operation number `at` is run: the product of the loops around it.
    fn rounds(&self, at: usize) -> u64 {
        let loops = self.ops[at..].iter().map(|operation| match operation.op {
            Op::Again { times, to, .. } if usize::from(to) <= at => u64::from(times),
            _ => 1,
        });
        loops.fold(1, u64::saturating_mul)
    }
}

/// The tasks of an instance's children, in the order in which they are spawned.
pub(super) fn sequence(steps: &[Step]) -> Vec<u16> {
    let mut children = Vec::new();
    for step in steps {
        match &step.verb {
            Verb::Spawn(spawn) => children.extend(std::iter::repeat_n(spawn.task, spawn.count as usize)),
            // A loop that spawns nothing is skipped, since it may have very many passes.
            Verb::Loop { times, steps } if !spawn_steps(steps).is_empty() => {
                children.extend(sequence(steps).repeat(*times as usize));
            }
            Verb::Loop { .. } => {}
            other => children.extend(sequence(other.steps())),
        }
    }
    children
}

/// The maximum of children of task number `task` that an instance with these steps has at once. Of the steps that join their
/// children, only one is active at a time.
pub(super) fn at_once(steps: &[SpawnStep], task: usize) -> u64 {
    let spawning = || steps.iter().filter(|step| usize::from(step.spawn.task) == task);
    let joined = spawning().filter(|step| step.spawn.join).map(|step| u64::from(step.spawn.count)).max();
    let others = spawning().filter(|step| !step.spawn.join).map(SpawnStep::each);
    others.fold(joined.unwrap_or(0), u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenario::Spawn;

    fn step(verb: Verb) -> Step {
        Step { verb, name: None, origin: 0..0 }
    }

    /// Steps within steps, of which some spawn.
    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let spawn = (0_u16..3, 1_u32..4).prop_map(|(task, count)| Verb::Spawn(Spawn { task, count, join: true }));
        let leaf = prop_oneof![Just(Verb::Yield), spawn];
        let verb = leaf.prop_recursive(3, 20, 4, |verb| {
            (1_u32..4, prop::collection::vec(verb, 1..4))
                .prop_map(|(times, verbs)| Verb::Loop { times, steps: verbs.into_iter().map(step).collect() })
        });
        prop::collection::vec(verb.prop_map(step), 0..4)
    }

    proptest! {
        #[test]
        fn steps_their_program_and_the_sequence_agree_on_how_many_children_there_are(steps in steps()) {
            let sequence = sequence(&steps);
            let program = Program::new(&steps).unwrap().child_counts();
            for task in 0..3 {
                let listed = sequence.iter().filter(|child| **child == task).count() as u64;
                let by_step: u64 = (spawn_steps(&steps).iter())
                    .filter(|step| step.spawn.task == task)
                    .map(SpawnStep::each)
                    .sum();
                let by_program: u64 = program.iter().filter(|(child, _)| *child == task).map(|(_, count)| *count).sum();
                prop_assert_eq!((by_step, by_program), (listed, listed));
            }
        }
    }

    #[test]
    fn children_are_in_the_order_of_the_passes_that_spawn_them() {
        let spawn = |task, count| step(Verb::Spawn(Spawn { task, count, join: true }));
        let idle = step(Verb::Loop { times: 1_000_000_000, steps: vec![step(Verb::Yield)] });
        let body = vec![spawn(1, 2), idle, spawn(2, 1)];
        let steps = [spawn(2, 1), step(Verb::Loop { times: 2, steps: body }), step(Verb::Yield)];
        assert_eq!(sequence(&steps), [2, 1, 1, 2, 1, 1, 2]);
    }
}
