use super::testing::{RunBuilder, STEADY, assorted};
use super::*;
use crate::report::{cell_text, setting_text};
use crate::stats::WHOLE_MIX;
use taskmix_engine::scenario::{Axis, AxisKind, EngineName, Param, ParamValue};

const MS: f64 = 1e6;

const ALL: Metrics<'static> = Metrics { instances: Metric::ALL, steps: StepMetric::ALL };

fn compared(old: &RunBuilder, new: &RunBuilder) -> Comparison {
    compare(&old.clone().run(), &new.clone().run(), Tolerance::default(), &ALL)
}

fn run() -> RunBuilder {
    RunBuilder::new("x")
}

/// A run of one cell with one figure.
fn with_figure(metric: Metric, unit: f64, values: &[f64]) -> RunBuilder {
    run().figure("bystander", metric, unit, values)
}

fn only_verdict(old: &RunBuilder, new: &RunBuilder) -> Verdict {
    let comparison = compared(old, new);
    assert_eq!(comparison.counts().total(), 1, "{comparison:?}");
    comparison.cells[0].figures[0].verdict
}

#[test]
fn a_time_that_doubles_is_worse_and_one_that_halves_is_better() {
    let latency = |ms: f64| with_figure(Metric::LatencyP99, ms * MS, &STEADY);
    assert_eq!(only_verdict(&latency(2.0), &latency(4.0)), Verdict::Worse);
    assert_eq!(only_verdict(&latency(4.0), &latency(2.0)), Verdict::Better);
    assert_eq!(only_verdict(&latency(2.0), &latency(2.0)), Verdict::Same);
    assert_eq!(only_verdict(&latency(2.0), &latency(2.08)), Verdict::Same, "within 5 %");
    assert_eq!(only_verdict(&latency(2.0), &latency(2.12)), Verdict::Worse);
}

#[test]
fn a_rate_that_doubles_is_better_and_a_neutral_figure_has_changed() {
    let pair = |metric| only_verdict(&with_figure(metric, 1e3, &STEADY), &with_figure(metric, 2e3, &STEADY));
    assert_eq!(pair(Metric::Throughput), Verdict::Better);
    assert_eq!(pair(Metric::CpuUtilisation), Verdict::Changed);
    assert_eq!(pair(Metric::VoluntarySwitches), Verdict::Changed);
}

#[test]
fn an_inconclusive_verdict_has_a_reason() {
    let wild = with_figure(Metric::LatencyP50, MS, &[0.2, 0.5, 1.0, 1.1, 2.0, 5.0]);
    let inconclusive = |old: &RunBuilder, new: &RunBuilder| only_verdict(old, new).reason();
    assert_eq!(inconclusive(&wild, &wild), Some(Reason::Wide));
    let few = with_figure(Metric::LatencyP50, MS, &[1.0, 1.0, 1.0]);
    assert_eq!(inconclusive(&few, &with_figure(Metric::LatencyP50, 9.0 * MS, &[1.0; 3])), Some(Reason::TooFew));
    assert_eq!(inconclusive(&with_figure(Metric::LatencyP50, 0.0, &STEADY), &wild), Some(Reason::Zero));
    assert_eq!(inconclusive(&wild, &wild.clone().failed(6)), Some(Reason::Failed));
    let nothing = run().figure(WHOLE_MIX, Metric::Makespan, MS, &STEADY).figure("bystander", Metric::Makespan, MS, &[]);
    let lags = nothing.clone().figure(WHOLE_MIX, Metric::LatencyP99, MS, &STEADY);
    let last = |old, new| compared(old, new).cells[0].figures[1].verdict.reason();
    assert_eq!(last(&lags, &nothing), Some(Reason::NotInNew));
    assert_eq!(last(&nothing, &lags), Some(Reason::NotInOld));
}

#[test]
fn steady_counts_are_compared_exactly_however_few_the_repeats() {
    let done = |counts: &[f64]| with_figure(Metric::Done, 1.0, counts);
    let failed = |counts: &[f64]| with_figure(Metric::Failed, 1.0, counts);
    assert_eq!(only_verdict(&done(&[1_000.0]), &done(&[1_000.0, 1_000.0])), Verdict::Same);
    assert_eq!(only_verdict(&done(&[1_000.0]), &done(&[999.0])), Verdict::Worse, "though well within 5 %");
    assert_eq!(only_verdict(&failed(&[0.0]), &failed(&[1.0])), Verdict::Worse);
    let released = |count| with_figure(Metric::Released, 1.0, &[count]);
    assert_eq!(only_verdict(&released(5.0), &released(6.0)), Verdict::Changed);
}

#[test]
fn counts_that_vary_from_repeat_to_repeat_have_an_interval() {
    let done = |counts: &[f64]| with_figure(Metric::Done, 1.0, counts);
    let some = [10.0, 11.0, 12.0, 11.0, 10.0, 12.0];
    assert_eq!(only_verdict(&done(&some), &done(&some)).reason(), Some(Reason::Wide));
    assert_eq!(only_verdict(&done(&some), &done(&some.map(|count| count + 9.0))), Verdict::Better);
    assert_eq!(only_verdict(&done(&some[..2]), &done(&some[..2])).reason(), Some(Reason::TooFew));
}

#[test]
fn cells_are_matched_by_parameters_engine_and_workers_and_the_others_are_listed() {
    let (old, new) = assorted();
    let comparison = compare(&old, &new, Tolerance::default(), &DEFAULT_METRICS);
    let texts: Vec<String> = comparison.cells.iter().map(|cell| setting_text(&cell.key)).collect();
    assert_eq!(
        texts,
        [
            "smol-local, hold = 1ms",
            "rayon, 2 workers, hold = 1ms",
            "smol-local, hold = 20ms",
            "smol-local, hold = 20ms, with a probe"
        ]
    );
    let listed = |unmatched: &[Unmatched]| {
        unmatched.iter().map(|cell| (setting_text(&cell.key), cell.task.clone())).collect::<Vec<_>>()
    };
    assert_eq!(listed(&comparison.only_old), [("async-executor, 2 workers, hold = 1ms".to_owned(), None)]);
    assert_eq!(
        listed(&comparison.only_new),
        [
            ("smol-local, hold = 1ms".to_owned(), Some("late".to_owned())),
            ("async-executor, 2 workers, hold = 20ms".to_owned(), None),
        ]
    );
    let counts = comparison.counts();
    assert_eq!((counts.worse, counts.better, counts.changed, counts.same, counts.inconclusive), (1, 1, 1, 2, 2));
}

#[test]
fn cells_match_whatever_the_order_of_parameters_and_the_scenario_s_name() {
    let one_param = with_figure(Metric::Makespan, MS, &STEADY);
    let two_params = |reversed: bool, size: ParamValue| {
        let mut run = one_param.clone().run();
        for sample in &mut run.samples {
            sample.key.params.push(Param { name: "size".to_owned(), value: size });
            if reversed {
                sample.key.params.reverse();
                "other".clone_into(&mut sample.key.scenario);
            }
        }
        let axis = Axis { name: "size".to_owned(), kind: AxisKind::Number, values: vec![size] };
        run.axes.push(axis);
        run
    };
    let cells = |old: &RunArchive, new: &RunArchive| compare(old, new, Tolerance::default(), &ALL).cells.len();
    let (whole, fraction) = (ParamValue::Integer(2), ParamValue::Float(2.0));
    assert_eq!(cells(&two_params(false, whole), &two_params(true, fraction)), 1);
    assert_eq!(cells(&two_params(false, whole), &two_params(false, ParamValue::Integer(3))), 0);
    assert_eq!(cells(&one_param.clone().run(), &two_params(false, whole)), 0, "a new axis makes other cells");
}

#[test]
fn a_cell_that_succeeded_and_fails_now_is_a_regression() {
    let good = with_figure(Metric::Done, 1.0, &[5.0; 6]);
    let verdict = |old: &RunBuilder, new: &RunBuilder| {
        let comparison = compared(old, new);
        (comparison.cells[0].verdict, comparison.is_worse())
    };
    let bad = good.clone().failed(3);
    assert_eq!(verdict(&good, &good), (Verdict::Same, false));
    assert_eq!(verdict(&good, &bad), (Verdict::Worse, true));
    assert_eq!(verdict(&bad, &good), (Verdict::Better, false));
    assert_eq!(verdict(&bad, &bad.clone().failed(4)), (Verdict::Inconclusive(Reason::Failed), false));
    let all = (1..=6).fold(good.clone(), RunBuilder::failed);
    assert_eq!(verdict(&all, &all), (Verdict::Same, false));
}

#[test]
fn the_worst_figure_has_the_greatest_ratio() {
    let with_figures = |lag: f64, rate: f64| {
        run()
            .figure(WHOLE_MIX, Metric::Failed, lag, &[1.0; 6])
            .figure(WHOLE_MIX, Metric::Throughput, rate, &STEADY)
            .figure(WHOLE_MIX, Metric::LagP99, lag, &STEADY)
    };
    let comparison = compared(&with_figures(1.0, 30.0), &with_figures(5.0, 3.0));
    let (cell, figure) = comparison.worst().unwrap();
    assert_eq!(
        (cell_text(&cell.key), figure.metric.name().as_str()),
        ("smol-local, hold = 1ms, repeat 1".to_owned(), "throughput")
    );
    assert!(comparison.is_worse());
    assert_eq!(compared(&with_figures(5.0, 3.0), &with_figures(5.0, 3.0)).worst(), None);
}

#[test]
fn cells_are_in_the_scenario_s_order_and_not_in_that_of_measurement() {
    let cell = |run: RunBuilder, (engine, hold)| run.at(engine, hold).figure("bystander", Metric::Done, 1.0, &[1.0]);
    let shuffled =
        [(EngineName::Rayon, 20), (EngineName::SmolLocal, 20), (EngineName::Rayon, 1), (EngineName::SmolLocal, 1)];
    let run = shuffled.into_iter().fold(run(), cell);
    let texts: Vec<String> = compared(&run, &run).cells.iter().map(|cell| setting_text(&cell.key)).collect();
    let expected = ["smol-local, hold = 1ms", "rayon, 2 workers, hold = 1ms", "smol-local, hold = 20ms"];
    assert_eq!(texts[..3], expected);
}
