//! Loops that were to go on until something ended them, and ran out of instances before.

use crate::metric::Metric;
use crate::scenario::{Arrival, Scenario, Task};
use crate::stats::Sample;

/// What to warn of behind a run: each task that used up its whole `count`, though not that was to end it.
pub fn ran_out(scenario: &Scenario, samples: &[Sample]) -> Vec<String> {
    let Some(point) = scenario.points.first() else { return Vec::new() };
    let warnings = point.tasks.iter().filter_map(|task| {
        let cells: Vec<bool> =
            samples.iter().filter(|sample| sample.task == task.name).map(|sample| has_run_out(scenario, sample)).collect();
        let out = cells.iter().filter(|out| **out).count();
        let before = if task.background { "the foreground had ended" } else { "its `until`" };
        (out > 0).then(|| {
            let (name, all) = (&task.name, cells.len());
            format!("`{name}` used up its `count` before {before}, in {out} of {all} cells; raise it, or it is idle in the rest of the time")
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

/// Of a burst, all come at once: its `count` is what is meant. Of who is spawned it is all that can come.
fn is_endless_but_for_its_count(task: &Task) -> bool {
    task.is_bounded() && !matches!(task.arrival, Arrival::Burst | Arrival::Spawned(_))
}
