//! `{ offload = "blocking", steps = […] }`, or `offload = "cpu"`

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::parse::{Kind, Value};
use crate::scenario::{OffloadPool, Verb};

pub(super) const KIND: StepKind = StepKind { verb: "offload", modifiers: &["steps"], in_offload: false, read };

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, nest: Nest) -> Option<Verb> {
    let pool = pool(steps, step);
    let span = step.table.key_span(KIND.verb);
    let inner = step.inner(steps, Nest { offload: nest.offload.or(Some((span.start, span.end))), ..nest });
    Some(Verb::Offload { pool: pool?, steps: inner? })
}

fn pool(steps: &mut Steps<'_>, step: &StepTable<'_>) -> Option<OffloadPool> {
    let value = Value::literal(step.value);
    let wrong = match value.kind {
        Kind::Text("blocking") => return Some(OffloadPool::Blocking),
        Kind::Text("cpu") => return Some(OffloadPool::Cpu),
        Kind::Text(pool) => value.place.error(format!("unknown pool `{}`", pool.escape_debug())),
        _ => value.unexpected("a pool"),
    };
    steps.walk.refuse(wrong.help("write `offload = \"blocking\"` or `offload = \"cpu\"`"))
}
