//! The stalled cells that an invariant claims, if it holds.

use super::places::AxisPoint;
use super::rounds::{Rounds, TIMEOUT};
use taskmix_engine::metric::Metric;
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Figure, Scenario};

/// The cells that timed out and whose stalled instances are counted, above 0, by one of these figures. Included are the cells
/// that measure the lag of the same mix, because no figure counts their stalls.
pub(super) fn expected_stalls(
    scenario: &Scenario,
    rounds: &Rounds<'_>,
    figures: &[&Figure],
    places: &[AxisPoint],
) -> Vec<CellKey> {
    let mut found: Vec<CellKey> = Vec::new();
    for figure in figures.iter().filter(|figure| figure.metric.of_instances().is_some_and(counts_stalls)) {
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
            // Two figures may count the same stall: then a cell is in the list twice, which does no harm.
            if has_stalled {
                found.extend(stalled_lag_cells(rounds, cell));
            }
        }
    }
    found
}

/// The stalled repeats of the cell that measures the lag of the same mix.
fn stalled_lag_cells(rounds: &Rounds<'_>, cell: usize) -> Vec<CellKey> {
    let probed =
        |key: &&CellKey| key.is_probed() && CellKey { probe_ns: None, ..(*key).clone() } == rounds.settings[cell];
    let Some(lag_cell) = rounds.settings.iter().position(|key| probed(&key)) else { return Vec::new() };
    let stalls = |repeat: &u32| rounds.measured(lag_cell, *repeat).is_ok_and(|measured| measured.exit() == TIMEOUT);
    let repeats = rounds.of_cells(&[lag_cell]).into_iter().filter(stalls);
    repeats.map(|repeat| CellKey { repeat, ..rounds.settings[lag_cell].clone() }).collect()
}

const fn counts_stalls(metric: Metric) -> bool {
    matches!(metric, Metric::Stalled | Metric::StalledPending | Metric::StalledRunning)
}
