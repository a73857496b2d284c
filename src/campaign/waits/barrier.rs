//! Which parties a barrier lacks.

use super::{Group, name, step};
use taskmix_engine::plan::{CellPlan, Op, Shape};
use taskmix_engine::record::{Records, State};
use taskmix_engine::units::format_count;

/// The most absent parties that are named.
const MOST: usize = 3;

/// Such as ``barrier `start` has 3 parties, of which 2 wait: `third` #0 was cancelled at `1 sleep` ``, for each barrier at which
/// instances wait.
pub(super) fn sentences(plan: &CellPlan, records: &Records, waiting: &[(Op, &Group)]) -> Vec<String> {
    let mut found = Vec::new();
    for (number, object) in plan.objects.iter().enumerate() {
        let Shape::Barrier { parties } = object.shape else { continue };
        let waits = |op: &Op| *op == Op::Barrier { object: number as u16 };
        let here: u64 = waiting.iter().filter(|(op, _)| waits(op)).map(|(_, group)| group.count).sum();
        if here == 0 {
            continue;
        }
        let absent = absent(plan, records, number as u16);
        let wait = if here == 1 { "waits" } else { "wait" };
        let because = if absent.is_empty() { String::new() } else { format!(": {}", absent.join(", ")) };
        found.push(format!(
            "barrier `{}` has {} parties, of which {} {wait}{because}",
            object.name,
            format_count(parties.into()),
            format_count(here),
        ));
    }
    found
}

/// The instances that pass the barrier in their program and can't, or don't yet.
fn absent(plan: &CellPlan, records: &Records, object: u16) -> Vec<String> {
    let step_of = |task: u16| {
        let ops = &plan.tasks.get(usize::from(task))?.program.ops;
        ops.iter().find(|operation| operation.op == Op::Barrier { object }).map(|operation| operation.step)
    };
    let mut named = Vec::new();
    let mut more = 0_u64;
    for record in records {
        let Some(barrier) = step_of(record.task) else { continue };
        let how = match record.state {
            State::Cancelled => "was cancelled",
            State::Failed => "failed",
            State::Stalled if record.last_step == Some(barrier) => continue,
            State::Stalled if record.started_ns.is_none() => "has not started",
            State::Stalled => "is",
            State::Pending | State::Running | State::Done => continue,
        };
        if named.len() == MOST {
            more += 1;
            continue;
        }
        let group = Group { task: record.task, step: record.last_step, count: 1, instance: record.instance };
        let at = if record.last_step.is_some() { format!(" at `{}`", step(plan, &group)) } else { String::new() };
        if how == "is" && at.is_empty() {
            named.push(format!("`{}` #{} is elsewhere", name(plan, &group), group.instance));
        } else {
            named.push(format!("`{}` #{} {how}{at}", name(plan, &group), group.instance));
        }
    }
    if more > 0 {
        named.push(format!("{} more are absent", format_count(more)));
    }
    named
}
