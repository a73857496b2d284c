//! The children of instances: their slots, the parent that waits for them, and the state that a parent keeps of them.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;

use super::child_spawner::CancelOnDrop;
use crate::plan::{CellPlan, ChildrenPlan, TaskPlan};

/// The children of all instances of one task: their slots, and the instances that wait for them.
#[derive(Debug)]
pub(super) struct ChildTable {
    pub(super) slots: ChildrenPlan,
    /// One for each instance of the parent task; empty if no instance of it waits for children.
    pub(super) joins: &'static [Join],
}

/// A parent that waits for children. It waits for one `spawn` at a time, so there is one for each parent.
#[derive(Debug, Default)]
pub(super) struct Join {
    /// How many of the children have not ended.
    pub(super) left: AtomicU32,
    /// The slot of the parent.
    pub(super) parent: AtomicU32,
    /// The sum of the numbers that ended children have handed over.
    sum: AtomicU64,
    waker: AtomicWaker,
}

impl Join {
    /// Waits until all children have ended; returns the sum of their numbers.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<u64> {
        // Acquire: the parent sees what the children wrote, their numbers included.
        if self.left.load(Acquire) > 0 {
            self.waker.register(cx.waker());
            if self.left.load(Acquire) > 0 {
                return Poll::Pending;
            }
        }
        Poll::Ready(self.sum.swap(0, Relaxed))
    }

    /// A child has ended, and hands over its number.
    pub(super) fn give_up(&self, number: u64) {
        self.sum.fetch_add(number, Relaxed);
        // AcqRel: the last child passes on what the other children wrote.
        if self.left.fetch_sub(1, AcqRel) == 1 {
            self.waker.wake();
        }
    }
}

/// The state that an instance keeps of its children.
#[derive(Debug, Default)]
pub struct ChildState {
    /// The children that it waits for.
    pub(super) joining: Option<&'static Join>,
    /// How many children it has spawned.
    pub(super) spawned: u32,
    /// The totals of all its `spawn` steps.
    pub(super) spawn_totals: SpawnTotals,
    /// Cancel the children that it waits for.
    pub(super) cancel_handles: Vec<CancelOnDrop>,
}

impl ChildState {
    /// Whether all children that it waits for have ended.
    pub(super) fn is_together(&self) -> bool {
        self.joining.is_none_or(|join| join.left.load(Acquire) == 0)
    }

    /// All children that it waited for have ended.
    pub(super) fn joined(&mut self, sum: u64) {
        self.joining = None;
        // They can't be cancelled any more, and a handle that is kept would keep the memory of its task.
        self.cancel_handles.clear();
        self.spawn_totals.sum = self.spawn_totals.sum.wrapping_add(sum);
    }
}

/// What an instance has spawned, in total.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpawnTotals {
    /// How many instances have arrived or will, because of it: its children and their descendants.
    pub(super) came: u64,
    /// The sum of the numbers that the children for which it waited have handed over.
    pub(super) sum: u64,
}

/// The child table of each task; `None` if the task does not spawn.
pub(super) fn child_tables(plan: &CellPlan) -> Vec<Option<ChildTable>> {
    let waits = |child: u16| plan.tasks[usize::from(child)].spawned.is_some_and(|spawned| spawned.joined);
    let child_table = |task: &TaskPlan| {
        let slots = task.children?;
        let joins = if task.program.children().any(waits) { task.count } else { 0 };
        let joins: Vec<Join> = (0..joins).map(|_| Join::default()).collect();
        Some(ChildTable { slots, joins: Vec::leak(joins) })
    };
    plan.tasks.iter().map(child_table).collect()
}

/// For each task that spawns, the first slot of its children and the task's index; ascending.
pub(super) fn blocks(plan: &CellPlan) -> Vec<(u32, u16)> {
    let blocks = plan.tasks.iter().zip(0_u16..).filter_map(|(task, index)| Some((task.children?.first_slot, index)));
    let mut blocks: Vec<(u32, u16)> = blocks.collect();
    blocks.sort_unstable();
    blocks
}

/// For each task, how many instances one instance of it makes: itself, its children and their descendants.
pub(super) fn trees(plan: &CellPlan) -> Vec<u64> {
    fn tree(plan: &CellPlan, task: u16, trees: &mut [u64]) -> u64 {
        let index = usize::from(task);
        if trees[index] == 0 {
            let children = plan.tasks[index].program.child_counts();
            trees[index] = 1 + children.into_iter().map(|(child, count)| count * tree(plan, child, trees)).sum::<u64>();
        }
        trees[index]
    }
    let mut trees = vec![0; plan.tasks.len()];
    (0..plan.tasks.len() as u16).map(|task| tree(plan, task, &mut trees)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plan reserves this much for each instance of a task that waits for children.
    #[test]
    fn a_join_is_no_bigger_than_the_plan_says() {
        assert!(size_of::<Join>() <= 40, "{} bytes", size_of::<Join>());
    }
}
