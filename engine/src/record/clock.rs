//! The tick: the fastest clock that is right on this machine.
//!
//! A read of the processor's time-stamp counter costs about a third of a read of the system's clock, and a cell reads twice a
//! poll. The counter is used only where it is the kernel's own clock source, for which the kernel requires that it is invariant
//! and synchronised over the cores. No library: quanta calibrates in each process, and a cell can't wait for that.
#![expect(unsafe_code, reason = "reading the time-stamp counter is an intrinsic")]

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

static COUNTER: AtomicBool = AtomicBool::new(false);

/// The rate of the system's clock, when that is the tick.
pub const NANOSECONDS: u64 = 1_000_000_000;

/// `CLOCK_MONOTONIC`, nanoseconds.
pub fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("Linux has a monotonic clock");
    Duration::from(now).as_nanos() as u64
}

/// The present tick.
#[inline(always)]
#[expect(clippy::inline_always, reason = "two a poll: a call would cost as much as the counter's read")]
pub fn tick() -> u64 {
    #[cfg(target_arch = "x86_64")]
    if COUNTER.load(Relaxed) {
        // SAFETY: every x86-64 processor has the instruction.
        return unsafe { core::arch::x86_64::_rdtsc() };
    }
    monotonic_ns()
}

/// Makes the time-stamp counter the tick, or the system's clock.
pub fn use_counter(counter: bool) {
    COUNTER.store(counter && cfg!(target_arch = "x86_64"), Relaxed);
}

/// Whether the kernel trusts the time-stamp counter.
pub fn counter_is_trusted() -> bool {
    cfg!(target_arch = "x86_64")
        && std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
            .is_ok_and(|source| source.trim() == "tsc")
}

/// A moment on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The tick.
    pub tick: u64,
    /// `CLOCK_MONOTONIC`, nanoseconds.
    pub monotonic_ns: u64,
}

impl Moment {
    /// Now, on both clocks at once: of eight tries the one whose read of the system's clock took the fewest ticks.
    pub fn now() -> Self {
        (0..8)
            .map(|_| {
                let before = tick();
                let monotonic_ns = monotonic_ns();
                let after = tick();
                (after - before, Self { tick: before + (after - before) / 2, monotonic_ns })
            })
            .min_by_key(|(took, _)| *took)
            .expect("eight tries")
            .1
    }

    /// Ticks per second between two moments.
    pub fn ticks_per_second_until(self, later: Self) -> u64 {
        let elapsed = u128::from((later.monotonic_ns - self.monotonic_ns).max(1));
        (u128::from(later.tick - self.tick) * u128::from(NANOSECONDS) / elapsed) as u64
    }
}

/// Converts ticks to nanoseconds since the start of the span.
#[derive(Debug, Clone, Copy)]
pub struct Timeline {
    start_tick: u64,
    ns_per_tick: f64,
}

impl Timeline {
    /// A timeline that begins at `start_tick`.
    pub fn new(start_tick: u64, ticks_per_second: u64) -> Self {
        Self { start_tick, ns_per_tick: NANOSECONDS as f64 / ticks_per_second.max(1) as f64 }
    }

    /// Nanoseconds from the start to `tick`; 0 before the start.
    pub fn since_start_ns(&self, tick: u64) -> u64 {
        self.length_ns(tick.saturating_sub(self.start_tick))
    }

    /// The length of `ticks`, nanoseconds.
    pub fn length_ns(&self, ticks: u64) -> u64 {
        (ticks as f64 * self.ns_per_tick) as u64
    }

    /// The tick at `ns` nanoseconds since the start.
    pub fn tick_at(&self, ns: u64) -> u64 {
        self.start_tick + (ns as f64 / self.ns_per_tick) as u64
    }
}
