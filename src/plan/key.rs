//! Which cell a row belongs to: the *key* columns of every CSV file, and whether lag was measured in it.

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
    /// Its workers; 1 for an engine of a single thread.
    pub workers: u32,
    /// Which repeat, from 1.
    pub repeat: u32,
    /// The period of the probe, nanoseconds, in a cell that measures lag; absent in every other cell, which no probe disturbs.
    pub probe_ns: Option<NonZeroU64>,
}

impl CellKey {
    /// Whether it measures lag and nothing else.
    pub const fn is_probed(&self) -> bool {
        self.probe_ns.is_some()
    }

    /// Whether both are repeats of one cell: equal but for `repeat`.
    pub fn is_repeat_of(&self, other: &Self) -> bool {
        self.scenario == other.scenario
            && self.params == other.params
            && self.engine == other.engine
            && self.workers == other.workers
            && self.probe_ns == other.probe_ns
    }
}
