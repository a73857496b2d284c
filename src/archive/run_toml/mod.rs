//! `run.toml`: the facts of a run, so that its figures can be judged and reproduced.

mod axis;
mod hash;

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize, Serializer};
use toml::Table;

pub use axis::AxisFacts;
pub use hash::{file_hash, text_hash};

/// The version of the CSV files' schema and of `run.toml`: renames and removals raise it.
pub const SCHEMA_VERSION: u32 = 1;

/// Keys of `[host]` that may change while it stays the same host.
pub const HOST_MAY_CHANGE: [&str; 1] = ["load_1min"];

/// The content of `run.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFacts {
    /// See [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of taskmix.
    pub taskmix_version: String,
    /// The name of the run's folder.
    pub run_id: String,
    /// Whether every cell was run: `false` while the run goes on, so that a killed run says so.
    pub complete: bool,
    /// Whether Ctrl-C ended it.
    pub interrupted: bool,
    /// When it was resumed after a cut, UTC.
    #[serde(default)]
    pub resumed: Vec<String>,
    /// The scenario.
    pub scenario: ScenarioFacts,
    /// Every default, resolved.
    pub resolved: Resolved,
    /// The machine: its name, cores, memory, kernel, …
    #[serde(default)]
    pub host: Table,
    /// The facts of the machine that changed by the end: its load.
    #[serde(default)]
    pub host_after: Table,
    /// The versions of the engines' runtimes.
    #[serde(default)]
    pub versions: Table,
    /// The engines that are programs of their own, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub engines: BTreeMap<String, ProgramFacts>,
    /// How this program was built: profile, target, …
    #[serde(default)]
    pub build: Table,
    /// The calibration of `cpu` steps.
    #[serde(default)]
    pub calibration: Calibration,
    /// The cells, in the order in which they were run.
    pub cells: CellOrder,
}

/// The scenario as it was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScenarioFacts {
    /// Its name.
    pub name: String,
    /// The hash of its text: see [`text_hash`].
    pub text_fnv1a64: String,
    /// Its text, whole.
    pub text: String,
}

impl ScenarioFacts {
    /// A scenario's facts, from its name and its text.
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text_fnv1a64: text_hash(text), text: text.to_owned() }
    }
}

/// A program that is an engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramFacts {
    /// What it was started with: its file, then its arguments.
    pub command: Vec<String>,
    /// The hash of its file: see [`file_hash`]. Empty if that could not be read.
    pub program_fnv1a64: String,
}

/// The settings of the run, after defaults and the command line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolved {
    /// The seed of every draw; text where it is beyond TOML's whole numbers.
    #[serde(serialize_with = "seed", deserialize_with = "seed_back")]
    pub seed: u64,
    /// The engines, in the scenario's order.
    #[serde(default)]
    pub engines: Vec<String>,
    /// How often each cell was measured; of `"auto"`, the rounds so far.
    pub repeats: u32,
    /// How many cells each repeat has. 0 in runs of older versions, which did not record it.
    #[serde(default)]
    pub cells_a_round: u32,
    /// What ended `repeats = "auto"`, or would have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto: Option<AutoFacts>,
    /// How often a disturbed cell could be measured again.
    #[serde(default)]
    pub retry_disturbed: u32,
    /// The worker counts, ascending.
    pub workers: Vec<u32>,
    /// How long a cell could take.
    pub timeout_ns: u64,
    /// The period of the probe in the cells that measure lag; left out if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe_ns: Option<NonZeroU64>,
    /// Which cells have rows in `tasks.csv`: `auto`, `always` or `never`.
    pub tasks: String,
    /// Whether a trace was recorded: which instance was on which thread. Left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trace: bool,
    /// Whether no expectation is judged. Left out if they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_expect: bool,
    /// The size of each engine's blocking pool, by the engine's name.
    pub blocking_threads: BTreeMap<String, u32>,
    /// The size of each engine's pool for computing, by the engine's name; empty in runs that use none, and where the matrix
    /// varies it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cpu_threads: BTreeMap<String, u32>,
    /// The cores that each cell could use; empty if all that taskmix itself could use, or if the matrix varies them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cpus: Vec<u32>,
    /// The size of an instance's stack, by the name of each engine that gives it a thread; empty in runs without one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stack_size_bytes: BTreeMap<String, u64>,
    /// The matrix: its names in order, each with the values that were run. Absent in runs of older versions.
    #[serde(default)]
    pub axes: Option<Vec<AxisFacts>>,
}

/// `repeats = "auto"`, resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AutoFacts {
    /// The figure whose precision decided.
    pub headline: String,
    /// The share of its median within which its interval should lie.
    pub within: f64,
    /// The time that the rounds could take.
    pub budget_ns: u64,
    /// `precise` or `budget`; empty until the end.
    pub ended_by: String,
}

/// The speed of the `cpu` kernel: equal before and after, unless the machine drifted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Before the first cell.
    pub before: Table,
    /// After the last one; empty until then.
    pub after: Table,
}

/// The order of the cells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellOrder {
    /// A text for each cell, such as `smol-local, hold = 20ms, repeat 1`.
    pub order: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn seed<S: Serializer>(seed: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    match i64::try_from(*seed) {
        Ok(number) => serializer.serialize_i64(number),
        Err(_) => serializer.collect_str(seed),
    }
}

fn seed_back<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Seed {
        Number(u64),
        Text(String),
    }
    match Seed::deserialize(deserializer)? {
        Seed::Number(number) => Ok(number),
        Seed::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::archive::csv::tests::axes;

    pub(crate) fn facts(seed: u64) -> RunFacts {
        let mut host = Table::new();
        host.insert("cores".to_owned(), 2.into());
        RunFacts {
            schema_version: SCHEMA_VERSION,
            taskmix_version: "0.1.0".to_owned(),
            run_id: "2026-11-23T03-40-12Z".to_owned(),
            complete: false,
            interrupted: false,
            resumed: Vec::new(),
            scenario: ScenarioFacts::new("mix", "question = \"why?\"\n[[task]]\nname = 'a' # '''\n"),
            resolved: Resolved {
                seed,
                engines: vec!["smol-local".to_owned()],
                repeats: 6,
                cells_a_round: 12,
                auto: None,
                retry_disturbed: 0,
                workers: vec![1, 2],
                timeout_ns: 30_000_000_000,
                probe_ns: None,
                tasks: "auto".to_owned(),
                trace: false,
                no_expect: false,
                blocking_threads: BTreeMap::from([("smol-local".to_owned(), 500)]),
                cpu_threads: BTreeMap::from([("smol-local".to_owned(), 2)]),
                cpus: vec![0, 1],
                stack_size_bytes: BTreeMap::from([("threads".to_owned(), 65_536)]),
                axes: Some(axes().iter().map(AxisFacts::new).collect()),
            },
            host,
            host_after: Table::new(),
            versions: Table::new(),
            engines: BTreeMap::from([(
                "ex113".to_owned(),
                ProgramFacts {
                    command: vec!["/opt/ex113".to_owned(), "--fast".to_owned()],
                    program_fnv1a64: text_hash(""),
                },
            )]),
            build: Table::new(),
            calibration: Calibration::default(),
            cells: CellOrder { order: vec!["smol-local, repeat 1".to_owned()] },
        }
    }

    #[test]
    fn facts_are_read_back_as_they_were_written() {
        for seed in [42, u64::MAX] {
            let text = toml::to_string_pretty(&facts(seed)).unwrap();
            assert_eq!(toml::from_str::<RunFacts>(&text).unwrap(), facts(seed), "{text}");
        }
    }

    #[test]
    fn facts_look_like_this() {
        let text = toml::to_string_pretty(&facts(42)).unwrap();
        snapbox::assert_data_eq!(text, snapbox::file!["../golden/run.toml"].raw());
    }

    proptest! {
        #[test]
        fn any_text_survives(text in "[ -~\\n\\r\\t\"'\\\\é\u{feff}]{0,40}") {
            let mut facts = facts(1);
            facts.scenario = ScenarioFacts::new("mix", &text);
            let written = toml::to_string_pretty(&facts).unwrap();
            prop_assert_eq!(toml::from_str::<RunFacts>(&written).unwrap(), facts);
        }
    }
}
