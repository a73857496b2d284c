//! Talking with another process: by which mechanism, how often, how much.

use serde::{Deserialize, Serialize};

/// What an `ipc` step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipc {
    /// With whom, and how.
    pub peers: Peers,
    /// How many round trips, 1 to 1,000,000.
    pub rounds: u32,
}

/// The processes that a task talks with; equal ones are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peers {
    /// How.
    pub mechanism: Mechanism,
    /// What is sent and comes back in each round, bytes.
    pub bytes: u32,
    /// How many processes; each talks with one instance at a time.
    pub count: u32,
    /// The cores that they may use, ascending; left out if those of their cell.
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
    /// A ring in shared memory, waited for by looking.
    ShmSpin,
    /// The same, waited for by a futex.
    ShmFutex,
    /// The same, waited for by a process-shared semaphore.
    Semaphore,
}

impl Mechanism {
    /// Every one, in the order in which they are listed.
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

    /// Its name: what a scenario writes, with how to wait behind it where there is a choice.
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

    /// Whether nothing of it can be polled: whoever waits keeps its thread.
    pub const fn blocks(self) -> bool {
        match self {
            Self::ShmSpin | Self::ShmFutex | Self::Semaphore => true,
            Self::Pipe | Self::Fifo | Self::Unix | Self::Tcp | Self::Mqueue | Self::Signal => false,
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.as_str() == name)
    }
}
