//! `taskmix compare --format json`: `taskmix.compare/1`.

use serde::Serialize;

use super::shape::{Key, unit};
use crate::archive::RunArchive;
use crate::compare::{CellPair, Distance, Ending, Figure, Reason, Side, Unmatched, Warning};
use crate::report::compare::{Compared, sentence};
use crate::stats::{CONFIDENCE, Contrast};
use taskmix_engine::metric::Better;

/// The document.
#[derive(Debug, Serialize)]
pub struct CompareDocument {
    /// `taskmix.compare/1`.
    schema: &'static str,
    /// The version that compared; each run names the one that measured it.
    taskmix_version: &'static str,
    /// The run that is compared with.
    old: RunShape,
    /// The run that is judged.
    new: RunShape,
    /// The share by which a ratio may differ from 1 and count as no difference.
    tolerance: f64,
    /// The least confidence of every interval.
    confidence: f64,
    /// Whether anything is worse: then the exit code is 1.
    worse: bool,
    /// The result, in one sentence.
    sentence: String,
    /// How many figures have which verdict.
    counts: CountsShape,
    /// How the runs differ apart from their figures.
    warnings: Vec<WarningShape>,
    /// The cells of both runs.
    cells: Vec<CellShape>,
    /// The cells and tasks that the new run lacks.
    only_old: Vec<OnlyShape>,
    /// The cells and tasks that the old run lacks.
    only_new: Vec<OnlyShape>,
}

/// A run.
#[derive(Debug, Serialize)]
struct RunShape {
    scenario: String,
    run_id: String,
    path: String,
    taskmix_version: String,
    complete: bool,
}

#[derive(Debug, Serialize)]
struct CountsShape {
    worse: usize,
    better: usize,
    changed: usize,
    no_difference: usize,
    inconclusive: usize,
}

#[derive(Debug, Serialize)]
struct WarningShape {
    topic: &'static str,
    text: String,
    /// The lines of a diff; often empty.
    details: Vec<String>,
}

/// A cell of both runs.
#[derive(Debug, Serialize)]
struct CellShape {
    #[serde(flatten)]
    key: Key,
    /// How its repeats ended.
    ended: EndedShape,
    figures: Vec<FigureShape>,
}

#[derive(Debug, Serialize)]
struct EndedShape {
    old: RepeatsShape,
    new: RepeatsShape,
    verdict: &'static str,
    reason: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct RepeatsShape {
    ok: u32,
    repeats: u32,
}

#[derive(Debug, Serialize)]
struct FigureShape {
    task: String,
    /// Of a named step with the step's name, as in `cache.wait_p99`.
    metric: String,
    /// `ns`, `bytes` or `per_s`; `null` of counts and shares.
    unit: Option<&'static str>,
    /// `lower`, `higher`, or `null` where neither is better.
    better: Option<&'static str>,
    old: SideShape,
    new: SideShape,
    /// New ÷ old; `null` of counts, and where there is none.
    ratio: Option<ContrastShape>,
    /// New − old: of counts only.
    difference: Option<ContrastShape>,
    verdict: &'static str,
    reason: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct SideShape {
    /// How many repeats count: repeats with a value, and failed repeats.
    repeats: u32,
    median: Option<f64>,
    lo: Option<f64>,
    hi: Option<f64>,
}

/// An estimate with its interval. Without `has_interval` there were too few repeats; with it, an end that is `null` falls
/// among repeats that failed.
#[derive(Debug, Serialize)]
struct ContrastShape {
    estimate: Option<f64>,
    has_interval: bool,
    lo: Option<f64>,
    hi: Option<f64>,
}

/// A cell, or a task of a cell, of one run only.
#[derive(Debug, Serialize)]
struct OnlyShape {
    #[serde(flatten)]
    key: Key,
    /// `null` if the whole cell has no counterpart.
    task: Option<String>,
}

impl CompareDocument {
    /// The document of a comparison.
    pub fn new(compared: &Compared<'_>) -> Self {
        let comparison = compared.comparison;
        let counts = comparison.counts();
        Self {
            schema: "taskmix.compare/1",
            taskmix_version: env!("CARGO_PKG_VERSION"),
            old: run(compared.old),
            new: run(compared.new),
            tolerance: comparison.tolerance.share(),
            confidence: CONFIDENCE,
            worse: comparison.is_worse(),
            sentence: sentence(comparison),
            counts: CountsShape {
                worse: counts.worse,
                better: counts.better,
                changed: counts.changed,
                no_difference: counts.same,
                inconclusive: counts.inconclusive,
            },
            warnings: compared.warnings.iter().map(topic).collect(),
            cells: comparison.cells.iter().map(cell).collect(),
            only_old: comparison.only_old.iter().map(only).collect(),
            only_new: comparison.only_new.iter().map(only).collect(),
        }
    }
}

fn run(run: &RunArchive) -> RunShape {
    RunShape {
        scenario: run.facts.scenario.name.clone(),
        run_id: run.facts.run_id.clone(),
        path: run.path.display().to_string(),
        taskmix_version: run.facts.taskmix_version.clone(),
        complete: run.facts.complete,
    }
}

fn topic(warning: &Warning) -> WarningShape {
    WarningShape { topic: warning.topic.as_str(), text: warning.text.clone(), details: warning.details.clone() }
}

fn cell(cell: &CellPair) -> CellShape {
    let repeats = |ending: Ending| RepeatsShape { ok: ending.ok, repeats: ending.repeats };
    let (verdict, reason) = (cell.verdict.as_str(), cell.verdict.reason().map(Reason::as_str));
    let ended = EndedShape { old: repeats(cell.old), new: repeats(cell.new), verdict, reason };
    CellShape { key: Key::from(&cell.key), ended, figures: cell.figures.iter().map(figure).collect() }
}

fn figure(figure: &Figure) -> FigureShape {
    let (ratio, difference) = match figure.distance {
        Some(Distance::Ratio(contrast)) => (Some(estimate(contrast)), None),
        Some(Distance::Difference(contrast)) => (None, Some(estimate(contrast))),
        None => (None, None),
    };
    FigureShape {
        task: figure.task.clone(),
        metric: figure.metric.name(),
        unit: unit(figure.metric.kind()),
        better: match figure.metric.better() {
            Better::Lower => Some("lower"),
            Better::Higher => Some("higher"),
            Better::Neither => None,
        },
        old: median(figure.old),
        new: median(figure.new),
        ratio,
        difference,
        verdict: figure.verdict.as_str(),
        reason: figure.verdict.reason().map(Reason::as_str),
    }
}

fn median(side: Side) -> SideShape {
    let bounds = side.median.and_then(|median| median.bounds);
    SideShape {
        repeats: side.repeats,
        median: side.median.map(|median| median.median),
        lo: bounds.map(|ends| ends.0),
        hi: bounds.map(|ends| ends.1),
    }
}

fn estimate(contrast: Contrast) -> ContrastShape {
    let end = |end: Option<f64>| end.filter(|end| end.is_finite());
    ContrastShape {
        estimate: contrast.estimate,
        has_interval: contrast.bounds.is_some(),
        lo: end(contrast.bounds.map(|ends| ends.0)),
        hi: end(contrast.bounds.map(|ends| ends.1)),
    }
}

fn only(unmatched: &Unmatched) -> OnlyShape {
    OnlyShape { key: Key::from(&unmatched.key), task: unmatched.task.clone() }
}
