use std::time::Duration;

use taskmix_engine::scenario::{Precision, Repeats};

use super::*;

/// The claims of a world that its repeats can never decide.
fn undecidable_claims(world: &World) -> Vec<String> {
    undecidable(&world.scenario, &world.settings).iter().map(|claim| claim.that.clone()).collect()
}

const TIMING: &str = "smol-local.latency_p50 >= rayon.latency_p50";

fn repeated(repeats: &str, that: &str) -> World {
    let mut world = World::bare("workers = 2", that);
    world.scenario.repeats = match repeats {
        "auto" => {
            Repeats::Auto(Precision { headline: Metric::LatencyP99, within: 0.05, budget: Duration::from_secs(9) })
        }
        fixed => Repeats::Fixed(fixed.parse().expect("a number")),
    };
    world
}

#[test]
fn a_timing_of_fewer_than_six_repeats_can_never_be_decided() {
    for comparison in [">=", "<=", ">", "<", "==", "!="] {
        let that = TIMING.replace(">=", comparison);
        for repeats in ["1", "5"] {
            assert_eq!(undecidable_claims(&repeated(repeats, &that)), [that.as_str()], "{repeats}");
        }
        for repeats in ["6", "7", "auto"] {
            assert_eq!(undecidable_claims(&repeated(repeats, &that)), [""; 0], "{repeats}");
        }
    }
}

#[test]
fn counts_and_claims_that_are_not_run_are_another_matter() {
    assert_eq!(undecidable_claims(&repeated("1", "rayon.done == smol-local.done")), [""; 0]);
    assert_eq!(undecidable_claims(&repeated("1", TIMING).without_engine(EngineName::Rayon)), [""; 0]);
    let mut partly = repeated("1", TIMING);
    partly.settings.retain(|key| key.engine != EngineName::Rayon || hold(key) < 2.0);
    assert_eq!(undecidable_claims(&partly), [TIMING], "at one of its points");
}
