//! The figures of `samples.csv`, `states.csv` and `summary.csv`, computed again from `tasks.csv` and from each other by naive
//! methods.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::instance::Instance;
use crate::support::{Finished, Lab, Row};

/// The number of engines: a loop, a pool, threads and processes. The figures are made from records in the same way for all.
const ENGINES: usize = 4;

/// Enough instances for every percentile; some are cancelled, some durations are drawn; six repeats.
const MIX: &str = r#"
question = "Are the figures those of the rows?"
engines = ["smol-local", "rayon", "threads", "processes"]
workers = 2
repeats = 6
seed = 5

[[task]]
name = "burst"
count = 1000
steps = [{ cpu = "5us" }]

[[task]]
name = "visitor"
count = 150
arrival = { poisson = 1500 }
steps = [{ sleep = { exp = "1ms" } }, { cpu = "20us" }]

[[task]]
name = "stopped"
count = 12
arrival = { every = "10ms" }
steps = [{ sleep = "4ms" }, { cpu = "10us" }, { sleep = "4ms" }]
cancel = { after = "3ms", share = 0.7 }

[[task]]
name = "client"
count = 30
arrival = { clients = 3, think = "1ms" }
steps = [{ block = { uniform = ["100us", "900us"] } }]
"#;

static RUN: LazyLock<Finished> = LazyLock::new(|| Lab::new().run(MIX, &["--quiet"]).ok());

type Cell = (String, String);

fn cell(row: &Row) -> Cell {
    (row.text("engine").to_owned(), row.text("repeat").to_owned())
}

/// The instances of each cell.
static CELLS: LazyLock<BTreeMap<Cell, Vec<Instance>>> = LazyLock::new(|| {
    let mut cells = BTreeMap::<_, Vec<Instance>>::new();
    for row in RUN.rows("tasks.csv") {
        cells.entry(cell(&row)).or_default().push(Instance::read(&row));
    }
    cells
});

/// Each row of `samples.csv` with the instances that it summarises.
fn samples() -> Vec<(Row, Vec<Instance>)> {
    let with = |row: Row| {
        let all = CELLS[&cell(&row)].iter();
        let instances = all.filter(|one| row.text("task") == "*" || row.text("task") == one.task).cloned().collect();
        (row, instances)
    };
    RUN.rows("samples.csv").into_iter().map(with).collect()
}

/// The percentiles: name, thousandths, and the fewest values that have one.
const PERCENTILES: [(&str, usize, usize); 4] =
    [("p50", 500, 1), ("p90", 900, 10), ("p99", 990, 100), ("p999", 999, 1000)];

/// Checks the percentiles of a row against those of the sorted values by nearest rank: of `n` values the ⌈p × n⌉-th.
fn assert_percentiles(row: &Row, kind: &str, sorted: &[u64]) {
    for (name, thousandths, fewest) in PERCENTILES {
        let column = format!("{kind}_{name}_ns");
        if kind == "lag" && !["p50", "p99"].contains(&name) {
            continue;
        }
        if sorted.len() < fewest {
            assert!(row.is_empty(&column), "{column} of {} values: {row:?}", sorted.len());
            continue;
        }
        let exact = sorted[(sorted.len() * thousandths).div_ceil(1000) - 1] as f64;
        assert!((row.number(&column) - exact).abs() <= exact / 1000.0, "{column} should be {exact}: {row:?}");
    }
}

/// Checks the six figures of one kind of time against its values.
fn assert_times(row: &Row, kind: &str, mut values: Vec<u64>) {
    values.sort_unstable();
    assert_percentiles(row, kind, &values);
    let (mean, max) = (format!("{kind}_mean_ns"), format!("{kind}_max_ns"));
    let Some(most) = values.last() else {
        assert!(row.is_empty(&mean) && row.is_empty(&max), "{kind} of no instance: {row:?}");
        return;
    };
    assert_eq!(row.whole(&max), *most, "{max}: {row:?}");
    let exact = values.iter().sum::<u64>() as f64 / values.len() as f64;
    assert!((row.number(&mean) - exact).abs() <= 0.001, "{mean} should be {exact}: {row:?}");
}

// Broken by a coarser histogram, another definition of a percentile, one too many or too few in it, or a mean from buckets.
#[test]
fn percentiles_means_and_maxima_are_those_of_the_rows() {
    let samples = samples();
    assert_eq!(samples.len(), ENGINES * 6 * 5);
    for (row, instances) in samples {
        let done = || instances.iter().filter(|one| one.state == "done");
        assert_times(&row, "latency", done().map(Instance::latency).collect());
        assert_times(&row, "service", done().map(Instance::service).collect());
        assert_times(&row, "wait", instances.iter().filter(|one| one.start.is_some()).map(Instance::wait).collect());
        let cancelled = instances.iter().filter(|one| one.state == "cancelled");
        let cancel_time = |one: &Instance| one.finished() - one.cancel.expect("a cancelled instance had a request");
        assert_times(&row, "cancel", cancelled.map(cancel_time).collect());
    }
}

// Broken by an instance counted twice or not at all, or by a throughput of all that were released.
#[test]
fn counts_spans_and_rates_are_those_of_the_rows() {
    for (row, instances) in samples() {
        let count =
            |is_counted: &dyn Fn(&Instance) -> bool| instances.iter().filter(|one| is_counted(one)).count() as u64;
        assert_eq!(row.whole("released"), instances.len() as u64, "{row:?}");
        assert_eq!(row.whole("started"), count(&|one| one.start.is_some()), "{row:?}");
        for state in ["done", "cancelled", "failed", "stalled"] {
            assert_eq!(row.whole(state), count(&|one| one.state == state), "{state}: {row:?}");
        }
        assert_eq!(row.whole("unstopped"), count(&|one| one.state == "done" && one.cancel.is_some()), "{row:?}");
        let first = instances.iter().map(|one| one.scheduled).min().expect("instances");
        let last = instances.iter().map(Instance::finished).max().expect("instances");
        let makespan = row.whole("makespan_ns");
        if row.text("task") == "*" {
            assert!(makespan >= last, "{row:?}");
        } else {
            assert_eq!(makespan, last - first, "{row:?}");
        }
        let rate = row.number("done") / (makespan as f64 / 1e9);
        assert!((row.number("throughput_per_s") - rate).abs() <= 0.001, "{rate}: {row:?}");
    }
}

// Broken by lag from the due time instead of the writing, or by probes that are left out.
#[test]
fn lag_is_that_of_the_probes() {
    let run = Lab::new().run(MIX, &["--quiet", "--probe", "--repeats", "1"]).ok();
    let probes = run.rows("probe.csv");
    let mixes: Vec<Row> = run.rows("samples.csv").into_iter().filter(|row| !row.is_empty("probe_ns")).collect();
    assert_eq!(mixes.len(), ENGINES);
    for mix in &mixes {
        let of_cell = probes.iter().filter(|row| cell(row) == cell(mix));
        let mut lags: Vec<u64> = of_cell.map(|row| row.whole("lag_ns")).collect();
        lags.sort_unstable();
        assert_eq!(mix.whole("lag_max_ns"), *lags.last().expect("probes"), "{mix:?}");
        assert_percentiles(mix, "lag", &lags);
    }
}

// Broken by a transition in a wrong bucket or a wrong direction, or by times that are not those of the rows.
#[test]
fn states_over_time_are_those_of_the_rows_and_obey_littles_law() {
    let states = RUN.rows("states.csv");
    for (cell_key, instances) in CELLS.iter() {
        let rows: Vec<&Row> = states.iter().filter(|row| cell(row) == *cell_key).collect();
        let (last, before) = rows.split_last().expect("rows");
        let width = rows[0].whole("t_ns");
        let mut in_system = 0;
        for row in before {
            let t = row.whole("t_ns");
            let by_then = |time: Option<u64>| time.is_some_and(|time| time <= t);
            let count = |is_counted: &dyn Fn(&Instance) -> bool| {
                instances.iter().filter(|one| one.scheduled <= t && is_counted(one)).count() as u64
            };
            let pending = count(&|one| !by_then(one.start) && !by_then(one.end));
            let running = count(&|one| by_then(one.start) && !by_then(one.end));
            assert_eq!((row.whole("pending"), row.whole("running")), (pending, running), "{row:?}");
            for state in ["done", "cancelled", "failed", "stalled"] {
                assert_eq!(row.whole(state), count(&|one| by_then(one.end) && one.state == state), "{state}: {row:?}");
            }
            in_system += (pending + running) * width;
        }
        let ended = |state| instances.iter().filter(|one| one.state == state).count() as u64;
        assert_eq!((last.whole("done"), last.whole("cancelled")), (ended("done"), ended("cancelled")));
        // Little's law: the integral of the number in the system is the sum of the times in it. Each time is cut at the ends of a
        // bucket.
        let stays: u64 = instances.iter().map(Instance::latency).sum();
        assert!(in_system.abs_diff(stays) <= instances.len() as u64 * width, "{cell_key:?}: {in_system}, {stays}");
    }
}

/// The columns of an interval in `summary.csv` for a column of `samples.csv`: the unit stays last.
fn bounds_of(column: &str) -> (String, String) {
    let unit = ["_ns", "_bytes", "_per_s"].into_iter().find(|unit| column.ends_with(unit)).unwrap_or("");
    let name = column.strip_suffix(unit).expect("it ends so");
    (format!("{name}_lo{unit}"), format!("{name}_hi{unit}"))
}

// Broken by a mean in place of the median, by repeats of another cell, or by an interval of other ranks.
#[test]
fn medians_and_intervals_are_those_of_the_samples() {
    let header = RUN.files["samples.csv"].lines().next().expect("a header");
    let figures: Vec<&str> =
        header.split(',').skip_while(|name| *name != "released").take_while(|name| *name != "exit").collect();
    assert!(figures.len() > 40, "{figures:?}");
    let samples = RUN.rows("samples.csv");
    let summaries = RUN.rows("summary.csv");
    assert_eq!(summaries.len(), ENGINES * 5);
    let mut compared = 0;
    for summary in &summaries {
        let is_repeat = |row: &&Row| ["engine", "task"].iter().all(|column| row.text(column) == summary.text(column));
        let repeats: Vec<&Row> = samples.iter().filter(is_repeat).collect();
        assert_eq!((repeats.len(), summary.whole("repeats"), summary.whole("repeats_ok")), (6, 6, 6));
        for figure in &figures {
            let mut values: Vec<f64> =
                repeats.iter().filter(|row| !row.is_empty(figure)).map(|row| row.number(figure)).collect();
            values.sort_by(f64::total_cmp);
            let (lo, hi) = bounds_of(figure);
            if values.is_empty() {
                assert!([*figure, &lo, &hi].iter().all(|column| summary.is_empty(column)), "{figure}: {summary:?}");
                continue;
            }
            let middle = f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]);
            // Both are printed to 3 decimals, shares to 4.
            assert!((summary.number(figure) - middle).abs() <= 0.001, "{figure} should be {middle}: {summary:?}");
            if let [least, .., most] = values[..]
                && values.len() == 6
            {
                let ends = (summary.number(&lo), summary.number(&hi));
                assert!((ends.0 - least).abs() <= 0.001 && (ends.1 - most).abs() <= 0.001, "{figure}: {summary:?}");
            } else {
                assert!(summary.is_empty(&lo) && summary.is_empty(&hi), "{figure}: {summary:?}");
            }
            compared += 1;
        }
    }
    assert!(compared > 400, "{compared}");
}
