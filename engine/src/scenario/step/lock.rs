//! `{ lock = "counter", steps = […] }`

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::Verb;
use crate::scenario::parse::Section;
use crate::scenario::parse::objects::target;

pub(super) const KIND: StepKind = StepKind { verb: "lock", modifiers: &["steps"], in_offload: false, read };

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, nest: Nest) -> Option<Verb> {
    let mutex = target(steps.walk, step.value, Section::Mutex);
    let inner = step.inner(steps, nest);
    Some(Verb::Lock { mutex: mutex?, steps: inner? })
}
