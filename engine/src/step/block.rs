//! `block`: a blocking system call, which occupies its OS thread on every engine. Also other waits that block a thread.

use std::thread;
use std::time::Duration;

use super::shared::SharedRun;
use super::wait::Wait;
use crate::primitives::Primitives;
use crate::record::Worker;

/// Blocks the thread in `clock_nanosleep` for `ns` nanoseconds.
pub(super) fn block(ns: u64) {
    thread::sleep(Duration::from_nanos(ns));
}

/// Runs `wait`, in which the instance of `slot` blocks its thread; a traced cell records that.
#[inline]
pub(super) fn blocking_thread<P: Primitives, W: Wait<P>, T>(
    shared: &SharedRun,
    slot: u32,
    wait: impl FnOnce() -> T,
) -> T {
    if !W::TRACED {
        return wait();
    }
    match shared.recorder.tracer() {
        Some(tracer) => tracer.blocks_thread(slot, Worker::current(), wait),
        None => wait(),
    }
}

/// Runs `others`, in which the thread of the instance of `slot` may run other instances if the futures of `P` never pend. A
/// traced cell records that.
#[inline]
pub(super) fn lending_thread<P: Primitives, W: Wait<P>, T>(
    shared: &SharedRun,
    slot: u32,
    others: impl FnOnce() -> T,
) -> T {
    if !W::TRACED || !P::NEVER_PENDS {
        return others();
    }
    match shared.recorder.tracer() {
        Some(tracer) => tracer.lends_thread(slot, Worker::current(), others),
        None => others(),
    }
}
