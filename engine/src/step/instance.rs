//! One instance: a machine, its meter, and its end, however it ends.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::machine::Machine;
use super::offload;
use super::run::Run;
use super::shared::SharedRun;
use super::wait::Wait;
use crate::primitives::Primitives;
use crate::record::clock::tick;
use crate::record::layout::end;
use crate::record::{PollTimer, Worker};

/// An instance, to be spawned on an engine with the primitives `P`.
#[derive(Debug)]
pub struct Instance<P: Primitives, W: Wait<P>> {
    run: &'static Run<P>,
    machine: Machine<P, W>,
}

/// Stands for the number of polls after the instance has ended.
const ENDED: u32 = u32::MAX;

impl<P: Primitives, W: Wait<P>> Instance<P, W> {
    /// The instance of `slot`, an instance of task number `task`.
    #[inline]
    pub(super) fn new(run: &'static Run<P>, slot: u32, task: u16) -> Self {
        let machine = Machine::new(slot, task, &run.shared.tasks[usize::from(task)]);
        Self { run, machine }
    }
}

/// The instance is cancelled at `now`. Out of line, so that the path to a normal end is short.
#[cold]
#[inline(never)]
fn cancelled<P: Primitives, W: Wait<P>>(run: &'static Run<P>, machine: &mut Machine<P, W>, now: u64, worker: Worker) {
    end(run, machine, end::CANCELLED, now, worker);
}

/// The instance ends at `now`, in a state of [`end`].
#[inline]
fn end<P: Primitives, W: Wait<P>>(
    run: &'static Run<P>,
    machine: &mut Machine<P, W>,
    state: u8,
    now: u64,
    worker: Worker,
) {
    let task = &run.shared.tasks[usize::from(machine.task)];
    machine.let_go(&run.objects);
    run.shared.recorder.ended(machine.slot, state, now, machine.meter, machine.step(task), worker);
    machine.meter.polls = ENDED;
    run.instance_ended(machine.slot, task, machine.spawn_totals());
}

/// In a traced cell every poll is timed and recorded.
fn traced_poll_begins<P: Primitives, W: Wait<P>>(shared: &SharedRun, machine: &Machine<P, W>, timer: &mut PollTimer) {
    timer.takes_time(machine.step(&shared.tasks[usize::from(machine.task)]));
    if let Some(tracer) = shared.recorder.tracer() {
        tracer.poll_begins(timer.worker(), timer.began());
    }
}

fn traced_poll_ends(shared: &SharedRun, slot: u32, timer: &PollTimer, now: Option<u64>) {
    if let (Some(tracer), Some(now)) = (shared.recorder.tracer(), now) {
        tracer.poll_ends(slot, timer.worker(), timer.began(), now);
    }
}

impl<P: Primitives, W: Wait<P>> Future for Instance<P, W> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { run, machine } = self.get_mut();
        let run: &'static Run<P> = run;
        let shared = &run.shared;
        let mut timer = PollTimer::new(machine.slot);
        if machine.meter.polls == 0 {
            let now = timer.first();
            if machine.is_cancelled(shared) {
                // A pool can't take a job back: a job that is cancelled before its start finds that out only here.
                cancelled(run, machine, now, timer.worker());
                return Poll::Ready(());
            }
            shared.recorder.started(machine.slot, now);
        }
        machine.meter.polls += 1;
        if W::TRACED {
            traced_poll_begins(shared, machine, &mut timer);
        }
        let outcome = machine.advance(shared, &run.objects, |body| offload::start(run, body), &mut timer, cx);
        let (length, now) = timer.stop();
        if let Some(length) = length {
            machine.meter.polled(length, shared.recorder.slot(machine.slot));
        }
        if W::TRACED {
            traced_poll_ends(shared, machine.slot, &timer, now);
        }
        outcome.map(|state| end(run, machine, state, now.unwrap_or_else(tick), timer.worker()))
    }
}

/// Dropped before its end, an instance was cancelled: pending or waiting, started or not.
impl<P: Primitives, W: Wait<P>> Drop for Instance<P, W> {
    #[inline]
    fn drop(&mut self) {
        if self.machine.meter.polls != ENDED {
            cancelled(self.run, &mut self.machine, tick(), Worker::current());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::{Blocking, Smol, Tokio};
    use crate::step::{Full, Once, Parent, Rich, Traced, Turn};

    /// The size decides how much memory a million instances take, and adds to the time of a spawn.
    #[test]
    fn an_instance_does_not_grow() {
        let sizes = [
            ("one poll", size_of::<Once<Smol, Full<Smol>>>(), 16),
            ("one poll, blocking", size_of::<Once<Blocking, Full<Blocking>>>(), 16),
            ("yielding", size_of::<Instance<Smol, Turn>>(), 48),
            ("waiting", size_of::<Instance<Smol, Full<Smol>>>(), 104),
            ("waiting, traced", size_of::<Instance<Smol, Traced<Full<Smol>>>>(), 104),
            ("spawning", size_of::<Instance<Smol, Parent<Smol>>>(), 344),
            ("waiting, its timer on the heap", size_of::<Instance<Tokio, Full<Tokio>>>(), 72),
            ("synchronising", size_of::<Instance<Smol, Rich<Smol>>>(), 288),
        ];
        for (which, bytes, most) in sizes {
            assert!(bytes <= most, "{which}: {bytes} bytes, more than {most}");
        }
    }
}
