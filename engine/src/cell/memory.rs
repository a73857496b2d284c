//! The cell's memory, as the kernel counts it.

use std::fs;

/// Resets `VmHWM`, so that it is the peak of the span alone. If the kernel refuses, it is the peak of the process's whole life.
pub(super) fn reset_peak() {
    // 5 resets the peak (proc(5), /proc/pid/clear_refs). A kernel without it leaves a larger figure, never a smaller one.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The peak of resident memory since the reset, bytes, without shared memory, which is that of the record and of the draws.
pub(super) fn peak_without_records() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib * 1024)
    };
    Some(field("VmHWM")?.saturating_sub(field("RssShmem")?))
}
