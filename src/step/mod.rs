//! What an instance does: each step once, over an idiom, and the machine that goes from step to step.
//!
//! A task's flat program is interpreted; `cpu`, `sleep`, `block`, `yield` and `loop` run inline, every other step is a
//! boxed future, but for a message to take, which is waited for in a place that the instance keeps. Nothing here knows which engine polls an instance.

mod background;
mod block;
mod fault;
mod holds;
mod instance;
mod ipc;
mod kernel;
mod machine;
mod meet;
mod named;
mod notice;
mod nursery;
mod objects;
mod offload;
mod once;
mod run;
mod spawn;
mod task_run;
mod wait;

pub use instance::Instance;
pub use ipc::{
    Link, Queued, RealTime, SignalWay, Start, Way, block_real_time, forget_queue, not_queued, note_place, queue,
    receive, send,
};
pub use kernel::{Calibration, Kernel, calibrate};
pub use notice::Notice;
pub use nursery::{Nursery, Rein};
pub use once::Once;
pub use run::{Run, Shared, Spawner, Tell};
pub use task_run::TaskRun;
pub use wait::{Full, Parent, Rich, Traced, Turn, Wait};
