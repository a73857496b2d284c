//! The names of figures, repeats and cells in pictures.

use std::collections::BTreeSet;

use super::matrix::Matrix;
use crate::archive::rows::{Repeat, SummaryRow};
use taskmix_engine::metric::{Kind, Metric};

/// A figure as a title has it, such as `p99 latency`.
pub(super) fn figure(metric: Metric) -> String {
    match metric {
        Metric::PeakRss => "peak memory".to_owned(),
        Metric::CpuUtilisation => "CPU utilisation".to_owned(),
        Metric::UserCpu => "user CPU time".to_owned(),
        Metric::SystemCpu => "system CPU time".to_owned(),
        Metric::ProbeLateP99 => "p99 lateness of the probe".to_owned(),
        Metric::UnitsDone => "work done".to_owned(),
        Metric::UnitsAfterCancel => "work done after cancellation".to_owned(),
        metric => match metric.name().rsplit_once('_') {
            Some((times, "mean")) => format!("mean {}", family(times)),
            Some((times, "p50")) => format!("median {}", family(times)),
            Some((times, "max")) => format!("longest {}", family(times)),
            Some((times, "p999")) => format!("p99.9 {}", family(times)),
            Some((times, tail @ ("p90" | "p99"))) => format!("{tail} {}", family(times)),
            _ => metric.name().replace('_', " "),
        },
    }
}

/// Times as text has them.
pub(super) fn family(name: &str) -> &str {
    match name {
        "cancel" => "time to cancel",
        "service" => "service time",
        name => name,
    }
}

/// A figure as an axis has it: with the word `instances` for counts, which have no unit.
pub(super) fn axis(metric: Metric) -> String {
    match metric.kind() {
        Kind::Count if metric.is_tally() && !metric.name().starts_with("units") => {
            format!("instances {}", figure(metric))
        }
        _ => figure(metric),
    }
}

/// A figure in the name of a file: `latency-p99`.
pub(super) fn file(metric: Metric) -> String {
    metric.name().replace('_', "-")
}

/// A name that may stand in the name of a file.
pub(super) fn stem(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' };
    name.chars().take(60).map(fits).collect()
}

/// `blocking: p99 latency`, or `what` alone without a scenario.
pub(super) fn title(matrix: &Matrix, what: &str) -> String {
    match matrix.scenario() {
        "" => what.to_owned(),
        scenario => format!("{scenario}: {what}"),
    }
}

/// Sentences one after the other, without the empty ones.
pub(super) fn sentences(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// The common parts of all points and the meaning of `×`, as sentences.
pub(super) fn setting(matrix: &Matrix) -> String {
    let common = match matrix.common().as_str() {
        "" => String::new(),
        common => format!("{common}."),
    };
    let by_workers = if matrix.varies_workers() { "×n: n workers." } else { "" };
    sentences(&[&common, by_workers])
}

/// How many repeats stand behind medians, and whether they have intervals.
pub(super) fn medians<'a>(rows: impl Iterator<Item = &'a SummaryRow>, metric: Metric) -> String {
    let rows: Vec<&SummaryRow> = rows.filter(|row| row.figures.get(metric).is_some()).collect();
    let repeats: BTreeSet<Option<u32>> = rows.iter().map(|row| row.repeats).collect();
    let has_intervals = rows.iter().any(|row| row.figures.get(metric).is_some_and(|figure| figure.bounds.is_some()));
    let counts: BTreeSet<u32> = repeats.iter().copied().flatten().collect();
    let medians = match (counts.first(), counts.last()) {
        (Some(1), Some(1)) => return "One repeat: no intervals.".to_owned(),
        (Some(least), Some(most)) if least == most => format!("Medians of {most} repeats"),
        (Some(least), Some(most)) => format!("Medians of {least} to {most} repeats"),
        _ => "Medians".to_owned(),
    };
    let intervals = if has_intervals { "with 95 % intervals" } else { "without intervals" };
    format!("{medians}, {intervals}.")
}

/// Which repeats are shown, and which of them failed. `shown` names a cell with its repeat.
pub(super) fn repeats(shown: &[(String, Repeat)]) -> (String, Vec<String>) {
    let numbers: BTreeSet<u32> = shown.iter().map(|(_, repeat)| repeat.number).collect();
    let text = match (numbers.len(), numbers.first()) {
        (1, Some(number)) => format!("Repeat {number} of each cell."),
        _ => "The first repeat of each cell that ended well.".to_owned(),
    };
    let failed = shown.iter().filter_map(|(cell, repeat)| {
        let failure = repeat.failure.as_ref()?;
        Some(format!("{cell}: repeat {} ended with {failure}", repeat.number))
    });
    (text, failed.collect())
}

/// At most three notes, then how many more there are.
pub(super) fn some(notes: Vec<String>) -> Vec<String> {
    const MOST: usize = 3;
    let rest = notes.len().saturating_sub(MOST);
    let more = (rest > 0).then(|| format!("… and {rest} more"));
    notes.into_iter().take(MOST).chain(more).collect()
}

/// `bystander, hold = 20ms`, without the empty parts.
pub(super) fn heading<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}
