use super::*;
use crate::report::testing::SummaryBuilder;
use taskmix_engine::scenario::EngineName::{AsyncExecutor, Rayon, SmolLocal};

const MS: f64 = 1e6;

fn pair(metric: Metric, task: &str, (one, other): (f64, f64), share: f64) -> Vec<Summary> {
    vec![
        SummaryBuilder::task(SmolLocal, task).within(metric, one, share).summary(),
        SummaryBuilder::task(AsyncExecutor, task).within(metric, other, share).summary(),
    ]
}

#[test]
fn the_greatest_ratio_is_named_with_its_point() {
    let rows = |ms: u64, high: f64| {
        [(SmolLocal, high), (AsyncExecutor, 2.05 * MS), (Rayon, 3.0 * MS)].map(|(engine, p99)| {
            SummaryBuilder::task(engine, "bystander").hold_ms(ms).within(Metric::LatencyP99, p99, 0.01).summary()
        })
    };
    let summaries = [rows(1, 4.0 * MS), rows(20, 20.1 * MS)].concat();
    assert_eq!(
        finding(&summaries),
        "At hold = 20ms the p99 latency of `bystander` is 9.8 × higher under smol-local (20.1 ms) \
         than under async-executor (2.05 ms)."
    );
}

#[test]
fn intervals_that_overlap_are_no_difference() {
    let apart = pair(Metric::LatencyP99, "a", (3.0 * MS, 2.0 * MS), 0.19);
    assert!(finding(&apart).starts_with("The p99 latency of `a` is 1.5 × higher"), "{}", finding(&apart));
    let overlapping = pair(Metric::LatencyP99, "a", (3.0 * MS, 2.0 * MS), 0.21);
    assert!(finding(&overlapping).starts_with("No engine stands out"), "{}", finding(&overlapping));
}

#[test]
fn a_small_ratio_is_not_worth_a_sentence_however_narrow_its_intervals() {
    let small = pair(Metric::LatencyP99, "a", (1.19 * MS, MS), 0.001);
    assert!(finding(&small).starts_with("No engine stands out"));
    let enough = pair(Metric::LatencyP99, "a", (1.21 * MS, MS), 0.001);
    assert!(finding(&enough).starts_with("The p99 latency"));
}

#[test]
fn without_intervals_the_ratio_must_be_two_and_a_reservation_follows() {
    let bare = |one: f64| {
        let row = |engine, p99| SummaryBuilder::task(engine, "a").bare(Metric::LatencyP99, p99).repeats(3, 3).summary();
        finding(&[row(SmolLocal, one), row(Rayon, MS)])
    };
    assert!(bare(1.9 * MS).starts_with("No engine stands out"));
    assert_eq!(
        bare(2.0 * MS),
        "The p99 latency of `a` is 2.0 × higher under smol-local (2.00 ms) than under rayon (1.00 ms). \
         No interval backs this: that needs 6 repeats or more that ended well."
    );
}

#[test]
fn a_difference_with_intervals_precedes_a_greater_one_without() {
    let row = |engine, task, max| SummaryBuilder::task(engine, task).bare(Metric::CancelMax, max).summary();
    let bare = vec![row(SmolLocal, "a", 90.0 * MS), row(Rayon, "a", MS)];
    assert_eq!(
        finding(&bare),
        "The greatest cancel time of `a` is 90.0 × longer under smol-local (90.0 ms) than under rayon (1.00 ms). \
         No interval backs this: too few of the repeats have that figure."
    );
    let backed = pair(Metric::CancelMax, "b", (2.0 * MS, MS), 0.01);
    assert!(finding(&[bare, backed].concat()).starts_with("The greatest cancel time of `b` is 2.0 × longer"));
}

#[test]
fn latency_precedes_cancel_time_then_lag_then_makespan_then_counts() {
    let lag = pair(Metric::LagP99, "*", (90.0 * MS, MS), 0.01);
    let makespan = pair(Metric::Makespan, "*", (900.0 * MS, MS), 0.01);
    let unstopped = pair(Metric::Unstopped, "a", (40.0, 10.0), 0.01);
    let latency = pair(Metric::LatencyP99, "a", (3.0 * MS, MS), 0.01);
    let cancel_max = pair(Metric::CancelMax, "a", (2.0 * MS, MS), 0.01);
    let cancel_p50 = pair(Metric::CancelP50, "a", (4.0 * MS, MS), 0.01);
    let all = [&unstopped[..], &makespan, &lag, &cancel_p50, &cancel_max, &latency].concat();
    assert!(finding(&all).starts_with("The p99 latency of `a` is 3.0 × higher"));
    let all = [&unstopped[..], &makespan, &lag, &cancel_p50, &cancel_max].concat();
    assert_eq!(
        finding(&all),
        "The greatest cancel time of `a` is 2.0 × longer under smol-local (2.00 ms) than under async-executor (1.00 ms)."
    );
    let all = [&unstopped[..], &makespan, &lag, &cancel_p50].concat();
    assert!(finding(&all).starts_with("The median cancel time of `a` is 4.0 × longer"), "{}", finding(&all));
    let all = [unstopped.clone(), makespan.clone(), lag].concat();
    assert!(finding(&all).starts_with("The p99 lag is 90.0 × higher"), "{}", finding(&all));
    let all = [unstopped.clone(), makespan].concat();
    assert!(finding(&all).starts_with("The makespan is 900 × longer under smol-local"));
    assert_eq!(
        finding(&unstopped),
        "40 of `a` ran to their end despite their cancellation under smol-local, 10 under async-executor."
    );
}

#[test]
fn a_count_of_none_stands_out_too() {
    let cancelled = pair(Metric::Cancelled, "a", (0.0, 12.0), 0.0);
    assert_eq!(finding(&cancelled), "12 of `a` were cancelled under async-executor, 0 under smol-local.");
}

#[test]
fn an_engine_that_failed_where_another_did_not_is_named_first() {
    let rows = [
        SummaryBuilder::mix(SmolLocal).hold_ms(20).within(Metric::Makespan, MS, 0.01).summary(),
        SummaryBuilder::mix(AsyncExecutor).hold_ms(20).within(Metric::Makespan, 9.0 * MS, 0.01).summary(),
        SummaryBuilder::mix(Rayon).hold_ms(20).repeats(6, 2).summary(),
    ];
    assert_eq!(
        finding(&rows),
        "At hold = 20ms rayon ended well in 2 of 6 repeats, smol-local and async-executor in all."
    );
    let all_failed = rows.map(|mut row| {
        row.ok = 0;
        row
    });
    assert!(finding(&all_failed).contains("the makespan is 9.0 × longer"));
}

#[test]
fn worker_counts_of_one_engine_are_not_compared() {
    let row = |engine, workers, ms: f64| {
        SummaryBuilder::mix(engine).workers(workers).within(Metric::Makespan, ms * MS, 0.01).summary()
    };
    let rows = [row(Rayon, 1, 8.0), row(Rayon, 4, 2.0), row(SmolLocal, 1, 6.0)];
    assert!(finding(&rows).contains("longer under smol-local (6.00 ms) than under rayon, 4 workers (2.00 ms)"));
    assert_eq!(finding(&rows[..2]), "Only one engine ran: there is nothing to compare.");
    assert_eq!(finding(&[]), "Only one engine ran: there is nothing to compare.");
}

#[test]
fn engines_are_compared_at_equal_workers_only() {
    let row = |engine, workers, ms: f64| {
        SummaryBuilder::mix(engine).workers(workers).within(Metric::Makespan, ms * MS, 0.01).summary()
    };
    let rows = [row(Rayon, 2, 90.0), row(Rayon, 4, 6.0), row(AsyncExecutor, 4, 2.0)];
    assert!(finding(&rows).contains("3.0 × longer under rayon, 4 workers"), "{}", finding(&rows));
}

#[test]
fn where_no_cell_ended_well_engines_are_not_compared() {
    let failed =
        [SmolLocal, AsyncExecutor].map(|engine| Summary { ok: 0, ..SummaryBuilder::task(engine, "*").summary() });
    assert_eq!(finding(&failed), "No cell ended well: there is nothing to compare.");
}
