//! What was measured of each instance: the record file that a cell writes and the campaign reads.
//!
//! Reader and writer share one layout. Nothing here knows engines or reports.

pub mod clock;
mod instance;
pub mod layout;
mod mapping;
mod recorder;
mod records;

pub use instance::{InstanceRecord, Probe, State, StepHistogram, StepPart, Usage};
pub use mapping::{Mapping, MappingError, Numbers, memory_file};
pub use recorder::{Meter, PollTimer, Recorder, Worker};
pub use records::Records;
