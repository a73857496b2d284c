//! What adds up over the cells of a run: draws from one seed, processors, probes, states.

use std::collections::BTreeMap;

use crate::support::{ENGINES, Finished, Lab, Row};
use crate::{INSTANCES, MIX, RUN, cells};

/// Of each open instance, its intended release; and of each task, the work drawn for it.
fn draws(run: &Finished, engine: &str, repeat: &str) -> (BTreeMap<(String, u64), u64>, Vec<u64>) {
    let of = |row: &Row| row.text("engine") == engine && row.text("repeat") == repeat;
    let releases = run.rows("tasks.csv").into_iter().filter(|row| of(row) && row.text("task") != "client");
    let releases =
        releases.map(|row| ((row.text("task").to_owned(), row.whole("instance")), row.whole("scheduled_ns")));
    let units = run.rows("samples.csv").into_iter().filter(of).map(|row| row.whole("units_done"));
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
    let keeps = |task: &str| releases[&(task.to_owned(), 3)] == other_releases[&(task.to_owned(), 3)];
    assert!(keeps("keeper") && keeps("worker"), "what isn't drawn stays");
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
fn where_lag_is_asked_for_there_is_a_probe_a_period_and_no_more() {
    let run = Lab::new().run(MIX, &["--quiet", "--repeats", "1", "--probe=2ms"]).ok();
    let probed: Vec<Row> = run.rows("samples.csv").into_iter().filter(|row| !row.is_empty("probe_ns")).collect();
    assert_eq!(probed.len(), ENGINES.len(), "a row of each engine's cell that measures lag");
    for (cell, rows) in cells(run.rows("probe.csv")) {
        let written: Vec<u64> = rows.iter().map(|row| row.whole("written_ns")).collect();
        let span = written.last().expect("there are probes");
        assert!(*span >= 100_000_000 && written.is_sorted(), "{cell:?}");
        // A helper that was held up before the span writes what was due then within it.
        let late = rows.iter().map(|row| row.whole("late_ns")).max().expect("there are probes");
        assert!(rows.len() as u64 <= (span + late) / 2_000_000 + 1, "{cell:?}: {}", rows.len());
    }
    assert_eq!(cells(run.rows("probe.csv")).len(), ENGINES.len());
}

// Broken by a helper that is started for a cell that measures something else.
#[test]
fn no_probe_comes_into_a_cell_that_measures_anything_else() {
    assert!(RUN.rows("probe.csv").is_empty(), "nobody has asked for lag");
    for row in RUN.rows("samples.csv") {
        assert!(["probe_ns", "lag_p50_ns", "probe_late_p99_ns"].iter().all(|column| row.is_empty(column)), "{row:?}");
    }
}

#[test]
fn states_add_up_at_every_time_to_what_has_come() {
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
