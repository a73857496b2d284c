use super::*;

/// A stall on the pool at `hold` = 20 ms, with `count` stalled instances of each task.
fn stalled(that: &str, count: f64) -> World {
    let is = |key: &CellKey| key.engine == EngineName::Rayon && hold(key) > 2.0;
    let stalls = |metric| matches!(metric, Metric::Stalled | Metric::StalledRunning);
    let world = World::new(that).each(&|key, metric| Some(if is(key) && stalls(metric) { count } else { 0.0 }));
    world.ended("timeout", is)
}

/// The cells of the first round whose stall is expected.
fn expected_cells(world: &World) -> Vec<String> {
    let judged = [world.judged()];
    let first = world.settings.iter().map(|key| CellKey { repeat: 1, ..key.clone() });
    let expected = first.filter(|key| is_expected_stall(&judged, key));
    expected.map(|key| format!("{} {}", key.engine, hold(&key))).collect()
}

#[test]
fn an_invariant_that_claims_a_stall_and_holds_makes_it_expected() {
    for that in ["rayon.stalled[hold=20ms] >= 1", "rayon.guest.stalled_running[hold=20ms] == 3", "rayon.stalled <= 3"] {
        let world = stalled(that, 3.0);
        assert_eq!(world.verdict(), Verdict::Holds, "{that}");
        assert_eq!(expected_cells(&world), ["rayon 20"], "{that}");
        let key = world.settings.iter().find(|key| key.engine == EngineName::Rayon && hold(key) > 2.0).unwrap();
        assert!((1..=6).all(|repeat| is_expected_stall(&[world.judged()], &CellKey { repeat, ..key.clone() })));
    }
}

#[test]
fn nothing_else_makes_a_stall_expected() {
    for (that, why) in [
        ("rayon.stalled[hold=20ms] >= 4", "it does not hold"),
        ("rayon.done[hold=20ms] == 0", "it does not mention the stall"),
        ("rayon.stalled[hold=1ms] == 0", "it is about another cell"),
        ("smol-local.stalled[hold=20ms] == 0", "it is about another engine"),
        ("rayon.stalled_pending[hold=20ms] == 0", "it denies a stall"),
        ("rayon.lag_p99[hold=20ms] + 0ns >= 0 * rayon.lag_p99[hold=20ms]", "it is no invariant"),
        ("rayon.stalled >= 1", "at 1 ms there is no stall, so it fails"),
    ] {
        assert_eq!(expected_cells(&stalled(that, 3.0)), [""; 0], "{why}");
    }
    assert_eq!(expected_cells(&stalled("rayon.stalled <= 3", 0.0)), [""; 0], "a timeout without a stall");
}

#[test]
fn the_stall_of_a_lag_cell_is_expected_only_together_with_that_of_its_mix() {
    let probed = |that: &str, count: f64| {
        let stalls =
            |key: &CellKey| key.engine == EngineName::Rayon && hold(key) > 2.0 && (count > 0.0 || key.is_probed());
        let world = World::of("probe = \"1ms\"", that);
        let world = world.each(&|key, metric| Some(if stalls(key) && metric == Metric::Stalled { count } else { 0.0 }));
        expected_cells(&world.ended("timeout", stalls))
    };
    assert_eq!(probed("rayon.stalled[hold=20ms] >= 1", 3.0), ["rayon 20", "rayon 20"], "without a probe and with one");
    assert_eq!(probed("rayon.stalled[hold=20ms] == 0", 0.0), [""; 0], "it denies a stall");
}

#[test]
fn a_cell_that_died_is_never_an_expected_stall() {
    let that = "rayon.stalled[hold=20ms] >= 1";
    for exit in ["signal SIGABRT", "exit code 101", "miscounted: ?", "protocol error: ?"] {
        let died = stalled(that, 3.0).ended(exit, |key| key.engine == EngineName::Rayon && key.repeat == 1);
        assert_eq!(expected_cells(&died), [""; 0], "{exit}");
        let judged = died.judged();
        assert_eq!(judged.verdict, Verdict::Inconclusive, "{exit}: the counts of a dead cell can't make it hold");
        assert!(judged.expected_stalls.is_empty());
    }
}

#[test]
fn a_race_that_is_claimed_is_expected_in_the_repeats_in_which_it_stalls() {
    let expected = |that: &str| {
        let is = |key: &CellKey| key.engine == EngineName::Rayon && hold(key) > 2.0 && key.repeat.is_multiple_of(2);
        let world = World::new(that);
        let world = world.each(&|key, metric| Some(if is(key) && metric == Metric::Stalled { 3.0 } else { 0.0 }));
        let judged = [world.ended("timeout", is).judged()];
        let cells = expected_repeats(&judged);
        (judged[0].verdict, cells)
    };
    let repeats = (Verdict::Holds, vec![2, 4, 6]);
    assert_eq!(expected("rayon.stalled[hold=20ms] > 0 in any repeat"), repeats);
    assert_eq!(expected("rayon.stalled[hold=20ms] > 0 in every repeat"), (Verdict::Fails, vec![]));
    assert_eq!(expected("rayon.stalled[hold=20ms] > 3 in any repeat"), (Verdict::Fails, vec![]));
}

/// The repeats of the cells whose stall is expected.
fn expected_repeats(judged: &[Judged]) -> Vec<u32> {
    judged.iter().flat_map(|judged| &judged.expected_stalls).map(|cell| cell.repeat).collect()
}
