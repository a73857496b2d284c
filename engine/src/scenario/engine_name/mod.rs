//! The names of the engines: the built-in names, and the names that users give to their own programs.

mod custom;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[cfg(feature = "scenarios")]
pub(super) use custom::FUTURE_ENGINES;
pub use custom::{BadName, CustomName};

/// The engine that executes the instances of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EngineName {
    /// smol's `LocalExecutor` on one thread: the 1:N model.
    SmolLocal,
    /// `async-executor` on N threads: the M:N model.
    AsyncExecutor,
    /// A rayon thread pool of N threads.
    Rayon,
    /// tokio's multi-thread runtime on N threads: the M:N model.
    Tokio,
    /// tokio's current-thread runtime: the 1:N model.
    TokioLocal,
    /// An OS thread for each instance: the 1:1 model.
    Threads,
    /// smol's `LocalExecutor` in each of N processes, to which instances are assigned round-robin.
    Processes,
    /// A program that speaks the engine protocol, under the name that the user gave it.
    Custom(CustomName),
}

/// How many workers an engine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerRule {
    /// One, whatever the scenario asks for.
    One,
    /// As many as the scenario asks for.
    AsAsked,
    /// One per core, whatever the scenario asks for: the kernel spreads the threads over the cores.
    Cores,
}

impl EngineName {
    /// Every built-in engine, in the order of lists.
    pub const ALL: [Self; 7] = [
        Self::SmolLocal,
        Self::AsyncExecutor,
        Self::Rayon,
        Self::Tokio,
        Self::TokioLocal,
        Self::Threads,
        Self::Processes,
    ];

    /// The name in scenarios and CSV files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SmolLocal => "smol-local",
            Self::AsyncExecutor => "async-executor",
            Self::Rayon => "rayon",
            Self::Tokio => "tokio",
            Self::TokioLocal => "tokio-local",
            Self::Threads => "threads",
            Self::Processes => "processes",
            Self::Custom(name) => name.as_str(),
        }
    }

    /// How many workers it has.
    pub const fn worker_rule(self) -> WorkerRule {
        match self {
            Self::SmolLocal | Self::TokioLocal => WorkerRule::One,
            Self::Threads => WorkerRule::Cores,
            Self::Custom(name) if name.is_single_threaded() => WorkerRule::One,
            Self::AsyncExecutor | Self::Rayon | Self::Tokio | Self::Processes | Self::Custom(_) => WorkerRule::AsAsked,
        }
    }

    /// Whether the scenario chooses the number of workers; if not, the engine runs once per point.
    pub const fn is_scalable(self) -> bool {
        matches!(self.worker_rule(), WorkerRule::AsAsked)
    }

    /// Whether each of its workers is a process of its own.
    pub const fn has_processes(self) -> bool {
        matches!(self, Self::Processes)
    }

    /// The name of a user's program, if this is one.
    pub const fn custom(self) -> Option<CustomName> {
        match self {
            Self::Custom(name) => Some(name),
            _ => None,
        }
    }

    /// The engine of this name: a built-in engine, else a program, whether or not that is registered. Names in result files are
    /// read this way; a scenario may name only registered programs.
    pub fn named(text: &str) -> Result<Self, BadName> {
        text.parse().or_else(|_| CustomName::new(text).map(Self::Custom))
    }
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Written as its text.
impl Serialize for EngineName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Read by [`EngineName::named`].
impl<'de> Deserialize<'de> for EngineName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::named(&text).map_err(serde::de::Error::custom)
    }
}

/// The error of a text that names no built-in engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown engine `{0}`")]
pub struct UnknownEngine(pub String);

/// A built-in engine by its name.
impl FromStr for EngineName {
    type Err = UnknownEngine;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|engine| engine.as_str() == text).ok_or_else(|| UnknownEngine(text.to_owned()))
    }
}
