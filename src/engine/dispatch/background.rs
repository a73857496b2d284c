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
        let shared = &self.run.shared;
        let (open, next_open) = (shared.open, self.next_open);
        let is_background =
            |slot: u32| shared.tasks[usize::from(shared.recorder.slot(slot).task.load(Relaxed))].background;
        let mut never_come = (next_open..open).filter(|slot| is_background(*slot)).count() as u64;
        // The latest first: they are under way.
        for slot in (0..next_open).rev().filter(|slot| is_background(*slot)) {
            self.cut(slot, over);
        }
        for index in 0..shared.tasks.len() {
            let (of, state) = (&shared.tasks[index], self.loops[index]);
            let Some(closed) = of.closed.as_ref().filter(|_| of.background) else { continue };
            for slot in (closed.first_slot..closed.first_slot + state.released).rev() {
                self.cut(slot, over);
            }
            // One that is deserted has told already.
            never_come += if state.clients > 0 { u64::from(of.count - state.released) } else { 0 };
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
