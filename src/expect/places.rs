//! Where an expectation must hold: every combination of what its figures leave open, and the cells meant there.

use std::fmt;

use crate::plan::CellKey;
use crate::scenario::{Axis, Figure, Param, Scenario};

/// One combination of what the figures of a condition leave open.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// A value for each axis that some figure leaves open, in the axes' order.
    params: Vec<Param>,
    /// The worker count of the figures that leave it open; absent if there is nothing to choose.
    workers: Option<u32>,
}

/// The cell that a figure means was not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotRun(pub(super) String);

/// Every place at which a condition with these figures must hold, in the scenario's order; at least one.
///
/// All figures see the same value of a parameter and the same worker count, but for those that select their own. An engine
/// of a single thread is the same at each count.
pub(super) fn places(scenario: &Scenario, settings: &[CellKey], figures: &[&Figure]) -> Vec<Place> {
    let is_open =
        |param: &Param| figures.iter().any(|figure| figure.params.iter().all(|other| other.name != param.name));
    let mut found: Vec<Place> = Vec::new();
    for point in &scenario.points {
        let params: Vec<Param> = point.params.iter().filter(|param| is_open(param)).cloned().collect();
        if found.iter().any(|place| place.params == params) {
            continue;
        }
        let place = Place { params, workers: None };
        match place.worker_counts(scenario, settings, figures) {
            counts if counts.is_empty() => found.push(place),
            counts => found.extend(counts.into_iter().map(|count| Place { workers: Some(count), ..place.clone() })),
        }
    }
    found
}

impl Place {
    /// The worker counts among which the figures leave open, in the scenario's order; none if each was run with one count.
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

    /// The parameters of a figure's cell: what it selects, else what is the value here.
    fn params_of(&self, axes: &[Axis], figure: &Figure) -> Vec<Param> {
        let of_axis = |axis: &Axis| {
            let mut known = figure.params.iter().chain(&self.params);
            known.find(|param| param.name == axis.name).cloned()
        };
        axes.iter().filter_map(of_axis).collect()
    }

    /// Which of the settings a figure means here.
    pub(super) fn cell(&self, axes: &[Axis], settings: &[CellKey], figure: &Figure) -> Result<usize, NotRun> {
        let engine = figure.engine;
        let not_run = |how: String| Err(NotRun(format!("{engine} was not run{how}")));
        if settings.iter().all(|key| key.engine != engine) {
            return not_run(String::new());
        }
        if settings.iter().all(|key| !is_of(figure, key)) {
            return Err(NotRun(format!("lag was not measured on {engine}")));
        }
        let params = self.params_of(axes, figure);
        let mut there = settings.iter().enumerate().filter(|(_, key)| is_of(figure, key) && key.params == params);
        let workers = match figure.workers.map(u32::from).or(self.workers) {
            _ if !engine.is_scalable() => None,
            workers => workers,
        };
        match (workers, there.next()) {
            (_, None) => not_run(format!(" at {}", text_of(&params, None))),
            // With nothing to choose, there is one.
            (None, Some((index, _))) => Ok(index),
            (Some(workers), Some(first)) => {
                let found = std::iter::once(first).chain(there).find(|(_, key)| key.workers == workers);
                let words = if workers == 1 { "1 worker".to_owned() } else { format!("{workers} workers") };
                found.map_or_else(|| not_run(format!(" with {words}")), |(index, _)| Ok(index))
            }
        }
    }
}

/// Whether a cell is of a figure's engine, and of the kind that has such figures: lag is measured in cells of its own.
fn is_of(figure: &Figure, key: &CellKey) -> bool {
    key.engine == figure.engine && key.is_probed() == figure.metric.is_of_the_probe()
}

/// For people and for `expect.csv`: `hold=20ms, workers=2`; empty if nothing is left open.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(&self.params, self.workers))
    }
}

/// As it is written in the brackets of an expectation.
pub(super) fn text_of(params: &[Param], workers: Option<u32>) -> String {
    let params = params.iter().map(|Param { name, value }| format!("{name}={value}"));
    params.chain(workers.map(|workers| format!("workers={workers}"))).collect::<Vec<_>>().join(", ")
}
