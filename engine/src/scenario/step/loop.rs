//! `{ loop = 20, steps = […] }`

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::Verb;

pub(super) const KIND: StepKind = StepKind { verb: "loop", modifiers: &["steps"], in_offload: true, read };

/// The maximum of the product of all loops around a step.
const MOST_ROUNDS: u64 = 1 << 40;

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, nest: Nest) -> Option<Verb> {
    let times = times(steps, step, nest);
    // Steps are checked even if the number of rounds is unknown.
    let rounds = nest.rounds * u64::from(times.unwrap_or(1));
    let inner = step.inner(steps, Nest { rounds, ..nest });
    Some(Verb::Loop { times: times?, steps: inner? })
}

fn times(steps: &mut Steps<'_>, step: &StepTable<'_>, nest: Nest) -> Option<u32> {
    let value = steps.walk.value(step.value)?;
    let times = steps.walk.integer(&value, "loop", 1..=1_000_000_000)?;
    let rounds = nest.rounds.saturating_mul(times);
    if rounds > MOST_ROUNDS {
        let error = value.place.error("nested loops run more than 2^40 times");
        return steps.walk.refuse(error.label(format!("{rounds:.1e} times in all", rounds = rounds as f64)));
    }
    Some(times as u32)
}
