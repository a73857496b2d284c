//! One instance: a machine, its meter, and its end, whichever way it ends.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::machine::Machine;
use super::offload;
use super::run::Run;
use super::wait::Wait;
use crate::idiom::Idiom;
use crate::record::Worker;
use crate::record::clock::tick;
use crate::record::layout::end;

/// An instance, to be spawned on an engine of idiom `I`.
#[derive(Debug)]
pub struct Instance<I: Idiom, W: Wait<I>> {
    run: &'static Run<I>,
    /// Time inside polls, ticks.
    busy: u64,
    /// The longest poll, ticks.
    max_poll: u64,
    machine: Machine<I, W>,
    /// How many polls; [`ENDED`] when it has ended.
    polls: u32,
}

const ENDED: u32 = u32::MAX;

impl<I: Idiom, W: Wait<I>> Instance<I, W> {
    /// The instance of `slot`, an instance of task number `task`.
    #[inline]
    pub(super) fn new(run: &'static Run<I>, slot: u32, task: u16) -> Self {
        let machine = Machine::new(slot, task, &run.shared.tasks[usize::from(task)]);
        Self { run, busy: 0, max_poll: 0, machine, polls: 0 }
    }

    #[inline]
    fn end(&mut self, how: u8, now: u64, worker: Worker) {
        let Self { run, machine, .. } = self;
        let task = &run.shared.tasks[usize::from(machine.task)];
        let meter = machine.meter(task, self.busy, self.max_poll, self.polls);
        run.shared.recorder.ended(machine.slot, how, now, meter, worker);
        self.polls = ENDED;
        run.instance_ended(machine.slot, task);
    }
}

impl<I: Idiom, W: Wait<I>> Future for Instance<I, W> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let worker = Worker::current();
        let began = tick();
        let shared = &this.run.shared;
        if this.polls == 0 {
            if this.machine.is_cancelled(shared) {
                // A pool can't take a job back: it learns of the cancellation only here, without having started.
                this.end(end::CANCELLED, began, worker);
                return Poll::Ready(());
            }
            shared.recorder.started(this.machine.slot, began);
        }
        worker.enter(this.machine.slot, began);
        this.polls += 1;
        let run = this.run;
        let outcome = this.machine.advance(shared, |body| offload::start(run, body), worker, cx);
        let now = tick();
        worker.leave();
        let length = now.saturating_sub(began);
        this.busy += length;
        this.max_poll = this.max_poll.max(length);
        outcome.map(|how| this.end(how, now, worker))
    }
}

/// Dropped before its end, an instance was cancelled: pending or waiting, started or not.
impl<I: Idiom, W: Wait<I>> Drop for Instance<I, W> {
    #[inline]
    fn drop(&mut self) {
        if self.polls != ENDED {
            self.end(end::CANCELLED, tick(), Worker::current());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idiom::{Blocking, Smol};
    use crate::step::{Full, Lean};

    /// Its size is the memory of a million of them, and a part of the time of a spawn.
    #[test]
    fn an_instance_is_no_bigger_than_it_was() {
        let sizes = [
            ("lean, smol", size_of::<Instance<Smol, Lean>>(), 72),
            ("full, smol", size_of::<Instance<Smol, Full<Smol>>>(), 120),
            ("lean, blocking", size_of::<Instance<Blocking, Lean>>(), 72),
            ("full, blocking", size_of::<Instance<Blocking, Full<Blocking>>>(), 88),
        ];
        for (which, bytes, most) in sizes {
            assert!(bytes <= most, "{which}: {bytes} bytes, more than {most}");
        }
    }
}
