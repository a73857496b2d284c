//! `{ permit = "db", steps = […] }`

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::Verb;
use crate::scenario::parse::Section;
use crate::scenario::parse::objects::target;

pub(super) const KIND: StepKind = StepKind { verb: "permit", modifiers: &["steps"], in_offload: false, read };

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, nest: Nest) -> Option<Verb> {
    let semaphore = target(steps.walk, step.value, Section::Semaphore);
    let inner = step.inner(steps, nest);
    Some(Verb::Permit { semaphore: semaphore?, steps: inner? })
}
