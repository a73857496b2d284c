//! `ipc`: round trips with a peer process, which echoes what it receives.
//!
//! An instance has a connection for itself for the length of its step. If it is cancelled amid a round, the next instance with
//! that connection finishes the round: no stream is ever torn.

mod memory;
mod pattern;
mod placement;
mod pool;
mod process;
mod queue;
mod real_time;
mod rounds;
mod signal;
mod stream;
mod watch;

pub use self::placement::note_core;
pub(super) use self::pool::{Lent, Pool};
pub use self::pool::{Link, Transport};
pub use self::process::Start;
pub use self::queue::{forget_queue, queue, receive, send};
pub use self::real_time::{Queued, RealTime, block_real_time};
pub(super) use self::rounds::{connect, rounds};
pub use self::signal::{SignalTransport, not_queued};
