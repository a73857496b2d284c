use super::Verdict::{Fails, Holds, Inconclusive};
use super::*;
use crate::stats::Interval;

const WHOLE: &str = "rayon.guest.done[hold=1ms] == 100";

/// A world in which every figure has these values, one in each round.
fn counts(that: &str, values: &[f64]) -> World {
    World::new(that).rounds(values.len() as u32, &|key, _| Some(values[key.repeat as usize - 1]))
}

#[test]
fn only_counts_of_instances_and_units_make_an_invariant() {
    for (that, nature) in [
        (WHOLE, Nature::Invariant),
        ("rayon.released + rayon.units_done >= smol-local.units_after_cancel / 2", Nature::Invariant),
        ("rayon.stalled_pending == 0", Nature::Invariant),
        ("rayon.voluntary_switches >= 0", Nature::Timing),
        ("rayon.involuntary_switches >= rayon.done", Nature::Timing),
        ("rayon.done / rayon.makespan >= 5", Nature::Timing),
        ("rayon.cpu_utilisation <= 2 * rayon.done", Nature::Timing),
    ] {
        assert_eq!(World::new(that).judged().nature, nature, "{that}");
    }
}

#[test]
fn an_invariant_must_hold_in_every_repeat_however_few() {
    assert_eq!(counts(WHOLE, &[100.0]).said(), said(Holds, ""));
    assert_eq!(counts(WHOLE, &[100.0; 20]).said(), said(Holds, ""));
    assert_eq!(counts(WHOLE, &[100.0, 99.0, 100.0]).said(), said(Fails, "so in 2 of 3 repeats, not in repeat 2"));
    let many = [vec![99.0; 5], vec![100.0; 15]].concat();
    assert_eq!(counts(WHOLE, &many).said(), said(Fails, "not so in 5 of 20 repeats"));
    assert_eq!(counts(WHOLE, &[1.0, 2.0]).said(), said(Fails, "so in none of 2 repeats"));
}

#[test]
fn its_bounds_are_the_least_and_the_greatest() {
    let judged = counts("rayon.guest.done[hold=1ms] >= 50", &[100.0, 70.0, 90.0]).judged();
    assert_eq!(judged.points[0].left, Some(Interval { median: 90.0, bounds: Some((70.0, 100.0)) }));
    assert_eq!(judged.points[0].ratio, Some(Interval { median: 1.8, bounds: Some((1.4, 2.0)) }));
}

#[test]
fn a_repeat_without_the_figure_is_never_a_pass() {
    let holey = |count: f64| {
        World::new(WHOLE).each(&|key, _| (key.repeat != 5).then_some(if key.repeat == 2 { count } else { 100.0 }))
    };
    let reason = "`rayon.guest.done[hold=1ms]` is empty in repeat 5";
    assert_eq!(holey(100.0).said(), said(Inconclusive, reason));
    assert_eq!(holey(99.0).said(), said(Fails, "so in 4 of 6 repeats, not in repeat 2"), "whatever the fifth was");
    let never = World::new(WHOLE).each(&|_, _| None);
    assert_eq!(never.verdict(), Inconclusive);
}

#[test]
fn a_dead_cell_makes_no_pass_and_a_timed_out_cell_has_complete_counts() {
    let ended = |count: f64, exit: &str| {
        counts(WHOLE, &[100.0, count, 100.0]).ended(exit, |key| key.repeat == 2 && key.engine == EngineName::Rayon)
    };
    assert_eq!(ended(100.0, "timeout").verdict(), Holds);
    assert_eq!(ended(99.0, "timeout").verdict(), Fails);
    let reason = "rayon at hold=1ms failed (signal SIGABRT) in repeat 2";
    assert_eq!(ended(100.0, "signal SIGABRT").said(), said(Inconclusive, reason));
    assert_eq!(ended(99.0, "signal SIGABRT").said(), said(Fails, "so in 2 of 3 repeats, not in repeat 2"));
    assert_eq!(ended(100.0, "miscounted: done 99, not 100").verdict(), Inconclusive);
}

#[test]
fn values_that_differ_by_rounding_alone_are_equal() {
    for that in ["rayon.cancelled >= 7% * 100", "rayon.cancelled <= 7% * 100", "rayon.cancelled == 7% * 100"] {
        assert_eq!(counts(that, &[7.0]).verdict(), Holds, "{that}");
    }
    assert_eq!(counts("rayon.cancelled > 7% * 100", &[7.0]).verdict(), Fails);
    assert_eq!(counts("rayon.units_done == 9_000_000_000_001", &[9e12]).verdict(), Fails, "off by one");
}

#[test]
fn counts_of_zero_have_no_ratio() {
    let judged = counts("rayon.guest.unstopped[hold=1ms] == 0", &[0.0; 6]).judged();
    assert_eq!((judged.verdict, judged.points[0].ratio), (Holds, None));
}

const RACED: &str = "rayon.guest.stalled[hold=1ms] > 0 in any repeat";

/// The verdict on a race, its reason, and in how many repeats it is true.
fn raced(world: &World) -> (Verdict, String, Option<u32>) {
    let (verdict, reason) = world.said();
    (verdict, reason, world.judged().points[0].satisfying)
}

#[test]
fn a_claim_on_any_repeat_needs_one() {
    let outcome = |stalls: &[f64]| raced(&counts(RACED, stalls));
    assert_eq!(outcome(&[0.0, 3.0, 0.0, 1.0, 0.0, 0.0]), (Holds, String::new(), Some(2)));
    assert_eq!(outcome(&[2.0]), (Holds, String::new(), Some(1)));
    assert_eq!(outcome(&[0.0; 6]), (Fails, String::new(), Some(0)));
    let every = RACED.replace("any", "every");
    let reason = "so in 4 of 6 repeats, not in repeats 1, 3".to_owned();
    assert_eq!(raced(&counts(&every, &[0.0, 1.0, 0.0, 1.0, 1.0, 1.0])), (Fails, reason, Some(4)));
    assert_eq!(counts(&every, &[1.0; 6]).said(), counts(&every.replace(" in every repeat", ""), &[1.0; 6]).said());
}

#[test]
fn unknown_repeats_leave_a_claim_on_any_repeat_open_unless_one_is_true() {
    let dead = |stalls: &[f64], exit: &str| {
        raced(&counts(RACED, stalls).ended(exit, |key| key.repeat == 2 && key.engine == EngineName::Rayon))
    };
    let reason = "rayon at hold=1ms failed (signal SIGABRT) in repeat 2".to_owned();
    for stalls in [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]] {
        // The counts of a dead cell can neither make it hold nor fail.
        assert_eq!(dead(&stalls, "signal SIGABRT"), (Inconclusive, reason.clone(), Some(0)));
    }
    assert_eq!(dead(&[0.0, 0.0, 1.0], "signal SIGABRT"), (Holds, String::new(), Some(1)));
    assert_eq!(dead(&[0.0, 1.0, 0.0], "timeout"), (Holds, String::new(), Some(1)));
}
