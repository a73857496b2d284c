//! Facts about this machine: cores, memory, kernel, processor, clock. Missing facts are absent, never guessed.

use std::fs;
use std::thread::available_parallelism;

use serde::Serialize;

/// What a run was measured on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Host {
    /// The machine's name.
    pub name: Option<String>,
    /// The processor's model.
    pub cpu: Option<String>,
    /// How many cores this process may use: affinity and cgroup limits included.
    pub cores: u32,
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// The kernel's clock source.
    pub clock_source: Option<String>,
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
            memory_bytes: kib("MemTotal"),
            kernel: line("/proc/sys/kernel/osrelease"),
            clock_source: line("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
            load_1min: line("/proc/loadavg").and_then(|line| line.split(' ').next()?.parse().ok()),
        }
    }
}

/// How many cores this process may use, at least 1.
pub fn cores() -> u32 {
    available_parallelism().map_or(1, |cores| cores.get() as u32)
}

/// How much memory can be had without swapping, bytes.
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
