//! `offload`: a part of a program on a pool for blocking calls or for computing, while its instance waits.
//!
//! Nothing stops it half-way: cancelled, the instance ends, and the part runs on, counted. One that has not begun by then may be
//! dropped by its runtime: then it is over too.

use std::future::ready;

use super::block;
use super::machine::Machine;
use super::objects::Objects;
use super::run::Run;
use super::wait::{Rich, Traced, Wait};
use crate::idiom::{Blocking, Boxed, Idiom};
use crate::record::{PollTimer, Worker};
use crate::scenario::OffloadPool;

/// The part: operations `from..to` of a task's program, in the instance's present place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body {
    pub(super) slot: u32,
    pub(super) task: u16,
    pub(super) from: u16,
    pub(super) to: u16,
    pub(super) counters: u64,
    pub(super) draw: u32,
    pub(super) pool: OffloadPool,
}

/// Starts the part on its pool; the span does not end before it.
pub(super) fn start<I: Idiom>(run: &'static Run<I>, body: Body) -> Boxed<()> {
    let end = HeldEnd::of(run, body.task);
    let job = move || {
        let _end = end;
        match run.shared.recorder.tracer() {
            Some(tracer) => {
                let work = || perform::<I, Traced<Rich<Blocking>>>(run, body);
                tracer.offloads(body.slot, Worker::current(), work);
            }
            None => perform::<I, Rich<Blocking>>(run, body),
        }
    };
    match (body.pool, run.cpu_pool) {
        (OffloadPool::Blocking, _) => I::offload(job),
        (OffloadPool::Cpu, Some(pool)) if I::NEVER_PENDS => {
            // On this thread nothing is done meanwhile, which a trace is to show.
            block::keeping_thread::<I, Traced<Rich<I>>, _>(&run.shared, body.slot, || I::compute(pool, job))
        }
        (OffloadPool::Cpu, Some(pool)) => I::compute(pool, job),
        // Emulated: the engine's own threads are for computing, there are none better to hand the job to.
        (OffloadPool::Cpu, None) => {
            job();
            Box::pin(ready(()))
        }
    }
}

/// The end of a part, which the span waits for: over when it is dropped, be it with a part that never began.
struct HeldEnd<I: Idiom> {
    run: &'static Run<I>,
    task: u16,
}

impl<I: Idiom> HeldEnd<I> {
    fn of(run: &'static Run<I>, task: u16) -> Self {
        run.hold_end(&run.shared.tasks[usize::from(task)]);
        Self { run, task }
    }
}

impl<I: Idiom> Drop for HeldEnd<I> {
    fn drop(&mut self) {
        self.run.count_ends(&self.run.shared.tasks[usize::from(self.task)], 1);
    }
}

/// A part meets nobody.
static NOTHING: Objects<Blocking> = Objects::NONE;

/// Runs the part on the present thread, by blocking, and records its work.
fn perform<I: Idiom, W: Wait<Blocking>>(run: &'static Run<I>, body: Body) {
    let mut machine = Machine::<Blocking, W>::part(body);
    Blocking::run(std::future::poll_fn(|cx| {
        let nested = |_| unreachable!("a scenario can't offload inside an offload");
        machine.advance(&run.shared, &NOTHING, nested, &mut PollTimer::nobody(), cx).map(|_| ())
    }));
    run.shared.recorder.add_units(body.slot, machine.meter);
}
