//! Compares the figures of both sides.

use taskmix::stats::median_interval;

use crate::both::Rounds;
use crate::cell::descents;
use crate::plain::measure::{Measured, TaskMeasured};
use crate::table::{Case, Figure};

/// The verdict on a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The interval contains 1, or the two values are within the tolerance.
    Alike,
    /// The values differ, and the case gives a reason.
    Explained,
    /// The values differ without a reason.
    Differs,
}

/// A row of the page.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) case: &'static str,
    pub(crate) mix: &'static str,
    pub(crate) engine: String,
    pub(crate) figure: Figure,
    /// The medians of both sides.
    pub(crate) plain: Option<f64>,
    pub(crate) ours: Option<f64>,
    /// The median ratio and its interval, as text; `–` if there is none.
    pub(crate) ratio: String,
    pub(crate) verdict: Verdict,
    /// The reason or the problem beside the verdict.
    pub(crate) note: String,
}

impl Row {
    /// The row on one line.
    pub(crate) fn line(&self) -> String {
        let Self { case, engine, figure, ratio, .. } = self;
        let name = figure.name;
        let (plain, ours) = (shown(name, self.plain), shown(name, self.ours));
        format!("{case} {engine} {name}: plain {plain}, taskmix {ours}, {ratio}: {}", self.verdict())
    }

    /// The verdict with its note.
    pub(crate) fn verdict(&self) -> String {
        let word = match self.verdict {
            Verdict::Alike => return "alike".into(),
            Verdict::Explained => "differs",
            Verdict::Differs => "**DIFFERS**",
        };
        if self.note.is_empty() { word.into() } else { format!("{word}: {}", self.note) }
    }
}

/// The rows of a case on an engine.
pub(crate) fn rows(case: &'static Case, engine: &str, rounds: &Rounds) -> Vec<Row> {
    (0..case.figures.len()).map(|index| row(case, engine, index, rounds)).collect()
}

/// The row of the case's figure `index`.
fn row(case: &'static Case, engine: &str, index: usize, rounds: &Rounds) -> Row {
    let figure = case.figures[index];
    let [plain, ours] = [0, 1].map(|side| rounds.figures.iter().map(|round| round[index][side]).collect::<Vec<_>>());
    let pairs: Vec<(f64, f64)> =
        plain.iter().zip(&ours).filter_map(|(plain, ours)| Some(((*plain)?, (*ours)?))).collect();
    let median = |values: &mut dyn Iterator<Item = f64>| Some(median_interval(&values.collect::<Vec<_>>())?.median);
    let mut row = Row {
        case: case.name,
        mix: case.mix,
        engine: engine.into(),
        figure,
        plain: median(&mut plain.iter().filter_map(|value| *value)),
        ours: median(&mut ours.iter().filter_map(|value| *value)),
        ratio: "–".into(),
        verdict: Verdict::Differs,
        note: String::new(),
    };
    let is_failure = |end: &&String| !(case.stalls && *end == "timeout");
    if let Some(failure) = rounds.failures.iter().find(is_failure) {
        row.note = format!("a cell ended with `{failure}`");
    } else if pairs.len() < rounds.figures.len() {
        row.note = "a side has no such figure".into();
    }
    if !row.note.is_empty() {
        return row;
    }
    let mut is_explained = figure.why.is_some();
    let is_alike = if figure.within == 0.0 && figure.floor == 0.0 {
        pairs.iter().all(|(plain, ours)| plain.total_cmp(ours).is_eq())
    } else {
        let differences: Vec<f64> = pairs.iter().map(|(plain, ours)| (ours - plain).abs()).collect();
        let is_small = median_interval(&differences).is_some_and(|difference| difference.median <= figure.floor);
        let ratios: Vec<f64> = pairs.iter().map(|(plain, ours)| ours / plain).collect();
        let ratio = median_interval(&ratios);
        if let Some(ratio) = ratio {
            let bounds = ratio.bounds.map_or_else(String::new, |(low, high)| format!(" [{low:.2}, {high:.2}]"));
            row.ratio = format!("{:.2} ×{bounds}", ratio.median);
            is_explained &= (1.0 / figure.up_to..=figure.up_to).contains(&ratio.median);
        }
        is_small || ratio.is_some_and(|ratio| is_near(ratio.median, ratio.bounds, figure.within))
    };
    if is_alike {
        row.verdict = Verdict::Alike;
    } else if let Some(why) = figure.why {
        row.verdict = if is_explained { Verdict::Explained } else { Verdict::Differs };
        row.note = if is_explained { why.into() } else { format!("by more than {} ×: {why}", figure.up_to) };
    }
    row
}

/// Whether the interval contains 1, or the median is within the tolerance of 1.
fn is_near(median: f64, bounds: Option<(f64, f64)>, within: f64) -> bool {
    let most = 1.0 + within;
    (1.0 / most..=most).contains(&median) || bounds.is_some_and(|(low, high)| low <= 1.0 && 1.0 <= high)
}

/// A figure of the plain program by its name.
pub(crate) fn plain_figure(measured: &Measured, name: &str) -> Option<f64> {
    let task = |task: &str| measured.tasks.get(task);
    match name.split('.').collect::<Vec<_>>().as_slice() {
        ["cpu"] => Some(measured.cpu_ns as f64),
        ["switches"] => Some((measured.voluntary_switches + measured.involuntary_switches) as f64),
        ["voluntary_switches"] => Some(measured.voluntary_switches as f64),
        ["makespan"] => Some(measured.makespan_ns as f64),
        ["peak_rss"] => Some(measured.peak_rss_bytes as f64),
        [name, "done"] => {
            task(name).map_or(Some(0.0), |task| Some(task.latency_ns.len() as f64 + task.also_done as f64))
        }
        [name, "cancelled"] => task(name).map_or(Some(0.0), |task| Some(task.cancel_ns.len() as f64)),
        [name, metric] => task_figure(task(name)?, metric),
        [name, step, metric] => at_rank(task(name)?.step_ns.get(*step)?, metric.strip_prefix("total_")?),
        _ => None,
    }
}

fn task_figure(task: &TaskMeasured, metric: &str) -> Option<f64> {
    match metric {
        "first_start" => task.start_order.first().copied().map(f64::from),
        "first_end" => task.end_order.first().copied().map(f64::from),
        "start_descents" => Some(descents(&task.start_order)),
        "end_descents" => Some(descents(&task.end_order)),
        "polls" => Some(task.polls as f64),
        _ => match metric.split_once('_')? {
            ("latency", rank) => at_rank(&task.latency_ns, rank),
            ("cancel", rank) => at_rank(&task.cancel_ns, rank),
            _ => None,
        },
    }
}

/// A percentile by nearest rank, or the maximum. There is none of fewer values than `samples.csv` requires.
fn at_rank(values: &[u64], rank: &str) -> Option<f64> {
    let (share, least) = match rank {
        "p50" => (0.5, 1),
        "p90" => (0.9, 10),
        "p99" => (0.99, 100),
        "max" => (1.0, 1),
        _ => return None,
    };
    if values.len() < least {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let place = (share * sorted.len() as f64).ceil() as usize;
    Some(sorted[place.max(1) - 1] as f64)
}

/// A value with its unit.
pub(crate) fn shown(name: &str, value: Option<f64>) -> String {
    let Some(value) = value else { return "–".into() };
    let last = name.rsplit('.').next().unwrap_or(name);
    if last == "peak_rss" {
        return format!("{:.1} MiB", value / f64::from(1 << 20));
    }
    let is_time = ["latency", "cancel_", "total", "makespan", "cpu"].iter().any(|start| last.starts_with(start));
    if !is_time {
        return format!("{value:.0}");
    }
    match value {
        ..1e3 => format!("{value:.0} ns"),
        ..1e6 => format!("{:.1} µs", value / 1e3),
        ..1e8 => format!("{:.2} ms", value / 1e6),
        ..1e9 => format!("{:.0} ms", value / 1e6),
        _ => format!("{:.2} s", value / 1e9),
    }
}
