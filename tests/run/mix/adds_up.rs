//! Figures that agree over the cells of a run: draws from one seed, processors, probes, states.

use std::collections::BTreeMap;

use super::{INSTANCES, MIX, RUN, cells};
use crate::support::{ENGINES, Finished, Lab, Row};

/// The intended release of each instance with an open arrival, and the work drawn for each task.
fn draws(run: &Finished, engine: &str, repeat: &str) -> (BTreeMap<(String, u64), u64>, Vec<u64>) {
    let is_of_cell = |row: &Row| row.text("engine") == engine && row.text("repeat") == repeat;
    let releases = run.rows("tasks.csv").into_iter().filter(|row| is_of_cell(row) && row.text("task") != "client");
    let releases =
        releases.map(|row| ((row.text("task").to_owned(), row.whole("instance")), row.whole("scheduled_ns")));
    let units = run.rows("samples.csv").into_iter().filter(is_of_cell).map(|row| row.whole("units_done"));
    (releases.collect(), units.collect())
}

#[test]
fn one_seed_gives_every_cell_the_same_releases_and_another_seed_others() {
    let (releases, units) = draws(&RUN, "smol-local", "1");
    assert_eq!(releases.len(), 46);
    for engine in ENGINES {
        for repeat in ["1", "2"] {
            assert_eq!(draws(&RUN, engine, repeat), (releases.clone(), units.clone()), "{engine}, repeat {repeat}");
        }
    }
    let other = Lab::new().run(MIX, &["--seed", "8", "--engine", "smol-local", "--repeats", "1"]).ok();
    assert_eq!(other.facts()["resolved"]["seed"].as_integer(), Some(8));
    let (other_releases, other_units) = draws(&other, "smol-local", "1");
    let waits = |releases: &BTreeMap<(String, u64), u64>| {
        releases.iter().filter(|((task, _), _)| task == "waiter").map(|(_, ns)| *ns).collect::<Vec<_>>()
    };
    assert_ne!(waits(&other_releases), waits(&releases), "a Poisson process is drawn");
    let has_same_release = |task: &str| releases[&(task.to_owned(), 3)] == other_releases[&(task.to_owned(), 3)];
    assert!(has_same_release("keeper") && has_same_release("worker"), "releases that aren't drawn stay");
    assert_ne!((units[1], units[2]), (other_units[1], other_units[2]), "work is drawn");
    assert_eq!((units[0], units[3]), (other_units[0], other_units[3]), "fixed work stays");
}

#[test]
fn processors_are_used_and_not_more_of_them_than_there_are() {
    let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
    for row in RUN.rows("samples.csv").iter().filter(|row| row.text("task") == "*") {
        let used = row.number("cpu_utilisation");
        // A little time between the readings and the span's ends is allowed for.
        assert!(used > 0.0 && used <= 1.25 * cores / row.number("workers"), "{row:?}");
        let cpu = row.number("user_cpu_ns") + row.number("system_cpu_ns");
        let expected = cpu / (row.number("makespan_ns") * row.number("workers"));
        assert!((used - expected).abs() < 1e-3, "{used} is not {expected}");
        assert!(row.whole("peak_rss_bytes") > 100_000, "{row:?}");
    }
}

#[test]
fn a_cell_that_measures_lag_gets_one_probe_a_period() {
    let run = Lab::new().run(MIX, &["--quiet", "--repeats", "1", "--probe=2ms"]).ok();
    let probed: Vec<Row> = run.rows("samples.csv").into_iter().filter(|row| !row.is_empty("probe_ns")).collect();
    assert_eq!(probed.len(), ENGINES.len(), "a row of each engine's cell that measures lag");
    for (cell, rows) in cells(run.rows("probe.csv")) {
        let written: Vec<u64> = rows.iter().map(|row| row.whole("written_ns")).collect();
        let span = written.last().expect("there are probes");
        assert!(*span >= 100_000_000 && written.is_sorted(), "{cell:?}");
        // A helper that was delayed before the span writes its due probes within it.
        let late = rows.iter().map(|row| row.whole("late_ns")).max().expect("there are probes");
        assert!(rows.len() as u64 <= (span + late) / 2_000_000 + 1, "{cell:?}: {}", rows.len());
    }
    assert_eq!(cells(run.rows("probe.csv")).len(), ENGINES.len());
}

// Broken by a helper that is started for a cell that measures something else.
#[test]
fn a_cell_that_does_not_measure_lag_gets_no_probe() {
    assert!(RUN.rows("probe.csv").is_empty(), "the run has no `--probe`");
    for row in RUN.rows("samples.csv") {
        assert!(["probe_ns", "lag_p50_ns", "probe_late_p99_ns"].iter().all(|column| row.is_empty(column)), "{row:?}");
    }
}

#[test]
fn states_never_add_up_to_more_than_all_instances() {
    for (cell, rows) in cells(RUN.rows("states.csv")) {
        let ended = rows.iter().map(|row| row.whole("done")).collect::<Vec<_>>();
        assert!(ended.is_sorted(), "{cell:?}");
        assert_eq!(ended.last(), Some(&(INSTANCES as u64)), "{cell:?}");
        for row in rows {
            let all = ["pending", "running", "done", "cancelled", "failed", "stalled"].map(|state| row.whole(state));
            assert!(all.iter().sum::<u64>() <= INSTANCES as u64, "{row:?}");
        }
    }
}
