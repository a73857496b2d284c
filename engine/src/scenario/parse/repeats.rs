//! `repeats`: a number, `"auto"`, or the precision at which to stop.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::scalar::HOUR;
use super::table::TomlTable;
use super::walk::{Kind, Value, Walk};
use crate::metric::Metric;
use crate::scenario::{Precision, Repeats};

const EXAMPLES: &str = "repeats: 10, \"auto\" and { auto = \"latency_p99\", within = 0.05, budget = \"2m\" }";

/// Reads the value of `repeats`.
pub(crate) fn read<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Repeats> {
    let value = walk.plain_value(raw, "`repeats`")?;
    match value.kind {
        Kind::Text("auto") => Some(Repeats::Auto(Precision::default())),
        Kind::Text(_) => walk.refuse(value.unexpected("a number of repeats or \"auto\"").help(EXAMPLES)),
        Kind::Table(_) => precision(walk, &value).map(Repeats::Auto),
        _ => {
            walk.integer(&value, "repeats", 1..=u64::from(Repeats::MOST)).map(|repeats| Repeats::Fixed(repeats as u32))
        }
    }
}

fn precision(walk: &mut Walk, value: &Value<'_>) -> Option<Precision> {
    let table = TomlTable::of(walk, value, "`repeats`", "a number of repeats or \"auto\"")?;
    table.one_of(walk, &["auto"], &["within", "budget"])?;
    let default = Precision::default();
    let headline = table.get("auto").and_then(|raw| headline(walk, raw));
    let within = table.get("within").map_or(Some(default.within), |raw| within(walk, raw));
    let budget = table.get("budget").map_or(Some(default.budget), |raw| budget(walk, raw));
    Some(Precision { headline: headline?, within: within?, budget: budget? })
}

fn headline<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Metric> {
    let value = walk.plain_value(raw, "`auto`")?;
    let Kind::Text(name) = value.kind else {
        return walk.refuse(value.unexpected("the name of a metric, such as \"latency_p99\""));
    };
    let metric = Metric::from_name(name);
    if metric.is_none() {
        let unknown = value.place.error(format!("unknown metric `{}`", name.escape_debug()));
        walk.report(unknown.help_among(name, "metrics", Metric::ALL.iter().map(|metric| metric.name())));
    }
    metric
}

fn within<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<f64> {
    let value = walk.plain_value(raw, "`within`")?;
    let within = walk.number(&value, "within")?;
    if within <= 0.0 || within > 1.0 {
        let wrong = value.place.error(format!("`within` must be above 0, at most 1, found `{within}`"));
        return walk.refuse(wrong.help("0.05 is 5 % of the median"));
    }
    Some(within)
}

fn budget<'a>(walk: &mut Walk, raw: &'a Spanned<DeValue<'a>>) -> Option<Duration> {
    let value = walk.plain_value(raw, "`budget`")?;
    walk.duration(&value, 24 * HOUR)
}
