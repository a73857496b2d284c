//! The key of a cell: the *key* columns of every CSV file, and whether the cell measures lag.

use std::num::NonZeroU64;

use crate::scenario::{EngineName, Param};

/// scenario × parameters × engine × workers × probe × repeat.
#[derive(Debug, Clone, PartialEq)]
pub struct CellKey {
    /// The scenario's name.
    pub scenario: String,
    /// A value for each axis, in the axes' order.
    pub params: Vec<Param>,
    /// The engine.
    pub engine: EngineName,
    /// The number of workers; 1 for a single-threaded engine.
    pub workers: u32,
    /// The number of the repeat, from 1.
    pub repeat: u32,
    /// The period of the probe in a cell that measures lag, nanoseconds. Absent in all other cells: no probe disturbs them.
    pub probe_ns: Option<NonZeroU64>,
}

impl CellKey {
    /// Whether the cell measures only lag.
    pub const fn is_probed(&self) -> bool {
        self.probe_ns.is_some()
    }

    /// Whether both are repeats of one cell: equal except for `repeat`.
    pub fn is_repeat_of(&self, other: &Self) -> bool {
        self.scenario == other.scenario
            && self.params == other.params
            && self.engine == other.engine
            && self.workers == other.workers
            && self.probe_ns == other.probe_ns
    }
}
