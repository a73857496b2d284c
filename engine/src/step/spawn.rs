//! `spawn`: an instance releases children, on the same engine, and waits for their ends or does not.
//!
//! The plan fixes which instance is in a child's slot. So a child computes the slot of its parent, and carries nothing for it.

use std::sync::atomic::Ordering::Relaxed;

use super::children::{ChildState, Join};
use super::shared::SharedRun;
use super::task_run::TaskRun;
use crate::record::layout::{NEVER, end};

impl SharedRun {
    /// Releases the next `count` children of the instance in `slot`, instances of task number `child`.
    pub(super) fn spawn(
        &self,
        slot: u32,
        parent_task: &TaskRun,
        child: u16,
        count: u32,
        join: bool,
        child_state: &mut ChildState,
    ) {
        let child_table = parent_task.child_table.as_ref().expect("a task that spawns has a child table");
        let parent = self.recorder.slot(slot);
        let number = parent.instance.load(Relaxed);
        let first = child_table.slots.first_slot + number * child_table.slots.each + child_state.spawned;
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
        child_state.spawned += count;
        child_state.spawn_totals.came += u64::from(count) * task.tree;
        if join {
            let join = &child_table.joins[number as usize];
            join.left.store(count, Relaxed);
            join.parent.store(slot, Relaxed);
            child_state.joining = Some(join);
        }
        self.child_spawner.get().release(slots, child, join, &mut child_state.cancel_handles);
    }

    /// An instance of a task that is joined or spawns has ended. A parent that waits for it receives its number plus `sum`. If
    /// no parent does, `sum` is added to that of the cell.
    pub(super) fn give_up(&self, slot: u32, task: &TaskRun, sum: u64) {
        if !task.is_joined() {
            if sum > 0 {
                self.joined.fetch_add(sum, Relaxed);
            }
            return;
        }
        let record = self.recorder.slot(slot);
        let join = self.join_of(slot).expect("a parent waits for an instance of a joined task");
        if task.cancellable
            && record.ended.load(Relaxed) == end::CANCELLED
            && record.cancel_at_ns.load(Relaxed) == NEVER
        {
            // An ancestor that was cut off with the background got the time of its cancellation only then.
            let at =
                self.cancelled_above(slot).map_or(NEVER, |above| self.recorder.slot(above).cancel_at_ns.load(Relaxed));
            record.cancel_at_ns.store(at.max(record.scheduled_ns.load(Relaxed)), Relaxed);
        }
        join.give_up(u64::from(record.instance.load(Relaxed)).wrapping_add(sum));
    }

    /// The slot of the nearest cancelled ancestor of the instance in `slot`, along parents that wait.
    pub(super) fn cancelled_above(&self, slot: u32) -> Option<u32> {
        let mut slot = slot;
        loop {
            slot = self.join_of(slot)?.parent.load(Relaxed);
            if self.recorder.is_cancelled(slot) {
                return Some(slot);
            }
        }
    }

    /// The parent that waits for the instance in `slot`, if there is one.
    fn join_of(&self, slot: u32) -> Option<&'static Join> {
        let task = &self.tasks[usize::from(self.recorder.slot(slot).task.load(Relaxed))];
        if !task.is_joined() {
            return None;
        }
        let (first, parent) = *self.blocks[..self.blocks.partition_point(|(first, _)| *first <= slot)].last()?;
        let child_table = self.tasks[usize::from(parent)].child_table.as_ref()?;
        child_table.joins.get(((slot - first) / child_table.slots.each) as usize)
    }
}
