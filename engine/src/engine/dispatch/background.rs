//! The end of the background. When the foreground is over, background instances under way are cancelled and no more are released.

use std::sync::atomic::Ordering::Relaxed;

use super::Dispatcher;
use crate::primitives::Primitives;
use crate::record::layout::end;
use crate::step::Spawner;

impl<P: Primitives, S: Spawner<P>> Dispatcher<'_, P, S> {
    /// When the foreground was over; `None` if it is not, or if there is no background.
    pub(super) fn foreground_over_ns(&self) -> Option<u64> {
        self.run.shared.background.as_ref()?.foreground_over_ns()
    }

    /// The dispatcher's last act: it releases nothing more in the background, and cancels background instances as of `over`.
    pub(super) fn cut_background(&mut self, over: u64) {
        let (shared, share) = (&self.run.shared, self.share);
        let is_background =
            |slot: &u32| shared.tasks[usize::from(shared.recorder.slot(*slot).task.load(Relaxed))].background;
        // The latest first: they are the ones under way.
        for slot in share.within(0..self.next_open).rev().filter(is_background) {
            self.cut(slot, over);
        }
        let loops = || {
            let all = shared.tasks.iter().zip(shared.shared_progress.loops).filter(|(task_run, _)| task_run.background);
            all.filter_map(|(task_run, progress)| Some((task_run, task_run.closed.as_ref()?, progress)))
        };
        for (_, closed, progress) in loops() {
            for slot in (closed.first_slot..closed.first_slot + progress.released.load(Relaxed) as u32).rev() {
                // Each dispatcher cancels the requests that it has released.
                let is_ours = share.is_whole() || self.handles[slot as usize].is_some();
                if is_ours || shared.recorder.slot(slot).ended.load(Relaxed) != end::NOT {
                    self.cut(slot, over);
                }
            }
        }
        let mut never_released = 0;
        for slot in share.within(self.next_open..shared.open).filter(is_background) {
            let task_run = &shared.tasks[usize::from(shared.recorder.slot(slot).task.load(Relaxed))];
            never_released += task_run.tree;
            self.run.leave_channels(task_run, 1);
        }
        if shared.background.as_ref().is_some_and(|background| background.is_last_cut(share)) {
            // A loop that is closed has been counted already.
            let open = loops().filter(|(.., progress)| progress.clients.load(Relaxed) > 0);
            for (task_run, _, progress) in open {
                let of_loop = u64::from(task_run.count) - progress.released.load(Relaxed);
                never_released += task_run.tree * of_loop;
                self.run.leave_channels(task_run, of_loop);
            }
        }
        self.run.background_is_cut(never_released);
    }

    /// Cancels a background instance as of `over`, unless its cancellation is due before or it has ended.
    fn cut(&mut self, slot: u32, over: u64) {
        let recorder = &self.run.shared.recorder;
        let record = recorder.slot(slot);
        // An instance that was released while the foreground's end was being reported is cancelled at its release.
        let over = over.max(record.scheduled_ns.load(Relaxed));
        let has_ended = record.ended.load(Relaxed) != end::NOT;
        if has_ended && recorder.timeline().since_start_ns(record.finished_tick.load(Relaxed)) <= over {
            return;
        }
        record.cancel_at_ns.store(over.min(record.cancel_at_ns.load(Relaxed)), Relaxed);
        if !has_ended {
            self.cancel(slot);
        }
    }
}
