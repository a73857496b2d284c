//! What the campaign tells: the interface between running and reporting.

use std::fmt;

use crate::plan::CellKey;
use crate::record::{Probe, Records, StepHistogram, Usage};

/// Something that happened in a campaign, in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// A cell is about to start.
    CellStarted {
        /// Its place in the order of running, from 0.
        index: usize,
        /// Which cell.
        key: &'a CellKey,
        /// How many instances it will release at most, those in the background aside.
        instances: u64,
    },
    /// The present cell goes on; at most five times a second.
    Progress {
        /// Instances ended so far.
        ended: u64,
    },
    /// A cell has ended, well or not.
    CellEnded(&'a CellOutcome),
}

/// How a cell ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// All instances ended and all counts add up.
    Ok,
    /// The time ran out.
    Timeout,
    /// A signal killed it.
    Signal {
        /// Its name, such as `SIGABRT`.
        name: String,
    },
    /// It exited by itself, before its end.
    Code(i32),
    /// It ended, but what it counted doesn't add up to the plan.
    Miscounted(String),
    /// It broke the engine protocol.
    Protocol(String),
}

impl Exit {
    /// Whether its figures are those of a whole cell.
    pub const fn is_ok(&self) -> bool {
        matches!(self, Self::Ok)
    }
}

/// The text of the `exit` column.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("ok"),
            Self::Timeout => f.write_str("timeout"),
            Self::Signal { name } => write!(f, "signal {name}"),
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Miscounted(what) => write!(f, "miscounted: {what}"),
            Self::Protocol(what) => write!(f, "protocol error: {what}"),
        }
    }
}

/// What was measured of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellOutcome {
    /// Which cell.
    pub key: CellKey,
    /// The names of its tasks; `InstanceRecord::task` is an index into them.
    pub tasks: Vec<String>,
    /// Of each task, the text of each of its steps by number, such as `2.1 sleep`; `InstanceRecord::last_step` is an index into them.
    pub steps: Vec<Vec<String>>,
    /// How it ended.
    pub exit: Exit,
    /// Every released instance, in order of release.
    pub records: Records,
    /// From the start of the span to its end: the last end of an instance or of orphaned work. Absent if the span did not end.
    pub span_ns: Option<u64>,
    /// What it used; absent if the cell did not live to tell.
    pub usage: Option<Usage>,
    /// The probes written within the span.
    pub probes: Vec<Probe>,
    /// The figures of the steps that have an `as`.
    pub named_steps: Vec<StepHistogram>,
    /// Of a cell that failed: what each worker was doing, from the flight recorder.
    pub seen: Vec<Seen>,
    /// The end of what a failed cell wrote to its standard error.
    pub stderr: String,
}

/// What a worker was doing when its cell was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The worker's number.
    pub worker: u16,
    /// The task's index and the instance's number within it.
    pub instance: (u16, u32),
    /// The step, by number.
    pub step: Option<u16>,
    /// For how long the present poll had lasted.
    pub for_ns: u64,
}
