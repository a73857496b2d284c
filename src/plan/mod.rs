//! From a scenario to the cells that measure it: programs, draws, order, and what each engine can do.
//!
//! A plan is data. Nothing here knows how anything runs.

mod key;

pub use key::CellKey;
