//! Where an expectation must hold: every combination of the parameters that its figures leave open, and the cells there.

use std::fmt;

use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Axis, Figure, Param, Scenario};

/// One combination of values for the parameters and worker counts that the figures of a condition leave open.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AxisPoint {
    /// A value for each axis that some figure leaves open, in the axes' order.
    params: Vec<Param>,
    /// The worker count of the figures that leave it open; absent if each of them was run with one count only.
    workers: Option<u32>,
}

/// The cell that a figure refers to was not run, with the reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotRun(pub(super) String);

/// Every place at which a condition with these figures must hold, in the scenario's order; at least one.
///
/// All figures have the same value of a parameter and the same worker count, except figures that select their own. An engine with
/// a single thread is the same at each count.
pub(super) fn places(scenario: &Scenario, settings: &[CellKey], figures: &[&Figure]) -> Vec<AxisPoint> {
    let is_open =
        |param: &Param| figures.iter().any(|figure| figure.params.iter().all(|other| other.name != param.name));
    let mut found: Vec<AxisPoint> = Vec::new();
    for point in &scenario.points {
        let params: Vec<Param> = point.params.iter().filter(|param| is_open(param)).cloned().collect();
        if found.iter().any(|place| place.params == params) {
            continue;
        }
        let place = AxisPoint { params, workers: None };
        match place.worker_counts(scenario, settings, figures) {
            counts if counts.is_empty() => found.push(place),
            counts => found.extend(counts.into_iter().map(|count| AxisPoint { workers: Some(count), ..place.clone() })),
        }
    }
    found
}

impl AxisPoint {
    /// The worker counts that the figures leave open, in the scenario's order; none if each figure was run with one count only.
    fn worker_counts(&self, scenario: &Scenario, settings: &[CellKey], figures: &[&Figure]) -> Vec<u32> {
        let mut all: Vec<u32> = Vec::new();
        let mut is_choice = false;
        for figure in figures.iter().filter(|figure| figure.workers.is_none() && figure.engine.is_scalable()) {
            let params = self.params_of(&scenario.axes, figure);
            let counts: Vec<u32> = (settings.iter())
                .filter(|key| is_of(figure, key) && key.params == params)
                .map(|key| key.workers)
                .collect();
            is_choice |= counts.len() > 1;
            for count in counts {
                if !all.contains(&count) {
                    all.push(count);
                }
            }
        }
        if is_choice { all } else { Vec::new() }
    }

    /// The parameters of a figure's cell: its own selection, otherwise the value at this point.
    fn params_of(&self, axes: &[Axis], figure: &Figure) -> Vec<Param> {
        let value = |axis: &Axis| {
            let mut params = figure.params.iter().chain(&self.params);
            params.find(|param| param.name == axis.name).cloned()
        };
        axes.iter().filter_map(value).collect()
    }

    /// The index of the setting that a figure refers to at this point.
    pub(super) fn cell(&self, axes: &[Axis], settings: &[CellKey], figure: &Figure) -> Result<usize, NotRun> {
        let engine = figure.engine;
        let not_run = |details: String| Err(NotRun(format!("{engine} was not run{details}")));
        if settings.iter().all(|key| key.engine != engine) {
            return not_run(String::new());
        }
        if settings.iter().all(|key| !is_of(figure, key)) {
            return Err(NotRun(format!("lag was not measured on {engine}")));
        }
        let params = self.params_of(axes, figure);
        let mut candidates = settings.iter().enumerate().filter(|(_, key)| is_of(figure, key) && key.params == params);
        let workers = match figure.workers.map(u32::from).or(self.workers) {
            _ if !engine.is_scalable() => None,
            workers => workers,
        };
        match (workers, candidates.next()) {
            (_, None) => not_run(format!(" at {}", text_of(&params, None))),
            // Without a choice there is one candidate.
            (None, Some((index, _))) => Ok(index),
            (Some(workers), Some(first)) => {
                let found = std::iter::once(first).chain(candidates).find(|(_, key)| key.workers == workers);
                let words = if workers == 1 { "1 worker".to_owned() } else { format!("{workers} workers") };
                found.map_or_else(|| not_run(format!(" with {words}")), |(index, _)| Ok(index))
            }
        }
    }
}

/// Whether a cell has a figure's engine and metric: lag is measured in separate cells.
fn is_of(figure: &Figure, key: &CellKey) -> bool {
    key.engine == figure.engine && key.is_probed() == figure.metric.is_of_the_probe()
}

/// The text for readers and for `expect.csv`: `hold=20ms, workers=2`; empty if nothing is open.
impl fmt::Display for AxisPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(&self.params, self.workers))
    }
}

/// The text as in the brackets of an expectation.
pub(super) fn text_of(params: &[Param], workers: Option<u32>) -> String {
    let params = params.iter().map(|Param { name, value }| format!("{name}={value}"));
    params.chain(workers.map(|workers| format!("workers={workers}"))).collect::<Vec<_>>().join(", ")
}
