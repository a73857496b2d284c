//! The steps of an instance as they were read: verbs and lengths.

use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Ipc, Target};

/// One action of an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The action.
    pub verb: Verb,
    /// The name given with `as`: it gets rows of its own in `steps.csv`.
    pub name: Option<String>,
    /// Where the step stands in the text, in bytes.
    pub origin: Range<usize>,
}

/// The action of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// Work that takes this long alone on an idle core.
    Cpu {
        /// The nominal time.
        work: Length,
        /// Yield after each slice of this nominal time.
        yield_every: Option<Duration>,
    },
    /// Waits on the runtime's timer.
    Sleep(Length),
    /// A blocking system call, which occupies the OS thread.
    Block(Length),
    /// Yields to the runtime once.
    Yield,
    /// Runs its steps on another pool and waits for them.
    Offload {
        /// Which pool.
        pool: OffloadPool,
        /// At least one step.
        steps: Vec<Step>,
    },
    /// Runs its steps again and again.
    Loop {
        /// How often, at least once.
        times: u32,
        /// At least one step.
        steps: Vec<Step>,
    },
    /// Puts a message into a channel.
    Send(Target),
    /// Receives a message from a channel.
    Recv(Target),
    /// Receives messages from a channel and runs its steps for each, until the channel is closed.
    Drain {
        /// The channel.
        channel: Target,
        /// At least one step.
        steps: Vec<Step>,
    },
    /// Runs its steps while it holds a mutex.
    Lock {
        /// The mutex.
        mutex: Target,
        /// At least one step.
        steps: Vec<Step>,
    },
    /// Runs its steps while it holds a permit.
    Permit {
        /// The semaphore.
        semaphore: Target,
        /// At least one step.
        steps: Vec<Step>,
    },
    /// Waits until as many instances wait as the barrier has parties.
    Barrier(Target),
    /// Starts instances of another task.
    Spawn(Spawn),
    /// Makes round trips to another process.
    Ipc(Ipc),
}

impl Verb {
    /// The key that a scenario writes.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Cpu { .. } => "cpu",
            Self::Sleep(_) => "sleep",
            Self::Block(_) => "block",
            Self::Yield => "yield",
            Self::Offload { .. } => "offload",
            Self::Loop { .. } => "loop",
            Self::Spawn(_) => "spawn",
            Self::Send(_) => "send",
            Self::Recv(_) => "recv",
            Self::Drain { .. } => "drain",
            Self::Lock { .. } => "lock",
            Self::Permit { .. } => "permit",
            Self::Barrier(_) => "barrier",
            Self::Ipc(_) => "ipc",
        }
    }

    /// The object that it uses, if it uses one.
    pub const fn target(&self) -> Option<&Target> {
        match self {
            Self::Send(target)
            | Self::Recv(target)
            | Self::Barrier(target)
            | Self::Drain { channel: target, .. }
            | Self::Lock { mutex: target, .. }
            | Self::Permit { semaphore: target, .. } => Some(target),
            Self::Cpu { .. }
            | Self::Sleep(_)
            | Self::Block(_)
            | Self::Yield
            | Self::Offload { .. }
            | Self::Loop { .. }
            | Self::Spawn(_)
            | Self::Ipc(_) => None,
        }
    }

    /// The steps within it; empty if it has none.
    pub fn steps(&self) -> &[Step] {
        match self {
            Self::Offload { steps, .. }
            | Self::Loop { steps, .. }
            | Self::Drain { steps, .. }
            | Self::Lock { steps, .. }
            | Self::Permit { steps, .. } => steps,
            Self::Cpu { .. }
            | Self::Sleep(_)
            | Self::Block(_)
            | Self::Yield
            | Self::Send(_)
            | Self::Recv(_)
            | Self::Barrier(_)
            | Self::Spawn(_)
            | Self::Ipc(_) => &[],
        }
    }

    /// The ability that an engine needs for it, by its name in descriptions.
    pub const fn ability(&self) -> &'static str {
        if let Self::Offload { pool, .. } = self { pool.ability() } else { self.as_str() }
    }
}

/// The pool on which an `offload` runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffloadPool {
    /// The runtime's pool for blocking calls.
    #[default]
    Blocking,
    /// A pool for computing, with as many threads as can be busy at once.
    Cpu,
}

impl OffloadPool {
    /// The ability that an engine needs for it, by its name in descriptions.
    pub const fn ability(self) -> &'static str {
        match self {
            Self::Blocking => "offload",
            Self::Cpu => "offload cpu",
        }
    }
}

/// A duration, fixed or drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// Always the same.
    Fixed(Duration),
    /// Exponential.
    Exp {
        /// The mean, above 0.
        mean: Duration,
    },
    /// Uniform over an interval.
    Uniform {
        /// The lower end.
        low: Duration,
        /// The upper end, above the lower.
        high: Duration,
    },
    /// Normal; a negative draw counts as 0.
    Normal {
        /// The mean.
        mean: Duration,
        /// The standard deviation, above 0.
        deviation: Duration,
    },
}

/// The instances that a `spawn` step starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spawn {
    /// The index of their task.
    pub task: u16,
    /// How many instances, 1 to 10,000,000.
    pub count: u32,
    /// Whether the step waits for their ends.
    pub join: bool,
}
