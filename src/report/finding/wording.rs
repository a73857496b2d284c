//! Figures in the words of a sentence.

use taskmix_engine::metric::{Kind, Metric};

/// The figure's name, such as `p99 latency` or `greatest cancel time`.
pub(super) fn name(metric: Metric) -> String {
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
    let Some((family, which)) = metric.name().rsplit_once('_').filter(|_| metric.kind() == Kind::Time) else {
        return metric.name().replace('_', " ");
    };
    let family = match family {
        "service" => "service time",
        "cancel" => "cancel time",
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
pub(super) fn more(metric: Metric) -> &'static str {
    let is_latency = metric.name().starts_with("latency") || metric.is_of_the_probe();
    if metric.kind() == Kind::Time && !is_latency { "longer" } else { "higher" }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(format!("{} {}", name(metric), more(metric)), words);
        }
    }
}
