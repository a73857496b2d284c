//! The times of the steps that have an `as`: the rows of `steps.csv`.

use super::ranked::{Percentile, Ranked};
use crate::campaign::CellOutcome;
use taskmix_engine::record::StepPart;

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

/// The times of one named step of one task in one cell.
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
}

/// The figures of a cell's named steps, in the order of the cell's report.
pub fn step_samples(outcome: &CellOutcome) -> Vec<StepSample> {
    (outcome.named_steps.iter())
        .map(|named| StepSample {
            task: outcome.tasks[usize::from(named.task)].clone(),
            step: named.step.clone(),
            count: named.total.buckets.iter().map(|&(_, count)| count).sum(),
            wait: times(&named.wait),
            hold: times(&named.hold),
            total: times(&named.total),
            same_core_share: named.placed.same_core_share(),
        })
        .collect()
}

fn times(part: &StepPart) -> StepTimes {
    let mut ranked = Ranked::default();
    for &(value, count) in &part.buckets {
        ranked.record_n(value, count);
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
    use taskmix_engine::record::{Placed, StepHistogram};

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
        };
        assert_eq!(step_samples(&outcome), [expected]);
    }
}
