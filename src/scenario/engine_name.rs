//! The names of the engines: the built-in ones, and those that people give to programs of their own.

mod custom;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use custom::{BadName, CustomName};

/// What schedules the instances of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EngineName {
    /// smol's `LocalExecutor` on one thread: the 1:N model.
    SmolLocal,
    /// `async-executor` on N threads: the M:N model.
    AsyncExecutor,
    /// A rayon thread pool of N threads.
    Rayon,
    /// A program that speaks the engine protocol, under the name that its user gave it.
    Custom(CustomName),
}

impl EngineName {
    /// Every built-in engine, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::SmolLocal, Self::AsyncExecutor, Self::Rayon];

    /// The name as scenarios and CSV files spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SmolLocal => "smol-local",
            Self::AsyncExecutor => "async-executor",
            Self::Rayon => "rayon",
            Self::Custom(name) => name.as_str(),
        }
    }

    /// Whether the engine has exactly one worker, whatever the scenario asks for.
    pub const fn is_single_threaded(self) -> bool {
        match self {
            Self::SmolLocal => true,
            Self::AsyncExecutor | Self::Rayon => false,
            Self::Custom(name) => name.is_single_threaded(),
        }
    }

    /// The engine of this name: a built-in one, else some program's, whether that is at hand or not. So are names in files
    /// read back; a scenario may only name programs that are registered.
    pub fn named(text: &str) -> Result<Self, BadName> {
        text.parse().or_else(|_| CustomName::new(text).map(Self::Custom))
    }
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Its text.
impl Serialize for EngineName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// As [`EngineName::named`].
impl<'de> Deserialize<'de> for EngineName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::named(&text).map_err(serde::de::Error::custom)
    }
}

/// The text names no built-in engine.
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
