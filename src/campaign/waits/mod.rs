//! Explains a cell that timed out: which instances wait and at which step, which hold the locks, and which threads are blocked.
//!
//! Only what the plan and the record make certain is said. Without a recorded step the position of an instance is not guessed.

mod barrier;
mod circle;
mod pool;

use std::collections::BTreeMap;

use super::event::Seen;
use taskmix_engine::plan::{CellPlan, Op, Program, Shape};
use taskmix_engine::record::{Records, State};
use taskmix_engine::scenario::{EngineName, WorkerRule};
use taskmix_engine::units::format_count;

/// The most steps, tasks or holders that are listed, those of most instances first.
const MOST: usize = 5;

/// The instances of one task that are at one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group {
    task: u16,
    /// Absent if they have not started.
    step: Option<u16>,
    count: u64,
    /// The number of the first instance.
    instance: u32,
}

/// Says which instances wait for which, the most important first. The sentences have no full stop. None if no instance waits for
/// another.
pub(super) fn sentences(plan: &CellPlan, records: &Records, seen: &[Seen]) -> Vec<String> {
    let groups = groups(records);
    let waiting: Vec<(Op, &Group)> = groups.iter().filter_map(|group| Some((op(plan, group)?, group))).collect();
    let pools = pool::sentences(plan, records);
    if pools.is_empty() && !waiting.iter().any(|(op, _)| op.object().is_some()) {
        return Vec::new();
    }
    let waits = waiting.iter().filter(|(op, _)| is_a_wait(*op));
    let pending = groups.iter().filter(|group| group.step.is_none()).map(|group| not_started(plan, group));
    // In a deadlock on locks more threads would not help, so blocked threads are not mentioned.
    let mut sentences: Vec<String> =
        circle::sentences(plan, &waiting).or_else(|| threads(plan, seen)).into_iter().collect();
    // What the queue of a pool says of a step is not said again.
    let is_of_a_pool = !pools.is_empty();
    let waits = waits.filter(|(op, _)| !is_of_a_pool || !matches!(op, Op::Offload { .. }));
    sentences.extend(pools);
    sentences.extend(barrier::sentences(plan, records, &waiting));
    sentences.extend(few(holders(plan, &waiting), "more locks are held"));
    let waits = waits.map(|(_, group)| at_a_step(plan, group));
    sentences.extend(few(waits.collect(), "more steps have waiting instances"));
    sentences.extend(few(pending.collect(), "more tasks have instances that have not started"));
    sentences
}

/// Whether the worker is inside a wait for other instances that blocks its thread.
pub(super) fn keeps_its_thread(plan: &CellPlan, seen: &Seen) -> bool {
    let at = Group { task: seen.instance.0, step: seen.step, count: 1, instance: seen.instance.1 };
    op(plan, &at).is_some_and(|op| op.object().is_some() && blocks_its_thread(plan, op))
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

/// The operation of the group's step.
fn op(plan: &CellPlan, group: &Group) -> Option<Op> {
    let is_at = |step| move |op: &&taskmix_engine::plan::Operation| op.step == step && op.op.ability().is_some();
    Some(program(plan, group)?.ops.iter().find(is_at(group.step?))?.op)
}

/// Whether it may wait for other instances or threads. A timer needs neither.
fn is_a_wait(op: Op) -> bool {
    op.object().is_some() || matches!(op, Op::Offload { .. } | Op::Spawn { .. })
}

/// Whether an instance that waits in it blocks its thread.
fn blocks_its_thread(plan: &CellPlan, op: Op) -> bool {
    let is_blocking = |object: u16| matches!(plan.objects[usize::from(object)].shape, Shape::Mutex { blocking: true });
    match plan.engine {
        EngineName::Rayon | EngineName::Threads => true,
        // The threads of a custom engine are not known.
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

/// The holders of the locks that are waited for. An instance holds a lock if its step is inside the lock's body.
fn holders(plan: &CellPlan, at_steps: &[(Op, &Group)]) -> Vec<String> {
    let is_lock = |op: Op| matches!(op, Op::Lock { .. } | Op::Permit { .. });
    let mut wanted: Vec<u16> =
        at_steps.iter().filter(|(op, _)| is_lock(*op)).filter_map(|(op, _)| op.object()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let holders_of = |object: u16| {
        let holders = at_steps.iter().filter(move |(_, group)| holds(plan, group, object));
        holders.map(move |(_, group)| {
            let holder = match group.count {
                1 => format!("`{}` #{}", name(plan, group), group.instance),
                _ => instances(plan, group),
            };
            format!("`{}` is held by {holder}, at `{}`", plan.objects[usize::from(object)].name, step(plan, group))
        })
    };
    wanted.into_iter().flat_map(holders_of).collect()
}

/// Whether the group's step is done while `object` is held.
fn holds(plan: &CellPlan, group: &Group, object: u16) -> bool {
    let (Some(program), Some(step)) = (program(plan, group), group.step) else { return false };
    let ops = &program.ops;
    (0..ops.len()).filter(|at| ops[*at].op == Op::Lock { object } || ops[*at].op == Op::Permit { object }).any(|at| {
        let lock_step = ops[at].step;
        let body =
            ops[at + 1..].iter().take_while(|operation| operation.step != lock_step || operation.op != Op::Release);
        let mut body_steps = body.map(|operation| operation.step);
        lock_step != step && body_steps.any(|within| within == step)
    })
}

/// How many workers are inside waits that block their threads, and what can't run for want of a thread.
fn threads(plan: &CellPlan, seen: &[Seen]) -> Option<String> {
    // Each instance has a thread of its own.
    if plan.engine.worker_rule() == WorkerRule::Cores {
        return None;
    }
    let inside = seen.iter().filter(|seen| keeps_its_thread(plan, seen));
    let ops = inside.filter_map(|seen| {
        op(plan, &Group { task: seen.instance.0, step: seen.step, count: 1, instance: seen.instance.1 })
    });
    let blocking: Vec<Op> = ops.collect();
    let (blocked, workers) = (blocking.len() as u64, u64::from(plan.workers));
    let mut ops: Vec<Op> = Vec::new();
    for op in blocking {
        if !ops.iter().any(|other| (other.ability(), other.object()) == (op.ability(), op.object())) {
            ops.push(op);
        }
    }
    let steps: Vec<String> = ops.iter().map(|op| step_text(plan, *op)).collect();
    let steps = steps.join(", ");
    match blocked {
        0 => None,
        _ if blocked < workers => {
            let are = if blocked == 1 { "is" } else { "are" };
            Some(format!("{} of {} workers {are} inside {steps}", format_count(blocked), format_count(workers)))
        }
        _ => {
            let all_workers = match workers {
                1 => "the only worker is".to_owned(),
                2 => "both workers are".to_owned(),
                more => format!("all {} workers are", format_count(more)),
            };
            let left = if let [op] = ops[..] { awaited(op) } else { "any other instance" };
            Some(format!("{all_workers} inside {steps}: no thread is left to run {left}"))
        }
    }
}

/// Such as `` `recv jobs` ``.
fn step_text(plan: &CellPlan, op: Op) -> String {
    let object = op.object().map_or("?", |object| &plan.objects[usize::from(object)].name);
    format!("`{} {object}`", op.ability().unwrap_or_default())
}

/// What could end a wait.
const fn awaited(op: Op) -> &'static str {
    match op {
        Op::Recv { .. } | Op::Drain { .. } => "a sender",
        Op::Send { .. } => "a receiver",
        Op::Lock { .. } => "its holder",
        Op::Permit { .. } => "a holder",
        _ => "the other instances",
    }
}

/// The first sentences, and one that counts the rest.
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
