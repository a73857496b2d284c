use super::Verdict::{Fails, Holds, Inconclusive};
use super::*;

fn points(points: &[(&str, Verdict)]) -> Vec<(String, Verdict)> {
    points.iter().map(|(place, verdict)| ((*place).to_owned(), *verdict)).collect()
}

#[test]
fn a_claim_must_hold_at_every_value_of_an_open_parameter() {
    let lag = |key: &CellKey, _: Metric| Some(if hold(key) > 2.0 { 9.0 } else { 1.0 });
    let open = World::new("rayon.lag_p99 <= 5ns").each(&lag);
    assert_eq!(open.points(), points(&[("hold=1ms", Holds), ("hold=20ms", Fails)]));
    assert_eq!(open.verdict(), Fails);
    let selected = World::new("rayon.lag_p99[hold=1ms] <= 5ns").each(&lag);
    assert_eq!(selected.points(), points(&[("", Holds)]));
}

#[test]
fn the_verdict_is_the_worst_of_the_points() {
    // Inconclusive at 1 ms, clear at 20 ms.
    let world = |clear: f64| {
        World::new("rayon.lag_p99 <= 5ns").each(&move |key, _| {
            let torn = if key.repeat == 1 { 9.0 } else { 1.0 };
            Some(if hold(key) > 2.0 { clear } else { torn })
        })
    };
    assert_eq!(world(1.0).points(), points(&[("hold=1ms", Inconclusive), ("hold=20ms", Holds)]));
    assert_eq!(world(1.0).verdict(), Inconclusive);
    assert_eq!(world(9.0).verdict(), Fails);
    assert_eq!(world(9.0).judged().holding(), 0);
}

#[test]
fn among_equal_verdicts_the_worst_point_is_nearest_to_failing() {
    let lag = |key: &CellKey, metric: Metric| Some(if metric == Metric::LagP99 { 40.0 - hold(key) } else { 10.0 });
    let worst = |that: &str| World::new(that).each(&lag).judged().worst().unwrap().place.clone();
    assert_eq!(worst("rayon.lag_p99 >= rayon.lag_p50"), "hold=20ms");
    assert_eq!(worst("rayon.lag_p50 <= rayon.lag_p99"), "hold=20ms");
    assert_eq!(worst("rayon.lag_p99 <= 10 * rayon.lag_p50"), "hold=1ms");
    assert_eq!(worst("rayon.lag_p50 == 10ns"), "hold=1ms", "the first of equal points");
}

#[test]
fn both_sides_have_the_same_value_of_a_parameter_that_both_leave_open() {
    // At 1 ms: 2 against 1. At 20 ms: 21 against 20. Mixed up, 2 against 20 would fail.
    let lag = |key: &CellKey, _: Metric| {
        let slow = key.engine == EngineName::SmolLocal;
        Some(hold(key) + if slow { 1.0 } else { 0.0 })
    };
    let joint = World::new("smol-local.lag_p99 > async-executor.lag_p99").each(&lag);
    assert_eq!(joint.points(), points(&[("hold=1ms", Holds), ("hold=20ms", Holds)]));
    let half = World::new("smol-local.lag_p99 > async-executor.lag_p99[hold=20ms]").each(&lag);
    assert_eq!(half.points(), points(&[("hold=1ms", Fails), ("hold=20ms", Holds)]), "one side selects its own");
    let none = World::new("smol-local.lag_p99[hold=20ms] > async-executor.lag_p99[hold=1ms]").each(&lag);
    assert_eq!(none.points(), points(&[("", Holds)]));
}

#[test]
fn both_sides_have_the_same_workers_unless_an_engine_has_no_choice() {
    let head = "workers = [2, 64]";
    let lag = |key: &CellKey, _: Metric| {
        let few = f64::from(key.workers);
        Some(if key.engine == EngineName::AsyncExecutor { few + 1.0 } else { few })
    };
    let joint = World::of(head, "async-executor.lag_p99[hold=1ms] > rayon.lag_p99[hold=1ms]").each(&lag);
    assert_eq!(joint.points(), points(&[("workers=2", Holds), ("workers=64", Holds)]));
    let single = World::of(head, "rayon.lag_p99[hold=1ms] <= 2 * smol-local.lag_p99[hold=1ms]").each(&lag);
    assert_eq!(single.points(), points(&[("workers=2", Holds), ("workers=64", Fails)]));
    let alone = World::of(head, "smol-local.lag_p99[hold=1ms] == 1ns").each(&lag);
    assert_eq!(alone.points(), points(&[("", Holds)]), "a single thread leaves nothing open");
    // The test's machine has two cores.
    let cores = World::of(head, "threads.lag_p99[hold=1ms] == 2ns").each(&lag);
    assert_eq!(cores.points(), points(&[("", Holds)]), "nor does an engine whose workers are the cores");
    let beside = World::of(head, "rayon.lag_p99[hold=1ms] <= threads.lag_p99[hold=1ms]").each(&lag);
    assert_eq!(beside.points(), points(&[("workers=2", Holds), ("workers=64", Fails)]));
    let half = World::of(head, "rayon.lag_p99[hold=1ms, workers=2] <= rayon.lag_p99[hold=1ms]").each(&lag);
    assert_eq!(half.points(), points(&[("workers=2", Holds), ("workers=64", Holds)]));
    let own = "rayon.lag_p99[workers=64, hold=1ms] >= 32 * rayon.lag_p99[workers=2, hold=1ms]";
    assert_eq!(World::of(head, own).each(&lag).points(), points(&[("", Holds)]));
}

#[test]
fn parameters_and_workers_left_open_are_all_combined() {
    let places: Vec<String> =
        World::of("workers = [2, 64]", "rayon.lag_p99 == 1ns").points().into_iter().map(|(place, _)| place).collect();
    let all = ["hold=1ms, workers=2", "hold=1ms, workers=64", "hold=20ms, workers=2", "hold=20ms, workers=64"];
    assert_eq!(places, all);
}

#[test]
fn worker_counts_of_a_parameter_are_those_of_its_points() {
    let points_of = |that: &str| {
        let text = format!(
            "question = \"?\"\nengines = [\"rayon\"]\nworkers = \"$w\"\n[[task]]\nname = \"a\"\ncount = 1\nsteps = []\n\
             [matrix]\nw = [1, 2]\n[[expect]]\nclaim = \"?\"\nthat = \"{that}\"\n"
        );
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let settings = Campaign::new(&scenario, 2).unwrap().settings.into_iter().map(|cell| cell.key).collect();
        let world = World { scenario, settings, samples: Vec::new() };
        world.rounds(6, &|key, _| Some(f64::from(key.workers))).points()
    };
    assert_eq!(
        points_of("rayon.lag_p50[w=2] == 2 * rayon.lag_p50[w=1]"),
        points(&[("", Holds)]),
        "each value has its own count"
    );
    assert_eq!(points_of("rayon.lag_p50 <= 1ns"), points(&[("w=1", Holds), ("w=2", Fails)]));
}

#[test]
fn a_cell_that_was_not_run_is_inconclusive_and_is_named() {
    let that = "rayon.lag_p99 >= smol-local.lag_p99";
    let world = World::new(that).without_engine(EngineName::Rayon);
    assert_eq!(world.said(), said(Inconclusive, "rayon was not run"));
    assert_eq!(world.judged().points.len(), 2);

    let mut fewer = World::of("workers = [2, 64]", "rayon.lag_p99[workers=64] >= smol-local.lag_p99");
    fewer.settings.retain(|key| key.workers != 64);
    assert_eq!(fewer.said(), said(Inconclusive, "rayon was not run with 64 workers"));

    let mut short = World::new(that);
    short.settings.retain(|key| hold(key) < 2.0);
    assert_eq!(short.points(), points(&[("hold=1ms", Holds), ("hold=20ms", Inconclusive)]));
    assert_eq!(short.said(), said(Inconclusive, "rayon was not run at hold=20ms"));
    assert_eq!(World::new("rayon.done == 1").without_engine(EngineName::Rayon).verdict(), Inconclusive);
}
