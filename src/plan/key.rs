//! Which cell a row belongs to: the *key* columns of every CSV file.

use crate::scenario::{EngineName, Param};

/// scenario × parameters × engine × workers × repeat.
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
}

impl CellKey {
    /// Whether both are repeats of one cell: equal but for `repeat`.
    pub fn is_repeat_of(&self, other: &Self) -> bool {
        self.scenario == other.scenario
            && self.params == other.params
            && self.engine == other.engine
            && self.workers == other.workers
    }
}
