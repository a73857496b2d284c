//! Measures the speed of this machine: of the `cpu` kernel and of the processor's counter, together.

use std::io;
use std::time::Duration;

use crate::campaign::Speed;
use crate::report::{speed_changed, unquiet};
use taskmix_engine::host::confined;
use taskmix_engine::record::clock::{Moment, counter_is_trusted, use_counter};
use taskmix_engine::step::{Calibration, calibrate};

/// The duration of the calibration before the first cell. It is shorter in a debug build, whose figures mean little: tests make
/// hundreds of runs.
const BEFORE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 40 } else { 200 });

/// The duration of the calibration after the last cell, which only shows whether the speed has changed.
const AFTER: Duration = Duration::from_millis(if cfg!(debug_assertions) { 20 } else { 100 });

/// A calibration with the counter's rate.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) calibration: Calibration,
    /// 0 if the system's clock is used instead.
    pub(super) ticks_per_second: u64,
    /// The cores on which it was measured: those to which some cell is confined; empty if none is.
    cpus: Vec<u32>,
}

impl Measured {
    /// Calibrates before the first cell, on these cores if there are any, and chooses the clock.
    pub(super) fn before(cpus: Vec<u32>) -> io::Result<Self> {
        let counter = counter_is_trusted();
        use_counter(counter);
        let from = Moment::now();
        let calibration = confined(&cpus, || calibrate(BEFORE))?;
        let rate = from.ticks_per_second_until(Moment::now());
        Ok(Self { calibration, ticks_per_second: if counter { rate } else { 0 }, cpus })
    }

    /// Measures the kernel again.
    pub(super) fn after(&self) -> io::Result<Self> {
        Ok(Self { calibration: confined(&self.cpus, || calibrate(AFTER))?, ..self.clone() })
    }

    /// The speed for the cells.
    pub(super) fn speed(&self) -> Speed {
        Speed { iterations_per_second: self.calibration.iterations_per_second, ticks_per_second: self.ticks_per_second }
    }

    /// A warning before the run, if the calibration varied.
    pub(super) fn unrest(&self) -> Option<String> {
        unquiet(self.calibration.spread)
    }

    /// A warning after the run, if the speed has changed.
    pub(super) fn drift(&self, after: &Self) -> Option<String> {
        after.drift_since(self.calibration.iterations_per_second)
    }

    /// A warning if the speed has changed from this one.
    pub(super) fn drift_since(&self, iterations_per_second: f64) -> Option<String> {
        speed_changed(iterations_per_second, self.calibration.iterations_per_second)
    }
}
