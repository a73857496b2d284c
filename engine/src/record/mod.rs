//! The record of a cell: what was measured of each instance, in a file that the cell writes and the campaign reads.
//!
//! Reader and writer share one layout. Nothing here knows engines or reports.

mod area;
pub mod clock;
mod instance;
pub mod layout;
mod mapping;
mod meter;
mod recorder;
mod records;
mod run_slices;
mod segment;
mod semaphore;
mod share;
mod shared_progress;
mod tracer;
mod worker;

pub use area::{make_read_only, memory_file};
pub use instance::{
    ChannelCount, InstanceRecord, Offloaded, PeersCount, Placed, Probe, State, StepHistogram, StepPart, Usage,
};
pub use mapping::{Mapping, MappingError, Numbers};
pub use meter::{Meter, PollTimer};
pub use recorder::Recorder;
pub use records::Records;
pub use run_slices::{RunSliceKind, RunSliceRecord, RunSlices};
pub use segment::{Lane, Segment, SegmentWait};
pub use share::{Marks, Share};
pub use shared_progress::{BackgroundProgress, LoopProgress, SharedProgress};
pub use tracer::Tracer;
pub use worker::Worker;
