//! What the cell has used: the kernel's figures, over all its threads.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};

use super::memory;
use crate::record::Usage;

/// CPU time and switches so far.
pub(super) fn now() -> Usage {
    let used = getrusage(UsageWho::RUSAGE_SELF).expect("a process may read its own usage");
    Usage {
        user_cpu_ns: nanoseconds(used.user_time()),
        system_cpu_ns: nanoseconds(used.system_time()),
        voluntary_switches: used.voluntary_context_switches() as u64,
        involuntary_switches: used.involuntary_context_switches() as u64,
        peak_rss_bytes: None,
    }
}

/// All usage so far, and the peak of memory. The peak is read last, so that reading it is not counted in the rest.
pub(super) fn at_end() -> Usage {
    let used = now();
    Usage { peak_rss_bytes: memory::peak_without_records(), ..used }
}

/// The usage between two moments; the peak is that of the later one.
pub(super) fn between(before: Usage, after: Usage) -> Usage {
    Usage {
        user_cpu_ns: after.user_cpu_ns.saturating_sub(before.user_cpu_ns),
        system_cpu_ns: after.system_cpu_ns.saturating_sub(before.system_cpu_ns),
        voluntary_switches: after.voluntary_switches.saturating_sub(before.voluntary_switches),
        involuntary_switches: after.involuntary_switches.saturating_sub(before.involuntary_switches),
        peak_rss_bytes: after.peak_rss_bytes,
    }
}

fn nanoseconds(time: TimeVal) -> u64 {
    Duration::from_micros(time.num_microseconds() as u64).as_nanos() as u64
}
