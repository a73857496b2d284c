use super::*;

/// A stall on the pool at 20 ms: of each task so many instances.
fn stalled(that: &str, count: f64) -> World {
    let is = |key: &CellKey| key.engine == EngineName::Rayon && hold(key) > 2.0;
    let stalls = |metric| matches!(metric, Metric::Stalled | Metric::StalledRunning);
    let world = World::new(that).each(&|key, metric| Some(if is(key) && stalls(metric) { count } else { 0.0 }));
    world.ended("timeout", is)
}

/// Which cells of the first round are excused.
fn excused_cells(world: &World) -> Vec<String> {
    let judged = [world.judged()];
    let first = world.settings.iter().map(|key| CellKey { repeat: 1, ..key.clone() });
    let excused = first.filter(|key| excused(&judged, key));
    excused.map(|key| format!("{} {}", key.engine, hold(&key))).collect()
}

#[test]
fn an_invariant_that_names_a_stall_and_holds_excuses_the_cells_that_stalled() {
    for that in ["rayon.stalled[hold=20ms] >= 1", "rayon.guest.stalled_running[hold=20ms] == 3", "rayon.stalled <= 3"] {
        let world = stalled(that, 3.0);
        assert_eq!(world.verdict(), Verdict::Holds, "{that}");
        assert_eq!(excused_cells(&world), ["rayon 20"], "{that}");
        let key = world.settings.iter().find(|key| key.engine == EngineName::Rayon && hold(key) > 2.0).unwrap();
        assert!((1..=6).all(|repeat| excused(&[world.judged()], &CellKey { repeat, ..key.clone() })));
    }
}

#[test]
fn nothing_else_excuses_a_cell() {
    for (that, why) in [
        ("rayon.stalled[hold=20ms] >= 4", "it does not hold"),
        ("rayon.done[hold=20ms] == 0", "it does not name the stall"),
        ("rayon.stalled[hold=1ms] == 0", "it names another cell"),
        ("smol-local.stalled[hold=20ms] == 0", "it names another engine"),
        ("rayon.stalled_pending[hold=20ms] == 0", "it denies a stall"),
        ("rayon.lag_p99[hold=20ms] + 0ns >= 0 * rayon.lag_p99[hold=20ms]", "it is no invariant"),
        ("rayon.stalled >= 1", "at 1 ms there is none: it fails there"),
    ] {
        assert_eq!(excused_cells(&stalled(that, 3.0)), [""; 0], "{why}");
    }
    assert_eq!(excused_cells(&stalled("rayon.stalled <= 3", 0.0)), [""; 0], "a timeout without a stall");
}

#[test]
fn a_cell_that_measures_lag_is_excused_beside_one_that_is_and_by_no_claim_that_denies_a_stall() {
    let probed = |that: &str, count: f64| {
        let stalls =
            |key: &CellKey| key.engine == EngineName::Rayon && hold(key) > 2.0 && (count > 0.0 || key.is_probed());
        let world = World::of("probe = \"1ms\"", that);
        let world = world.each(&|key, metric| Some(if stalls(key) && metric == Metric::Stalled { count } else { 0.0 }));
        excused_cells(&world.ended("timeout", stalls))
    };
    assert_eq!(probed("rayon.stalled[hold=20ms] >= 1", 3.0), ["rayon 20", "rayon 20"], "without a probe and with one");
    assert_eq!(probed("rayon.stalled[hold=20ms] == 0", 0.0), [""; 0], "it denies a stall");
}

#[test]
fn a_cell_that_died_is_never_excused() {
    let that = "rayon.stalled[hold=20ms] >= 1";
    for exit in ["signal SIGABRT", "exit code 101", "miscounted: ?", "protocol error: ?"] {
        let died = stalled(that, 3.0).ended(exit, |key| key.engine == EngineName::Rayon && key.repeat == 1);
        assert_eq!(excused_cells(&died), [""; 0], "{exit}");
        let judged = died.judged();
        assert_eq!(judged.verdict, Verdict::Inconclusive, "{exit}: what a dead cell has counted makes no pass");
        assert!(judged.excuses.is_empty());
    }
}
