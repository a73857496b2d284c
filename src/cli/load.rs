//! From what was typed to scenarios that can be run: found, read, parsed, overridden, checked.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use super::args::Overrides;
use crate::diagnostic::{Diagnostic, render, suggest};
use crate::host;
use crate::plan::{Limits, check};
use crate::scenario::{Scenario, parse};

/// Where scenarios are looked up by their bare name.
pub(super) const SCENARIOS: &str = "scenarios";

/// Everything that is wrong with what was typed, ready to print.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadInput(String);

impl BadInput {
    /// What is wrong, with its causes, and what to do.
    pub(super) fn new(error: &(dyn std::error::Error + Send + Sync + 'static), help: &str) -> Self {
        let mut text = format!("error: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        Self(format!("{text}\nhelp: {help}\n"))
    }
}

/// A scenario with the path that messages name.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) scenario: Scenario,
}

/// Loads all of them, or says what is wrong with each. Warnings are printed.
pub(super) fn load_all(typed: &[PathBuf], overrides: Option<&Overrides>) -> Result<Vec<Loaded>, BadInput> {
    let mut loaded = Vec::new();
    let mut wrong = String::new();
    for typed in typed {
        match load(typed, overrides) {
            Ok(scenario) => loaded.push(scenario),
            Err(BadInput(text)) => {
                if !wrong.is_empty() {
                    wrong.push('\n');
                }
                wrong.push_str(&text);
            }
        }
    }
    let mut names = BTreeSet::new();
    for Loaded { scenario, .. } in &loaded {
        if !names.insert(&scenario.name) {
            let _ = writeln!(wrong, "error: `{}` is named twice\nhelp: name each scenario once", scenario.name);
        }
    }
    if wrong.is_empty() { Ok(loaded) } else { Err(BadInput(wrong)) }
}

fn load(typed: &Path, overrides: Option<&Overrides>) -> Result<Loaded, BadInput> {
    let path = locate(typed)?;
    let shown = path.display().to_string();
    let text = fs::read_to_string(&path).map_err(|error| unreadable(&shown, &error))?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let problems = |problems: &[Diagnostic]| render(problems, &shown, &text, true);
    let parsed = parse(&name, &text).map_err(|found| BadInput(problems(&found)))?;
    let (mut scenario, mut found) = (parsed.scenario, parsed.warnings);
    if let Some(overrides) = overrides {
        apply(&mut scenario, overrides);
    }
    let limits = Limits { cores: host::cores(), memory_bytes: host::memory_available_bytes() };
    found.extend(check(&scenario, limits));
    if found.iter().any(Diagnostic::is_error) {
        return Err(BadInput(problems(&found)));
    }
    if !found.is_empty() {
        let _ = write!(anstream::stderr(), "{}", problems(&found));
    }
    Ok(Loaded { path, scenario })
}

/// A path as it is, or a bare name in `scenarios/`.
fn locate(typed: &Path) -> Result<PathBuf, BadInput> {
    let is_bare = typed.components().count() == 1 && typed.extension().is_none();
    if !is_bare || typed.is_file() {
        return Ok(typed.to_owned());
    }
    let path = Path::new(SCENARIOS).join(typed).with_extension("toml");
    if path.is_file() {
        return Ok(path);
    }
    let name = typed.display().to_string();
    let known = names();
    let help = match suggest(&name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("there is no folder `{SCENARIOS}` here: give the path of a scenario file"),
        None => format!("`taskmix list` names those in `{SCENARIOS}`; or give a path"),
    };
    Err(BadInput(format!("error: there is no scenario `{name}`\nhelp: {help}\n")))
}

fn unreadable(path: &str, error: &io::Error) -> BadInput {
    let help = match error.kind() {
        io::ErrorKind::NotFound => "give the path of a scenario file, or the bare name of one in `scenarios/`",
        io::ErrorKind::PermissionDenied => "check the file's permissions",
        io::ErrorKind::InvalidData => "a scenario is a text file in UTF-8",
        _ => "check the path",
    };
    BadInput(format!("error: can't read `{path}`: {error}\nhelp: {help}\n"))
}

/// The names of the files in `scenarios/`, in order.
pub(super) fn names() -> Vec<String> {
    let Ok(entries) = fs::read_dir(SCENARIOS) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let toml = paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let mut names: Vec<String> = toml.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

fn apply(scenario: &mut Scenario, overrides: &Overrides) {
    if !overrides.engines.is_empty() {
        scenario.engines.clear();
        for engine in &overrides.engines {
            if !scenario.engines.contains(engine) {
                scenario.engines.push(*engine);
            }
        }
    }
    if let Some(workers) = overrides.workers {
        for point in &mut scenario.points {
            point.workers = vec![NonZeroU32::new(workers)];
        }
    }
    if let Some(repeats) = overrides.repeats {
        scenario.repeats = repeats;
    }
    if let Some(seed) = overrides.seed {
        scenario.seed = seed;
    }
}
