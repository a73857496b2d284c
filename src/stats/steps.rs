//! The times of the steps that have an `as`: the rows of `steps.csv`.

use super::ranked::{Percentile, Ranked};
use crate::campaign::CellOutcome;
use taskmix_engine::metric::StepMetric;
use taskmix_engine::plan::NamedStep;
use taskmix_engine::record::{InstanceRecord, Offloaded, State, StepHistogram, StepPart};

/// The times of one part of a step, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StepTimes {
    /// The median.
    pub p50_ns: Option<u64>,
    /// The 99th percentile; absent below 100 times.
    pub p99_ns: Option<u64>,
    /// The greatest time.
    pub max_ns: Option<u64>,
}

/// The times of one named step of one task in one cell. An execution that never ended because its instance failed ranks as +∞.
#[derive(Debug, Clone, PartialEq)]
pub struct StepSample {
    /// The task's name.
    pub task: String,
    /// The step's name.
    pub step: String,
    /// How often it ended.
    pub count: u64,
    /// Waiting for the resource that it needs, such as a lock.
    pub wait: StepTimes,
    /// Holding the resource.
    pub hold: StepTimes,
    /// From the step's start to its end.
    pub total: StepTimes,
    /// The share of the sampled rounds in which the instance and its peer were on one core; absent without sampled rounds.
    pub same_core_share: Option<f64>,
    /// How many executions never ended because their instances failed or stalled within the step.
    pub failed: u64,
    /// How many executions never ended because their instances were cancelled; they have no times.
    pub cancelled: u64,
}

impl StepSample {
    /// A figure, if it has a value.
    pub fn get(&self, metric: StepMetric) -> Option<f64> {
        let time = match metric {
            StepMetric::Executions => Some(self.count),
            StepMetric::WaitP50 => self.wait.p50_ns,
            StepMetric::WaitP99 => self.wait.p99_ns,
            StepMetric::WaitMax => self.wait.max_ns,
            StepMetric::HoldP50 => self.hold.p50_ns,
            StepMetric::HoldP99 => self.hold.p99_ns,
            StepMetric::HoldMax => self.hold.max_ns,
            StepMetric::TotalP50 => self.total.p50_ns,
            StepMetric::TotalP99 => self.total.p99_ns,
            StepMetric::TotalMax => self.total.max_ns,
        };
        time.map(|value| value as f64)
    }

    /// Whether no instance has begun it, as far as is known.
    pub const fn is_never_executed(&self) -> bool {
        self.count == 0 && self.failed == 0
    }
}

/// The executions of a named step that never ended.
#[derive(Debug, Clone, Copy, Default)]
struct Unended {
    /// The instance failed or stalled while the step waited.
    waiting: u64,
    /// The instance failed or stalled later.
    later: u64,
    cancelled: u64,
}

impl Unended {
    fn count(&mut self, step: &NamedStep, record: &InstanceRecord) {
        let Some(number) = record.last_step.filter(|number| step.numbers.contains(number)) else { return };
        match record.state {
            State::Failed | State::Stalled
                if step.waits && number == *step.numbers.start() && record.offloaded != Some(Offloaded::OnPool) =>
            {
                self.waiting += 1;
            }
            State::Failed | State::Stalled => self.later += 1,
            State::Cancelled => self.cancelled += 1,
            State::Pending | State::Running | State::Done => {}
        }
    }
}

/// The figures of a cell's named steps, in the order of the cell's report.
pub fn step_samples(outcome: &CellOutcome) -> Vec<StepSample> {
    if outcome.named_steps.is_empty() {
        return Vec::new();
    }
    let mut unended: Vec<Vec<Unended>> =
        outcome.names.iter().map(|names| vec![Unended::default(); names.len()]).collect();
    for record in outcome.records.iter().filter(|record| record.state != State::Done) {
        let task = usize::from(record.task);
        for (step, unended) in outcome.names[task].iter().zip(&mut unended[task]) {
            unended.count(step, &record);
        }
    }
    let sample = |named: &StepHistogram| {
        let task = usize::from(named.task);
        let place = outcome.names[task].iter().position(|step| step.name == named.step);
        let Unended { waiting, later, cancelled } = place.map(|place| unended[task][place]).unwrap_or_default();
        let holds = place.is_some_and(|place| outcome.names[task][place].holds);
        StepSample {
            task: outcome.tasks[task].clone(),
            step: named.step.clone(),
            count: named.total.buckets.iter().map(|&(_, count)| count).sum(),
            wait: times(&named.wait, waiting),
            hold: times(&named.hold, if holds { later } else { 0 }),
            total: times(&named.total, waiting + later),
            same_core_share: named.placed.same_core_share(),
            failed: waiting + later,
            cancelled,
        }
    };
    outcome.named_steps.iter().map(sample).collect()
}

/// The times of a part; `never` executions did not end it.
fn times(part: &StepPart, never: u64) -> StepTimes {
    let mut ranked = Ranked::default();
    for &(value, count) in &part.buckets {
        ranked.record_n(value, count);
    }
    for _ in 0..never {
        ranked.record_never();
    }
    StepTimes {
        p50_ns: ranked.percentile(Percentile::P50),
        p99_ns: ranked.percentile(Percentile::P99),
        max_ns: ranked.max(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::OutcomeBuilder;
    use super::*;
    use taskmix_engine::record::Placed;

    #[test]
    fn a_part_that_never_happened_has_no_times() {
        let named = StepHistogram {
            task: 1,
            step: "fetch".to_owned(),
            wait: StepPart { buckets: vec![(5, 60), (7, 60)] },
            hold: StepPart::default(),
            total: StepPart { buckets: vec![(10, 99), (2000, 1)] },
            placed: Placed::default(),
        };
        let outcome = CellOutcome { named_steps: vec![named], ..OutcomeBuilder::new().outcome() };
        let expected = StepSample {
            task: "beta".to_owned(),
            step: "fetch".to_owned(),
            count: 100,
            wait: StepTimes { p50_ns: Some(5), p99_ns: Some(7), max_ns: Some(7) },
            hold: StepTimes::default(),
            total: StepTimes { p50_ns: Some(10), p99_ns: Some(10), max_ns: Some(2000) },
            same_core_share: None,
            failed: 0,
            cancelled: 0,
        };
        assert_eq!(step_samples(&outcome), [expected]);
    }

    #[test]
    fn an_execution_that_a_failure_ends_ranks_last_in_the_part_that_it_was_in() {
        let part = |value| StepPart { buckets: vec![(value, 2)] };
        let named = StepHistogram {
            task: 0,
            step: "fetch".to_owned(),
            wait: part(5),
            hold: part(6),
            total: part(11),
            placed: Placed::default(),
        };
        let step = NamedStep { name: "fetch".to_owned(), numbers: 2..=4, waits: true, holds: true };
        let sample = |ended: &[(State, u16)]| {
            let builder = ended.iter().fold(OutcomeBuilder::new(), |builder, &(state, number)| {
                builder.record(InstanceRecord { state, last_step: Some(number), ..InstanceRecord::blank() })
            });
            let outcome = builder.outcome();
            step_samples(&CellOutcome {
                names: vec![vec![step.clone()], Vec::new()],
                named_steps: vec![named.clone()],
                ..outcome
            })
            .remove(0)
        };
        let maxima = |sample: &StepSample| [sample.wait.max_ns, sample.hold.max_ns, sample.total.max_ns];
        let whole = sample(&[(State::Failed, 1), (State::Failed, 5), (State::Done, 3)]);
        assert_eq!((maxima(&whole), whole.failed), ([Some(5), Some(6), Some(11)], 0), "all failed outside of it");
        assert_eq!(maxima(&sample(&[(State::Failed, 2)])), [None, Some(6), None], "while it waited");
        assert_eq!(maxima(&sample(&[(State::Stalled, 4)])), [Some(5), None, None], "while it held");
        let most = sample(&[(State::Failed, 3); 3]);
        assert_eq!((most.total.p50_ns, most.wait.p50_ns, most.failed), (None, Some(5), 3), "three of five");
        let cancelled = sample(&[(State::Cancelled, 2)]);
        assert_eq!((maxima(&cancelled), cancelled.cancelled), ([Some(5), Some(6), Some(11)], 1), "left out");
    }
}
