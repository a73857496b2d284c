use super::finding as finding_of;
use super::*;
use crate::report::testing::SummaryBuilder;
use taskmix_engine::scenario::EngineName::{self, AsyncExecutor, Rayon, SmolLocal};
use taskmix_engine::scenario::{Param, ParamValue, parse};

const MS: f64 = 1e6;

/// The finding without any claim.
fn finding(summaries: &[Summary]) -> String {
    finding_of(summaries, None)
}

/// The finding of a scenario of tasks `a` and `b` with these claims, of which `b` is in the background.
fn with_claims(summaries: &[Summary], claims: &[&str]) -> String {
    let claims = claims.iter().map(|that| format!("[[expect]]\nclaim = \"it is so\"\nthat = \"{that}\"\n"));
    let text = format!(
        "question = \"?\"\nengines = [\"smol-local\", \"async-executor\"]\nworkers = [2, 4]\nrepeats = 6\n\
         [[task]]\nname = \"a\"\ncount = 200\nsteps = [{{ sleep = \"$hold\" }}]\n\
         [[task]]\nname = \"b\"\ncount = 200\nbackground = true\nsteps = [{{ sleep = \"$hold\" }}]\n\
         [matrix]\nhold = [\"1ms\", \"20ms\"]\n{}",
        claims.collect::<String>()
    );
    finding_of(summaries, Some(&parse("mix", &text).expect("it is valid").scenario))
}

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
fn narrow_intervals_win_over_a_great_ratio_between_wide_ones() {
    let makespan = pair(Metric::Makespan, "*", (1.89 * MS, MS), 0.01);
    let wide = |share| pair(Metric::LatencyP99, "a", (6.0 * MS, MS), share);
    assert!(finding(&[makespan.clone(), wide(0.01)].concat()).starts_with("The p99 latency of `a` is 6.0 × higher"));
    // 6 × (0.75 … 1.25) ÷ (0.75 … 1.25): from 3.6 to 10, which is known to 2.8-fold.
    assert!(finding(&[makespan.clone(), wide(0.25)].concat()).starts_with("The p99 latency"));
    assert!(finding(&[makespan.clone(), wide(0.5)].concat()).starts_with("The makespan is 1.9 × longer"));
    // However great: a ratio that is known to more than threefold is never quoted, but the least that it can be.
    let lag = pair(Metric::LagP99, "*", (11_100.0 * MS, MS), 0.3);
    assert!(finding(&[makespan, lag.clone()].concat()).starts_with("The makespan is 1.9 × longer"));
    // 6 × (0.51 … 1.49) ÷ (0.51 … 1.49): at least 2.05; what may be less than 2 is not told.
    assert!(finding(&wide(0.49)).starts_with("The p99 latency of `a` is at least 2.1 × higher"));
    assert!(finding(&wide(0.6)).starts_with("No engine stands out"));
    let of_lag = finding(&lag);
    assert!(of_lag.starts_with("The p99 lag is at least ") && !of_lag.contains("11,1"), "{of_lag}");
}

#[test]
fn a_lag_is_named_if_no_other_figure_differs() {
    let lag = pair(Metric::LagP99, "*", (90.0 * MS, MS), 0.01).into_iter().map(|mut row| {
        row.key.probe_ns = std::num::NonZeroU64::new(1_000_000);
        row
    });
    let lag: Vec<Summary> = lag.collect();
    assert!(finding(&lag).starts_with("The p99 lag is 90.0 × higher"));
    let latency = pair(Metric::LatencyP99, "a", (3.0 * MS, MS), 0.01);
    assert!(finding(&[lag, latency].concat()).starts_with("The p99 latency of `a` is 3.0 × higher"));
}

#[test]
fn points_that_differ_in_one_parameter_are_compared_for_one_engine() {
    let row = |ms: u64, p99: f64| {
        SummaryBuilder::task(SmolLocal, "api").hold_ms(ms).within(Metric::LatencyP99, p99, 0.01).summary()
    };
    assert_eq!(
        finding(&[row(1, MS), row(20, 4.1 * MS)]),
        "Under smol-local the p99 latency of `api` is 4.1 × higher at hold = 20ms (4.10 ms) than at hold = 1ms (1.00 ms)."
    );
    let with_clients = |mut row: Summary, clients| {
        let value = ParamValue::Integer(clients);
        row.key.params.push(Param { name: "clients".to_owned(), value });
        row
    };
    assert_eq!(
        finding(&[with_clients(row(1, MS), 8), with_clients(row(20, 4.1 * MS), 8)]),
        "Under smol-local, at clients = 8, the p99 latency of `api` is 4.1 × higher at hold = 20ms (4.10 ms) than at hold = 1ms (1.00 ms)."
    );
    assert!(
        finding(&[with_clients(row(1, MS), 1), with_clients(row(20, 4.1 * MS), 8)]).starts_with("No engine stands")
    );
}

/// A row of a task of 100 instances, of which so many had an outcome.
fn outcome(engine: EngineName, task: &str, metric: Metric, count: f64) -> Summary {
    SummaryBuilder::task(engine, task).within(Metric::Released, 100.0, 0.0).within(metric, count, 0.0).summary()
}

#[test]
fn shares_with_another_outcome_precede_times() {
    let latency = pair(Metric::LatencyP99, "a", (300.0 * MS, MS), 0.01);
    let cancelled = |count| {
        let rows = [AsyncExecutor, SmolLocal]
            .map(|engine| outcome(engine, "a", Metric::Cancelled, if engine == SmolLocal { 0.0 } else { count }));
        finding(&[latency.clone(), rows.to_vec()].concat())
    };
    assert_eq!(cancelled(71.0), "71 % of `a` were cancelled under async-executor, none under smol-local.");
    assert_eq!(cancelled(100.0), "All of `a` were cancelled under async-executor, none under smol-local.");
    assert!(cancelled(4.0).starts_with("The p99 latency of `a` is 300 ×"), "a share of 4 % is noise");
}

#[test]
fn shares_are_compared_not_counts() {
    let more = SummaryBuilder::task(SmolLocal, "a").hold_ms(20).within(Metric::Released, 1000.0, 0.0);
    let few = SummaryBuilder::task(SmolLocal, "a").hold_ms(1).within(Metric::Released, 100.0, 0.0);
    let rows = |share: f64| {
        let more = more.clone().within(Metric::Failed, 1000.0 * share, 0.0).summary();
        [few.clone().within(Metric::Failed, 20.0, 0.0).summary(), more]
    };
    assert!(finding(&rows(0.2)).starts_with("No engine stands out"));
    assert_eq!(finding(&rows(0.5)), "Under smol-local 50 % of `a` failed at hold = 20ms, 20 % at hold = 1ms.");
}

#[test]
fn a_graver_outcome_precedes_and_one_that_a_claim_names_precedes_that() {
    let rows = |metric, count: f64| [outcome(SmolLocal, "a", metric, count), outcome(AsyncExecutor, "a", metric, 0.0)];
    let both = [rows(Metric::Cancelled, 90.0), rows(Metric::Unstopped, 10.0)].concat();
    let unstopped =
        "10 % of `a` ran to their end despite their cancellation under smol-local, none under async-executor.";
    assert_eq!(finding(&both), unstopped);
    assert_eq!(
        with_claims(&both, &["smol-local.a.cancelled >= 1"]),
        "90 % of `a` were cancelled under smol-local, none under async-executor."
    );
}

#[test]
fn background_tasks_are_cancelled_in_any_case() {
    let rows = |task| [(SmolLocal, 90.0), (AsyncExecutor, 0.0)].map(|(e, n)| outcome(e, task, Metric::Cancelled, n));
    assert!(with_claims(&rows("b"), &[]).starts_with("No engine stands out"));
    assert!(with_claims(&rows("a"), &[]).starts_with("90 % of `a` were cancelled"));
}

#[test]
fn figures_that_a_claim_compares_precede_those_it_names_and_those_precede_all_others() {
    let a = |metric, engine, ms: u64, value: f64| {
        SummaryBuilder::task(engine, "a").hold_ms(ms).within(metric, value * MS, 0.01).summary()
    };
    let waits = [a(Metric::WaitP50, SmolLocal, 1, 2.0), a(Metric::WaitP50, AsyncExecutor, 1, 1.0)];
    let waits =
        [waits, [a(Metric::WaitP50, SmolLocal, 20, 50.0), a(Metric::WaitP50, AsyncExecutor, 20, 49.0)]].concat();
    let latency = [a(Metric::LatencyP99, SmolLocal, 1, 900.0), a(Metric::LatencyP99, AsyncExecutor, 1, 1.0)];
    let all = [&waits[..], &latency[..]].concat();
    assert!(with_claims(&all, &[]).contains("the p99 latency of `a` is 900 × higher"));
    // Named: against another point.
    let named = with_claims(&all, &["smol-local.a.wait_p50[hold=1ms] <= 3ms"]);
    assert_eq!(
        named,
        "Under smol-local the median wait of `a` is 25.0 × longer at hold = 20ms (50.0 ms) than at hold = 1ms (2.00 ms)."
    );
    let compared = "smol-local.a.wait_p50[hold=1ms] >= async-executor.a.wait_p50[hold=1ms]";
    assert_eq!(
        with_claims(&all, &[compared]),
        "At hold = 1ms the median wait of `a` is 2.0 × longer under smol-local (2.00 ms) than under async-executor (1.00 ms)."
    );
}

#[test]
fn a_claim_may_compare_tasks_and_numbers_of_workers() {
    let row = |task: &str, workers, ms: f64| {
        let builder = SummaryBuilder::task(AsyncExecutor, task).hold_ms(1).workers(workers);
        builder.within(Metric::Makespan, ms * MS, 0.01).summary()
    };
    let tasks = [row("a", 2, 9.0), row("b", 2, 3.0), row("a", 4, 3.0)];
    assert_eq!(
        with_claims(&tasks[..2], &["async-executor.a.makespan >= 2 * async-executor.b.makespan"]),
        "Under async-executor, at hold = 1ms, the makespan of `a` (9.00 ms) is 3.0 × longer than that of `b` (3.00 ms)."
    );
    assert_eq!(
        with_claims(&tasks, &["async-executor.a.makespan[workers=2] >= async-executor.a.makespan[workers=4]"]),
        "Under async-executor, at hold = 1ms, the makespan of `a` is 3.0 × longer with 2 workers (9.00 ms) than with 4 workers (3.00 ms)."
    );
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
    let stalled = SummaryBuilder::task(Rayon, "a").hold_ms(20).repeats(6, 2).bare(Metric::Stalled, 3.0).summary();
    let found = finding(&[&rows[..], &[stalled]].concat());
    assert!(found.ends_with("async-executor in all. Under rayon, instances of `a` stalled."), "{found}");
    let point = |ms, ok| SummaryBuilder::mix(Rayon).hold_ms(ms).repeats(6, ok).summary();
    assert_eq!(
        finding(&[point(1, 6), point(20, 2)]),
        "Under rayon 2 of 6 repeats ended well at hold = 20ms, all at hold = 1ms."
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
