//! `taskmix run --format json`: `taskmix.run/2`; and `summary.json`: `taskmix.summary/2`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::expectation::ExpectationShape;
use super::shape::{Key, MedianShape, medians, step_medians};
use crate::archive::RunFacts;
use crate::expect::Judged;
use crate::report::saturated::saturated;
use crate::stats::{Sample, StepSummary, Summary, WHOLE_MIX};

/// All runs of one command.
#[derive(Debug, Serialize)]
pub struct RunDocument {
    schema: &'static str,
    taskmix_version: &'static str,
    /// In the order in which the scenarios were named. Runs that an interrupt or an error prevented are missing.
    runs: Vec<RunEntry>,
}

/// One run, in its folder.
#[derive(Debug, Serialize)]
pub struct SummaryDocument<'a> {
    schema: &'static str,
    taskmix_version: &'static str,
    #[serde(flatten)]
    run: &'a RunEntry,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunEntry {
    scenario: String,
    question: String,
    run_id: String,
    /// The folder, as it was written to.
    path: String,
    /// Whether every cell was measured.
    complete: bool,
    interrupted: bool,
    /// The sentence below the table: what the figures show.
    finding: String,
    /// Each cell over its repeats, in the scenario's order.
    cells: Vec<CellShape>,
    /// The verdicts, in the file's order.
    expectations: Vec<ExpectationShape>,
    /// The repeats that did not end well.
    failed: Vec<Failed>,
    /// The repeats during which the machine was disturbed.
    disturbed: Vec<Disturbed>,
    /// The reasons to doubt the figures, as on standard error.
    warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct CellShape {
    #[serde(flatten)]
    key: Key,
    repeats: u32,
    /// How many of them ended well.
    repeats_ok: u32,
    /// During how many of them the machine was disturbed.
    repeats_disturbed: u32,
    /// Each task; the whole mix, `*`, comes last.
    tasks: Vec<TaskShape>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct TaskShape {
    task: String,
    /// The load of a task that the engine can't keep up with, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    saturated: Option<String>,
    /// The figures that exist, by the names of `[[expect]]`.
    figures: BTreeMap<&'static str, MedianShape>,
    /// Its named steps, if it has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<StepShape>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct StepShape {
    step: String,
    /// Likewise.
    figures: BTreeMap<&'static str, MedianShape>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Failed {
    #[serde(flatten)]
    key: Key,
    repeat: u32,
    /// As in the column of `samples.csv`.
    exit: String,
    /// Of a repeat that ran into its timeout: which instance waits for which, if any does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waits_for: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Disturbed {
    #[serde(flatten)]
    key: Key,
    repeat: u32,
    by: Vec<String>,
}

/// The results of a run, and the reasons to doubt its figures.
#[derive(Debug, Default)]
pub struct Outcome<'a> {
    /// Its figures, in the scenario's order.
    pub summaries: &'a [Summary],
    /// The verdicts on its claims.
    pub judged: &'a [Judged],
    /// The rows of the whole mixes of repeats that did not end well.
    pub failed: Vec<&'a Sample>,
    /// The rows of the whole mixes of repeats during which the machine was disturbed.
    pub disturbed: Vec<&'a Sample>,
    /// The warnings, as on standard error.
    pub warnings: Vec<String>,
    /// The sentence on what the figures show.
    pub finding: String,
}

impl RunDocument {
    /// The document of these runs.
    pub fn new(runs: Vec<RunEntry>) -> Self {
        Self { schema: "taskmix.run/2", taskmix_version: env!("CARGO_PKG_VERSION"), runs }
    }
}

impl<'a> SummaryDocument<'a> {
    /// The document of this run.
    pub fn new(run: &'a RunEntry) -> Self {
        Self { schema: "taskmix.summary/2", taskmix_version: env!("CARGO_PKG_VERSION"), run }
    }
}

impl RunEntry {
    /// A run that has ended.
    pub fn new(facts: &RunFacts, question: &str, path: String, outcome: &Outcome<'_>) -> Self {
        let around = |sample: &Sample| {
            let causes = sample.surroundings.iter().flat_map(|around| &around.disturbed_by);
            causes.map(ToString::to_string).collect()
        };
        Self {
            scenario: facts.scenario.name.clone(),
            question: question.to_owned(),
            run_id: facts.run_id.clone(),
            path,
            complete: facts.complete,
            interrupted: facts.interrupted,
            finding: outcome.finding.clone(),
            cells: cells(outcome.summaries),
            expectations: outcome.judged.iter().map(ExpectationShape::from).collect(),
            failed: (outcome.failed.iter())
                .map(|sample| Failed {
                    key: Key::from(&sample.key),
                    repeat: sample.key.repeat,
                    exit: sample.exit.clone().unwrap_or_default(),
                    waits_for: sample.waits.clone(),
                })
                .collect(),
            disturbed: (outcome.disturbed.iter())
                .map(|sample| Disturbed { key: Key::from(&sample.key), repeat: sample.key.repeat, by: around(sample) })
                .collect(),
            warnings: outcome.warnings.clone(),
        }
    }
}

/// The rows of one cell stand together, that of its whole mix last.
fn cells(summaries: &[Summary]) -> Vec<CellShape> {
    let of_one_cell = summaries.chunk_by(|one, next| one.key.is_repeat_of(&next.key));
    let cells = of_one_cell.filter_map(|rows| {
        let mix = rows.iter().find(|row| row.task == WHOLE_MIX)?;
        let step = |step: &StepSummary| StepShape { step: step.step.clone(), figures: step_medians(&step.figures) };
        let task = |row: &Summary| TaskShape {
            task: row.task.clone(),
            saturated: saturated(row),
            figures: medians(&row.figures),
            steps: row.steps.iter().map(step).collect(),
        };
        Some(CellShape {
            key: Key::from(&mix.key),
            repeats: mix.key.repeat,
            repeats_ok: mix.ok,
            repeats_disturbed: mix.disturbed,
            tasks: rows.iter().map(task).collect(),
        })
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::run_toml::tests::facts;
    use crate::archive::write_json;
    use crate::campaign::{Disturbance, Exit, Surroundings};
    use crate::report::testing::JudgedBuilder;
    use crate::stats::{OutcomeBuilder, samples, summaries};

    #[test]
    fn a_run_looks_like_this() {
        let hold = std::time::Duration::from_millis(20);
        let good = |repeat| {
            let builder = OutcomeBuilder::new().duration("hold", hold).repeat(repeat);
            builder.done(0, 0, 10, 1_000).done(1, 5, 20, 2_000).span(2_000).outcome()
        };
        let mut disturbed = good(2);
        disturbed.surroundings = Surroundings { disturbed_by: vec![Disturbance::Steal], ..Surroundings::default() };
        let failed = OutcomeBuilder::new().duration("hold", hold).repeat(3).stalled(0, 0, None).exit(Exit::Timeout);
        let all: Vec<Sample> = [good(1), disturbed, failed.outcome()].iter().flat_map(samples).collect();
        let mix = |repeat: u32| all.iter().filter(|s| s.task == WHOLE_MIX && s.key.repeat == repeat).collect();
        let summaries = summaries(&all);
        let holds =
            JudgedBuilder::timing("it stalls").left(9.9e6, 0.01).right(3e6, 0.02).ratio(3.3, 0.03).holds().judged();
        let outcome = Outcome {
            summaries: &summaries,
            judged: &[holds],
            failed: mix(3),
            disturbed: mix(2),
            warnings: vec!["not quiet".to_owned()],
            finding: "No engine stands out.".to_owned(),
        };
        let entry = RunEntry::new(&facts(42), "why?", "results/mix/x".to_owned(), &outcome);
        let mut text = Vec::new();
        write_json(&mut text, &RunDocument::new(vec![entry])).unwrap();
        let text = String::from_utf8(text).unwrap();
        snapbox::assert_data_eq!(text, snapbox::file!["../golden/run.json"].raw());
    }
}
