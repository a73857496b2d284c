//! One cell's figures, from one pass over its records: a sample per task, and one of the whole mix.
//!
//! Latency and service are over done instances, wait over started ones, cancel over cancelled ones. Failed and stalled instances
//! rank as +∞, as do a wait that never ended and a cancellation that never took effect. The figures of a failed cell are those of
//! its released instances.

mod arrivals;

use self::arrivals::Quarters;
use super::ranked::{Percentile, Ranked};
use super::{Figures, Sample, WHOLE_MIX, step_samples};
use crate::campaign::CellOutcome;
use taskmix_engine::metric::Metric;
use taskmix_engine::record::{InstanceRecord, State};

/// The six figures of one kind of time.
struct Columns {
    mean: Metric,
    percentiles: [Metric; 4],
    max: Metric,
}

const LATENCY: Columns = Columns {
    mean: Metric::LatencyMean,
    percentiles: [Metric::LatencyP50, Metric::LatencyP90, Metric::LatencyP99, Metric::LatencyP999],
    max: Metric::LatencyMax,
};
const WAIT: Columns = Columns {
    mean: Metric::WaitMean,
    percentiles: [Metric::WaitP50, Metric::WaitP90, Metric::WaitP99, Metric::WaitP999],
    max: Metric::WaitMax,
};
const SERVICE: Columns = Columns {
    mean: Metric::ServiceMean,
    percentiles: [Metric::ServiceP50, Metric::ServiceP90, Metric::ServiceP99, Metric::ServiceP999],
    max: Metric::ServiceMax,
};
const CANCEL: Columns = Columns {
    mean: Metric::CancelMean,
    percentiles: [Metric::CancelP50, Metric::CancelP90, Metric::CancelP99, Metric::CancelP999],
    max: Metric::CancelMax,
};

impl Columns {
    fn fill(&self, figures: &mut Figures<f64>, ranked: &Ranked) {
        figures.set(self.mean, ranked.mean());
        for (metric, percentile) in self.percentiles.into_iter().zip(Percentile::ALL) {
            figures.set(metric, ranked.percentile(percentile).map(|ns| ns as f64));
        }
        figures.set(self.max, ranked.max().map(|ns| ns as f64));
    }
}

/// The counts and times of one task, filled record by record.
#[derive(Default)]
struct TaskCounts {
    latency: Ranked,
    wait: Ranked,
    service: Ranked,
    cancel: Ranked,
    started: u64,
    done: u64,
    cancelled: u64,
    failed: u64,
    stalled_pending: u64,
    stalled_running: u64,
    unstopped: u64,
    units: u64,
    units_after_cancel: u64,
    /// The first intended release.
    first_ns: Option<u64>,
    /// The last intended release.
    last_release_ns: Option<u64>,
    /// The last end.
    last_ns: Option<u64>,
}

impl TaskCounts {
    fn count(&mut self, record: &InstanceRecord) {
        self.units = self.units.saturating_add(record.units);
        self.units_after_cancel = self.units_after_cancel.saturating_add(record.units_after_cancel);
        self.first_ns = Some(self.first_ns.map_or(record.scheduled_ns, |first| first.min(record.scheduled_ns)));
        self.last_release_ns = self.last_release_ns.max(Some(record.scheduled_ns));
        self.last_ns = self.last_ns.max(record.finished_ns);
        if let Some(started) = record.started_ns {
            self.started += 1;
            self.wait.record(started.saturating_sub(record.scheduled_ns));
        }
        match record.state {
            State::Done => {
                self.done += 1;
                self.unstopped += u64::from(record.cancel_requested_ns.is_some());
                self.count_times_of_done(record);
            }
            State::Cancelled => {
                self.cancelled += 1;
                match (record.cancel_requested_ns, record.finished_ns) {
                    (Some(requested), Some(stopped)) => self.cancel.record(stopped.saturating_sub(requested)),
                    _ => self.cancel.record_never(),
                }
            }
            State::Failed => {
                self.failed += 1;
                self.count_as_never_done(record);
            }
            State::Pending | State::Running | State::Stalled => {
                if record.started_ns.is_some() {
                    self.stalled_running += 1;
                } else {
                    self.stalled_pending += 1;
                }
                self.count_as_never_done(record);
                if record.cancel_requested_ns.is_some() {
                    self.cancel.record_never();
                }
            }
        }
    }

    fn count_times_of_done(&mut self, record: &InstanceRecord) {
        match record.finished_ns {
            Some(finished) => self.latency.record(finished.saturating_sub(record.scheduled_ns)),
            None => self.latency.record_never(),
        }
        match (record.started_ns, record.finished_ns) {
            (Some(started), Some(finished)) => self.service.record(finished.saturating_sub(started)),
            _ => self.service.record_never(),
        }
    }

    fn count_as_never_done(&mut self, record: &InstanceRecord) {
        self.latency.record_never();
        self.service.record_never();
        if record.started_ns.is_none() {
            self.wait.record_never();
        }
    }

    fn absorb(&mut self, other: &Self) {
        self.latency.absorb(&other.latency);
        self.wait.absorb(&other.wait);
        self.service.absorb(&other.service);
        self.cancel.absorb(&other.cancel);
        self.started += other.started;
        self.done += other.done;
        self.cancelled += other.cancelled;
        self.failed += other.failed;
        self.stalled_pending += other.stalled_pending;
        self.stalled_running += other.stalled_running;
        self.unstopped += other.unstopped;
        self.units = self.units.saturating_add(other.units);
        self.units_after_cancel = self.units_after_cancel.saturating_add(other.units_after_cancel);
    }

    fn stalled(&self) -> u64 {
        self.stalled_pending + self.stalled_running
    }

    /// From the first intended release to the last end; absent if an instance never ended.
    fn makespan_ns(&self) -> Option<u64> {
        let (first, last) = (self.first_ns?, self.last_ns?);
        (self.stalled() == 0).then(|| last.saturating_sub(first))
    }

    fn released(&self) -> u64 {
        self.done + self.cancelled + self.failed + self.stalled()
    }

    /// The offered load: releases a second, over the times between them. Absent if all were released at once.
    fn offered(&self) -> Option<f64> {
        let span = self.last_release_ns?.checked_sub(self.first_ns?).filter(|span| *span > 0)?;
        Some((self.released() - 1) as f64 * 1e9 / span as f64)
    }

    /// The numbers of instances by state, and their work.
    fn counts(&self) -> Figures<f64> {
        let mut figures = Figures::default();
        for (metric, count) in [
            (Metric::Released, self.released()),
            (Metric::Started, self.started),
            (Metric::Done, self.done),
            (Metric::Cancelled, self.cancelled),
            (Metric::Failed, self.failed),
            (Metric::Stalled, self.stalled()),
            (Metric::StalledPending, self.stalled_pending),
            (Metric::StalledRunning, self.stalled_running),
            (Metric::Unstopped, self.unstopped),
            (Metric::UnitsDone, self.units),
            (Metric::UnitsAfterCancel, self.units_after_cancel),
        ] {
            figures.set(metric, count as f64);
        }
        figures
    }

    fn figures(&self, makespan_ns: Option<u64>) -> Figures<f64> {
        let mut figures = self.counts();
        let makespan = makespan_ns.map(|ns| ns as f64);
        figures.set(Metric::Makespan, makespan);
        figures.set(Metric::Throughput, makespan.filter(|&ns| ns > 0.0).map(|ns| self.done as f64 * 1e9 / ns));
        LATENCY.fill(&mut figures, &self.latency);
        WAIT.fill(&mut figures, &self.wait);
        SERVICE.fill(&mut figures, &self.service);
        CANCEL.fill(&mut figures, &self.cancel);
        figures
    }
}

/// The figures of one cell: a sample per task, in the scenario's order, then one of the whole mix ([`WHOLE_MIX`]).
///
/// A cell that measures lag has a sample of the whole mix alone, with lag and the counts of instances: the probe disturbs all
/// other figures.
///
/// The records are read once and not kept. A percentile needs enough values, infinite ones included: 1 for p50, 10 for p90,
/// 100 for p99, 1,000 for p999. The mean and the greatest value are absent as soon as one value is infinite.
pub fn samples(outcome: &CellOutcome) -> Vec<Sample> {
    let mut task_counts: Vec<TaskCounts> = outcome.tasks.iter().map(|_| TaskCounts::default()).collect();
    for record in &outcome.records {
        task_counts[usize::from(record.task)].count(&record);
    }
    let mut whole = TaskCounts::default();
    for counts in &task_counts {
        whole.absorb(counts);
    }

    let sample = |task: &str, figures| Sample {
        key: outcome.key.clone(),
        task: task.to_owned(),
        figures,
        exit: None,
        surroundings: None,
        spans_dropped: None,
        waits: Vec::new(),
        steps: Vec::new(),
    };
    let is_probed = outcome.key.is_probed();
    let mut samples: Vec<Sample> = (outcome.tasks.iter().zip(&task_counts))
        .filter(|_| !is_probed)
        .map(|(task, counts)| sample(task, counts.figures(counts.makespan_ns())))
        .collect();
    add_load(&mut samples, outcome, &task_counts);
    // A cell that measures lag has no figures of steps: the probe disturbs them.
    for step in if is_probed { Vec::new() } else { step_samples(outcome) } {
        if let Some(sample) = samples.iter_mut().find(|sample| sample.task == step.task) {
            sample.steps.push(step);
        }
    }
    let mut figures = if is_probed { whole.counts() } else { whole.figures(outcome.span_ns) };
    if is_probed {
        add_lag(&mut figures, outcome);
    } else {
        add_usage(&mut figures, outcome);
    }
    samples.push(Sample {
        exit: Some(outcome.exit.to_string()),
        surroundings: Some(outcome.surroundings.clone()),
        spans_dropped: outcome.trace.as_ref().map(|trace| trace.dropped),
        waits: outcome.waits.clone(),
        ..sample(WHOLE_MIX, figures)
    });
    samples
}

/// The offered load of tasks whose releases are spread over time, and how latency grows from release to release.
fn add_load(samples: &mut [Sample], outcome: &CellOutcome, counts: &[TaskCounts]) {
    let offered = |(counts, is_open): (&TaskCounts, &bool)| counts.offered().filter(|_| *is_open);
    let offered: Vec<Option<f64>> = counts.iter().zip(&outcome.is_open).map(offered).collect();
    if samples.is_empty() || offered.iter().all(Option::is_none) {
        return;
    }
    let mut quarters: Vec<Quarters> = counts.iter().map(|counts| Quarters::of(counts.released())).collect();
    for record in (&outcome.records).into_iter().filter(|record| offered[usize::from(record.task)].is_some()) {
        quarters[usize::from(record.task)].count(&record);
    }
    for ((sample, offered), quarters) in samples.iter_mut().zip(offered).zip(quarters) {
        sample.figures.set(Metric::Offered, offered);
        sample.figures.set(Metric::LatencyGrowth, offered.and_then(|_| quarters.growth()));
    }
}

/// How long the probes waited.
fn add_lag(figures: &mut Figures<f64>, outcome: &CellOutcome) {
    let (mut lag, mut late) = (Ranked::default(), Ranked::default());
    for probe in &outcome.probes {
        match probe.handled_ns {
            Some(handled) => {
                lag.record(handled.saturating_sub(probe.written_ns));
                late.record(probe.late_ns);
            }
            // When it was written is not known: it was due.
            None => lag.record_never(),
        }
    }
    figures.set(Metric::LagP50, lag.percentile(Percentile::P50).map(|ns| ns as f64));
    figures.set(Metric::LagP99, lag.percentile(Percentile::P99).map(|ns| ns as f64));
    figures.set(Metric::LagMax, lag.max().map(|ns| ns as f64));
    figures.set(Metric::ProbeLateP99, late.percentile(Percentile::P99).map(|ns| ns as f64));
}

/// The resources used by the cell's process.
fn add_usage(figures: &mut Figures<f64>, outcome: &CellOutcome) {
    let Some(usage) = &outcome.usage else { return };
    figures.set(Metric::UserCpu, usage.user_cpu_ns as f64);
    figures.set(Metric::SystemCpu, usage.system_cpu_ns as f64);
    figures.set(Metric::VoluntarySwitches, usage.voluntary_switches as f64);
    figures.set(Metric::InvoluntarySwitches, usage.involuntary_switches as f64);
    figures.set(Metric::PeakRss, usage.peak_rss_bytes.map(|bytes| bytes as f64));
    let cpu_ns = (usage.user_cpu_ns + usage.system_cpu_ns) as f64;
    let capacity_ns = outcome.span_ns.map(|span| span as f64 * f64::from(outcome.key.workers));
    figures.set(Metric::CpuUtilisation, capacity_ns.filter(|&ns| ns > 0.0).map(|ns| cpu_ns / ns));
}

#[cfg(test)]
mod tests;
