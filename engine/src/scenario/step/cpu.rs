//! `{ cpu = "200us", yield_every = "50us" }`

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::Verb;
use crate::scenario::parse::{HOUR, length};

pub(super) const KIND: StepKind = StepKind { verb: "cpu", modifiers: &["yield_every"], in_offload: true, read };

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, _: Nest) -> Option<Verb> {
    let work = length::read(steps.walk, step.value);
    let yield_every = match step.table.get("yield_every") {
        Some(raw) => {
            let value = steps.walk.value(raw)?;
            steps.walk.duration(&value, HOUR).map(Some)
        }
        None => Some(None),
    };
    Some(Verb::Cpu { work: work?, yield_every: yield_every? })
}
