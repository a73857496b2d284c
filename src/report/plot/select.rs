//! Which pictures a run has: the ones that were asked for, or all that suit its files.

use super::picture::Picture;
use super::request::{PlotKind, PlotMetric, TimeKind};
use super::source::Rows;
use super::timeline::{self, Timeline};
use super::{PlotError, PlotSource, bars, ecdf, lag, states, sweep};
use crate::archive::rows::{self, Endings, SummaryTable, Times};
use taskmix_engine::metric::Metric;

/// The figures that have bars if none is named.
const BARS: [Metric; 5] = [Metric::Makespan, Metric::LatencyP99, Metric::CancelMax, Metric::LagP99, Metric::PeakRss];

/// The figures that are swept if none is named.
const SWEEPS: [Metric; 3] = [Metric::Throughput, Metric::LatencyP99, Metric::LagP99];

/// An axis has a sweep from so many values on: if it was not asked for, and if it was.
const LEAST_VALUES: (usize, usize) = (3, 2);

const LAG_REMEDY: &str =
    "lag is measured in cells of its own: `taskmix run SCENARIO --probe` adds them, and a p99 needs 100 probes";

/// Of a file without any usual figure, at most so many are drawn.
const MOST_OTHERS: usize = 5;

/// The pictures, and what is left out.
#[derive(Debug, Default)]
pub struct Plots {
    /// At least one, if there is no timeline.
    pub pictures: Vec<Picture>,
    /// The timeline, which is a picture too.
    pub timeline: Option<Timeline>,
    /// Why a possible picture is missing.
    pub notes: Vec<String>,
}

impl Plots {
    /// All pictures, the timeline last.
    pub fn all(&self) -> impl Iterator<Item = &Picture> {
        self.pictures.iter().chain(self.timeline.as_ref().map(|timeline| &timeline.picture))
    }
}

/// Reads what is needed and makes the pictures. Without a kind, all that suit the rows and the figure.
pub fn plots(source: &PlotSource, kind: Option<PlotKind>, metric: Option<PlotMetric>) -> Result<Plots, PlotError> {
    if let Some(kind) = kind {
        let selection = Selection { source, metric, by_name: true };
        let (pictures, timeline) = (selection.pictures(kind)?, selection.timeline(kind)?);
        return Ok(Plots { pictures, timeline, notes: Vec::new() });
    }
    let present = source.kinds()?;
    let mut plots = Plots::default();
    let selection = Selection { source, metric, by_name: false };
    let kinds = PlotKind::ALL.into_iter().filter(|kind| metric.is_none_or(|metric| suits(*kind, metric)));
    let mut summary_is_missing = false;
    for kind in kinds {
        if present.contains(&rows(kind)) {
            let pictures = selection.pictures(kind)?;
            if pictures.is_empty() && kind == PlotKind::Ecdf {
                let note =
                    "no distributions: `tasks.csv` has no rows of instances; `taskmix run --tasks always` writes them";
                plots.notes.push(note.to_owned());
            }
            plots.pictures.extend(pictures);
            plots.timeline = selection.timeline(kind)?.or(plots.timeline);
        } else if kind == PlotKind::Bars && matches!(source, PlotSource::Folder(_)) {
            summary_is_missing = true;
        }
    }
    if summary_is_missing {
        let note = format!("no bars: there is no `summary.csv`; {}", Rows::Summary.remedy());
        plots.notes.push(note);
    }
    if plots.all().next().is_none() {
        let what = match metric {
            Some(metric) => format!("there is no `{}` to draw", metric.name()),
            None => "there is nothing to draw: no file has a row with a figure".to_owned(),
        };
        let remedy = plots.notes.first().cloned().unwrap_or_else(|| "look into the CSV files".to_owned());
        return Err(PlotError::Unsuited { what, remedy });
    }
    Ok(plots)
}

/// The rows that a kind of picture is drawn from.
const fn rows(kind: PlotKind) -> Rows {
    match kind {
        PlotKind::Bars | PlotKind::Sweep => Rows::Summary,
        PlotKind::Ecdf | PlotKind::Timeline => Rows::Tasks,
        PlotKind::States => Rows::States,
        PlotKind::Lag => Rows::Probe,
    }
}

/// Whether a kind of picture can show a figure, or its family.
fn suits(kind: PlotKind, metric: PlotMetric) -> bool {
    match kind {
        PlotKind::Bars | PlotKind::Sweep => true,
        // A single percentile has no distribution: it has bars.
        PlotKind::Ecdf => matches!(metric, PlotMetric::TimeKind(family) if times(family).is_some()),
        PlotKind::Lag => metric == PlotMetric::TimeKind(TimeKind::Lag),
        PlotKind::States | PlotKind::Timeline => false,
    }
}

/// The times of instances that a family is about.
const fn times(family: TimeKind) -> Option<Times> {
    match family {
        TimeKind::Latency => Some(Times::Latency),
        TimeKind::Wait => Some(Times::Wait),
        TimeKind::Service => Some(Times::Service),
        TimeKind::Cancel => Some(Times::Cancel),
        TimeKind::Lag => None,
    }
}

struct Selection<'a> {
    source: &'a PlotSource,
    metric: Option<PlotMetric>,
    /// Whether the kind was named: then having none of it is an error.
    by_name: bool,
}

impl Selection<'_> {
    fn pictures(&self, kind: PlotKind) -> Result<Vec<Picture>, PlotError> {
        let pictures = match kind {
            PlotKind::Bars => self.bars()?,
            PlotKind::Sweep => self.sweeps()?,
            PlotKind::Ecdf => self.ecdf()?,
            PlotKind::States => self.states()?,
            PlotKind::Lag => self.lag()?,
            PlotKind::Timeline => return Ok(Vec::new()),
        };
        if self.by_name && pictures.is_empty() {
            return Err(self.nothing(kind));
        }
        Ok(pictures)
    }

    fn nothing(&self, kind: PlotKind) -> PlotError {
        let of_metric = self.metric.map(|metric| format!(" of `{}`", metric.name())).unwrap_or_default();
        let what = format!("there is nothing to draw {}{of_metric} from", kind.as_str());
        let remedy = match kind {
            PlotKind::Sweep => {
                "it takes a parameter of numbers or durations, or worker counts, with at least 2 values, and a figure"
            }
            PlotKind::Ecdf | PlotKind::Timeline => Rows::Tasks.remedy(),
            PlotKind::Lag => LAG_REMEDY,
            PlotKind::Bars if self.metric.is_some_and(|metric| metric.family() == Some(TimeKind::Lag)) => LAG_REMEDY,
            PlotKind::Bars | PlotKind::States => {
                "the file has no rows with that figure: leave `--kind` or `--metric` out to see what there is"
            }
        };
        PlotError::Unsuited { what, remedy: remedy.to_owned() }
    }

    fn summary(&self) -> Result<SummaryTable, PlotError> {
        Ok(rows::summary(self.source.open(Rows::Summary)?)?)
    }

    /// The figures that are asked for, or the usual ones, or, of a file that has none of these, its own.
    fn figures(&self, table: &SummaryTable, usual: &[Metric]) -> Vec<Metric> {
        if let Some(metric) = self.metric {
            return vec![metric.figure()];
        }
        let is_there = |metric: &Metric| table.rows.iter().any(|row| row.figures.get(*metric).is_some());
        let usual: Vec<Metric> = usual.iter().copied().filter(is_there).collect();
        if usual.is_empty() {
            table.metrics.iter().copied().filter(is_there).take(MOST_OTHERS).collect()
        } else {
            usual
        }
    }

    fn bars(&self) -> Result<Vec<Picture>, PlotError> {
        let table = self.summary()?;
        Ok(self.figures(&table, &BARS).into_iter().filter_map(|metric| bars::bars(&table, metric)).collect())
    }

    fn sweeps(&self) -> Result<Vec<Picture>, PlotError> {
        let table = self.summary()?;
        let least = if self.by_name { LEAST_VALUES.1 } else { LEAST_VALUES.0 };
        let sweeps = |metric| sweep::sweeps(&table, metric, least);
        Ok(self.figures(&table, &SWEEPS).into_iter().flat_map(sweeps).collect())
    }

    fn ecdf(&self) -> Result<Vec<Picture>, PlotError> {
        let metric = self.metric.unwrap_or(PlotMetric::TimeKind(TimeKind::Latency));
        let times = metric.family().and_then(times).ok_or_else(|| PlotError::Unsuited {
            what: format!("`{}` has no distribution over the instances", metric.name()),
            remedy: "ask for `latency`, `wait`, `service` or `cancel`, or for another kind".to_owned(),
        })?;
        let (params, groups) = rows::instances(self.source.open(Rows::Tasks)?, times)?;
        Ok(ecdf::ecdf(&params, &groups, times).into_iter().collect())
    }

    fn states(&self) -> Result<Vec<Picture>, PlotError> {
        self.without_metric(|_| false)?;
        let (params, series) = rows::states(self.source.open(Rows::States)?)?;
        Ok(states::states(&params, &series, &self.endings(false)?).into_iter().collect())
    }

    fn lag(&self) -> Result<Vec<Picture>, PlotError> {
        self.without_metric(|metric| metric.family() == Some(TimeKind::Lag))?;
        let (params, series) = rows::probes(self.source.open(Rows::Probe)?)?;
        Ok(lag::lag(&params, &series, &self.endings(true)?).into_iter().collect())
    }

    /// The timeline, if it is of that kind.
    fn timeline(&self, kind: PlotKind) -> Result<Option<Timeline>, PlotError> {
        if kind != PlotKind::Timeline {
            return Ok(None);
        }
        self.without_metric(|_| false)?;
        // A file that was made for another picture may lack the columns of this one.
        if !self.by_name && !rows::has_lives(&self.source.open(Rows::Tasks)?) {
            return Ok(None);
        }
        let timeline = timeline::timeline(self.source)?;
        if self.by_name && timeline.is_none() {
            return Err(self.nothing(kind));
        }
        Ok(timeline)
    }

    fn endings(&self, probed: bool) -> Result<Endings, PlotError> {
        let samples = self.source.open_samples()?;
        Ok(samples.map_or_else(|| Ok(Endings::default()), |table| Endings::read(table, probed))?)
    }

    /// Refuses a figure that a picture over time can't show.
    fn without_metric(&self, is_shown: impl Fn(PlotMetric) -> bool) -> Result<(), PlotError> {
        match self.metric.filter(|metric| self.by_name && !is_shown(*metric)) {
            None => Ok(()),
            Some(metric) => Err(PlotError::Unsuited {
                what: format!("this kind of picture does not show `{}`", metric.name()),
                remedy: "leave `--metric` or `--kind` out".to_owned(),
            }),
        }
    }
}
