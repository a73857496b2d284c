//! Figures that can never have a value: for too few instances, for lack of cancelled ones, or without arrivals over time.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::metric::{Kind, Metric};
use crate::scenario::{Arrival, Figure, Param, Point, Task};
use crate::units::format_count;

/// The error of a figure that has no value at some of its points; `span` is the place of its metric.
pub(super) fn check(figure: &Figure, points: &[Point], span: &Range<usize>) -> Option<Diagnostic> {
    let metric = figure.metric.of_instances()?;
    if let Some(error) = without_load(figure, points) {
        return Some(error.at(span.clone()));
    }
    // The figures of the mix only are of probes and of the process, and a single instance has a makespan too.
    if metric.kind() != Kind::Time && metric != Metric::LatencyGrowth || metric.is_of_the_mix() {
        return None;
    }
    let points = || points.iter().filter(|point| is_selected(figure, point));
    let selected = || points().map(|point| (values(figure, metric, point), point));
    let (fewest, point) = selected().min_by_key(|(values, _)| *values)?;
    if fewest >= metric.fewest_values() && !(metric.is_of_the_cancelled() && fewest == 0) {
        return None;
    }
    let whose = figure.task.as_ref().map_or_else(|| "the whole mix".to_owned(), |task| format!("`{task}`"));
    let is_same_everywhere = selected().all(|(values, _)| values == fewest);
    let at = if is_same_everywhere { String::new() } else { at(point) };
    if metric.is_of_the_cancelled() && fewest == 0 {
        let error = Diagnostic::error(format!("no instance of {whose} is cancelled{at}"));
        return Some(error.at(span.clone()).help("give a task a `cancel`, or name another figure"));
    }
    let what = if metric.is_of_the_cancelled() { "cancelled instances" } else { "instances" };
    let needed = format_count(metric.fewest_values());
    let message = format!("`{}` needs {needed} {what}, and {whose} has {}{at}", metric.name(), format_count(fewest));
    let error = Diagnostic::error(message).at(span.clone());
    Some(match supported(metric, fewest) {
        Some(lower) => error.help(format!("raise `count`, or name `{}`", lower.name())),
        None => error.help("raise `count`"),
    })
}

/// The error of a figure of offered load, if the task's instances do not arrive at times that are spread beforehand.
fn without_load(figure: &Figure, points: &[Point]) -> Option<Diagnostic> {
    let metric = figure.metric.of_instances()?;
    let is_of_load = matches!(metric, Metric::Offered | Metric::LatencyGrowth);
    let is_spread = |task: &Task| matches!(task.arrival, Arrival::Every(_) | Arrival::Poisson { .. });
    let mut tasks =
        points.iter().flat_map(|point| &point.tasks).filter(|task| Some(&task.name) == figure.task.as_ref());
    let has_load = figure.task.is_some() && tasks.all(is_spread);
    (is_of_load && !has_load).then(|| {
        let whose = figure.task.as_ref().map_or_else(|| "the whole mix".to_owned(), |task| format!("`{task}`"));
        Diagnostic::error(format!("`{}` needs arrivals over time, and {whose} has none", metric.name()))
            .help("name a task with `arrival = { every = … }` or `{ poisson = … }`")
    })
}

/// Whether a figure's selected parameters leave a point in.
pub(super) fn is_selected(figure: &Figure, point: &Point) -> bool {
    figure.params.iter().all(|param| point.params.contains(param))
}

/// The maximum of values at a point.
fn values(figure: &Figure, metric: Metric, point: &Point) -> u64 {
    let is_selected = |task: &&Task| figure.task.as_ref().is_none_or(|name| *name == task.name);
    let tasks = point.tasks.iter().filter(is_selected);
    let is_of_the_cancelled = metric.is_of_the_cancelled();
    tasks.map(|task| u64::from(if is_of_the_cancelled { task.cancelled_at_most() } else { task.count })).sum()
}

/// The highest percentile of the same family for which `values` values are enough.
fn supported(metric: Metric, values: u64) -> Option<Metric> {
    let (family, _) = metric.name().rsplit_once('_').filter(|_| metric.kind() == Kind::Time)?;
    let percentiles =
        ["p99", "p90", "p50"].into_iter().filter_map(|part| Metric::from_name(&format!("{family}_{part}")));
    percentiles.into_iter().find(|other| other.fewest_values() <= values)
}

/// The text of a point's parameters, to follow a statement.
pub(super) fn at(point: &Point) -> String {
    let params: Vec<String> = point.params.iter().map(|Param { name, value }| format!("{name}={value}")).collect();
    format!(" at `{}`", params.join(", "))
}
