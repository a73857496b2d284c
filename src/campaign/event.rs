//! What the campaign tells: the interface between running and reporting.

use std::fmt;

use crate::plan::CellKey;
use crate::record::{Probe, Records, StepHistogram, Stretches, Usage};

/// Something that happened in a campaign, in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// A cell is about to start.
    CellStarted {
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
    /// A cell was disturbed and will be measured again; what it measured is given up.
    CellDisturbed(&'a CellOutcome),
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
    /// A process with which its instances talked came to grief.
    LostPeer(String),
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
            Self::LostPeer(which) => write!(f, "lost a peer: {which}"),
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
    /// Who was on which thread from when to when; absent if it was not traced.
    pub trace: Option<Stretches>,
    /// The figures of the steps that have an `as`.
    pub named_steps: Vec<StepHistogram>,
    /// Of a cell that failed: what each worker was doing, from the flight recorder.
    pub seen: Vec<Seen>,
    /// Of a cell that ran into its timeout: who waits for whom, as far as it is certain, in sentences without an end.
    pub waits: Vec<String>,
    /// The end of what a failed cell wrote to its standard error.
    pub stderr: String,
    /// What else the machine did meanwhile.
    pub surroundings: Surroundings,
}

impl CellOutcome {
    /// Whether it was disturbed, and ended well: a failure is a result, however noisy the machine.
    pub fn is_worth_another_attempt(&self) -> bool {
        self.exit.is_ok() && !self.surroundings.disturbed_by.is_empty()
    }
}

/// What the machine did beside a cell, from the start of its processes to their end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    /// Processor time stolen from this virtual machine, as a share of all its processors' time; absent where unknown.
    pub steal_share: Option<f64>,
    /// Processor time of other processes, as a share of all processors' time; absent where unknown.
    pub foreign_share: Option<f64>,
    /// What of this is enough to doubt the cell's figures; none if nothing is.
    pub disturbed_by: Vec<Disturbance>,
    /// Which attempt this is, from 1: disturbed ones may be measured again.
    pub attempt: u32,
}

/// What can disturb a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// The host of this virtual machine ran others instead.
    Steal,
    /// Other processes worked.
    ForeignLoad,
    /// The campaign's own looks at the cell, five a second, came late.
    LateLook,
    /// The probe's own helper, which asks for next to nothing, came late.
    LateProbe,
}

impl Disturbance {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Steal, Self::ForeignLoad, Self::LateLook, Self::LateProbe];
}

/// The text of the `disturbed_by` column.
impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steal => "steal",
            Self::ForeignLoad => "foreign load",
            Self::LateLook => "late looks",
            Self::LateProbe => "late probe",
        })
    }
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
    /// Whether it waits for others and keeps its thread meanwhile: [`CellOutcome::waits`] tells of that.
    pub waits: bool,
}
