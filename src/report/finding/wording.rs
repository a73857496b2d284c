//! Figures in the words of a sentence.

use taskmix_engine::metric::{Kind, Metric};
use taskmix_engine::scenario::Measure;

/// The figure's name, such as `p99 latency`, `greatest cancel time` or, of a named step, ``p99 wait in `cache` ``.
pub(super) fn name(measure: &Measure) -> String {
    match measure {
        Measure::Instances(metric) => name_of_instances(*metric),
        Measure::Step { step, metric } => format!("{} in `{step}`", words(metric.name())),
    }
}

fn name_of_instances(metric: Metric) -> String {
    let whole = match metric {
        Metric::PeakRss => Some("peak memory"),
        Metric::UserCpu => Some("CPU time in user mode"),
        Metric::SystemCpu => Some("CPU time in the kernel"),
        Metric::CpuUtilisation => Some("CPU utilisation"),
        Metric::ProbeLateP99 => Some("p99 lateness of the probe"),
        _ => None,
    };
    if let Some(whole) = whole {
        return whole.to_owned();
    }
    if metric.kind() == Kind::Time { words(metric.name()) } else { metric.name().replace('_', " ") }
}

/// A name such as `cancel_max` in words.
fn words(name: &str) -> String {
    let Some((family, which)) = name.rsplit_once('_') else { return name.to_owned() };
    let family = match family {
        "service" => "service time",
        "cancel" => "cancel time",
        "total" => "time",
        other => other,
    };
    let which = match which {
        "p50" => "median",
        "max" => "greatest",
        "p999" => "p99.9",
        other => other,
    };
    format!("{which} {family}")
}

/// The word for more of the figure.
pub(super) fn more(measure: &Measure) -> &'static str {
    let is_latency = measure.name().starts_with("latency") || measure.is_of_the_probe();
    if measure.kind() == Kind::Time && !is_latency { "longer" } else { "higher" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use taskmix_engine::metric::StepMetric;

    #[test]
    fn figures_have_plain_names() {
        for (metric, words) in [
            (Metric::LatencyP99, "p99 latency higher"),
            (Metric::LatencyP50, "median latency higher"),
            (Metric::LatencyP999, "p99.9 latency higher"),
            (Metric::CancelMax, "greatest cancel time longer"),
            (Metric::ServiceMean, "mean service time longer"),
            (Metric::LagP99, "p99 lag higher"),
            (Metric::Makespan, "makespan longer"),
            (Metric::Throughput, "throughput higher"),
            (Metric::PeakRss, "peak memory higher"),
            (Metric::VoluntarySwitches, "voluntary switches higher"),
        ] {
            let measure = Measure::Instances(metric);
            assert_eq!(format!("{} {}", name(&measure), more(&measure)), words);
        }
        let measure = Measure::Step { step: "cache".to_owned(), metric: StepMetric::WaitP99 };
        assert_eq!(format!("{} {}", name(&measure), more(&measure)), "p99 wait in `cache` longer");
    }
}
