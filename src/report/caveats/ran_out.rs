//! Tasks that should last until their `until` or the end of the foreground, and ran out of instances before.

use crate::stats::Sample;
use taskmix_engine::metric::Metric;
use taskmix_engine::scenario::{Arrival, Scenario, Task};

/// The warnings after a run: each task that used up its `count`, though something else should end it.
pub fn ran_out(scenario: &Scenario, samples: &[Sample]) -> Vec<String> {
    let Some(point) = scenario.points.first() else { return Vec::new() };
    let warnings = point.tasks.iter().filter_map(|task| {
        let cells: Vec<bool> =
            samples.iter().filter(|sample| sample.task == task.name).map(|sample| has_run_out(scenario, sample)).collect();
        let out = cells.iter().filter(|out| **out).count();
        let before = if task.background { "the foreground had ended" } else { "its `until`" };
        (out > 0).then(|| {
            let (name, all) = (&task.name, cells.len());
            format!("`{name}` used up its `count` before {before}, in {out} of {all} cells; raise `count`, or the task is idle for the rest of the time")
        })
    });
    warnings.collect()
}

fn has_run_out(scenario: &Scenario, sample: &Sample) -> bool {
    let point = scenario.points.iter().find(|point| point.params == sample.key.params);
    let task = point.and_then(|point| point.tasks.iter().find(|task| task.name == sample.task));
    task.is_some_and(|task| {
        is_endless_but_for_its_count(task) && sample.figures.get(Metric::Released) == Some(f64::from(task.count))
    })
}

/// A burst releases its whole `count` at once, as intended. Of a spawned task no more than its `count` can arrive.
fn is_endless_but_for_its_count(task: &Task) -> bool {
    task.is_bounded() && !matches!(task.arrival, Arrival::Burst | Arrival::Spawned(_))
}
