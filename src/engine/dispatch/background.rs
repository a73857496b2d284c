//! The end of the background: when the foreground is over, who is left of it is cancelled, and nobody comes any more.

use std::sync::atomic::Ordering::Relaxed;

use super::Dispatcher;
use crate::idiom::Idiom;
use crate::record::layout::end;
use crate::step::Spawner;

impl<I: Idiom, S: Spawner<I>> Dispatcher<'_, I, S> {
    /// When the foreground was over, if it is and there is a background.
    pub(super) fn foreground_over_ns(&self) -> Option<u64> {
        self.run.shared.background.as_ref()?.foreground_over_ns()
    }

    /// The last that it does: nobody in the background comes any more, and who is there is cancelled as of `over`.
    pub(super) fn cut_background(&mut self, over: u64) {
        let (shared, share) = (&self.run.shared, self.share);
        let is_background =
            |slot: &u32| shared.tasks[usize::from(shared.recorder.slot(*slot).task.load(Relaxed))].background;
        // The latest first: they are under way.
        for slot in share.within(0..self.next_open).rev().filter(is_background) {
            self.cut(slot, over);
        }
        let loops = || {
            let all = shared.tasks.iter().zip(shared.commons.loops).filter(|(of, _)| of.background);
            all.filter_map(|(of, state)| Some((of, of.closed.as_ref()?, state)))
        };
        for (_, closed, state) in loops() {
            for slot in (closed.first_slot..closed.first_slot + state.released.load(Relaxed) as u32).rev() {
                // Others' requests are theirs to cancel.
                let is_ours = share.is_whole() || self.handles[slot as usize].is_some();
                if is_ours || shared.recorder.slot(slot).ended.load(Relaxed) != end::NOT {
                    self.cut(slot, over);
                }
            }
        }
        let mut never_come = 0;
        for slot in share.within(self.next_open..shared.open).filter(is_background) {
            let of = &shared.tasks[usize::from(shared.recorder.slot(slot).task.load(Relaxed))];
            never_come += of.tree;
            self.run.leave_channels(of, 1);
        }
        if shared.background.as_ref().is_some_and(|background| background.is_last_cut(share)) {
            // A loop that is closed has told already.
            let open = loops().filter(|(.., state)| state.clients.load(Relaxed) > 0);
            for (of, _, state) in open {
                let of_loop = u64::from(of.count) - state.released.load(Relaxed);
                never_come += of.tree * of_loop;
                self.run.leave_channels(of, of_loop);
            }
        }
        self.run.background_is_cut(never_come);
    }

    /// An instance in the background is cancelled at `over`, unless that was its lot before or it has ended.
    fn cut(&mut self, slot: u32, over: u64) {
        let recorder = &self.run.shared.recorder;
        let record = recorder.slot(slot);
        // Who came while the foreground's end was being told is cancelled at its release.
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
