//! Which pictures a run has: those that were asked for, or those that suit what is there.

use super::data::{self, Endings, SummaryTable, Times};
use super::picture::Picture;
use super::request::{Family, PlotKind, PlotMetric};
use super::source::Rows;
use super::timeline::{self, Timeline};
use super::{PlotError, PlotSource, bars, ecdf, lag, states, sweep};
use crate::metric::Metric;

/// The figures that have bars if none is named.
const BARS: [Metric; 5] = [Metric::Makespan, Metric::LatencyP99, Metric::CancelMax, Metric::LagP99, Metric::PeakRss];

/// The figures that are swept if none is named.
const SWEEPS: [Metric; 3] = [Metric::Throughput, Metric::LatencyP99, Metric::LagP99];

/// So many values make an axis worth a line if it was not asked for, and if it was.
const LEAST_VALUES: (usize, usize) = (3, 2);

const LAG_REMEDY: &str = "lag is measured in cells of its own: `taskmix run SCENARIO --probe` adds them";

/// Of a file without any usual figure, at most so many are drawn.
const MOST_OTHERS: usize = 5;

/// The pictures, and what is left out.
#[derive(Debug, Default)]
pub struct Plots {
    /// At least one, if there is no timeline.
    pub pictures: Vec<Picture>,
    /// The timeline, which is a picture too.
    pub timeline: Option<Timeline>,
    /// Why something that could be there is not.
    pub notes: Vec<String>,
}

impl Plots {
    /// All pictures, the timeline last.
    pub fn all(&self) -> impl Iterator<Item = &Picture> {
        self.pictures.iter().chain(self.timeline.as_ref().map(|timeline| &timeline.picture))
    }
}

/// Reads what is needed and makes the pictures. Without a kind, those that suit the rows and the figure.
pub fn plots(source: &PlotSource, kind: Option<PlotKind>, metric: Option<PlotMetric>) -> Result<Plots, PlotError> {
    if let Some(kind) = kind {
        let asked = Asked { source, metric, by_name: true };
        let (pictures, timeline) = (asked.pictures(kind)?, asked.timeline(kind)?);
        return Ok(Plots { pictures, timeline, notes: Vec::new() });
    }
    let present = source.kinds()?;
    let mut plots = Plots::default();
    let asked = Asked { source, metric, by_name: false };
    let kinds = PlotKind::ALL.into_iter().filter(|kind| metric.is_none_or(|metric| suits(*kind, metric)));
    let mut summary_is_missing = false;
    for kind in kinds {
        if present.contains(&rows(kind)) {
            let pictures = asked.pictures(kind)?;
            if pictures.is_empty() && kind == PlotKind::Ecdf {
                let said =
                    "no distributions: `tasks.csv` has no rows of instances; `taskmix run --tasks always` writes them";
                plots.notes.push(said.to_owned());
            }
            plots.pictures.extend(pictures);
            plots.timeline = asked.timeline(kind)?.or(plots.timeline);
        } else if kind == PlotKind::Bars && matches!(source, PlotSource::Folder(_)) {
            summary_is_missing = true;
        }
    }
    if summary_is_missing {
        let said = format!("no bars: there is no `summary.csv`; {}", Rows::Summary.remedy());
        plots.notes.push(said);
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

/// What a kind of picture is drawn from.
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
        // A single percentile has no distribution: whoever asks for it wants its bars.
        PlotKind::Ecdf => matches!(metric, PlotMetric::Family(family) if times(family).is_some()),
        PlotKind::Lag => metric == PlotMetric::Family(Family::Lag),
        PlotKind::States | PlotKind::Timeline => false,
    }
}

/// The times of instances that a family is about.
const fn times(family: Family) -> Option<Times> {
    match family {
        Family::Latency => Some(Times::Latency),
        Family::Wait => Some(Times::Wait),
        Family::Service => Some(Times::Service),
        Family::Cancel => Some(Times::Cancel),
        Family::Lag => None,
    }
}

struct Asked<'a> {
    source: &'a PlotSource,
    metric: Option<PlotMetric>,
    /// Whether the kind was named: then having none of it is an error.
    by_name: bool,
}

impl Asked<'_> {
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
        let of = self.metric.map(|metric| format!(" of `{}`", metric.name())).unwrap_or_default();
        let what = format!("there is nothing to draw {}{of} from", kind.as_str());
        let remedy = match kind {
            PlotKind::Sweep => {
                "it takes a parameter of numbers or durations, or worker counts, with at least 2 values, and a figure"
            }
            PlotKind::Ecdf | PlotKind::Timeline => Rows::Tasks.remedy(),
            PlotKind::Lag => LAG_REMEDY,
            PlotKind::Bars if self.metric.is_some_and(|metric| metric.family() == Some(Family::Lag)) => LAG_REMEDY,
            PlotKind::Bars | PlotKind::States => {
                "the file has no rows with that figure: leave `--kind` or `--metric` out to see what there is"
            }
        };
        PlotError::Unsuited { what, remedy: remedy.to_owned() }
    }

    fn summary(&self) -> Result<SummaryTable, PlotError> {
        data::summary(self.source.open(Rows::Summary)?)
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
        let of = |metric| sweep::sweeps(&table, metric, least);
        Ok(self.figures(&table, &SWEEPS).into_iter().flat_map(of).collect())
    }

    fn ecdf(&self) -> Result<Vec<Picture>, PlotError> {
        let metric = self.metric.unwrap_or(PlotMetric::Family(Family::Latency));
        let times = metric.family().and_then(times).ok_or_else(|| PlotError::Unsuited {
            what: format!("`{}` has no distribution over the instances", metric.name()),
            remedy: "ask for `latency`, `wait`, `service` or `cancel`, or for another kind".to_owned(),
        })?;
        let (params, groups) = data::instances(self.source.open(Rows::Tasks)?, times)?;
        Ok(ecdf::ecdf(&params, &groups, times).into_iter().collect())
    }

    fn states(&self) -> Result<Vec<Picture>, PlotError> {
        self.without_metric(|_| false)?;
        let (params, courses) = data::states(self.source.open(Rows::States)?)?;
        Ok(states::states(&params, &courses, &self.endings(false)?).into_iter().collect())
    }

    fn lag(&self) -> Result<Vec<Picture>, PlotError> {
        self.without_metric(|metric| metric.family() == Some(Family::Lag))?;
        let (params, courses) = data::probes(self.source.open(Rows::Probe)?)?;
        Ok(lag::lag(&params, &courses, &self.endings(true)?).into_iter().collect())
    }

    /// The timeline, if it is of that kind.
    fn timeline(&self, kind: PlotKind) -> Result<Option<Timeline>, PlotError> {
        if kind != PlotKind::Timeline {
            return Ok(None);
        }
        self.without_metric(|_| false)?;
        // A file that was made for another picture need not have what this one takes.
        if !self.by_name && !data::has_lives(&self.source.open(Rows::Tasks)?) {
            return Ok(None);
        }
        let timeline = timeline::timeline(self.source)?;
        if self.by_name && timeline.is_none() {
            return Err(self.nothing(kind));
        }
        Ok(timeline)
    }

    fn endings(&self, probed: bool) -> Result<Endings, PlotError> {
        self.source.open_samples()?.map_or_else(|| Ok(Endings::default()), |table| Endings::read(table, probed))
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
