//! `spawn`: an instance releases others, on the same engine, and waits for their ends or does not.
//!
//! Who is in a child's slot is the plan's to say; so a child finds by arithmetic who waits for it, and carries nothing for it.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;

use super::nursery::Rein;
use super::run::Shared;
use super::task_run::TaskRun;
use crate::plan::{CellPlan, ChildrenPlan, TaskPlan};
use crate::record::layout::{NEVER, end};

/// The children of all instances of one task: their slots, and who waits for them.
#[derive(Debug)]
pub(super) struct Brood {
    slots: ChildrenPlan,
    /// One for each instance of the task that spawns them; empty if none of it waits for any.
    joins: &'static [Join],
}

/// An instance that waits for its children. It waits for some of them at a time.
#[derive(Debug, Default)]
pub(super) struct Join {
    /// How many have not ended.
    left: AtomicU32,
    /// The slot of the instance.
    parent: AtomicU32,
    /// The numbers that they have given up.
    sum: AtomicU64,
    waker: AtomicWaker,
}

impl Join {
    /// Waits until none is left; gives the sum of their numbers.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<u64> {
        // Acquire: what they wrote, their numbers too, is seen.
        if self.left.load(Acquire) > 0 {
            self.waker.register(cx.waker());
            if self.left.load(Acquire) > 0 {
                return Poll::Pending;
            }
        }
        Poll::Ready(self.sum.swap(0, Relaxed))
    }

    /// One of them has ended, and gives up its number.
    fn give_up(&self, number: u64) {
        self.sum.fetch_add(number, Relaxed);
        // AcqRel: the last one passes on what the others wrote.
        if self.left.fetch_sub(1, AcqRel) == 1 {
            self.waker.wake();
        }
    }
}

/// What an instance knows of its children.
#[derive(Debug, Default)]
pub struct Family {
    /// Whom it waits for.
    pub(super) joining: Option<&'static Join>,
    /// How many children it has spawned.
    spawned: u32,
    /// What it has brought about.
    pub(super) brought: Brought,
    /// What cancels those for which it waits.
    pub(super) reins: Vec<Rein>,
}

impl Family {
    /// Whether all for whom it waits have ended.
    pub(super) fn is_together(&self) -> bool {
        self.joining.is_none_or(|join| join.left.load(Acquire) == 0)
    }

    /// All for whom it waited have ended.
    pub(super) fn joined(&mut self, sum: u64) {
        self.joining = None;
        // Nobody will cancel them any more: a handle that is kept keeps its task's memory.
        self.reins.clear();
        self.brought.sum = self.brought.sum.wrapping_add(sum);
    }
}

/// What an instance has brought about by spawning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Brought {
    /// How many instances have come or will, through its children: they and theirs.
    pub(super) came: u64,
    /// The sum of the numbers that those have given up for which it waited.
    pub(super) sum: u64,
}

/// The brood of each task that spawns.
pub(super) fn broods(plan: &CellPlan) -> Vec<Option<Brood>> {
    let waits = |child: u16| plan.tasks[usize::from(child)].spawned.is_some_and(|spawned| spawned.joined);
    let brood = |task: &TaskPlan| {
        let slots = task.children?;
        let joins = if task.program.children().any(waits) { task.count } else { 0 };
        let joins: Vec<Join> = (0..joins).map(|_| Join::default()).collect();
        Some(Brood { slots, joins: Vec::leak(joins) })
    };
    plan.tasks.iter().map(brood).collect()
}

/// Where the children of each task that spawns begin, and its index, ascending.
pub(super) fn blocks(plan: &CellPlan) -> Vec<(u32, u16)> {
    let blocks = plan.tasks.iter().zip(0_u16..).filter_map(|(task, index)| Some((task.children?.first_slot, index)));
    let mut blocks: Vec<(u32, u16)> = blocks.collect();
    blocks.sort_unstable();
    blocks
}

/// Of each task, how many instances one of it comes to, with its children and theirs.
pub(super) fn trees(plan: &CellPlan) -> Vec<u64> {
    fn of(plan: &CellPlan, task: u16, known: &mut [u64]) -> u64 {
        let index = usize::from(task);
        if known[index] == 0 {
            let children = plan.tasks[index].program.child_counts();
            known[index] = 1 + children.into_iter().map(|(child, count)| count * of(plan, child, known)).sum::<u64>();
        }
        known[index]
    }
    let mut known = vec![0; plan.tasks.len()];
    (0..plan.tasks.len() as u16).map(|task| of(plan, task, &mut known)).collect()
}

impl Shared {
    /// Releases the next `count` children of the instance in `slot`, instances of task number `child`.
    pub(super) fn spawn(&self, slot: u32, of: &TaskRun, child: u16, count: u32, join: bool, family: &mut Family) {
        let brood = of.brood.as_ref().expect("a task that spawns has a brood");
        let parent = self.recorder.slot(slot);
        let number = parent.instance.load(Relaxed);
        let first = brood.slots.first_slot + number * brood.slots.each + family.spawned;
        let slots = first..first + count;
        let task = &self.tasks[usize::from(child)];
        let now = self.recorder.now_ns();
        let cancel_at = if task.cancellable { parent.cancel_at_ns.load(Relaxed) } else { NEVER };
        for slot in slots.clone() {
            let record = self.recorder.slot(slot);
            record.scheduled_ns.store(now, Relaxed);
            if cancel_at != NEVER {
                record.cancel_at_ns.store(cancel_at.max(now), Relaxed);
            }
        }
        family.spawned += count;
        family.brought.came += u64::from(count) * task.tree;
        if join {
            let join = &brood.joins[number as usize];
            join.left.store(count, Relaxed);
            join.parent.store(slot, Relaxed);
            family.joining = Some(join);
        }
        self.nursery.get().release(slots, child, join, &mut family.reins);
    }

    /// An instance of a task that is waited for, or spawns, has ended: whoever waits for it gets its number and its sum, or if
    /// nobody does, the sum is added to the cell's.
    pub(super) fn give_up(&self, slot: u32, of: &TaskRun, sum: u64) {
        if !of.is_joined() {
            if sum > 0 {
                self.joined.fetch_add(sum, Relaxed);
            }
            return;
        }
        let record = self.recorder.slot(slot);
        let join = self.join_of(slot).expect("somebody waits for it");
        if of.cancellable && record.ended.load(Relaxed) == end::CANCELLED && record.cancel_at_ns.load(Relaxed) == NEVER
        {
            // Whoever was cut off with the background learnt only then at which time.
            let at =
                self.cancelled_above(slot).map_or(NEVER, |above| self.recorder.slot(above).cancel_at_ns.load(Relaxed));
            record.cancel_at_ns.store(at.max(record.scheduled_ns.load(Relaxed)), Relaxed);
        }
        join.give_up(u64::from(record.instance.load(Relaxed)).wrapping_add(sum));
    }

    /// Who was cancelled of those that wait for the instance in `slot`, and of those that wait for them: its slot.
    pub(super) fn cancelled_above(&self, slot: u32) -> Option<u32> {
        let mut slot = slot;
        loop {
            slot = self.join_of(slot)?.parent.load(Relaxed);
            if self.recorder.is_cancelled(slot) {
                return Some(slot);
            }
        }
    }

    /// Where it is waited for the instance in `slot`, if it is.
    fn join_of(&self, slot: u32) -> Option<&'static Join> {
        let task = &self.tasks[usize::from(self.recorder.slot(slot).task.load(Relaxed))];
        if !task.is_joined() {
            return None;
        }
        let (first, parent) = *self.blocks[..self.blocks.partition_point(|(first, _)| *first <= slot)].last()?;
        let brood = self.tasks[usize::from(parent)].brood.as_ref()?;
        brood.joins.get(((slot - first) / brood.slots.each) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plan counts with this for each instance of a task that waits for children.
    #[test]
    fn a_join_is_no_bigger_than_the_plan_says() {
        assert!(size_of::<Join>() <= 40, "{} bytes", size_of::<Join>());
    }
}
