//! Shared by all bare programs: the work of an instance, and the measurement of CPU time.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// The work of an instance that computes, nominal nanoseconds.
pub(crate) const WORK_NS: u64 = 100_000;

/// CPU time of this process and its children so far, nanoseconds.
pub(crate) fn cpu_ns() -> i64 {
    cpu_ns_of(UsageWho::RUSAGE_SELF) + cpu_ns_of(UsageWho::RUSAGE_CHILDREN)
}

/// CPU time so far, nanoseconds.
pub(crate) fn cpu_ns_of(who: UsageWho) -> i64 {
    let used = getrusage(who).expect("usage");
    (used.user_time() + used.system_time()).num_microseconds() * 1_000
}
