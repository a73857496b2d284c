//! Differences between two runs besides the figures: reasons to doubt that the code caused a change.

use std::collections::BTreeMap;
use std::fmt::Display;

use similar::TextDiff;
use toml::{Table, Value};

use crate::archive::{HOST_MAY_CHANGE, ProgramFacts, RunArchive, RunFacts};
use crate::stats::WHOLE_MIX;
use taskmix_engine::host::cpu_list;

/// Calibrations that differ by more than this share cause a warning.
const DRIFT: f64 = 0.10;

/// One difference between two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The subject of the warning.
    pub topic: Topic,
    /// The difference in words: a lowercase fragment.
    pub text: String,
    /// The differing lines of the scenario's text; empty for other topics.
    pub details: Vec<String>,
}

/// The subject of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// A run lacks cells.
    Incomplete,
    /// The scenario's name.
    Scenario,
    /// The scenario's text.
    Text,
    /// The seed.
    Seed,
    /// Another resolved setting, such as the size of a blocking pool or of stacks.
    Settings,
    /// The version of taskmix.
    Version,
    /// How taskmix was built.
    Build,
    /// The machine.
    Host,
    /// The versions of crates, runtimes and the compiler.
    Runtimes,
    /// The program of a custom engine.
    Programs,
    /// The speed of the machine.
    Calibration,
}

impl Topic {
    /// The word for files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Scenario => "scenario",
            Self::Text => "text",
            Self::Seed => "seed",
            Self::Settings => "settings",
            Self::Version => "version",
            Self::Build => "build",
            Self::Host => "host",
            Self::Runtimes => "runtimes",
            Self::Programs => "programs",
            Self::Calibration => "calibration",
        }
    }
}

/// All differences between two runs, the most serious first.
pub fn warnings(old: &RunArchive, new: &RunArchive) -> Vec<Warning> {
    let (was, is) = (&old.facts, &new.facts);
    let mut host_keys = keys(&was.host, &is.host);
    host_keys.retain(|key| !HOST_MAY_CHANGE.contains(&key.as_str()));
    let all = [
        incomplete("old", old),
        incomplete("new", new),
        differs(Topic::Scenario, "the scenario", &was.scenario.name, &is.scenario.name),
        text(was, is),
        differs(Topic::Seed, "the seed", &was.resolved.seed.to_string(), &is.resolved.seed.to_string()),
        settings("the blocking pool differs", &was.resolved.blocking_threads, &is.resolved.blocking_threads),
        settings("the pool for computing differs", &was.resolved.cpu_threads, &is.resolved.cpu_threads),
        placement(was, is),
        settings("the stack size differs", &was.resolved.stack_size_bytes, &is.resolved.stack_size_bytes),
        retries(was, is),
        traced(was, is),
        differs(Topic::Version, "the version of taskmix", &was.taskmix_version, &is.taskmix_version),
        differing(Topic::Build, "the build", &was.build, &is.build, &keys(&was.build, &is.build)),
        differing(Topic::Host, "the host", &was.host, &is.host, &host_keys),
        // Only the engines of both runs: that of one run has no version to compare.
        differing(Topic::Runtimes, "a runtime", &was.versions, &is.versions, &common(&was.versions, &is.versions)),
        programs(was, is),
        calibration(was, is),
    ];
    all.into_iter().flatten().collect()
}

/// Compares the programs of the engines that both runs have, by the hash of their files and their arguments. Their paths do not
/// matter.
fn programs(old: &RunFacts, new: &RunFacts) -> Option<Warning> {
    let identity = |program: &ProgramFacts| {
        let arguments = program.command.iter().skip(1);
        std::iter::once(&program.program_fnv1a64).chain(arguments).cloned().collect::<Vec<_>>().join(" ")
    };
    let both = old
        .engines
        .iter()
        .filter_map(|(engine, was)| Some((engine, identity(was), identity(new.engines.get(engine)?))));
    let changed: Vec<String> = both
        .filter(|(_, was, is)| was != is)
        .map(|(engine, was, is)| format!("{engine}: `{was}`, now `{is}`"))
        .collect();
    let text = format!("the program of an engine differs: {}", changed.join("; "));
    (!changed.is_empty()).then(|| warning(Topic::Programs, text))
}

fn warning(topic: Topic, text: String) -> Warning {
    Warning { topic, text, details: Vec::new() }
}

fn incomplete(which: &str, run: &RunArchive) -> Option<Warning> {
    let measured = run.samples.iter().filter(|sample| sample.task == WHOLE_MIX).count();
    let resolved = &run.facts.resolved;
    let text = match resolved.repeats * resolved.cells_a_round {
        // The number is unknown: the run was to go on until its figures are precise, or is of an older version.
        0 => format!("the {which} run is not complete: {measured} cells were measured"),
        planned => format!("the {which} run is not complete: {measured} of {planned} cells were measured"),
    };
    (!run.facts.complete).then(|| warning(Topic::Incomplete, text))
}

/// Retries of disturbed cells are a choice among measurements.
fn retries(old: &RunFacts, new: &RunFacts) -> Option<Warning> {
    let (old, new) = (old.resolved.retry_disturbed, new.resolved.retry_disturbed);
    differs(Topic::Settings, "the number of retries of disturbed cells", &old.to_string(), &new.to_string())
}

/// A trace adds overhead to the measured figures.
fn traced(old: &RunFacts, new: &RunFacts) -> Option<Warning> {
    let which = if new.resolved.trace { "new" } else { "old" };
    let text = format!("only the {which} run was traced: recording adds overhead to its figures");
    (old.resolved.trace != new.resolved.trace).then(|| warning(Topic::Settings, text))
}

/// The cores on which cells run matter much, above all for the cost of communication with another process.
fn placement(old: &RunFacts, new: &RunFacts) -> Option<Warning> {
    let text = |facts: &RunFacts| match &facts.resolved.cpus[..] {
        [] => "all".to_owned(),
        cpus => cpu_list(cpus),
    };
    differs(Topic::Settings, "the set of allowed cores", &text(old), &text(new))
}

fn differs(topic: Topic, what: &str, old: &str, new: &str) -> Option<Warning> {
    (old != new).then(|| warning(topic, format!("{what} differs: `{old}`, now `{new}`")))
}

/// A difference in the scenario's text, with the differing lines.
fn text(old: &RunFacts, new: &RunFacts) -> Option<Warning> {
    let (old, new) = (&old.scenario.text, &new.scenario.text);
    if old == new {
        return None;
    }
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    let shown = diff.unified_diff().context_radius(1).missing_newline_hint(false).to_string();
    let details = shown.lines().map(str::to_owned).collect();
    Some(Warning { topic: Topic::Text, text: "the scenario's text differs".to_owned(), details })
}

/// A setting of the engines that both runs have.
fn settings<T: PartialEq + Display>(
    what: &str,
    old: &BTreeMap<String, T>,
    new: &BTreeMap<String, T>,
) -> Option<Warning> {
    let changed =
        old.iter().filter_map(|(engine, was)| new.get(engine).filter(|is| *is != was).map(|is| (engine, was, is)));
    let changed: Vec<String> = changed.map(|(engine, was, is)| format!("{engine}: `{was}`, now `{is}`")).collect();
    let text = format!("{what}: {}", changed.join("; "));
    (!changed.is_empty()).then(|| warning(Topic::Settings, text))
}

/// The differences among these keys of two tables; a key that one table lacks counts as a difference.
fn differing(topic: Topic, what: &str, old: &Table, new: &Table, keys: &[String]) -> Option<Warning> {
    let changed = keys.iter().filter(|key| old.get(*key) != new.get(*key));
    let changed: Vec<String> =
        changed.map(|key| format!("{key}: {}, now {}", shown(old.get(key)), shown(new.get(key)))).collect();
    (!changed.is_empty()).then(|| warning(topic, format!("{what} differs: {}", changed.join("; "))))
}

fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => format!("`{text}`"),
        Some(value) => format!("`{value}`"),
        None => "unknown".to_owned(),
    }
}

fn keys(old: &Table, new: &Table) -> Vec<String> {
    old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))).cloned().collect()
}

fn common(old: &Table, new: &Table) -> Vec<String> {
    old.keys().filter(|key| new.contains_key(*key)).cloned().collect()
}

/// A different clock, or a speed of the `cpu` kernel that differs by more than [`DRIFT`].
fn calibration(old: &RunFacts, new: &RunFacts) -> Option<Warning> {
    let (old, new) = (&old.calibration.before, &new.calibration.before);
    let speed = |table: &Table| {
        let speed = table.get("iterations_per_second")?;
        speed.as_float().or_else(|| speed.as_integer().map(|speed| speed as f64)).filter(|speed| *speed > 0.0)
    };
    if let (Some(was), Some(is)) = (speed(old), speed(new)) {
        let change = is / was - 1.0;
        if change.abs() > DRIFT {
            let faster = if change > 0.0 { "faster" } else { "slower" };
            let text = format!("the calibration of `cpu` work is {:.0} % {faster} than it was", change.abs() * 100.0);
            return Some(warning(Topic::Calibration, text));
        }
    }
    differing(Topic::Calibration, "the calibration", old, new, &["clock".to_owned()])
}

#[cfg(test)]
mod tests;
