//! `{ barrier = "all" }`

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::Verb;
use crate::scenario::parse::Section;
use crate::scenario::parse::objects::target;

pub(super) const KIND: StepKind = StepKind { verb: "barrier", modifiers: &[], in_offload: false, read };

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, _: Nest) -> Option<Verb> {
    target(steps.walk, step.value, Section::Barrier).map(Verb::Barrier)
}
