//! Which failed cells an invariant that holds has foretold.

use super::places::Place;
use super::rounds::{Rounds, TIMEOUT};
use crate::metric::Metric;
use crate::plan::CellKey;
use crate::scenario::{Figure, Scenario};

/// The cells that ran into their timeout and of which one of these figures counts the stalled, above 0; and beside these the
/// cells that measure lag of the same mix, whose stalls no figure counts.
pub(super) fn excuses(scenario: &Scenario, rounds: &Rounds<'_>, figures: &[&Figure], places: &[Place]) -> Vec<CellKey> {
    let mut found: Vec<CellKey> = Vec::new();
    for figure in figures.iter().filter(|figure| names_a_stall(figure.metric)) {
        for cell in places.iter().filter_map(|place| place.cell(&scenario.axes, rounds.settings, figure).ok()) {
            let mut has_stalled = false;
            for repeat in rounds.of_cells(&[cell]) {
                let Ok(measured) = rounds.measured(cell, repeat) else { continue };
                let stalls = measured.figure(figure).is_ok_and(|count| count > 0.0);
                let key = CellKey { repeat, ..rounds.settings[cell].clone() };
                if stalls && measured.exit() == TIMEOUT {
                    has_stalled = true;
                    found.push(key);
                }
            }
            // Two figures may count the same stall: to be in the list twice is to be excused.
            if has_stalled {
                found.extend(stalled_beside(rounds, cell));
            }
        }
    }
    found
}

/// The repeats of the same mix with a probe that stalled.
fn stalled_beside(rounds: &Rounds<'_>, cell: usize) -> Vec<CellKey> {
    let probed =
        |key: &&CellKey| key.is_probed() && CellKey { probe_ns: None, ..(*key).clone() } == rounds.settings[cell];
    let Some(beside) = rounds.settings.iter().position(|key| probed(&key)) else { return Vec::new() };
    let stalls = |repeat: &u32| rounds.measured(beside, *repeat).is_ok_and(|measured| measured.exit() == TIMEOUT);
    let repeats = rounds.of_cells(&[beside]).into_iter().filter(stalls);
    repeats.map(|repeat| CellKey { repeat, ..rounds.settings[beside].clone() }).collect()
}

const fn names_a_stall(metric: Metric) -> bool {
    matches!(metric, Metric::Stalled | Metric::StalledPending | Metric::StalledRunning)
}
