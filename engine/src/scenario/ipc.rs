//! Communication with another process: by which mechanism, how often, how much.

use serde::{Deserialize, Serialize};

/// An `ipc` step: round trips to a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipc {
    /// The processes, and the mechanism.
    pub peers: Peers,
    /// How many round trips, 1 to 1,000,000.
    pub rounds: u32,
}

/// The processes with which a task communicates; equal values mean the same processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peers {
    /// The mechanism.
    pub mechanism: Mechanism,
    /// The size of the message that is sent and returned in each round, bytes.
    pub bytes: u32,
    /// How many processes; each serves one instance at a time.
    pub count: u32,
    /// The cores that they may use, ascending; left out if these are the cores of their cell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cpus: Vec<u32>,
}

/// A mechanism of inter-process communication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// Two pipes.
    Pipe,
    /// Two named pipes.
    Fifo,
    /// A pair of UNIX stream sockets.
    Unix,
    /// A TCP connection over loopback.
    Tcp,
    /// Two POSIX message queues.
    Mqueue,
    /// Real-time signals that carry a number.
    Signal,
    /// A ring in shared memory; the waiting side polls it.
    ShmSpin,
    /// The same ring; the waiting side sleeps on a futex.
    ShmFutex,
    /// The same ring; the waiting side sleeps on a process-shared semaphore.
    Semaphore,
}

impl Mechanism {
    /// Every mechanism, in the order of lists.
    const ALL: [Self; 9] = [
        Self::Pipe,
        Self::Fifo,
        Self::Unix,
        Self::Tcp,
        Self::Mqueue,
        Self::Signal,
        Self::ShmSpin,
        Self::ShmFutex,
        Self::Semaphore,
    ];

    /// Its name: the value in a scenario, followed by the way of waiting where there is a choice.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pipe => "pipe",
            Self::Fifo => "fifo",
            Self::Unix => "unix",
            Self::Tcp => "tcp",
            Self::Mqueue => "mqueue",
            Self::Signal => "signal",
            Self::ShmSpin => "shm-spin",
            Self::ShmFutex => "shm-futex",
            Self::Semaphore => "semaphore",
        }
    }

    /// Whether nothing of it can be polled: a waiting instance blocks its thread.
    pub const fn blocks(self) -> bool {
        match self {
            Self::ShmSpin | Self::ShmFutex | Self::Semaphore => true,
            Self::Pipe | Self::Fifo | Self::Unix | Self::Tcp | Self::Mqueue | Self::Signal => false,
        }
    }

    /// The mechanism of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.as_str() == name)
    }
}
