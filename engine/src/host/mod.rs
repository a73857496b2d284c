//! Facts about this machine: cores, memory, kernel, processor, clock. Missing facts are absent, never guessed.

mod activity;
mod affinity;
mod queues;
mod signals;
mod threads;

use std::fs;
use std::thread::available_parallelism;

use serde::Serialize;

pub use activity::{Activity, TICK};
pub use affinity::{allowed_cpus, confine, confined, cpu_list, present_cpu};
pub use queues::{QueueRoom, queue_room};
pub use signals::{SignalRoom, signal_room};
pub use threads::{Ceiling, ThreadRoom, mappings_left, thread_room};

/// The machine on which a run was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Host {
    /// The machine's name.
    pub name: Option<String>,
    /// The processor's model.
    pub cpu: Option<String>,
    /// How many cores this process may use: affinity and cgroup limits included.
    pub cores: u32,
    /// How many processors the kernel counts.
    pub processors: Option<u32>,
    /// The processors on which this process may run, such as `0-3`.
    pub affinity: Option<String>,
    /// The processor time that the cgroup (version 2) may use: `max`, or microseconds in a period of microseconds.
    pub cgroup_cpu_max: Option<String>,
    /// The memory that the cgroup (version 2) may use: `max`, or bytes.
    pub cgroup_memory_max: Option<String>,
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// The kernel's clock source.
    pub clock_source: Option<String>,
    /// The frequency governor of the first processor, such as `performance`; virtual machines have none.
    pub governor: Option<String>,
    /// The time by which the kernel may delay a timer of this process, nanoseconds.
    pub timer_slack_ns: Option<u64>,
    /// Load average over the last minute.
    pub load_1min: Option<f64>,
}

impl Host {
    /// This machine, now.
    pub fn here() -> Self {
        Self {
            name: line("/proc/sys/kernel/hostname"),
            cpu: field("/proc/cpuinfo", "model name"),
            cores: cores(),
            processors: Activity::now().map(|activity| activity.processors),
            affinity: field("/proc/self/status", "Cpus_allowed_list"),
            cgroup_cpu_max: cgroup_file("cpu.max"),
            cgroup_memory_max: cgroup_file("memory.max"),
            memory_bytes: kib("MemTotal"),
            kernel: line("/proc/sys/kernel/osrelease"),
            clock_source: line("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
            governor: line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            timer_slack_ns: line("/proc/self/timerslack_ns").and_then(|line| line.parse().ok()),
            load_1min: load_1min(),
        }
    }
}

/// Load average over the last minute.
pub fn load_1min() -> Option<f64> {
    line("/proc/loadavg")?.split(' ').next()?.parse().ok()
}

/// The text of a file of this process' own cgroup; the root cgroup has no limits.
fn cgroup_file(file: &str) -> Option<String> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    line(&format!("/sys/fs/cgroup{path}/{file}"))
}

/// How many cores this process may use, at least 1.
pub fn cores() -> u32 {
    available_parallelism().map_or(1, |cores| cores.get() as u32)
}

/// The memory that is available without swapping, bytes.
pub fn memory_available_bytes() -> Option<u64> {
    kib("MemAvailable")
}

fn line(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let (_, value) = text.lines().find_map(|line| line.split_once(':').filter(|(key, _)| key.trim() == name))?;
    Some(value.trim().to_owned())
}

fn kib(name: &str) -> Option<u64> {
    field("/proc/meminfo", name)?.strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
