//! Figures of named steps in expectations: their names, and whether they can ever have a value.

use std::ops::Range;

use super::Names;
use super::data::{at, is_selected};
use super::grammar::Name;
use crate::diagnostic::{Diagnostic, listed, suggest};
use crate::metric::{Metric, Part, StepMetric};
use crate::scenario::{Figure, Measure, Point, Step, Verb};
use crate::units::format_count;

/// A named step of a task at one point.
struct NamedStep<'a> {
    name: &'a str,
    verb: &'a Verb,
    /// How often an instance executes it; `None` if that is not known beforehand.
    rounds: Option<u64>,
}

/// The measure that `step` and `figure` name; `Err` is the mistake, if it is not reported elsewhere.
pub(super) fn measure(
    names: &Names<'_>,
    (engine, task): (&str, &str),
    (step, step_span): &Name<'_>,
    (figure, span): &Name<'_>,
) -> Result<Measure, Option<Diagnostic>> {
    let points = names.points.ok_or(None)?;
    let found = steps_of(points.first().ok_or(None)?, task);
    let Some(found_step) = found.iter().find(|named| named.name == *step) else {
        let error = Diagnostic::error(format!("`{task}` has no step called `{step}`")).at(step_span.clone());
        let known: Vec<&str> = found.iter().map(|named| named.name).collect();
        let joined = format!("{step}_{figure}");
        return Err(Some(if Metric::from_name(&joined).is_some() {
            error.help(format!("did you mean `{engine}.{task}.{joined}`?"))
        } else if known.is_empty() {
            error.help(format!("give the step a name: `as = \"{step}\"`"))
        } else {
            error.help_among(step, "its named steps", known)
        }));
    };
    let Some(metric) = StepMetric::from_name(figure) else {
        return Err(Some(unknown_figure(figure).at(span.clone())));
    };
    if has_part(found_step.verb, metric.part()) {
        return Ok(Measure::Step { step: (*step).to_owned(), metric });
    }
    let lacks = if metric.part() == Part::Wait { "waits for nothing" } else { "holds nothing" };
    let error = Diagnostic::error(format!("`{step}` {lacks}: it is a `{}` step", found_step.verb.as_str()));
    let whole = figure.replacen("wait", "total", 1).replacen("hold", "total", 1);
    Err(Some(error.at(span.clone()).help(format!("its whole time is `{engine}.{task}.{step}.{whole}`"))))
}

/// The error of a percentile of a step that is executed too few times in a repeat.
pub(super) fn check(figure: &Figure, points: &[Point], span: &Range<usize>) -> Option<Diagnostic> {
    let (Measure::Step { step, metric }, Some(task)) = (&figure.metric, &figure.task) else { return None };
    let counts = points.iter().filter(|point| is_selected(figure, point));
    let known = counts.filter_map(|point| Some((planned(point, task, step, *metric)?, point)));
    let (fewest, point) = known.min_by_key(|(count, _)| *count)?;
    if fewest >= metric.fewest_values() {
        return None;
    }
    let is_same_everywhere = points
        .iter()
        .filter(|point| is_selected(figure, point))
        .all(|point| planned(point, task, step, *metric) == Some(fewest));
    let place = if is_same_everywhere { String::new() } else { at(point) };
    let (name, needed) = (metric.name(), format_count(metric.fewest_values()));
    let times = if fewest == 1 { "once".to_owned() } else { format!("{} times", format_count(fewest)) };
    let message = format!("`{name}` needs {needed} executions, and `{step}` is executed {times} in a repeat{place}");
    let median = name.replace("p99", "p50");
    Some(Diagnostic::error(message).at(span.clone()).help(format!("raise `count` of `{task}`, or name `{median}`")))
}

/// The greatest number of values that a step's figure can have in a repeat, if it is known beforehand.
fn planned(point: &Point, task: &str, step: &str, metric: StepMetric) -> Option<u64> {
    let count = point.tasks.iter().find(|other| other.name == task)?.count;
    let steps = steps_of(point, task);
    let named = steps.iter().find(|named| named.name == step)?;
    // A `drain` waits for each message.
    let is_of_messages = matches!(named.verb, Verb::Drain { .. }) && metric.part() == Part::Wait;
    if is_of_messages { None } else { Some(named.rounds?.saturating_mul(u64::from(count))) }
}

fn steps_of<'a>(point: &'a Point, task: &str) -> Vec<NamedStep<'a>> {
    let mut found = Vec::new();
    for task in point.tasks.iter().filter(|other| other.name == task) {
        gather(&task.steps, Some(1), &mut found);
    }
    found
}

fn gather<'a>(steps: &'a [Step], rounds: Option<u64>, found: &mut Vec<NamedStep<'a>>) {
    for Step { verb, name, .. } in steps {
        found.extend(name.as_ref().map(|name| NamedStep { name, verb, rounds }));
        let inner = match verb {
            Verb::Loop { times, .. } => rounds.map(|rounds| rounds.saturating_mul(u64::from(*times))),
            Verb::Drain { .. } => None,
            _ => rounds,
        };
        gather(verb.steps(), inner, found);
    }
}

/// Whether a step can have such a part.
const fn has_part(verb: &Verb, part: Part) -> bool {
    match part {
        Part::Wait => verb.target().is_some() || matches!(verb, Verb::Ipc(_) | Verb::Offload { .. }),
        Part::Hold => matches!(verb, Verb::Lock { .. } | Verb::Permit { .. } | Verb::Ipc(_) | Verb::Offload { .. }),
        Part::Total => true,
    }
}

fn unknown_figure(name: &str) -> Diagnostic {
    let error = Diagnostic::error(format!("unknown figure `{name}` of a step"));
    let all = || StepMetric::ALL.iter().copied();
    if let Some(metric) = all().find(|metric| metric.column() == name) {
        return error.help(format!("figures are named without their unit: `{}`", metric.name()));
    }
    let names: Vec<&str> = all().map(StepMetric::name).collect();
    match suggest(name, names.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("figures of a step: {}", listed(&names))),
    }
}

/// What to write for a path of three names whose second or third is a named step: `ENGINE.STEP.FIGURE`, `ENGINE.TASK.STEP`.
pub(super) fn task_of(names: &Names<'_>, step: &str) -> Option<String> {
    let point = names.points?.first()?;
    let has = |task: &str| steps_of(point, task).iter().any(|named| named.name == step);
    point.tasks.iter().map(|task| &task.name).find(|task| has(task)).cloned()
}
