//! What a run was to measure, derived from its folder alone: the scenario as the command line changed it, and its cells.
//!
//! It must not know how its results are shown.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::archive::RunArchive;
use crate::expect::{Judged, evaluate};
use crate::stats::{Summary, summaries};
use taskmix_engine::plan::{CellKey, settings};
use taskmix_engine::scenario::{Axis, CustomName, EngineName, Param, Scenario, Setting, parse_with};

/// What a run was to measure.
#[derive(Debug)]
pub struct Planned<'a> {
    run: &'a RunArchive,
    /// Absent if this version of taskmix can't read the run's text.
    pub scenario: Option<Scenario>,
    /// One key of each cell of a round, in the scenario's order; their `repeat` means nothing. Cells that were measured and
    /// are not of the scenario come last.
    pub cells: Vec<CellKey>,
}

impl<'a> Planned<'a> {
    /// What `run` was to measure.
    pub fn of(run: &'a RunArchive) -> Self {
        let mut scenario = scenario(run);
        let mut cells = scenario.as_mut().map(|scenario| cells(run, scenario)).unwrap_or_default();
        cells.extend(others(run, &cells));
        Self { run, scenario, cells }
    }

    /// The figures over the repeats, in the scenario's order.
    pub fn summaries(&self) -> Vec<Summary> {
        let mut summaries = summaries(&self.run.samples);
        summaries.sort_by_key(|summary| self.cells.iter().position(|cell| cell.is_repeat_of(&summary.key)));
        summaries
    }

    /// The verdicts on what the scenario claims, judged anew; none of a run that was not to be judged.
    pub fn verdicts(&self) -> Vec<Judged> {
        let judge = |scenario| evaluate(scenario, &self.cells, &self.run.samples);
        let judged = self.scenario.as_ref().filter(|_| !self.run.facts.resolved.no_expect);
        judged.map(judge).unwrap_or_default()
    }
}

/// An engine of the run. Whether a program is single-threaded is known from its cells alone.
fn engine(run: &RunArchive, name: &str) -> Option<EngineName> {
    Some(match EngineName::named(name).ok()? {
        EngineName::Custom(custom) => {
            let mut cells = run.samples.iter().filter(|sample| sample.key.engine.as_str() == name);
            EngineName::Custom(custom.of_single_threaded(cells.all(|cell| cell.key.workers == 1)))
        }
        built_in => built_in,
    })
}

/// The scenario with the values and engines of the run.
fn scenario(run: &RunArchive) -> Option<Scenario> {
    let facts = &run.facts;
    let setting = |axis: &Axis| Setting { name: axis.name.clone(), values: axis.values.clone(), text: String::new() };
    let settings: Vec<Setting> = run.axes.iter().filter(|axis| !axis.values.is_empty()).map(setting).collect();
    let engines: Vec<EngineName> = facts.resolved.engines.iter().filter_map(|name| engine(run, name)).collect();
    let custom: Vec<CustomName> = engines.iter().filter_map(|engine| engine.custom()).collect();
    let mut scenario = parse_with(&facts.scenario.name, &facts.scenario.text, &settings, &custom).ok()?.scenario;
    // Runs of older versions don't record their engines: then the text's engines count, or the measured ones.
    if !engines.is_empty() {
        scenario.engines = engines;
    }
    scenario.probe = facts.resolved.probe_ns.map(|period| Duration::from_nanos(period.get()));
    Some(scenario)
}

/// The cells of the scenario. `--workers` is in no text: its counts are the ones that give the recorded number of cells.
fn cells(run: &RunArchive, scenario: &mut Scenario) -> Vec<CellKey> {
    let resolved = &run.facts.resolved;
    let cores = run.facts.host.get("cores").and_then(toml::Value::as_integer);
    let cores = cores.and_then(|cores| u32::try_from(cores).ok()).unwrap_or(1).max(1);
    let keys = |scenario: &Scenario| settings(scenario, cores).into_iter().map(|cell| cell.key).collect::<Vec<_>>();
    let fits = |cells: &[CellKey]| {
        let workers: BTreeSet<u32> = cells.iter().map(|cell| cell.workers).collect();
        let as_many = [0, cells.len()].contains(&(resolved.cells_a_round as usize));
        let has = |key: &CellKey| cells.iter().any(|cell| cell.is_repeat_of(key));
        as_many
            && workers.into_iter().eq(resolved.workers.iter().copied())
            // Runs of older versions had no separate cells for lag.
            && run.samples.iter().all(|sample| sample.key.is_probed() || has(&sample.key))
    };
    let written = keys(scenario);
    if fits(&written) {
        return written;
    }
    // A count of 1 may be there for the single-threaded engines alone.
    let counts: Vec<Option<NonZeroU32>> = resolved.workers.iter().map(|count| NonZeroU32::new(*count)).collect();
    let more_than_one = counts.iter().copied().filter(|count| *count != NonZeroU32::new(1)).collect();
    for counts in [counts, more_than_one] {
        let mut set = scenario.clone();
        set.points.iter_mut().for_each(|point| point.workers.clone_from(&counts));
        let cells = keys(&set);
        if fits(&cells) {
            *scenario = set;
            return cells;
        }
    }
    written
}

/// The cells that were measured and are not among `cells`: points, engines, workers.
fn others(run: &RunArchive, cells: &[CellKey]) -> Vec<CellKey> {
    let mut others: Vec<CellKey> = Vec::new();
    for sample in &run.samples {
        if cells.iter().chain(&others).all(|cell| !cell.is_repeat_of(&sample.key)) {
            others.push(sample.key.clone());
        }
    }
    let point = |key: &CellKey| {
        let place = |(axis, param): (&Axis, &Param)| axis.values.iter().position(|value| *value == param.value);
        run.axes.iter().zip(&key.params).map(place).collect::<Vec<_>>()
    };
    let engine = |key: &CellKey| run.facts.resolved.engines.iter().position(|name| name == key.engine.as_str());
    others.sort_by_cached_key(|key| (point(key), engine(key), key.engine, key.workers));
    others
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::ScenarioFacts;
    use crate::compare::testing::{RunBuilder, STEADY};
    use crate::report::setting_text;
    use taskmix_engine::metric::Metric;
    use taskmix_engine::scenario::EngineName::{AsyncExecutor, Rayon, SmolLocal};

    /// A run without a measured cell, whose command line asked for these engines and workers.
    fn run(engines: &[&str], workers: &[u32], cells_a_round: u32) -> RunArchive {
        let text = "question = \"?\"\nengines = [\"rayon\", \"smol-local\"]\nworkers = 2\n[[task]]\nname = \"bystander\"\ncount = 2\n\
                    steps = [{ sleep = \"$hold\" }]\n[matrix]\nhold = [\"5ms\"]\n\
                    [[expect]]\nclaim = \"done\"\nthat = \"rayon.bystander.done == 2\"\n";
        let builder = RunBuilder::new("2026-11-23T03-40-12Z").facts(|facts| {
            facts.scenario = ScenarioFacts::new("mix", text);
            facts.resolved.engines = engines.iter().map(ToString::to_string).collect();
            facts.resolved.workers = workers.to_vec();
            facts.resolved.cells_a_round = cells_a_round;
        });
        builder.run()
    }

    fn cells(run: &RunArchive) -> Vec<String> {
        Planned::of(run).cells.iter().map(setting_text).collect()
    }

    #[test]
    fn the_cells_are_known_before_any_is_measured() {
        // Two points of two engines, as written, except for the values of `hold`.
        assert_eq!(
            cells(&run(&["rayon", "smol-local"], &[1, 2], 4)),
            [
                "rayon, 2 workers, hold = 1ms",
                "smol-local, hold = 1ms",
                "rayon, 2 workers, hold = 20ms",
                "smol-local, hold = 20ms"
            ]
        );
        assert_eq!(
            cells(&run(&["smol-local", "rayon"], &[1, 4], 4))[..2],
            ["smol-local, hold = 1ms", "rayon, 4 workers, hold = 1ms"]
        );
        // With 6 cells a round, rayon was run with 1 worker too.
        assert_eq!(
            cells(&run(&["smol-local", "rayon"], &[1, 4], 6))[..3],
            ["smol-local, hold = 1ms", "rayon, 1 worker, hold = 1ms", "rayon, 4 workers, hold = 1ms"]
        );
    }

    #[test]
    fn claims_on_a_worker_count_of_the_command_line_wait_for_its_cells() {
        let run = run(&["rayon"], &[3], 2);
        let judged = Planned::of(&run).verdicts();
        let reasons: Vec<&str> = judged[0].points.iter().map(|point| point.reason.as_str()).collect();
        assert_eq!(reasons, ["no round of it was measured"; 2]);
    }

    #[test]
    fn cells_measured_beyond_the_scenario_are_last_and_in_order() {
        let measured = |builder: RunBuilder, engine, hold| {
            builder.at(engine, hold).figure("bystander", Metric::Done, 2.0, &STEADY[..1])
        };
        let builder = measured(measured(RunBuilder::new("x"), AsyncExecutor, 20), Rayon, 1);
        let other_run = measured(measured(builder, AsyncExecutor, 1), SmolLocal, 20).run();
        let mut run = run(&["rayon"], &[2], 2);
        run.samples = other_run.samples;
        assert_eq!(
            cells(&run),
            [
                "rayon, 2 workers, hold = 1ms",
                "rayon, 2 workers, hold = 20ms",
                "async-executor, 2 workers, hold = 1ms",
                "smol-local, hold = 20ms",
                "async-executor, 2 workers, hold = 20ms"
            ]
        );
        let summaries = Planned::of(&run).summaries();
        assert_eq!(
            summaries.first().map(|first| setting_text(&first.key)).as_deref(),
            Some("rayon, 2 workers, hold = 1ms")
        );
    }

    #[test]
    fn without_a_readable_text_there_are_cells_but_no_verdicts() {
        let mut run = run(&["rayon"], &[2], 2);
        run.samples =
            RunBuilder::new("x").at(Rayon, 20).figure("bystander", Metric::Done, 2.0, &STEADY[..1]).run().samples;
        run.facts.scenario.text = "engines = [\"of another time\"]".to_owned();
        let planned = Planned::of(&run);
        assert!(planned.scenario.is_none() && planned.verdicts().is_empty());
        assert_eq!(cells(&run), ["rayon, 2 workers, hold = 20ms"]);
    }
}
