//! Of a cell that ran into its timeout: who waits for others and where, who holds what is waited for, and which threads that
//! keeps.
//!
//! Only what the plan and the record make certain is said: where an instance is that stands nowhere is not guessed.

mod circle;

use std::collections::BTreeMap;

use super::event::Seen;
use crate::plan::{CellPlan, Op, Program, Shape};
use crate::record::{Records, State};
use crate::scenario::{EngineName, WorkerRule};
use crate::units::format_count;

/// The most steps, tasks or holders told of, those of most instances.
const MOST: usize = 5;

/// Instances of one task that are at one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group {
    task: u16,
    /// Absent if they have not started.
    step: Option<u16>,
    count: u64,
    /// The number of the first of them.
    instance: u32,
}

/// Says who waits for whom, in sentences without an end, what matters most first; none if nobody waits for others.
pub(super) fn told(plan: &CellPlan, records: &Records, seen: &[Seen]) -> Vec<String> {
    let groups = groups(records);
    let waiting: Vec<(Op, &Group)> = groups.iter().filter_map(|group| Some((op(plan, group)?, group))).collect();
    if !waiting.iter().any(|(op, _)| op.object().is_some()) {
        return Vec::new();
    }
    let waits = waiting.iter().filter(|(op, _)| is_a_wait(*op)).map(|(_, group)| at_a_step(plan, group));
    let pending = groups.iter().filter(|group| group.step.is_none()).map(|group| not_started(plan, group));
    // Whom each other's locks keep, no thread would set free.
    let mut told: Vec<String> = circle::told(plan, &waiting).or_else(|| threads(plan, seen)).into_iter().collect();
    told.extend(few(holders(plan, &waiting), "locks more are held"));
    told.extend(few(waits.collect(), "steps more are waited at"));
    told.extend(few(pending.collect(), "tasks more have instances that have not started"));
    told
}

/// Whether the worker is inside a wait for others, which keeps its thread for as long.
pub(super) fn keeps_its_thread(plan: &CellPlan, seen: &Seen) -> bool {
    let at = Group { task: seen.instance.0, step: seen.step, count: 1, instance: seen.instance.1 };
    op(plan, &at).is_some_and(|op| op.object().is_some() && keeps_a_thread(plan, op))
}

/// The stalled instances by task and step, the biggest group first.
fn groups(records: &Records) -> Vec<Group> {
    let mut found: BTreeMap<(u16, Option<u16>), Group> = BTreeMap::new();
    for record in records.iter().filter(|record| record.state == State::Stalled) {
        let step = record.last_step;
        if record.started_ns.is_some() && step.is_none() {
            continue;
        }
        let new = Group { task: record.task, step, count: 0, instance: record.instance };
        found.entry((record.task, step)).or_insert(new).count += 1;
    }
    let mut groups: Vec<Group> = found.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}

fn program<'a>(plan: &'a CellPlan, group: &Group) -> Option<&'a Program> {
    Some(&plan.tasks.get(usize::from(group.task))?.program)
}

/// What is done in the step at which they are.
fn op(plan: &CellPlan, group: &Group) -> Option<Op> {
    let of_step = |step| move |op: &&crate::plan::Operation| op.step == step && op.op.ability().is_some();
    Some(program(plan, group)?.ops.iter().find(of_step(group.step?))?.op)
}

/// Whether it may wait for others. A time is waited for by itself.
fn is_a_wait(op: Op) -> bool {
    op.object().is_some() || matches!(op, Op::Offload { .. } | Op::Spawn { .. })
}

/// Whether an instance that waits in it keeps its thread.
fn keeps_a_thread(plan: &CellPlan, op: Op) -> bool {
    let is_blocking = |object: u16| matches!(plan.objects[usize::from(object)].shape, Shape::Mutex { blocking: true });
    match plan.engine {
        EngineName::Rayon | EngineName::Threads => true,
        // What its threads are is its own affair.
        EngineName::Custom(_) => false,
        EngineName::SmolLocal
        | EngineName::AsyncExecutor
        | EngineName::Tokio
        | EngineName::TokioLocal
        | EngineName::Processes => op.object().is_some_and(is_blocking),
    }
}

fn name<'a>(plan: &'a CellPlan, group: &Group) -> &'a str {
    plan.tasks.get(usize::from(group.task)).map_or("?", |task| &task.name)
}

fn step<'a>(plan: &'a CellPlan, group: &Group) -> &'a str {
    let text = || program(plan, group)?.steps.get(usize::from(group.step?));
    text().map_or("?", String::as_str)
}

/// Such as ``2 instances of `taker` wait at `1 recv jobs` ``.
fn at_a_step(plan: &CellPlan, group: &Group) -> String {
    let wait = if group.count == 1 { "waits" } else { "wait" };
    format!("{} {wait} at `{}`", instances(plan, group), step(plan, group))
}

fn not_started(plan: &CellPlan, group: &Group) -> String {
    let have = if group.count == 1 { "has" } else { "have" };
    format!("{} {have} not started", instances(plan, group))
}

fn instances(plan: &CellPlan, group: &Group) -> String {
    let instances = if group.count == 1 { "instance" } else { "instances" };
    format!("{} {instances} of `{}`", format_count(group.count), name(plan, group))
}

/// Who holds the locks that are waited for, as far as it stands at a step: whoever is at one that is done under a lock has it.
fn holders(plan: &CellPlan, at_steps: &[(Op, &Group)]) -> Vec<String> {
    let is_lock = |op: Op| matches!(op, Op::Lock { .. } | Op::Permit { .. });
    let mut wanted: Vec<u16> =
        at_steps.iter().filter(|(op, _)| is_lock(*op)).filter_map(|(op, _)| op.object()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let of_object = |object: u16| {
        let holders = at_steps.iter().filter(move |(_, group)| holds(plan, group, object));
        holders.map(move |(_, group)| {
            let who = match group.count {
                1 => format!("`{}` #{}", name(plan, group), group.instance),
                _ => instances(plan, group),
            };
            format!("`{}` is held by {who}, at `{}`", plan.objects[usize::from(object)].name, step(plan, group))
        })
    };
    wanted.into_iter().flat_map(of_object).collect()
}

/// Whether the step at which they are is done while `object` is held.
fn holds(plan: &CellPlan, group: &Group, object: u16) -> bool {
    let (Some(program), Some(step)) = (program(plan, group), group.step) else { return false };
    let ops = &program.ops;
    (0..ops.len()).filter(|at| ops[*at].op == Op::Lock { object } || ops[*at].op == Op::Permit { object }).any(|at| {
        let own = ops[at].step;
        let body = ops[at + 1..].iter().take_while(|operation| operation.step != own || operation.op != Op::Release);
        let mut steps = body.map(|operation| operation.step);
        own != step && steps.any(|within| within == step)
    })
}

/// Which workers are inside waits that keep their threads, and who is left without one.
fn threads(plan: &CellPlan, seen: &[Seen]) -> Option<String> {
    // There everybody has a thread.
    if plan.engine.worker_rule() == WorkerRule::Cores {
        return None;
    }
    let inside = seen.iter().filter(|seen| keeps_its_thread(plan, seen));
    let ops = inside.filter_map(|seen| {
        op(plan, &Group { task: seen.instance.0, step: seen.step, count: 1, instance: seen.instance.1 })
    });
    let all: Vec<Op> = ops.collect();
    let (kept, workers) = (all.len() as u64, u64::from(plan.workers));
    let mut ops: Vec<Op> = Vec::new();
    for op in all {
        if !ops.iter().any(|other| (other.ability(), other.object()) == (op.ability(), op.object())) {
            ops.push(op);
        }
    }
    let places: Vec<String> = ops.iter().map(|op| place(plan, *op)).collect();
    let places = places.join(", ");
    match kept {
        0 => None,
        _ if kept < workers => {
            let are = if kept == 1 { "is" } else { "are" };
            Some(format!("{} of {} workers {are} inside {places}", format_count(kept), format_count(workers)))
        }
        _ => {
            let who = match workers {
                1 => "the only worker is".to_owned(),
                2 => "both workers are".to_owned(),
                more => format!("all {} workers are", format_count(more)),
            };
            let left = if let [op] = ops[..] { awaited(op) } else { "anybody else" };
            Some(format!("{who} inside {places}: no thread is left to run {left}"))
        }
    }
}

/// Such as `` `recv jobs` ``.
fn place(plan: &CellPlan, op: Op) -> String {
    let object = op.object().map_or("?", |object| &plan.objects[usize::from(object)].name);
    format!("`{} {object}`", op.ability().unwrap_or_default())
}

/// Whom a wait waits for.
const fn awaited(op: Op) -> &'static str {
    match op {
        Op::Recv { .. } | Op::Drain { .. } => "a sender",
        Op::Send { .. } => "a receiver",
        Op::Lock { .. } => "its holder",
        Op::Permit { .. } => "a holder",
        _ => "the others",
    }
}

/// The first of them, and how many are left out.
fn few(mut sentences: Vec<String>, more: &str) -> Vec<String> {
    let rest = sentences.len().saturating_sub(MOST);
    sentences.truncate(MOST);
    if rest > 0 {
        sentences.push(format!("{} {more}", format_count(rest as u64)));
    }
    sentences
}

#[cfg(test)]
mod tests;
