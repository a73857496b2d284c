//! Hand-made summaries for tests, on the tasks `bystander` and the whole mix.

use std::time::Duration;

use crate::metric::Metric;
use crate::plan::CellKey;
use crate::scenario::{EngineName, Param, ParamValue};
use crate::stats::{Figures, Interval, Summary, WHOLE_MIX};

/// Builds one summary of six repeats.
#[derive(Clone)]
pub(super) struct SummaryBuilder(Summary);

impl SummaryBuilder {
    pub(super) fn task(engine: EngineName, task: &str) -> Self {
        let workers = if engine.is_single_threaded() { 1 } else { 2 };
        let key = CellKey { scenario: "mix".to_owned(), params: Vec::new(), engine, workers, repeat: 6 };
        Self(Summary { key, task: task.to_owned(), figures: Figures::default(), ok: 6 })
    }

    pub(super) fn mix(engine: EngineName) -> Self {
        Self::task(engine, WHOLE_MIX)
    }

    pub(super) fn hold_ms(mut self, ms: u64) -> Self {
        let value = ParamValue::Duration(Duration::from_millis(ms));
        self.0.key.params = vec![Param { name: "hold".to_owned(), value }];
        self
    }

    pub(super) fn workers(mut self, workers: u32) -> Self {
        self.0.key.workers = workers;
        self
    }

    pub(super) fn repeats(mut self, repeats: u32, ok: u32) -> Self {
        (self.0.key.repeat, self.0.ok) = (repeats, ok);
        self
    }

    /// A figure with an interval of a share of the median to both sides.
    pub(super) fn within(mut self, metric: Metric, median: f64, share: f64) -> Self {
        let bounds = Some((median * (1.0 - share), median * (1.0 + share)));
        self.0.figures.set(metric, Interval { median, bounds });
        self
    }

    /// A figure without an interval.
    pub(super) fn bare(mut self, metric: Metric, median: f64) -> Self {
        self.0.figures.set(metric, Interval { median, bounds: None });
        self
    }

    pub(super) fn summary(self) -> Summary {
        self.0
    }
}
