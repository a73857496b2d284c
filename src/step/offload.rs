//! `offload`: a part of a program on the idiom's pool for blocking calls, while its instance waits.
//!
//! Nothing stops it half-way: cancelled, the instance ends, and the part runs on, counted.

use super::machine::Machine;
use super::objects::Objects;
use super::run::Run;
use super::wait::{Rich, Traced, Wait};
use crate::idiom::{Blocking, Boxed, Idiom};
use crate::record::{PollTimer, Worker};

/// The part: operations `from..to` of a task's program, in the instance's present place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body {
    pub(super) slot: u32,
    pub(super) task: u16,
    pub(super) from: u16,
    pub(super) to: u16,
    pub(super) counters: u64,
    pub(super) draw: u32,
}

/// Starts the part on the idiom's pool; the span does not end before it.
pub(super) fn start<I: Idiom>(run: &'static Run<I>, body: Body) -> Boxed<()> {
    let of = &run.shared.tasks[usize::from(body.task)];
    run.hold_end(of);
    I::offload(move || {
        match run.shared.recorder.tracer() {
            Some(tracer) => {
                let work = || perform::<I, Traced<Rich<Blocking>>>(run, body);
                tracer.offloads(body.slot, Worker::current(), work);
            }
            None => perform::<I, Rich<Blocking>>(run, body),
        }
        run.count_ends(of, 1);
    })
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
