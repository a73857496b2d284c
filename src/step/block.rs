//! `block`: a blocking system call that keeps its OS thread, whatever the engine.

use std::thread;
use std::time::Duration;

/// Keeps the thread in `clock_nanosleep` for `ns` nanoseconds.
pub(super) fn block(ns: u64) {
    thread::sleep(Duration::from_nanos(ns));
}
