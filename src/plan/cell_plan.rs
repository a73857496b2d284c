//! What an engine is told: one line of JSON on its descriptor 0, and arrays of numbers on its descriptor 5.
//!
//! This *is* the engine protocol, version 1 (`docs/engine-protocol.md`).

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use super::children::{ChildrenPlan, SpawnedPlan};
use super::objects::ObjectPlan;
use super::program::{Fault, Op, Operation, Program};
use crate::scenario::EngineName;

/// The version of the engine protocol.
pub const PROTOCOL: u32 = 1;

/// How long a cell may take to build and prime its engine, nanoseconds.
pub const SETUP_NS: u64 = 60_000_000_000;

/// The plan of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellPlan {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// Which engine; a program that is several looks here.
    pub engine: EngineName,
    /// How many workers.
    pub workers: u32,
    /// The size of the idiom's blocking pool, if the scenario sets it.
    pub blocking_threads: Option<u32>,
    /// The size of the pool for computing, if the scenario sets it; left out if not: then a thread a core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_threads: Option<u32>,
    /// The size of an instance's stack, bytes, if the scenario sets it; left out if not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_size: Option<u64>,
    /// Whether it is to be told who was on which thread from when to when; left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trace: bool,
    /// If lag is measured in it, the period of the probe that comes through descriptor 4, nanoseconds; left out if not: then
    /// that descriptor stays open and silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe_ns: Option<NonZeroU64>,
    /// What its peers are to do wrong, for tests; left out but for these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_fault: Option<Fault>,
    /// Iterations of the kernel per nominal second of `cpu`.
    pub iterations_per_second: f64,
    /// The rate of the processor's counter, or 0: then the engine reads the system's monotonic clock.
    pub ticks_per_second: u64,
    /// How many slots belong to open arrivals; they come first, in order of release.
    pub open: u32,
    /// What instances meet at, by index; left out if there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectPlan>,
    /// The tasks, by index.
    pub tasks: Vec<TaskPlan>,
    /// Where the intended releases stand among the numbers of descriptor 5, one a slot; 2^64 − 1 is "known at run time".
    pub releases: Part,
    /// Where the intended cancellations stand, one a slot; empty if nobody is cancelled; 2^64 − 1 is "not cancelled".
    pub cancels: Part,
}

/// One task, for an engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskPlan {
    /// Its name.
    pub name: String,
    /// How many instances.
    pub count: u32,
    /// If it is a closed loop, how.
    pub closed: Option<ClosedPlan>,
    /// Whether any of its instances may be cancelled.
    pub cancellable: bool,
    /// Whether it ends with the foreground; left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub background: bool,
    /// If it is spawned, how; left out if not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawned: Option<SpawnedPlan>,
    /// If it spawns, where its children's slots stand; left out if not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<ChildrenPlan>,
    /// What each instance does.
    pub program: Program,
    /// The drawn durations: instance i takes row i modulo the number of rows.
    pub durations: Part,
}

/// A closed loop, for an engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedPlan {
    /// How many clients.
    pub clients: u32,
    /// The first slot of the task's block.
    pub first_slot: u32,
    /// The think time before instance i: number i modulo their count.
    pub thinks: Part,
    /// Whether its numbers among `cancels` count from the release instead of the start of the span.
    pub cancel_after: bool,
    /// Nothing is released then or later, nanoseconds since the start of the span; left out if there is no such time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ns: Option<u64>,
}

impl TaskPlan {
    /// When it ends, if it is a closed loop that says so, nanoseconds since the start of the span.
    pub fn until_ns(&self) -> Option<u64> {
        self.closed.as_ref()?.until_ns
    }

    /// Whether `count` is the most that may come, not what will.
    pub fn is_bounded(&self) -> bool {
        self.background || self.until_ns().is_some() || self.spawned.is_some_and(|spawned| spawned.bounded)
    }

    /// Whether its instances come at times that are known beforehand.
    pub fn is_open(&self) -> bool {
        self.closed.is_none() && self.spawned.is_none()
    }
}

/// A part of the numbers on descriptor 5.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Index of its first number.
    pub offset: u64,
    /// How many numbers.
    pub len: u64,
    /// How many of them make a row.
    pub width: u32,
}

impl CellPlan {
    /// Whether an instance offloads a part of its work to a pool for computing.
    pub fn computes_elsewhere(&self) -> bool {
        self.tasks.iter().any(|task| task.program.computes_elsewhere())
    }

    /// Breaks every instance of the first task at the end of its program, or every peer.
    pub fn break_with(&mut self, kind: Fault) {
        if let Fault::Flip | Fault::Leave = kind {
            self.peer_fault = Some(kind);
            return;
        }
        let program = &mut self.tasks[0].program;
        let step = program.steps.len() as u16;
        program.steps.push(format!("{} fault", step + 1));
        program.ops.push(Operation { step, op: Op::Fault { kind } });
    }
}

impl Part {
    /// The part of `numbers`.
    pub fn of(self, numbers: &[u64]) -> &[u64] {
        &numbers[self.offset as usize..(self.offset + self.len) as usize]
    }

    /// Row `index` modulo the number of rows; empty if there are none.
    pub fn row(self, numbers: &[u64], index: u32) -> &[u64] {
        let width = u64::from(self.width);
        if self.len == 0 || width == 0 {
            return &[];
        }
        let row = u64::from(index) % (self.len / width);
        let start = (self.offset + row * width) as usize;
        &numbers[start..start + width as usize]
    }
}

#[cfg(test)]
mod tests;
