//! A scripted scenario runner for concurrency models.
//!
//! A scenario flows one way: text → `Scenario` → `Campaign` → one process per cell → records → samples → summary → files.
//! The crate `taskmix_engine` has the first half, and everything that runs in a cell's process. This crate continues with
//! [`campaign`]. `docs/architecture.md` has a diagram; `tests/layers.rs` checks the order of the modules.
//!
//! The command line, the scenario file, the CSV files and the engine protocol are stable; this library is not, before 1.0.

pub mod archive;
pub mod campaign;
pub mod cli;
pub mod compare;
pub mod expect;
pub mod report;
pub mod stats;
