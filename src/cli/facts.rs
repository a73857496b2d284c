//! The contents of `run.toml`: the resolved settings, the machine, the build and the calibration.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;

use toml::Table;

use super::args::RunArgs;
use super::registered::Registered;
use super::speed::Measured;
use crate::archive::{
    AutoFacts, AxisFacts, Calibration, CellOrder, HOST_MAY_CHANGE, ProgramFacts, Resolved, RunFacts, SCHEMA_VERSION,
    ScenarioFacts, TasksPolicy, file_hash,
};
use crate::campaign::Program;
use taskmix_engine::host::{self, Host, cpu_list};
use taskmix_engine::plan::{Campaign, Engines, nanoseconds};
use taskmix_engine::scenario::{Repeats, Scenario};

/// The facts of a run that is about to begin, without its calibration.
pub(super) fn facts(
    scenario: &Scenario,
    campaign: &Campaign,
    run_id: &str,
    args: &RunArgs,
    registered: &Registered,
) -> RunFacts {
    let engines = registered.engines();
    let workers: BTreeSet<u32> = campaign.settings.iter().map(|cell| cell.key.workers).collect();
    RunFacts {
        schema_version: SCHEMA_VERSION,
        taskmix_version: env!("CARGO_PKG_VERSION").to_owned(),
        run_id: run_id.to_owned(),
        complete: false,
        interrupted: false,
        resumed: Vec::new(),
        scenario: ScenarioFacts::new(&scenario.name, &scenario.text),
        resolved: Resolved {
            seed: scenario.seed,
            engines: scenario.engines.iter().map(ToString::to_string).collect(),
            repeats: match scenario.repeats {
                Repeats::Fixed(repeats) => repeats,
                Repeats::Auto(_) => 0,
            },
            auto: auto(scenario.repeats),
            retry_disturbed: args.retry_disturbed,
            workers: workers.into_iter().collect(),
            timeout_ns: nanoseconds(scenario.timeout),
            probe_ns: scenario.probe.and_then(|period| NonZeroU64::new(nanoseconds(period))),
            tasks: TasksPolicy::from(args.tasks).as_str().to_owned(),
            trace: args.trace,
            no_expect: args.overrides.no_expect,
            blocking_threads: blocking_threads(scenario, campaign, engines),
            cpu_threads: cpu_threads(scenario, campaign, engines),
            cpus: cpus(campaign),
            cells_a_round: campaign.settings.len() as u32,
            stack_size_bytes: stack_sizes(scenario, engines),
            axes: Some(scenario.axes.iter().map(AxisFacts::new).collect()),
        },
        host: host(),
        host_after: Table::new(),
        versions: versions(scenario, engines),
        engines: programs(scenario, registered),
        build: build(),
        calibration: Calibration::default(),
        cells: CellOrder::default(),
    }
}

fn auto(repeats: Repeats) -> Option<AutoFacts> {
    let Repeats::Auto(precision) = repeats else { return None };
    Some(AutoFacts {
        headline: precision.headline.name().to_owned(),
        within: precision.within,
        budget_ns: nanoseconds(precision.budget),
        ended_by: String::new(),
    })
}

/// The facts about the machine that change during a run, at its end.
pub(super) fn host_after() -> Table {
    let mut after = Table::new();
    if let Some(load) = host::load_1min() {
        after.insert("load_1min".into(), load.into());
    }
    after
}

/// The size of each engine's blocking pool: the scenario's, or the engine's default.
fn blocking_threads(scenario: &Scenario, campaign: &Campaign, engines: &Engines) -> BTreeMap<String, u32> {
    let scenario_size = campaign.settings.iter().find_map(|cell| cell.blocking_threads);
    let described = scenario.engines.iter().map(|engine| engines.describe(*engine));
    described
        .filter_map(|engine| {
            Some((
                engine.engine,
                scenario_size.or(engine.blocking_threads).filter(|_| engine.blocking_threads.is_some())?,
            ))
        })
        .collect()
}

/// The size of each engine's pool for computing, if the run uses such pools and all have the same size.
fn cpu_threads(scenario: &Scenario, campaign: &Campaign, engines: &Engines) -> BTreeMap<String, u32> {
    let sizes: BTreeSet<u32> = campaign.cpu_threads(host::cores()).collect();
    let Some(threads) = sizes.first().copied().filter(|_| sizes.len() == 1) else { return BTreeMap::new() };
    let described = scenario.engines.iter().map(|engine| engines.describe(*engine));
    described.filter(|engine| engine.cpu_pool).map(|engine| (engine.engine, threads)).collect()
}

/// The cores that each cell may use, if they are the same for all cells.
fn cpus(campaign: &Campaign) -> Vec<u32> {
    let mut point_cpus = campaign.points.iter().map(|point| &point.cpus);
    let first = point_cpus.next().cloned().unwrap_or_default();
    if point_cpus.all(|cpus| *cpus == first) { first } else { Vec::new() }
}

/// The stack size for each engine that gives an instance a stack of its own: the scenario's, or the engine's default.
fn stack_sizes(scenario: &Scenario, engines: &Engines) -> BTreeMap<String, u64> {
    let described = scenario.engines.iter().map(|engine| engines.describe(*engine));
    described.filter_map(|engine| Some((engine.engine, scenario.stack_size.unwrap_or(engine.stack_size?)))).collect()
}

fn host() -> Table {
    Table::try_from(Host::here()).unwrap_or_default()
}

/// The facts about the custom engines of a scenario.
fn programs(scenario: &Scenario, registered: &Registered) -> BTreeMap<String, ProgramFacts> {
    let programs = scenario.engines.iter().filter_map(|engine| registered.program(*engine));
    let fact = |program: &Program| {
        let facts =
            ProgramFacts { command: program.words(), program_fnv1a64: file_hash(&program.file).unwrap_or_default() };
        (program.name.to_string(), facts)
    };
    programs.map(fact).collect()
}

fn versions(scenario: &Scenario, engines: &Engines) -> Table {
    let mut versions = Table::new();
    versions.insert("rustc".into(), env!("TASKMIX_RUSTC").into());
    for engine in &scenario.engines {
        versions.insert(engine.to_string(), engines.describe(*engine).runtime.into());
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

/// How an incomplete run differs from the present settings: the cells of different runs must not be mixed.
pub(super) fn differences(
    last: &RunFacts,
    scenario: &Scenario,
    campaign: &Campaign,
    args: &RunArgs,
    registered: &Registered,
) -> Vec<String> {
    let now = facts(scenario, campaign, &last.run_id, args, registered);
    let mut found = Differences::default();
    found.compare("the scenario's text", &last.scenario.text_fnv1a64, &now.scenario.text_fnv1a64);
    found.compare("the version", &last.taskmix_version, &now.taskmix_version);
    for (name, then) in &last.engines {
        if let Some(now) = now.engines.get(name) {
            found.compare(&format!("the command of `{name}`"), &then.command.join(" "), &now.command.join(" "));
            found.compare(&format!("the program of `{name}`"), &then.program_fnv1a64, &now.program_fnv1a64);
        }
    }
    let (settings_then, settings_now) = (settings(&last.resolved), settings(&now.resolved));
    for (name, then) in &settings_then {
        found.compare(&format!("`{name}`"), then, &settings_now[name]);
    }
    for (what, then, now) in [
        ("host", &last.host, &now.host),
        ("version of", &last.versions, &now.versions),
        ("build", &last.build, &now.build),
    ] {
        let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
        for key in keys.into_iter().filter(|key| !HOST_MAY_CHANGE.contains(&key.as_str())) {
            let text = |table: &Table| table.get(key).map_or_else(|| "unknown".to_owned(), value_text);
            found.compare(&format!("{what} {key}"), &text(then), &text(now));
        }
    }
    found.0
}

/// The resolved settings, by their names in the scenario file or on the command line.
fn settings(resolved: &Resolved) -> BTreeMap<&'static str, String> {
    let repeats = match &resolved.auto {
        Some(auto) => format!("{} within {} in {} ns", auto.headline, auto.within, auto.budget_ns),
        None => resolved.repeats.to_string(),
    };
    let axes = resolved.axes.iter().flatten();
    let matrix: Vec<String> = axes.map(|axis| format!("{} = {}", axis.name, axis.values.join(" "))).collect();
    BTreeMap::from([
        ("engines", format!("{:?}", resolved.engines)),
        ("workers", format!("{:?}", resolved.workers)),
        ("repeats", repeats),
        ("seed", resolved.seed.to_string()),
        ("matrix", matrix.join(", ")),
        ("timeout", format!("{} ns", resolved.timeout_ns)),
        ("blocking_threads", format!("{:?}", resolved.blocking_threads)),
        ("cpu_threads", format!("{:?}", resolved.cpu_threads)),
        ("cpus", cpu_list(&resolved.cpus)),
        ("stack_size", format!("{:?}", resolved.stack_size_bytes)),
        ("probe", resolved.probe_ns.map_or_else(|| "none".to_owned(), |period| format!("{period} ns"))),
        ("--tasks", resolved.tasks.clone()),
        ("--trace", resolved.trace.to_string()),
        ("--no-expect", resolved.no_expect.to_string()),
    ])
}

/// A value as text, strings without quotation marks.
fn value_text(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare(&mut self, what: &str, then: &str, now: &str) {
        if then != now {
            self.0.push(format!("{what} was {then}, is {now}"));
        }
    }
}
