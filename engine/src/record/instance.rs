//! A record as its readers see it: times in nanoseconds since the start of the span, unknown values absent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The state of an instance; the last four are final.
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

/// Where the offloaded work of an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offloaded {
    /// In the queue of its pool.
    Queued,
    /// On a thread of its pool, even if its instance has ended meanwhile.
    OnPool,
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
    /// Where its offloaded work was at the end of the cell, if it had any that was not over.
    pub offloaded: Option<Offloaded>,
    /// Work done, in nominal nanoseconds.
    pub units: u64,
    /// Of these, after its cancellation was requested.
    pub units_after_cancel: u64,
}

impl InstanceRecord {
    /// A record with nothing but its release, which is at 0.
    pub const fn blank() -> Self {
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
            offloaded: None,
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
    /// Peak resident memory without that of the record and of the draws; absent if the kernel can't tell.
    pub peak_rss_bytes: Option<u64>,
}

impl Usage {
    /// The total usage of two processes. Peaks at different moments are added too: the true peak is no larger than the sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            user_cpu_ns: self.user_cpu_ns + other.user_cpu_ns,
            system_cpu_ns: self.system_cpu_ns + other.system_cpu_ns,
            voluntary_switches: self.voluntary_switches + other.voluntary_switches,
            involuntary_switches: self.involuntary_switches + other.involuntary_switches,
            peak_rss_bytes: self.peak_rss_bytes.zip(other.peak_rss_bytes).map(|(one, other)| one + other),
        }
    }

    /// The same without `bytes` of the peak, which belong to the measurement itself.
    #[must_use]
    pub fn less_memory(self, bytes: u64) -> Self {
        Self { peak_rss_bytes: self.peak_rss_bytes.map(|peak| peak.saturating_sub(bytes)), ..self }
    }
}

/// The time of one part of a step that has an `as`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPart {
    /// `(value, count)` pairs in ascending order of value, nanoseconds: the filled buckets of an HDR histogram.
    pub buckets: Vec<(u64, u64)>,
}

impl StepPart {
    /// Adds the times of `other`.
    fn add(&mut self, other: &Self) {
        let mut counts: BTreeMap<u64, u64> = self.buckets.iter().copied().collect();
        for (value, count) in &other.buckets {
            *counts.entry(*value).or_default() += count;
        }
        self.buckets = counts.into_iter().collect();
    }
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
    /// Where its rounds were done, of a step with rounds; left out of other steps.
    #[serde(default, skip_serializing_if = "Placed::is_empty")]
    pub placed: Placed,
}

/// On which cores rounds with peers were done, of a sample of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// How many rounds were sampled.
    pub sampled: u64,
    /// In how many of them the instance and its peer were on one core.
    pub same_core: u64,
}

impl Placed {
    /// Whether no round was sampled.
    pub const fn is_empty(&self) -> bool {
        self.sampled == 0
    }

    /// Counts a sampled round; `is_same` if the instance and its peer were on one core.
    pub fn count(&mut self, is_same: bool) {
        self.sampled += 1;
        self.same_core += u64::from(is_same);
    }

    /// Adds the rounds of `other`.
    pub fn add(&mut self, other: Self) {
        self.sampled = self.sampled.saturating_add(other.sampled);
        self.same_core = self.same_core.saturating_add(other.same_core);
    }

    /// The share of rounds on one core; `None` if none was sampled.
    pub fn same_core_share(self) -> Option<f64> {
        (self.sampled > 0).then(|| self.same_core as f64 / self.sampled as f64)
    }
}

/// The messages of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelCount {
    /// The channel's name.
    pub channel: String,
    /// How many messages were put in.
    pub sent: u64,
    /// How many were taken out.
    pub received: u64,
    /// How many were in it at the end.
    pub left: u64,
    /// The sum of the numbers of the messages put in. Each message has a number of its own; sums wrap.
    pub sent_sum: u64,
    /// The sum of the numbers of the messages taken out.
    pub received_sum: u64,
    /// The sum of the numbers of the messages left.
    pub left_sum: u64,
}

/// The rounds over the connections with a group of a task's peers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeersCount {
    /// The task's index.
    pub task: u16,
    /// The peers' number in its program.
    pub peers: u16,
    /// How many rounds were completed.
    pub rounds: u64,
    /// How each peer ended that should not have ended; left out if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
}

impl PeersCount {
    /// Adds the rounds of another process.
    pub fn add(&mut self, other: Self) {
        self.rounds = self.rounds.saturating_add(other.rounds);
        self.lost.extend(other.lost);
    }
}

impl StepHistogram {
    /// Adds the times of the same step in another process.
    pub fn add(&mut self, other: &Self) {
        self.wait.add(&other.wait);
        self.hold.add(&other.hold);
        self.total.add(&other.total);
        self.placed.add(other.placed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(buckets: &[(u64, u64)]) -> StepPart {
        StepPart { buckets: buckets.into() }
    }

    #[test]
    fn times_of_a_step_in_several_processes_are_counted_together_in_order() {
        let step = |total: &[(u64, u64)]| StepHistogram {
            task: 1,
            step: "call".to_owned(),
            wait: StepPart::default(),
            hold: part(&[(5, 1)]),
            total: part(total),
            placed: Placed { sampled: 4, same_core: 1 },
        };
        let mut one = step(&[(3, 1), (9, 2)]);
        one.add(&step(&[(1, 4), (9, 5), (20, 1)]));
        assert_eq!((one.total, one.hold), (part(&[(1, 4), (3, 1), (9, 7), (20, 1)]), part(&[(5, 2)])));
        assert_eq!(one.wait, StepPart::default());
        assert_eq!((one.placed, one.placed.same_core_share()), (Placed { sampled: 8, same_core: 2 }, Some(0.25)));
    }

    #[test]
    fn an_unknown_peak_of_one_process_makes_the_total_peak_unknown() {
        let usage = |peak_rss_bytes| Usage {
            user_cpu_ns: 1,
            system_cpu_ns: 2,
            voluntary_switches: 3,
            involuntary_switches: 4,
            peak_rss_bytes,
        };
        let both = usage(Some(7)).plus(usage(Some(8)));
        assert_eq!((both.user_cpu_ns, both.system_cpu_ns, both.peak_rss_bytes), (2, 4, Some(15)));
        assert_eq!((both.voluntary_switches, both.involuntary_switches), (6, 8));
        assert_eq!(usage(Some(7)).plus(usage(None)).peak_rss_bytes, None);
    }
}
