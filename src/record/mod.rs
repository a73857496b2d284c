//! What was measured of each instance: the record file that a cell writes and the campaign reads.
//!
//! Reader and writer share one layout. Nothing here knows engines or reports.

pub mod clock;
mod commons;
mod instance;
pub mod layout;
mod mapping;
mod meter;
mod recorder;
mod records;
mod segment;
mod semaphore;
mod share;
mod stretches;
mod tracer;
mod worker;

pub use commons::{CommonBackground, CommonLoop, Commons};
pub use instance::{ChannelCount, InstanceRecord, PeersCount, Placed, Probe, State, StepHistogram, StepPart, Usage};
pub use mapping::{Mapping, MappingError, Numbers, make_read_only, memory_file};
pub use meter::{Meter, PollTimer};
pub use recorder::Recorder;
pub use records::Records;
pub use segment::{Lane, Segment, SegmentWait};
pub use share::{Marks, Share};
pub use stretches::{StretchKind, StretchRecord, Stretches};
pub use tracer::Tracer;
pub use worker::Worker;
