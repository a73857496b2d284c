//! What an instance does: every step, written once over the runtime primitives, and the machine that goes from step to step.
//!
//! The machine interprets the flat program of a task. `cpu`, `sleep`, `block`, `yield` and `loop` run inline. Every other step
//! that waits is a boxed future, except the receipt of a message: the instance keeps a receiver for that. No code here knows
//! which engine polls an instance.

mod background;
mod block;
mod child_spawner;
mod children;
mod fault;
mod histograms;
mod instance;
mod ipc;
mod kernel;
mod machine;
mod named;
mod notice;
mod objects;
mod offload;
mod once;
mod release;
mod run;
mod shared;
mod spawn;
mod sync;
mod sync_state;
mod task_run;
mod wait;

pub use child_spawner::{CancelOnDrop, ChildSpawner};
pub use instance::Instance;
pub use ipc::{
    Link, Queued, RealTime, SignalTransport, Start, Transport, block_real_time, forget_queue, not_queued, note_core,
    queue, receive, send,
};
pub use kernel::{Calibration, Kernel, calibrate};
pub use notice::Notice;
pub use once::Once;
pub use release::Spawner;
pub use run::{Run, Tell};
pub use shared::SharedRun;
pub use task_run::TaskRun;
pub use wait::{Full, Parent, Rich, Traced, Turn, Wait};
