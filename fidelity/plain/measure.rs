//! The measurements of a plain program: when instances start and end, and what the process used meanwhile.
//!
//! This must not know a runtime: each program begins and ends its span itself.

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

/// The environment variable with the iterations of the `cpu` kernel a second. The runner sets it so that the work is the same as
/// in the cell.
pub(crate) const SPEED_VARIABLE: &str = "FIDELITY_ITERATIONS_PER_SECOND";

/// The measurements of a program.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// From the start of the span to the last end, nanoseconds.
    pub(crate) makespan_ns: u64,
    /// CPU time over the span, in user mode and in the kernel, nanoseconds.
    pub(crate) cpu_ns: u64,
    /// Context switches over the span because a thread waited.
    pub(crate) voluntary_switches: u64,
    /// Context switches over the span because a thread was pre-empted.
    pub(crate) involuntary_switches: u64,
    /// Peak resident memory in the span, bytes.
    pub(crate) peak_rss_bytes: u64,
    /// The measurements of each task, by its name.
    pub(crate) tasks: BTreeMap<String, TaskMeasured>,
}

/// The measurements of one task's instances.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct TaskMeasured {
    /// Latencies of done instances in the order of their ends, nanoseconds since the intended release.
    pub(crate) latency_ns: Vec<u64>,
    /// From the intended cancellation to the real stop, nanoseconds.
    pub(crate) cancel_ns: Vec<u64>,
    /// Times of steps that have a name, by that name, nanoseconds.
    pub(crate) step_ns: BTreeMap<String, Vec<u64>>,
    /// Numbers of instances in the order in which they started.
    pub(crate) start_order: Vec<u32>,
    /// Numbers of instances in the order in which they ended.
    pub(crate) end_order: Vec<u32>,
    /// Instances that ended without a recorded latency.
    pub(crate) also_done: u64,
    /// How often instances were polled, if that is counted.
    pub(crate) polls: u64,
}

/// The usage of the process up to a moment.
struct Usage {
    cpu_ns: u64,
    voluntary: u64,
    involuntary: u64,
}

/// Collects the measurements of the whole process. Each record takes a lock for a moment.
pub(crate) struct Sheet {
    begun: OnceLock<(Instant, Usage)>,
    measured: Mutex<Measured>,
    iterations_per_ns: f64,
}

impl Sheet {
    pub(super) fn new() -> Self {
        let speed = std::env::var(SPEED_VARIABLE).map_or(1e9, |speed| speed.parse().expect("a number of iterations"));
        Self { begun: OnceLock::new(), measured: Mutex::default(), iterations_per_ns: speed / 1e9 }
    }

    /// Begins the span. By now everything is built and asleep.
    pub(crate) fn begin(&self) {
        // 5 resets the peak (proc(5), /proc/pid/clear_refs).
        let _ = fs::write("/proc/self/clear_refs", "5");
        let usage = usage();
        assert!(self.begun.set((Instant::now(), usage)).is_ok(), "a span begins once");
    }

    /// Reserves memory for `count` ends of a task, before the span.
    pub(crate) fn expect(&self, task: &str, count: usize) {
        self.note(task, |task| {
            task.latency_ns.reserve(count);
            task.end_order.reserve(count);
        });
    }

    /// The time since the start of the span.
    pub(crate) fn now(&self) -> Duration {
        self.started().elapsed()
    }

    /// The start of the span.
    pub(crate) fn started(&self) -> Instant {
        self.begun.get().expect("the span has begun").0
    }

    /// Records that an instance of a burst starts.
    pub(crate) fn start(&self, task: &str, instance: u32) {
        self.note(task, |task| task.start_order.push(instance));
    }

    /// Records that an instance of a burst ends.
    pub(crate) fn end(&self, task: &str, instance: u32) {
        self.end_of(task, instance, Duration::ZERO);
    }

    /// Records the end of an instance whose intended release was `released` after the start of the span.
    pub(crate) fn end_of(&self, task: &str, instance: u32, released: Duration) {
        let now = self.now();
        self.note_end(now, task, |task| {
            task.latency_ns.push(now.saturating_sub(released).as_nanos() as u64);
            task.end_order.push(instance);
        });
    }

    /// Records that `count` instances ended, without their latencies.
    pub(crate) fn done(&self, task: &str, count: u64) {
        let now = self.now();
        self.note_end(now, task, |task| task.also_done += count);
    }

    /// Records the stop of an instance whose intended cancellation was `intended` after the start of the span.
    pub(crate) fn cancelled(&self, task: &str, intended: Duration) {
        let now = self.now();
        self.note_end(now, task, |task| task.cancel_ns.push(now.saturating_sub(intended).as_nanos() as u64));
    }

    /// Records the time of a named step.
    pub(crate) fn step(&self, task: &str, step: &str, took: Duration) {
        self.note(task, |task| task.step_ns.entry(step.into()).or_default().push(took.as_nanos() as u64));
    }

    /// Records how often an instance was polled.
    pub(crate) fn polls(&self, task: &str, count: u64) {
        self.note(task, |task| task.polls += count);
    }

    /// Records the end of work that outlived its instance. It extends the span.
    pub(crate) fn work_ended(&self) {
        let now = self.now();
        self.measured.lock().expect("no panic").ended_at(now);
    }

    /// Ends the span and reads the usage in it.
    pub(crate) fn finish(&self) {
        let (_, before) = self.begun.get().expect("the span has begun");
        let after = usage();
        let mut measured = self.measured.lock().expect("no panic");
        measured.cpu_ns = after.cpu_ns.saturating_sub(before.cpu_ns);
        measured.voluntary_switches = after.voluntary - before.voluntary;
        measured.involuntary_switches = after.involuntary - before.involuntary;
        measured.peak_rss_bytes = peak_rss_bytes();
    }

    /// Computes for a nominal time, with as many iterations as a `cpu` step of that length.
    pub(crate) fn work(&self, nominal: Duration) {
        iterate((nominal.as_nanos() as f64 * self.iterations_per_ns) as u64);
    }

    /// Takes all measurements.
    pub(super) fn measured(&self) -> Measured {
        std::mem::take(&mut *self.measured.lock().expect("no panic"))
    }

    fn note(&self, task: &str, note: impl FnOnce(&mut TaskMeasured)) {
        note(self.measured.lock().expect("no panic").task(task));
    }

    fn note_end(&self, now: Duration, task: &str, note: impl FnOnce(&mut TaskMeasured)) {
        let mut measured = self.measured.lock().expect("no panic");
        note(measured.task(task));
        measured.ended_at(now);
    }
}

impl Measured {
    fn task(&mut self, name: &str) -> &mut TaskMeasured {
        if !self.tasks.contains_key(name) {
            self.tasks.insert(name.into(), TaskMeasured::default());
        }
        self.tasks.get_mut(name).expect("it is there by now")
    }

    fn ended_at(&mut self, now: Duration) {
        self.makespan_ns = self.makespan_ns.max(now.as_nanos() as u64);
    }
}

fn usage() -> Usage {
    let used = getrusage(UsageWho::RUSAGE_SELF).expect("a process may read its own usage");
    Usage {
        cpu_ns: (used.user_time() + used.system_time()).num_microseconds() as u64 * 1_000,
        voluntary: used.voluntary_context_switches() as u64,
        involuntary: used.involuntary_context_switches() as u64,
    }
}

fn peak_rss_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().expect("kB") * 1024
}

/// A chain of multiplications, each of which needs the one before it. The constants are those of Knuth's MMIX generator (The
/// Art of Computer Programming, vol. 2, 3.3.4).
#[inline(never)]
fn iterate(iterations: u64) {
    let mut state = black_box(1_u64);
    for _ in 0..iterations {
        state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    }
    black_box(state);
}
