//! A scripted scenario runner for concurrency models.
//!
//! A scenario flows one way: text → [`scenario::Scenario`] → [`plan::Campaign`] → one process per cell →
//! records → samples → summary → files. `docs/architecture.md` draws it; `tests/layers.rs` holds it.
//!
//! The command line, the scenario file, the CSV files and the engine protocol are stable; this library is not, before 1.0.
//! Of its modules [`worker`] is the one for other programs: it makes an executor an engine.

#[cfg(not(target_os = "linux"))]
compile_error!("taskmix runs on Linux only: it measures through /proc, memory files and futexes");

pub mod campaign;
pub mod cell;
pub mod cli;
pub mod compare;
pub mod diagnostic;
pub mod engine;
pub mod expect;
pub mod host;
pub mod idiom;
pub mod metric;
pub mod plan;
pub mod record;
pub mod report;
pub mod scenario;
pub mod stats;
pub mod step;
pub mod units;
pub mod worker;
