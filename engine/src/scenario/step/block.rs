//! `{ block = "20ms" }`

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::Verb;
use crate::scenario::parse::length;

pub(super) const KIND: StepKind = StepKind { verb: "block", modifiers: &[], in_offload: true, read };

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, _: Nest) -> Option<Verb> {
    length::read(steps.walk, step.value).map(Verb::Block)
}
