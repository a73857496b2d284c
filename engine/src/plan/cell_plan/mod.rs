//! The plan of a cell for its engine: one line of JSON on descriptor 0, and arrays of numbers on descriptor 5.
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

/// How long a cell may take to build and warm up its engine, nanoseconds.
pub const SETUP_NS: u64 = 60_000_000_000;

/// The plan of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellPlan {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The engine; a program that provides several engines chooses by it.
    pub engine: EngineName,
    /// How many workers.
    pub workers: u32,
    /// The size of the runtime's pool for blocking calls, if the scenario sets it.
    pub blocking_threads: Option<u32>,
    /// The size of the pool for computing, if the scenario sets it; left out if not: then one thread per core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_threads: Option<u32>,
    /// The size of an instance's stack, bytes, if the scenario sets it; left out if not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_size: Option<u64>,
    /// Whether the engine is to record which instance ran on which thread, and when; left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trace: bool,
    /// In a cell that measures lag, the period of the probe on descriptor 4, nanoseconds. Left out in other cells: then that
    /// descriptor stays open and silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe_ns: Option<NonZeroU64>,
    /// The fault of its peers, for tests; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_fault: Option<Fault>,
    /// Iterations of the CPU kernel per nominal second of `cpu`.
    pub iterations_per_second: f64,
    /// The rate of the processor's counter. If it is 0, the engine reads the system's monotonic clock.
    pub ticks_per_second: u64,
    /// How many slots belong to open arrivals; these are the first slots, in order of release.
    pub open: u32,
    /// The objects that synchronise instances, by index; left out if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectPlan>,
    /// The tasks, by index.
    pub tasks: Vec<TaskPlan>,
    /// The part of the numbers on descriptor 5 with the intended releases, one per slot; 2^64 − 1 is "known at run time".
    pub releases: Part,
    /// The part with the intended cancellations, one per slot; 2^64 − 1 is "not cancelled". Empty if no instance is cancelled.
    pub cancels: Part,
}

/// One task, for an engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskPlan {
    /// Its name.
    pub name: String,
    /// How many instances; see [`Self::is_bounded`].
    pub count: u32,
    /// The closed loop, if it is one.
    pub closed: Option<ClosedPlan>,
    /// Whether any of its instances may be cancelled.
    pub cancellable: bool,
    /// Whether it is cancelled when the foreground has ended; left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub background: bool,
    /// The properties of a spawned task; left out if it is not spawned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawned: Option<SpawnedPlan>,
    /// The slots of its children; left out if it spawns none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<ChildrenPlan>,
    /// The program of each instance.
    pub program: Program,
    /// The drawn durations: instance i uses row i modulo the number of rows.
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
    /// Whether its numbers among `cancels` count from the release, not from the start of the span.
    pub cancel_after: bool,
    /// The time at which the loop ends, nanoseconds since the start of the span: nothing is released then or later. Left out if
    /// there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ns: Option<u64>,
}

impl TaskPlan {
    /// The time at which a closed loop ends, if it has one, nanoseconds since the start of the span.
    pub fn until_ns(&self) -> Option<u64> {
        self.closed.as_ref()?.until_ns
    }

    /// Whether `count` is the maximum of instances that may arrive, not their number.
    pub fn is_bounded(&self) -> bool {
        self.background || self.until_ns().is_some() || self.spawned.is_some_and(|spawned| spawned.bounded)
    }

    /// Whether its instances arrive at times that are known beforehand.
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
    /// How many numbers make a row.
    pub width: u32,
}

impl CellPlan {
    /// Whether an instance offloads a part of its work to a pool for computing.
    pub fn computes_elsewhere(&self) -> bool {
        self.tasks.iter().any(|task| task.program.computes_elsewhere())
    }

    /// Injects a fault at the end of the program of the first task, or into every peer.
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
    /// The numbers of this part.
    pub fn of(self, numbers: &[u64]) -> &[u64] {
        &numbers[self.offset as usize..(self.offset + self.len) as usize]
    }

    /// Row `index` modulo the number of rows; empty if there are no rows.
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
