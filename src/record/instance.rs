//! A record as readers see it: times in nanoseconds since the start of the span, unknown values absent.

use serde::{Deserialize, Serialize};

/// Where an instance is in its life; the last four are ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Released, not started.
    Pending,
    /// Started, not ended, waiting or not.
    Running,
    /// Ran to its end.
    Done,
    /// Stopped by a cancellation.
    Cancelled,
    /// Ended by an error.
    Failed,
    /// Released, never ended.
    Stalled,
}

impl State {
    /// All six, in the order of the columns of `states.csv`.
    pub const ALL: [Self; 6] = [Self::Pending, Self::Running, Self::Done, Self::Cancelled, Self::Failed, Self::Stalled];

    /// The name as CSV files spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Stalled => "stalled",
        }
    }
}

/// What was measured of one released instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceRecord {
    /// Index of its task in the scenario.
    pub task: u16,
    /// Its number within the task, from 0, in order of release.
    pub instance: u32,
    /// Its state at the end of the cell: never `Pending` or `Running`.
    pub state: State,
    /// Its intended release.
    pub scheduled_ns: u64,
    /// Its first poll.
    pub started_ns: Option<u64>,
    /// When it ended: done, cancelled or failed.
    pub finished_ns: Option<u64>,
    /// The intended time of its cancellation; absent if there is none or if it ended before.
    pub cancel_requested_ns: Option<u64>,
    /// `Pending` or `Running`: its state at that time.
    pub state_at_cancel: Option<State>,
    /// Time inside polls.
    pub busy_ns: Option<u64>,
    /// The longest poll.
    pub max_poll_ns: Option<u64>,
    /// How many polls.
    pub polls: Option<u32>,
    /// The worker on which it ended.
    pub worker: Option<u16>,
    /// The step at which it ended or was last seen, as text such as `2.1 sleep`.
    pub last_step: Option<u16>,
    /// Work done, in nominal nanoseconds.
    pub units: u64,
    /// Of these, after its cancellation was requested.
    pub units_after_cancel: u64,
}

#[cfg(test)]
impl InstanceRecord {
    /// A record of which nothing is known but its release at 0.
    pub(crate) const fn blank() -> Self {
        Self {
            task: 0,
            instance: 0,
            state: State::Stalled,
            scheduled_ns: 0,
            started_ns: None,
            finished_ns: None,
            cancel_requested_ns: None,
            state_at_cancel: None,
            busy_ns: None,
            max_poll_ns: None,
            polls: None,
            worker: None,
            last_step: None,
            units: 0,
            units_after_cancel: 0,
        }
    }
}

/// One probe: times in nanoseconds since the start of the span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// When the helper wrote it.
    pub written_ns: u64,
    /// When the engine handled it; absent if it never did.
    pub handled_ns: Option<u64>,
    /// How late the helper was with it.
    pub late_ns: u64,
}

/// What a cell used over its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU time in user mode.
    pub user_cpu_ns: u64,
    /// CPU time in the kernel.
    pub system_cpu_ns: u64,
    /// Context switches because a thread waited.
    pub voluntary_switches: u64,
    /// Context switches because a thread was pre-empted.
    pub involuntary_switches: u64,
    /// Peak resident memory less what of it is the record's and the draws'; absent where the kernel can't tell.
    pub peak_rss_bytes: Option<u64>,
}

/// The time of one part of a step that has an `as`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPart {
    /// `(value, count)` pairs in ascending order of value, nanoseconds: the filled buckets of an HDR histogram.
    pub buckets: Vec<(u64, u64)>,
}

/// The times of one named step of one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepHistogram {
    /// Index of the task.
    pub task: u16,
    /// The step's name.
    pub step: String,
    /// Waiting for what the step needs; empty for a step that needs nothing.
    pub wait: StepPart,
    /// Holding it; empty for a step that holds nothing.
    pub hold: StepPart,
    /// From its start to its end.
    pub total: StepPart,
}
