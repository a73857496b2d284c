//! What a pool for offloaded work does: which instances hold its threads, and which are in its queue.

use std::collections::BTreeMap;

use super::{Group, instances, step};
use taskmix_engine::plan::{CellPlan, Op};
use taskmix_engine::record::{InstanceRecord, Offloaded, Records, State};
use taskmix_engine::scenario::OffloadPool;
use taskmix_engine::units::format_count;

/// The offloaded work of one pool that is not over.
#[derive(Debug, Default)]
struct Work {
    /// On the pool's threads, by task, step and whether the instance has ended meanwhile.
    on_pool: BTreeMap<(u16, Option<u16>, bool), Group>,
    /// In its queue, by task and step.
    queued: BTreeMap<(u16, Option<u16>), Group>,
}

/// Such as ``the pool for blocking calls is full: its 2 threads run 2 instances of `slow` at `1 offload blocking`; 5 instances of
/// `fast` are in its queue, at `1 offload blocking` ``. Nothing of a pool whose queue is empty.
pub(super) fn sentences(plan: &CellPlan, records: &Records) -> Vec<String> {
    let mut pools: [Work; 2] = Default::default();
    for record in records {
        if let Some((offloaded, pool)) = record.offloaded.zip(pool(plan, &record)) {
            pools[pool as usize].add(&record, offloaded);
        }
    }
    let pools = [OffloadPool::Blocking, OffloadPool::Cpu].into_iter().zip(pools);
    pools.filter_map(|(pool, work)| work.sentence(plan, pool)).collect()
}

/// The pool of the instance's step.
fn pool(plan: &CellPlan, record: &InstanceRecord) -> Option<OffloadPool> {
    let program = &plan.tasks.get(usize::from(record.task))?.program;
    let pools = program.ops.iter().filter_map(|operation| match operation.op {
        Op::Offload { pool, .. } => Some((operation.step, pool)),
        _ => None,
    });
    let mut pools = pools.collect::<Vec<_>>();
    // The step of an instance that has ended may be another one: a program with one pool has no other.
    if pools.iter().any(|(_, pool)| *pool != pools[0].1) {
        pools.retain(|(step, _)| Some(*step) == record.last_step);
    }
    pools.first().map(|(_, pool)| *pool)
}

impl Work {
    fn add(&mut self, record: &InstanceRecord, offloaded: Offloaded) {
        let (task, step) = (record.task, record.last_step);
        let new = Group { task, step, count: 0, instance: record.instance };
        let has_ended = record.state != State::Stalled;
        let group = match offloaded {
            Offloaded::OnPool => self.on_pool.entry((task, step, has_ended)).or_insert(new),
            // The runtime drops the work of an ended instance, or does it for nothing.
            Offloaded::Queued if has_ended => return,
            Offloaded::Queued => self.queued.entry((task, step)).or_insert(new),
        };
        group.count += 1;
    }

    fn sentence(&self, plan: &CellPlan, pool: OffloadPool) -> Option<String> {
        if self.queued.is_empty() {
            return None;
        }
        let (name, size) = match pool {
            OffloadPool::Blocking => ("the pool for blocking calls", plan.blocking_threads),
            OffloadPool::Cpu => ("the pool for computing", plan.cpu_threads),
        };
        let busy: u64 = self.on_pool.values().map(|group| group.count).sum();
        let holders: Vec<String> =
            self.on_pool.iter().map(|((.., has_ended), group)| holder(plan, group, *has_ended)).collect();
        let holders = if holders.is_empty() { "nothing".to_owned() } else { holders.join(" and ") };
        let threads = match size.map(u64::from) {
            Some(1) if busy == 1 => format!("{name} is full: its only thread runs {holders}"),
            Some(size) if busy >= size => format!("{name} is full: its {} threads run {holders}", format_count(size)),
            Some(size) => format!("{name} has {} threads, which run {holders}", format_count(size)),
            None => format!("the threads of {name} run {holders}"),
        };
        let queued: Vec<String> = self.queued.values().map(|group| at_its_step(plan, group)).collect();
        let are = if self.queued.values().map(|group| group.count).sum::<u64>() == 1 { "is" } else { "are" };
        Some(format!("{threads}; {} {are} in its queue", queued.join(" and ")))
    }
}

fn holder(plan: &CellPlan, group: &Group, has_ended: bool) -> String {
    if !has_ended {
        return at_its_step(plan, group);
    }
    let what = if group.count == 1 { "the call" } else { "the calls" };
    let have = if group.count == 1 { "has" } else { "have" };
    format!("{what} of {}, which {have} ended", instances(plan, group))
}

fn at_its_step(plan: &CellPlan, group: &Group) -> String {
    format!("{} at `{}`", instances(plan, group), step(plan, group))
}
