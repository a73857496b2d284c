//! What goes into `run.toml`: what was asked, resolved, on which machine, built how, at which speed.

use std::collections::{BTreeMap, BTreeSet};

use toml::Table;

use crate::host::Host;
use crate::plan::{Campaign, describe, nanoseconds};
use crate::report::{
    AxisFacts, Calibration, CellOrder, Resolved, RunFacts, SCHEMA_VERSION, ScenarioFacts, TasksPolicy, cell_text,
};
use crate::scenario::Scenario;

use super::speed::Measured;

/// The facts of a run that is about to begin.
pub(super) fn facts(
    scenario: &Scenario,
    campaign: &Campaign,
    run_id: &str,
    policy: TasksPolicy,
    speed: &Measured,
) -> RunFacts {
    let workers: BTreeSet<u32> = campaign.cells.iter().map(|cell| cell.key.workers).collect();
    RunFacts {
        schema_version: SCHEMA_VERSION,
        taskmix_version: env!("CARGO_PKG_VERSION").to_owned(),
        run_id: run_id.to_owned(),
        complete: false,
        interrupted: false,
        scenario: ScenarioFacts::new(&scenario.name, &scenario.text),
        resolved: Resolved {
            seed: scenario.seed,
            repeats: scenario.repeats,
            workers: workers.into_iter().collect(),
            timeout_ns: nanoseconds(scenario.timeout),
            tasks: policy.as_str().to_owned(),
            blocking_threads: blocking_threads(scenario, campaign),
            axes: Some(scenario.axes.iter().map(AxisFacts::new).collect()),
        },
        host: host(),
        versions: versions(scenario),
        build: build(),
        calibration: Calibration { before: calibration(speed), after: Table::new() },
        cells: CellOrder { order: campaign.cells.iter().map(|cell| cell_text(&cell.key)).collect() },
    }
}

/// Of each engine that has a pool, its size: the scenario's, or its default.
fn blocking_threads(scenario: &Scenario, campaign: &Campaign) -> BTreeMap<String, u32> {
    let set = campaign.cells.iter().find_map(|cell| cell.blocking_threads);
    let engines = scenario.engines.iter().map(|engine| describe(*engine));
    engines
        .filter_map(|engine| {
            Some((engine.engine, set.or(engine.blocking_threads).filter(|_| engine.blocking_threads.is_some())?))
        })
        .collect()
}

fn host() -> Table {
    Table::try_from(Host::here()).unwrap_or_default()
}

fn versions(scenario: &Scenario) -> Table {
    let mut versions = Table::new();
    versions.insert("rustc".into(), env!("TASKMIX_RUSTC").into());
    for engine in &scenario.engines {
        versions.insert(engine.to_string(), describe(*engine).runtime.into());
    }
    versions
}

fn build() -> Table {
    let mut build = Table::new();
    build.insert("profile".into(), if cfg!(debug_assertions) { "debug" } else { "release" }.into());
    build.insert("target".into(), format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS).into());
    build
}

/// A calibration as a table.
pub(super) fn calibration(speed: &Measured) -> Table {
    let mut table = Table::new();
    table.insert("iterations_per_second".into(), speed.calibration.iterations_per_second.round().into());
    table.insert("spread".into(), ((speed.calibration.spread * 1e4).round() / 1e4).into());
    let (clock, rate) = match speed.ticks_per_second {
        0 => ("CLOCK_MONOTONIC", 1_000_000_000),
        rate => ("time-stamp counter", rate),
    };
    table.insert("clock".into(), clock.into());
    table.insert("ticks_per_second".into(), i64::try_from(rate).unwrap_or(i64::MAX).into());
    table
}
