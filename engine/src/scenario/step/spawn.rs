//! `{ spawn = "child", count = 10, join = true }`

use super::{Nest, StepKind, StepTable, Steps};
use crate::scenario::parse::{Kind, MOST_INSTANCES, Value};
use crate::scenario::{Spawn, Verb};

pub(super) const KIND: StepKind = StepKind { verb: "spawn", modifiers: &["count", "join"], in_offload: false, read };

fn read(steps: &mut Steps<'_>, step: &StepTable<'_>, _: Nest) -> Option<Verb> {
    let task = task(steps, step);
    let count = match step.table.get("count") {
        Some(raw) => {
            let value = steps.walk.value(raw);
            value.and_then(|value| steps.walk.integer(&value, "count", 1..=MOST_INSTANCES))
        }
        None => Some(1),
    };
    let join = join(steps, step);
    Some(Verb::Spawn(Spawn { task: task?, count: count? as u32, join: join? }))
}

/// The index of the task that is spawned.
fn task(steps: &mut Steps<'_>, step: &StepTable<'_>) -> Option<u16> {
    let value = steps.walk.plain_value(step.value, "the task that is spawned")?;
    let Kind::Text(name) = value.kind else {
        return steps.walk.refuse(value.unexpected("the name of a task"));
    };
    let found = steps.walk.tasks.iter().position(|task| task.as_deref() == Some(name));
    if found.is_none() {
        let unknown = value.place.error(format!("no task is called `{}`", name.escape_debug()));
        let names: Vec<String> = steps.walk.tasks.iter().flatten().cloned().collect();
        return steps.walk.refuse(unknown.help_among(name, "tasks", names.iter().map(String::as_str)));
    }
    found.map(|index| index as u16)
}

fn join(steps: &mut Steps<'_>, step: &StepTable<'_>) -> Option<bool> {
    let Some(raw) = step.table.get("join") else { return Some(true) };
    let value = Value::literal(raw);
    match value.kind {
        Kind::Boolean(join) => Some(join),
        _ => steps.walk.refuse(value.unexpected("`true` or `false`")),
    }
}
