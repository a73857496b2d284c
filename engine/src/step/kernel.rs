//! `cpu`: a chain of multiplications, each of which needs the one before it, so that no processor runs two at once.
//!
//! A nominal nanosecond is a fixed number of iterations, calibrated once a campaign on an idle core and passed to every cell: the
//! same work everywhere, however long it takes under contention.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The kernel at a calibrated speed.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    iterations_per_ns: f64,
}

impl Kernel {
    /// A kernel with this many iterations per nominal second.
    pub fn new(iterations_per_second: f64) -> Self {
        Self { iterations_per_ns: iterations_per_second / 1e9 }
    }

    /// Works for `ns` nominal nanoseconds.
    #[inline]
    pub fn work(&self, ns: u64) {
        iterate((ns as f64 * self.iterations_per_ns) as u64);
    }
}

/// The constants are those of Knuth's MMIX generator (The Art of Computer Programming, vol. 2, 3.3.4).
#[inline(never)]
fn iterate(iterations: u64) {
    let mut state = black_box(1_u64);
    for _ in 0..iterations {
        state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    }
    black_box(state);
}

/// How fast the kernel runs here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Iterations per second, from the median of the pieces.
    pub iterations_per_second: f64,
    /// The spread: (90th − 10th percentile) ÷ median of the pieces' times.
    pub spread: f64,
}

/// How long an idle core takes to reach its full speed.
const WARM_UP: Duration = Duration::from_millis(40);

/// Times pieces of about 1 ms for `budget` and takes their median, as a cell's reader will.
pub fn calibrate(budget: Duration) -> Calibration {
    let started = Instant::now();
    let mut iterations = 100_000_u64;
    // The first pieces wake the core up and size the rest.
    while started.elapsed() < WARM_UP.min(budget / 2) {
        let took = time(iterations).max(1.0);
        iterations = (iterations as f64 * 1e6 / took).clamp(1_000.0, 1e8) as u64;
    }
    let mut pieces = Vec::new();
    while started.elapsed() < budget || pieces.len() < 9 {
        pieces.push(time(iterations));
    }
    pieces.sort_by(f64::total_cmp);
    let at = |share: f64| pieces[((pieces.len() - 1) as f64 * share) as usize];
    Calibration { iterations_per_second: iterations as f64 / at(0.5) * 1e9, spread: (at(0.9) - at(0.1)) / at(0.5) }
}

fn time(iterations: u64) -> f64 {
    let started = Instant::now();
    iterate(iterations);
    started.elapsed().as_nanos() as f64
}
