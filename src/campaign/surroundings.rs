//! The machine's other work during a cell, measured from outside, before and after.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};

use super::event::{Disturbance, Surroundings};
use super::watch::Looks;
use taskmix_engine::host::{Activity, TICK};
use taskmix_engine::record::Probe;

/// Steal above this share of all processors' time disturbs.
const STEAL: f64 = 0.01;

/// Foreign work above this share of all processors' time disturbs.
const FOREIGN: f64 = 0.05;

/// The kernel counts in ticks. Fewer ticks than this prove nothing, however short the cell.
const LEAST_TICKS: u32 = 3;

/// One late look proves nothing.
const LEAST_LATE_LOOKS: u32 = 2;

/// The probe's helper is late above this 99th percentile. A mix that fills every core alone makes it 2 to 4 ms late.
const LATE_NS: u64 = 10_000_000;

/// The machine at the start of a cell.
#[derive(Debug)]
pub(super) struct Before {
    at: Instant,
    machine: Option<Activity>,
    own: Duration,
}

impl Before {
    /// The state now, before the cell's processes are started.
    pub(super) fn now() -> Self {
        Self { at: Instant::now(), machine: Activity::now(), own: own_time() }
    }

    /// The machine's work since then; called when the cell's processes are reaped.
    pub(super) fn until_now(&self, looks: Looks, probes: &[Probe]) -> Surroundings {
        let wall = self.at.elapsed();
        let change = self.machine.zip(Activity::now()).map(|(before, after)| Change {
            wall: wall * after.processors,
            steal: after.steal.saturating_sub(before.steal),
            foreign: after.busy.saturating_sub(before.busy).saturating_sub(own_time().saturating_sub(self.own)),
        });
        surroundings(change, looks, late_p99_ns(probes))
    }
}

/// What happened during a cell.
#[derive(Debug, Clone, Copy)]
struct Change {
    /// The time of all processors together.
    wall: Duration,
    steal: Duration,
    foreign: Duration,
}

fn surroundings(change: Option<Change>, looks: Looks, late_ns: u64) -> Surroundings {
    let share = |time: fn(Change) -> Duration| {
        let change = change.filter(|change| !change.wall.is_zero())?;
        Some(time(change).as_secs_f64() / change.wall.as_secs_f64())
    };
    let beyond = |time: fn(Change) -> Duration, limit: f64| {
        change.is_some_and(|change| time(change) >= TICK * LEAST_TICKS) && share(time).is_some_and(|is| is > limit)
    };
    let disturbs = |what: &Disturbance| match what {
        Disturbance::Steal => beyond(|change| change.steal, STEAL),
        Disturbance::ForeignLoad => beyond(|change| change.foreign, FOREIGN),
        Disturbance::LateLook => looks.late >= LEAST_LATE_LOOKS && looks.late * 10 > looks.count,
        Disturbance::LateProbe => late_ns > LATE_NS,
    };
    Surroundings {
        steal_share: share(|change| change.steal),
        foreign_share: share(|change| change.foreign),
        disturbed_by: Disturbance::ALL.into_iter().filter(disturbs).collect(),
        attempt: 1,
    }
}

/// The 99th percentile of the helper's lateness; 0 with too few probes.
fn late_p99_ns(probes: &[Probe]) -> u64 {
    let mut late: Vec<u64> = probes.iter().map(|probe| probe.late_ns).collect();
    late.sort_unstable();
    // With fewer than 100 probes the percentile would be the greatest value, and one late wake-up proves nothing.
    if late.len() < 100 { 0 } else { late[late.len() * 99 / 100 - 1] }
}

/// Processor time of this process and of its reaped children.
fn own_time() -> Duration {
    let used = |processes| {
        getrusage(processes).map_or(Duration::ZERO, |used| time(used.user_time()) + time(used.system_time()))
    };
    used(UsageWho::RUSAGE_SELF) + used(UsageWho::RUSAGE_CHILDREN)
}

fn time(time: TimeVal) -> Duration {
    Duration::from_micros(time.num_microseconds().max(0).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    const PUNCTUAL: Looks = Looks { count: 5, late: 0 };

    fn by(wall_ms: u32, steal_ms: u32, foreign_ms: u32, looks: Looks, late_ns: u64) -> Vec<Disturbance> {
        let change = Change { wall: MS * wall_ms, steal: MS * steal_ms, foreign: MS * foreign_ms };
        surroundings(Some(change), looks, late_ns).disturbed_by
    }

    #[test]
    fn steal_foreign_work_late_looks_and_a_late_helper_each_disturb() {
        let late = Looks { count: 5, late: 2 };
        assert_eq!(by(1_000, 0, 0, PUNCTUAL, 0), []);
        assert_eq!(by(1_000, 30, 0, PUNCTUAL, 0), [Disturbance::Steal]);
        assert_eq!(by(1_000, 0, 60, PUNCTUAL, 0), [Disturbance::ForeignLoad]);
        assert_eq!(by(1_000, 0, 0, late, 0), [Disturbance::LateLook]);
        assert_eq!(by(1_000, 0, 0, PUNCTUAL, LATE_NS + 1), [Disturbance::LateProbe]);
        assert_eq!(by(1_000, 500, 400, late, LATE_NS * 2), Disturbance::ALL);
    }

    #[test]
    fn a_small_share_and_a_few_ticks_prove_nothing() {
        assert_eq!(by(10_000, 90, 490, Looks { count: 50, late: 5 }, LATE_NS), [], "small shares");
        assert_eq!(by(60, 20, 20, Looks::default(), 0), [], "few ticks of a short cell");
        assert_eq!(by(1_000, 0, 0, Looks { count: 5, late: 1 }, 0), [], "one late look");
    }

    #[test]
    fn figures_unknown_to_the_kernel_are_absent_and_disturb_no_cell() {
        let unknown = surroundings(None, PUNCTUAL, 0);
        assert_eq!((unknown.steal_share, unknown.foreign_share), (None, None));
        assert_eq!(unknown.disturbed_by, []);
    }

    #[test]
    fn one_late_probe_among_many_is_no_late_helper() {
        let probe = |late_ns| Probe { written_ns: 0, handled_ns: None, late_ns };
        let mut probes: Vec<Probe> = (0..200).map(|_| probe(5)).collect();
        probes[7] = probe(1_000);
        assert_eq!(late_p99_ns(&probes), 5);
        for probe in &mut probes[20..30] {
            probe.late_ns = 900;
        }
        assert_eq!(late_p99_ns(&probes), 900);
        assert_eq!(late_p99_ns(&probes[20..30]), 0);
    }
}
