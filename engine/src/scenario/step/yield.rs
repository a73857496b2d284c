//! `{ yield = true }`

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::Verb;
use crate::scenario::parse::{Kind, Value};

pub(super) const KIND: StepKind = StepKind { verb: "yield", modifiers: &[], in_offload: true, read };

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, _: Nest) -> Option<Verb> {
    let value = Value::literal(step.value);
    let wrong = match value.kind {
        Kind::Boolean(true) => return Some(Verb::Yield),
        Kind::Boolean(false) => value.place.error("a yield is `true` or not there"),
        _ => value.unexpected("`true`"),
    };
    let times = match value.kind {
        Kind::Integer(Some(times @ 2..)) => times,
        _ => 20,
    };
    steps.walk.refuse(wrong.help(format!(
        "write `{{ yield = true }}`; to yield {times} times, `{{ loop = {times}, steps = [{{ yield = true }}] }}`"
    )))
}
