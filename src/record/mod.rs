//! What was measured of each instance: the record file that a cell writes and the campaign reads.
//!
//! Reader and writer share one layout. Nothing here knows engines or reports.

mod instance;
mod records;

pub use instance::{InstanceRecord, Probe, State, StepHistogram, StepPart, Usage};
pub use records::Records;
