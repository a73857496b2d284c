//! The limits of a machine: cores, memory, threads, queues, signals.

use crate::host::{QueueRoom, SignalRoom, ThreadRoom};

/// The limits of a machine.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// The number of its cores.
    pub cores: u32,
    /// The numbers of its cores, ascending; empty if they are not needed.
    pub cpus: Vec<u32>,
    /// The available memory, bytes; absent if unknown.
    pub memory_bytes: Option<u64>,
    /// The limits on the threads of a process; empty if they are not needed.
    pub threads: ThreadRoom,
    /// The limits on message queues; empty if they are not needed.
    pub queues: QueueRoom,
    /// The limits on queued signals; empty if they are not needed.
    pub signals: SignalRoom,
}
