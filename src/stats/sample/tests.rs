use proptest::prelude::*;

use super::super::{OutcomeBuilder, WHOLE_MIX};
use super::*;
use crate::campaign::Exit;
use taskmix_engine::record::Usage;

fn figure(samples: &[Sample], task: &str, metric: Metric) -> Option<f64> {
    samples.iter().find(|sample| sample.task == task).expect("every task has a sample").figures.get(metric)
}

#[test]
fn there_is_a_sample_per_task_in_order_and_the_whole_mix_is_last() {
    let samples = samples(&OutcomeBuilder::new().done(1, 0, 0, 5).span(5).outcome());
    let rows: Vec<_> = samples.iter().map(|s| (s.task.as_str(), s.exit.as_deref())).collect();
    assert_eq!(rows, [("alpha", None), ("beta", None), (WHOLE_MIX, Some("ok"))]);
    assert_eq!(figure(&samples, "alpha", Metric::Released), Some(0.0), "a count of nothing is 0");
    assert_eq!(figure(&samples, "alpha", Metric::Makespan), None, "a time of nothing is absent");
}

#[test]
fn each_metric_knows_how_many_values_it_needs() {
    for columns in [LATENCY, WAIT, SERVICE, CANCEL] {
        for (metric, percentile) in columns.percentiles.into_iter().zip(Percentile::ALL) {
            assert_eq!(metric.fewest_values(), percentile.fewest(), "{metric:?}");
        }
        assert_eq!((columns.mean.fewest_values(), columns.max.fewest_values()), (1, 1));
    }
    let cancel_metrics = Metric::ALL.iter().copied().filter(|metric| metric.is_of_the_cancelled());
    let cancel = [vec![CANCEL.mean], CANCEL.percentiles.to_vec(), vec![CANCEL.max]].concat();
    assert_eq!(cancel_metrics.collect::<Vec<_>>(), cancel);
}

#[test]
fn latency_and_service_are_over_done_instances_and_wait_over_started_ones() {
    let outcome = OutcomeBuilder::new()
        .done(0, 10, 30, 100)
        .done(0, 20, 60, 140)
        .cancelled(0, 0, Some(6), 500, 507)
        .cancelled(0, 0, None, 500, 509)
        .span(509)
        .outcome();
    let samples = samples(&outcome);
    let alpha = |metric| figure(&samples, "alpha", metric);
    assert_eq!((alpha(Metric::LatencyMean), alpha(Metric::LatencyMax)), (Some(105.0), Some(120.0)));
    assert_eq!((alpha(Metric::ServiceMean), alpha(Metric::ServiceMax)), (Some(75.0), Some(80.0)));
    assert_eq!((alpha(Metric::WaitMean), alpha(Metric::WaitMax)), (Some(22.0), Some(40.0)));
    assert_eq!((alpha(Metric::CancelMean), alpha(Metric::CancelMax)), (Some(8.0), Some(9.0)));
    let counts = [Metric::Released, Metric::Started, Metric::Cancelled].map(alpha);
    assert_eq!(counts, [Some(4.0), Some(3.0), Some(2.0)]);
}

#[test]
fn failed_and_stalled_instances_rank_as_infinite() {
    let base = || OutcomeBuilder::new().burst_done(0, 9, 7);
    let p90 = |outcome: &CellOutcome, metric| figure(&samples(outcome), "alpha", metric);
    assert_eq!(p90(&base().done(0, 0, 0, 7).outcome(), Metric::LatencyP90), Some(7.0));
    for outcome in [
        base().failed(0, 0, 3).stalled(0, 0, None).outcome(),
        base().failed(0, 0, 3).failed(0, 0, 3).outcome(),
        base().stalled(0, 0, Some(1)).stalled(0, 0, None).outcome(),
    ] {
        for metric in [Metric::LatencyP90, Metric::ServiceP90, Metric::LatencyMean, Metric::ServiceMax] {
            assert_eq!(p90(&outcome, metric), None, "{metric:?}");
        }
        assert_eq!(p90(&outcome, Metric::LatencyP50), Some(7.0));
    }
    let running = base().stalled(0, 0, Some(4)).outcome();
    assert_eq!(p90(&running, Metric::WaitMax), Some(4.0), "a stalled instance that started has waited so long");
    let pending = base().stalled(0, 0, None).outcome();
    assert_eq!(p90(&pending, Metric::WaitMax), None, "an instance that never started has waited without end");
}

#[test]
fn a_cancellation_that_never_took_effect_ranks_as_infinite() {
    let stuck = InstanceRecord {
        started_ns: Some(0),
        cancel_requested_ns: Some(10),
        state_at_cancel: Some(State::Running),
        ..InstanceRecord::blank()
    };
    let outcome = OutcomeBuilder::new().cancelled(0, 0, Some(0), 10, 12).record(stuck).exit(Exit::Timeout).outcome();
    assert_eq!(figure(&samples(&outcome), "alpha", Metric::CancelP50), Some(2.0));
    assert_eq!(figure(&samples(&outcome), "alpha", Metric::CancelMax), None);
}

#[test]
fn unstopped_instances_are_done_after_a_cancel_request() {
    let late = InstanceRecord {
        state: State::Done,
        started_ns: Some(0),
        finished_ns: Some(30),
        cancel_requested_ns: Some(10),
        units: 20,
        units_after_cancel: 15,
        ..InstanceRecord::blank()
    };
    let samples = samples(&OutcomeBuilder::new().record(late).done(0, 0, 0, 5).span(30).outcome());
    for task in ["alpha", WHOLE_MIX] {
        assert_eq!(figure(&samples, task, Metric::Unstopped), Some(1.0));
        assert_eq!(figure(&samples, task, Metric::Done), Some(2.0));
        assert_eq!(figure(&samples, task, Metric::UnitsDone), Some(20.0));
        assert_eq!(figure(&samples, task, Metric::UnitsAfterCancel), Some(15.0));
    }
}

#[test]
fn the_makespan_of_a_task_runs_from_its_first_release_and_that_of_the_mix_is_the_span() {
    let builder = || OutcomeBuilder::new().done(0, 100, 100, 600).done(0, 200, 200, 300).done(1, 0, 0, 50);
    let ended = samples(&builder().span(1_000).outcome());
    assert_eq!(figure(&ended, "alpha", Metric::Makespan), Some(500.0));
    assert_eq!(figure(&ended, "alpha", Metric::Throughput), Some(2.0 / 500e-9));
    assert_eq!(figure(&ended, WHOLE_MIX, Metric::Makespan), Some(1_000.0), "orphaned work ended last");
    let stalled = samples(&builder().stalled(0, 0, None).exit(Exit::Timeout).outcome());
    assert_eq!(figure(&stalled, "alpha", Metric::Makespan), None);
    assert_eq!(figure(&stalled, "beta", Metric::Makespan), Some(50.0));
    assert_eq!(figure(&stalled, WHOLE_MIX, Metric::Makespan), None);
    assert_eq!(figure(&stalled, WHOLE_MIX, Metric::Throughput), None);
}

#[test]
fn an_unanswered_probe_ranks_as_infinite_lag() {
    let probes = |unanswered: u64| {
        let answered = (0..100 - unanswered).fold(OutcomeBuilder::new(), |b, n| b.probe(n * 1_000, Some(n + 1)));
        let all = (0..unanswered).fold(answered, |b, n| b.probe((100 - unanswered + n) * 1_000, None));
        samples(&all.span(100_000).outcome())
    };
    let lag = |samples: &[Sample]| {
        [Metric::LagP50, Metric::LagP99, Metric::LagMax].map(|metric| figure(samples, WHOLE_MIX, metric))
    };
    assert_eq!(lag(&probes(0)), [Some(50.0), Some(99.0), Some(100.0)]);
    assert_eq!(lag(&probes(1)), [Some(50.0), Some(99.0), None]);
    assert_eq!(lag(&probes(2)), [Some(50.0), None, None]);
    let lateness = |unanswered| figure(&probes(unanswered), WHOLE_MIX, Metric::ProbeLateP99);
    assert_eq!((lateness(0), lateness(2)), (Some(980.0), None), "of too few is it known when they were written");
    assert_eq!(probes(0).len(), 1, "lag has a sample of the whole mix only");
}

#[test]
fn utilisation_is_cpu_time_over_makespan_and_workers() {
    let usage = Usage {
        user_cpu_ns: 1_200,
        system_cpu_ns: 300,
        voluntary_switches: 4,
        involuntary_switches: 5,
        peak_rss_bytes: None,
    };
    let ended = samples(&OutcomeBuilder::new().workers(2).usage(usage).span(1_000).outcome());
    assert_eq!(figure(&ended, WHOLE_MIX, Metric::CpuUtilisation), Some(0.75));
    assert_eq!(figure(&ended, WHOLE_MIX, Metric::PeakRss), None, "unknown is absent, not 0");
    let endless = samples(&OutcomeBuilder::new().usage(usage).exit(Exit::Timeout).outcome());
    assert_eq!(figure(&endless, WHOLE_MIX, Metric::CpuUtilisation), None);
    assert_eq!(figure(&endless, WHOLE_MIX, Metric::UserCpu), Some(1_200.0));
}

fn any_record() -> impl Strategy<Value = InstanceRecord> {
    let times = (0_u64..1_000_000, prop::option::of(0_u64..1_000_000), 0_u64..1_000_000);
    let end = prop::sample::select(vec![State::Done, State::Cancelled, State::Failed, State::Stalled]);
    (0_u16..2, times, end, any::<bool>()).prop_map(|(task, (scheduled, wait, service), state, requested)| {
        let wait = if state == State::Done { wait.or(Some(0)) } else { wait };
        let started = wait.map(|wait| scheduled + wait);
        InstanceRecord {
            task,
            state,
            scheduled_ns: scheduled,
            started_ns: started,
            finished_ns: (state != State::Stalled).then(|| started.unwrap_or(scheduled) + service),
            cancel_requested_ns: (requested || state == State::Cancelled).then_some(scheduled),
            ..InstanceRecord::blank()
        }
    })
}

proptest! {
    // Each case is hundreds of instances.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_add_up_and_percentiles_ascend(records in prop::collection::vec(any_record(), 0..300)) {
        let released = records.len();
        let outcome = records.into_iter().fold(OutcomeBuilder::new(), OutcomeBuilder::record).outcome();
        let samples = samples(&outcome);
        for sample in &samples {
            let count = |metric| sample.figures.get(metric).unwrap_or(0.0) as u64;
            let ends = [Metric::Done, Metric::Cancelled, Metric::Failed, Metric::Stalled].map(count);
            prop_assert_eq!(count(Metric::Released), ends.iter().sum::<u64>());
            prop_assert_eq!(count(Metric::Stalled), count(Metric::StalledPending) + count(Metric::StalledRunning));
            for columns in [LATENCY, WAIT, SERVICE, CANCEL] {
                let ascending = columns.percentiles.into_iter().chain([columns.max]);
                let figures: Vec<f64> = ascending.filter_map(|metric| sample.figures.get(metric)).collect();
                prop_assert!(figures.is_sorted(), "{figures:?}");
            }
        }
        prop_assert_eq!(figure(&samples, WHOLE_MIX, Metric::Released), Some(released as f64));
    }

    #[test]
    fn the_only_task_has_the_figures_of_the_mix(records in prop::collection::vec(any_record(), 0..300)) {
        let one_task = records.into_iter().map(|record| InstanceRecord { task: 0, ..record });
        let samples = samples(&one_task.fold(OutcomeBuilder::new(), OutcomeBuilder::record).outcome());
        for &metric in Metric::ALL {
            // The mix has a span of its own, and no arrivals of its own.
            let is_own = matches!(
                metric,
                Metric::Makespan | Metric::Throughput | Metric::Offered | Metric::LatencyGrowth
            );
            if !is_own {
                prop_assert_eq!(figure(&samples, "alpha", metric), figure(&samples, WHOLE_MIX, metric), "{:?}", metric);
            }
        }
    }
}

/// A sample of `alpha`, of which so many instances were released each 10 ns, each done after its latency.
fn spread(latencies: &[u64]) -> Vec<Sample> {
    let builder = latencies.iter().zip(0_u64..).fold(OutcomeBuilder::new(), |builder, (latency, number)| {
        builder.done(0, number * 10, number * 10, number * 10 + latency)
    });
    samples(&builder.outcome())
}

#[test]
fn offered_load_is_releases_over_the_times_between_them() {
    let samples = spread(&[5; 4]);
    assert_eq!(figure(&samples, "alpha", Metric::Offered), Some(1e8));
    assert_eq!(figure(&samples, WHOLE_MIX, Metric::Offered), None);
    assert_eq!(figure(&spread(&[5]), "alpha", Metric::Offered), None);
}

#[test]
fn latency_growth_is_the_least_ratio_of_the_medians_of_successive_quarters_and_needs_10_each() {
    let growth = |each: usize, quarters: [u64; 4]| {
        let latencies: Vec<u64> = quarters.into_iter().flat_map(|latency| vec![latency; each]).collect();
        figure(&spread(&latencies), "alpha", Metric::LatencyGrowth)
    };
    assert_eq!(growth(9, [4, 12, 24, 48]), None);
    assert_eq!(growth(10, [4, 12, 24, 48]), Some(2.0));
    assert_eq!(growth(10, [4, 4, 24, 12]), Some(0.5), "a stall grows and shrinks");
}
