//! The engine side of taskmix: what the process of a cell needs to run instances and to record them.
//!
//! Text → [`scenario::Scenario`] → [`plan::Campaign`] → [`plan::CellPlan`], the line that the process of a cell reads.
//! There [`step`] runs instances over [`primitives`] on an [`engine`], and [`record`] records what they did.
//! The campaign, the statistics and the reports are in the crate `taskmix`, which depends on this one: no code here can use them.
//!
//! The module [`worker`] is for other programs: it turns an executor into an engine. Only that module is meant to stay stable.

#[cfg(not(target_os = "linux"))]
compile_error!("taskmix runs on Linux only: it measures through /proc, memory files and futexes");

pub mod cell;
#[cfg(feature = "scenarios")]
pub mod diagnostic;
pub mod engine;
pub mod host;
pub mod metric;
pub mod plan;
pub mod primitives;
pub mod record;
pub mod scenario;
pub mod step;
pub mod units;
pub mod worker;
