//! The request: a kind of picture, a figure.

use taskmix_engine::metric::Metric;

/// A kind of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlotKind {
    /// A figure of each engine at each point, with its interval.
    Bars,
    /// The share of the instances that took at most so long.
    Ecdf,
    /// A figure over the values of a parameter, or over the workers.
    Sweep,
    /// How many instances were in each state, over time.
    States,
    /// How long probes waited, over time.
    Lag,
    /// The states of each thread and each instance, over time.
    Timeline,
}

impl PlotKind {
    /// All of them, in the order in which they are drawn.
    pub const ALL: [Self; 6] = [Self::Bars, Self::Sweep, Self::Ecdf, Self::States, Self::Lag, Self::Timeline];

    /// The name that the command line has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Ecdf => "ecdf",
            Self::Sweep => "sweep",
            Self::States => "states",
            Self::Lag => "lag",
            Self::Timeline => "timeline",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Times of which there are several figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeKind {
    /// `latency_…`
    Latency,
    /// `wait_…`
    Wait,
    /// `service_…`
    Service,
    /// `cancel_…`
    Cancel,
    /// `lag_…`
    Lag,
}

impl TimeKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Latency, Self::Wait, Self::Service, Self::Cancel, Self::Lag];

    /// The name, which figures begin with.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Wait => "wait",
            Self::Service => "service",
            Self::Cancel => "cancel",
            Self::Lag => "lag",
        }
    }

    /// The family of a figure, if it is of one.
    pub(super) fn of(metric: Metric) -> Option<Self> {
        let (name, _) = metric.name().rsplit_once('_')?;
        Self::ALL.into_iter().find(|family| family.as_str() == name)
    }

    /// The figure that stands for it.
    const fn figure(self) -> Metric {
        match self {
            Self::Latency => Metric::LatencyP99,
            Self::Wait => Metric::WaitP99,
            Self::Service => Metric::ServiceP99,
            // Cancelled instances are mostly too few for a p99.
            Self::Cancel => Metric::CancelMax,
            Self::Lag => Metric::LagP99,
        }
    }
}

/// A figure, or a family of figures from which each kind of picture takes the one that suits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlotMetric {
    /// Just this figure.
    Figure(Metric),
    /// The figure of the family that suits.
    TimeKind(TimeKind),
}

impl PlotMetric {
    /// All names, the figures' first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Metric::ALL.iter().map(|metric| metric.name()).chain(TimeKind::ALL.map(TimeKind::as_str))
    }

    /// The figure or family with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let family = || TimeKind::ALL.into_iter().find(|family| family.as_str() == name);
        Metric::from_name(name).map(Self::Figure).or_else(|| family().map(Self::TimeKind))
    }

    /// The name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Figure(metric) => metric.name(),
            Self::TimeKind(family) => family.as_str(),
        }
    }

    /// The figure for a picture that shows one.
    pub(super) const fn figure(self) -> Metric {
        match self {
            Self::Figure(metric) => metric,
            Self::TimeKind(family) => family.figure(),
        }
    }

    /// The family, if it is of one.
    pub(super) fn family(self) -> Option<TimeKind> {
        match self {
            Self::Figure(metric) => TimeKind::of(metric),
            Self::TimeKind(family) => Some(family),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_no_family_is_a_figure() {
        for name in PlotMetric::names() {
            assert_eq!(PlotMetric::from_name(name).map(PlotMetric::name), Some(name));
        }
        assert_eq!(PlotMetric::from_name("latency").map(PlotMetric::figure), Some(Metric::LatencyP99));
        assert_eq!(PlotMetric::from_name("colour"), None);
        for (metric, family) in [
            (Metric::LatencyP999, Some(TimeKind::Latency)),
            (Metric::CancelMax, Some(TimeKind::Cancel)),
            (Metric::LagP50, Some(TimeKind::Lag)),
            (Metric::ProbeLateP99, None),
            (Metric::Makespan, None),
            (Metric::Cancelled, None),
        ] {
            assert_eq!(PlotMetric::Figure(metric).family(), family);
        }
    }
}
