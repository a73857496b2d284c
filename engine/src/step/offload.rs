//! `offload`: a part of a program on a pool for blocking calls or for computing, while its instance waits.
//!
//! Nothing stops the part half-way: if the instance is cancelled, it ends, while the part runs on and is counted. A part that has
//! not begun by then may be dropped by the runtime: then it is over too.
//!
//! A pool is a place: work waits in its queue until a thread is free, then it holds the thread.

use std::future::ready;

use super::block;
use super::histograms::Part;
use super::machine::{Body, Machine};
use super::objects::Objects;
use super::run::Run;
use super::wait::{Rich, Traced, Wait};
use crate::primitives::{Blocking, Boxed, Primitives};
use crate::record::clock::tick;
use crate::record::{PollTimer, Worker};
use crate::scenario::OffloadPool;

/// Starts the part on its pool; the span does not end before the part.
pub(super) fn start<P: Primitives>(run: &'static Run<P>, body: Body) -> Boxed<()> {
    let end = HeldEnd::new(run, body.task, body.slot);
    run.shared.recorder.queued(body.slot);
    let stay = Stay::new(run, &body);
    let queued = run.shared.recorder.tracer().map_or(0, |_| tick());
    let job = move || {
        let _end = end;
        run.shared.recorder.on_pool(body.slot);
        let stay = stay.map(Stay::begins);
        match run.shared.recorder.tracer() {
            Some(tracer) => {
                let work = || perform::<P, Traced<Rich<Blocking>>>(run, body);
                tracer.offloads(body.slot, Worker::current(), queued, work);
            }
            None => perform::<P, Rich<Blocking>>(run, body),
        }
        if let Some(stay) = stay {
            stay.record(run, &body);
        }
    };
    match (body.pool, run.cpu_pool) {
        (OffloadPool::Blocking, _) => P::offload(job),
        (OffloadPool::Cpu, Some(pool)) if P::NEVER_PENDS => {
            // This thread does nothing meanwhile, which a trace shows.
            block::blocking_thread::<P, Traced<Rich<P>>, _>(&run.shared, body.slot, || P::compute(pool, job))
        }
        (OffloadPool::Cpu, Some(pool)) => P::compute(pool, job),
        // Emulated: the engine's own threads are for computing, and no other threads suit the job better.
        (OffloadPool::Cpu, None) => {
            job();
            Box::pin(ready(()))
        }
    }
}

/// The stay at its pool of a part that has a name.
#[derive(Clone, Copy)]
struct Stay {
    name: u16,
    /// When the part was queued, ticks.
    queued: u64,
    /// When a thread began it, ticks.
    began: u64,
}

impl Stay {
    fn new<P: Primitives>(run: &Run<P>, body: &Body) -> Option<Self> {
        let program = &run.shared.tasks[usize::from(body.task)].program;
        let name = program.name_at(usize::from(body.from) - 1)?;
        Some(Self { name, queued: tick(), began: 0 })
    }

    fn begins(self) -> Self {
        Self { began: tick(), ..self }
    }

    /// The part is over. As for other steps, the times of a cancelled instance are left out.
    fn record<P: Primitives>(self, run: &Run<P>, body: &Body) {
        let shared = &run.shared;
        if shared.recorder.is_cancelled(body.slot) {
            return;
        }
        for (part, from, to) in [(Part::Wait, self.queued, self.began), (Part::Hold, self.began, tick())] {
            let ns = shared.recorder.timeline().length_ns(to.saturating_sub(from));
            shared.histograms.record(body.task, self.name, ns, |times| times.part(part));
        }
    }
}

/// The end of a part, which the span waits for. Dropping it counts the end, even of a part that never began.
struct HeldEnd<P: Primitives> {
    run: &'static Run<P>,
    task: u16,
    slot: u32,
}

impl<P: Primitives> HeldEnd<P> {
    fn new(run: &'static Run<P>, task: u16, slot: u32) -> Self {
        run.hold_end(&run.shared.tasks[usize::from(task)]);
        Self { run, task, slot }
    }
}

impl<P: Primitives> Drop for HeldEnd<P> {
    fn drop(&mut self) {
        self.run.shared.recorder.off_pool(self.slot);
        self.run.count_ends(&self.run.shared.tasks[usize::from(self.task)], 1);
    }
}

/// A part does not synchronise.
static NO_OBJECTS: Objects<Blocking> = Objects::NONE;

/// Runs the part on the present thread, by blocking, and records its work.
fn perform<P: Primitives, W: Wait<Blocking>>(run: &'static Run<P>, body: Body) {
    let mut machine = Machine::<Blocking, W>::part(body);
    Blocking::run(std::future::poll_fn(|cx| {
        let nested = |_| unreachable!("a scenario can't offload inside an offload");
        machine.advance(&run.shared, &NO_OBJECTS, nested, &mut PollTimer::none(), cx).map(|_| ())
    }));
    run.shared.recorder.add_units(body.slot, machine.meter);
}
