//! The speed of this machine: of the `cpu` kernel and of the processor's counter, measured together.

use std::io;
use std::time::Duration;

use crate::campaign::Speed;
use crate::host::confined;
use crate::record::clock::{Moment, counter_is_trusted, use_counter};
use crate::report::{speed_changed, unquiet};
use crate::step::{Calibration, calibrate};

/// Before the first cell. In a debug build, whose figures mean little, it is shorter: tests make hundreds of runs.
const BEFORE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 40 } else { 200 });

/// After the last one: only to see whether it has changed.
const AFTER: Duration = Duration::from_millis(if cfg!(debug_assertions) { 20 } else { 100 });

/// A calibration with the counter's rate.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) calibration: Calibration,
    /// 0 where the system's clock is used instead.
    pub(super) ticks_per_second: u64,
    /// Where it was measured: on those cores that some cell is confined to, empty if none is.
    cpus: Vec<u32>,
}

impl Measured {
    /// Measures before the first cell, on these cores if there are any, and chooses the clock.
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

    /// For the cells.
    pub(super) fn speed(&self) -> Speed {
        Speed { iterations_per_second: self.calibration.iterations_per_second, ticks_per_second: self.ticks_per_second }
    }

    /// What to warn of before the run.
    pub(super) fn unrest(&self) -> Option<String> {
        unquiet(self.calibration.spread)
    }

    /// What to warn of after the run.
    pub(super) fn drift(&self, after: &Self) -> Option<String> {
        after.drift_since(self.calibration.iterations_per_second)
    }

    /// What to warn of if the run began at such a speed.
    pub(super) fn drift_since(&self, iterations_per_second: f64) -> Option<String> {
        speed_changed(iterations_per_second, self.calibration.iterations_per_second)
    }
}
