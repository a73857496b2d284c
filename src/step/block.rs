//! `block`: a blocking system call that keeps its OS thread, whatever the engine; and what else keeps it.

use std::thread;
use std::time::Duration;

use super::run::Shared;
use super::wait::Wait;
use crate::idiom::Idiom;
use crate::record::Worker;

/// Keeps the thread in `clock_nanosleep` for `ns` nanoseconds.
pub(super) fn block(ns: u64) {
    thread::sleep(Duration::from_nanos(ns));
}

/// Does `wait`, in which the instance of `slot` keeps its thread; of a traced cell that is told.
#[inline]
pub(super) fn keeping_thread<I: Idiom, W: Wait<I>, T>(shared: &Shared, slot: u32, wait: impl FnOnce() -> T) -> T {
    if !W::TRACED {
        return wait();
    }
    match shared.recorder.tracer() {
        Some(tracer) => tracer.keeps_thread(slot, Worker::current(), wait),
        None => wait(),
    }
}

/// Does `others`, in which the thread of the instance of `slot` may run other instances if the idiom's futures never pend; of a
/// traced cell that is told.
#[inline]
pub(super) fn lending_thread<I: Idiom, W: Wait<I>, T>(shared: &Shared, slot: u32, others: impl FnOnce() -> T) -> T {
    if !W::TRACED || !I::NEVER_PENDS {
        return others();
    }
    match shared.recorder.tracer() {
        Some(tracer) => tracer.lends_thread(slot, Worker::current(), others),
        None => others(),
    }
}
