//! The campaign's events: the interface between running and reporting.

use std::fmt;

use taskmix_engine::plan::{CellKey, NamedStep};
use taskmix_engine::record::{Probe, Records, RunSlices, StepHistogram, Usage};

/// Something that happened in a campaign, in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// A cell is about to start.
    CellStarted {
        /// Which cell.
        key: &'a CellKey,
        /// How many foreground instances it will release at most.
        instances: u64,
    },
    /// The running cell's progress, at most five times a second.
    Progress {
        /// Instances ended so far.
        ended: u64,
    },
    /// A cell was disturbed and will be measured again; these figures are discarded.
    CellDisturbed(&'a CellOutcome),
    /// A cell has ended, with success or failure.
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
    /// It ended, but its counts don't add up to the plan.
    Miscounted(String),
    /// A peer process with which its instances communicate has died.
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
            Self::LostPeer(peer) => write!(f, "lost a peer: {peer}"),
            Self::Miscounted(what) => write!(f, "miscounted: {what}"),
            Self::Protocol(what) => write!(f, "protocol error: {what}"),
        }
    }
}

/// Everything measured in one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellOutcome {
    /// Which cell.
    pub key: CellKey,
    /// The names of its tasks; `InstanceRecord::task` is an index into them.
    pub tasks: Vec<String>,
    /// Of each task, whether its releases are fixed beforehand: no closed loop, not spawned.
    pub is_open: Vec<bool>,
    /// The text of each task's steps by number, such as `2.1 sleep`; `InstanceRecord::last_step` is an index into them.
    pub steps: Vec<Vec<String>>,
    /// How it ended.
    pub exit: Exit,
    /// Every released instance, in order of release.
    pub records: Records,
    /// From the start of the span to its end: the last end of an instance or of orphaned work. Absent if the span did not end.
    pub span_ns: Option<u64>,
    /// The resources it used; absent if the cell died before it reported them.
    pub usage: Option<Usage>,
    /// The probes written within the span.
    pub probes: Vec<Probe>,
    /// Which instance was on which thread from when to when; absent without a trace.
    pub trace: Option<RunSlices>,
    /// Each task's steps that have an `as`.
    pub names: Vec<Vec<NamedStep>>,
    /// The figures of the steps that have an `as`.
    pub named_steps: Vec<StepHistogram>,
    /// Of a failed cell: what each worker was doing, from the flight recorder.
    pub seen: Vec<Seen>,
    /// Of a cell that timed out: which instances wait for which, as far as it is certain. Sentences without a full stop.
    pub waits: Vec<String>,
    /// The end of a failed cell's standard error.
    pub stderr: String,
    /// The other work of the machine meanwhile.
    pub surroundings: Surroundings,
}

impl CellOutcome {
    /// Whether it succeeded but was disturbed. A failure is a result, however noisy the machine.
    pub fn is_worth_another_attempt(&self) -> bool {
        self.exit.is_ok() && !self.surroundings.disturbed_by.is_empty()
    }
}

/// The machine's other work during a cell, from the start of the cell's processes to their end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    /// Processor time stolen from this virtual machine, as a share of all its processors' time; absent where unknown.
    pub steal_share: Option<f64>,
    /// Processor time of other processes, as a share of all processors' time; absent where unknown.
    pub foreign_share: Option<f64>,
    /// The disturbances that make the cell's figures doubtful.
    pub disturbed_by: Vec<Disturbance>,
    /// Which attempt this is, from 1: a disturbed cell may be measured again.
    pub attempt: u32,
}

/// What can disturb a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// The host of this virtual machine ran other machines instead.
    Steal,
    /// Other processes used the processors.
    ForeignLoad,
    /// The campaign's own looks at the cell, five a second, were late.
    LateLook,
    /// The probe's helper was late, though it needs hardly any processor time.
    LateProbe,
}

impl Disturbance {
    /// Every disturbance, in the order of the `disturbed_by` column.
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
    /// How long the instance had been polled, nanoseconds.
    pub for_ns: u64,
    /// Whether it waits for other instances and blocks its thread meanwhile; [`CellOutcome::waits`] has the details.
    pub waits: bool,
}
