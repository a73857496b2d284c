//! The figures that the claims of a scenario speak of.

use super::contrast::{Contrast, Rows};
use crate::stats::{Summary, WHOLE_MIX};
use taskmix_engine::metric::Metric;
use taskmix_engine::scenario::{Figure, Scenario};

/// Every contrast of two figures of one claim. Like all of this module it leaves out counts of instances: those are outcomes,
/// which are compared apart.
pub(super) fn claimed<'a>(rows: &Rows<'a>, scenario: &Scenario) -> Vec<Contrast<'a>> {
    let mut found = Vec::new();
    for expectation in &scenario.expectations {
        let figures = expectation.condition.figures();
        for figure in figures.iter().filter(|figure| !figure.metric.is_tally()) {
            for other in figures.iter().filter(|other| other.metric == figure.metric && *other != figure) {
                found.extend(between(rows, figure, other));
            }
        }
    }
    found
}

/// Every contrast of a figure that a claim names and the same figure of another engine, or at another point.
pub(super) fn named<'a>(rows: &Rows<'a>, scenario: &Scenario) -> Vec<Contrast<'a>> {
    let pairs = rows.pairs();
    let figures = scenario.expectations.iter().flat_map(|expectation| expectation.condition.figures());
    let contrasts = figures.filter(|figure| !figure.metric.is_tally()).flat_map(|figure| {
        let named = pairs.iter().filter(|(one, other)| is_of(figure, one) || is_of(figure, other));
        named.filter_map(|&(high, low)| Contrast::of(&figure.metric, high, low))
    });
    contrasts.collect()
}

/// Whether some claim names a figure of a row.
pub(super) fn is_named(scenario: &Scenario, metric: Metric, row: &Summary) -> bool {
    let mut figures = scenario.expectations.iter().flat_map(|expectation| expectation.condition.figures());
    figures.any(|figure| figure.metric.of_instances() == Some(metric) && is_of(figure, row))
}

fn between<'a>(rows: &Rows<'a>, one: &Figure, other: &Figure) -> Vec<Contrast<'a>> {
    let highs = rows.all().filter(|row| is_of(one, row));
    let pairs = highs.flat_map(|high| rows.all().filter(|low| is_of(other, low)).map(move |low| (high, low)));
    pairs.filter_map(|(high, low)| Contrast::of(&one.metric, high, low)).collect()
}

/// Whether a figure refers to a row. A parameter that the figure leaves open may have any value.
fn is_of(figure: &Figure, row: &Summary) -> bool {
    let key = &row.key;
    key.engine == figure.engine
        && row.task == figure.task.as_deref().unwrap_or(WHOLE_MIX)
        && key.is_probed() == figure.metric.is_of_the_probe()
        && figure.params.iter().all(|param| key.params.contains(param))
        && figure.workers.is_none_or(|workers| !key.engine.is_scalable() || workers.get() == key.workers)
}
