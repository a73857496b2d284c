//! From what was typed to scenarios that can be run: found, read, parsed, overridden, checked.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::{Overrides, Probe};
use super::registered::Registered;
use crate::diagnostic::{Diagnostic, render, suggest};
use crate::host;
use crate::plan::{Engines, Limits, check};
use crate::report::{RunArchive, find_run};
use crate::scenario::{CustomName, Parsed, Repeats, Scenario, Task, parse_with};

/// Where scenarios are looked up by their bare name.
pub(super) const SCENARIOS: &str = "scenarios";

/// Everything that is wrong with what was typed, ready to print.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadInput(String);

impl BadInput {
    /// What is wrong, with its causes, and what to do.
    pub(super) fn new(error: &(dyn std::error::Error + Send + Sync + 'static), help: &str) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        Self::words(&text, help)
    }

    /// What is wrong, in words, and what to do.
    pub(super) fn words(message: &str, help: &str) -> Self {
        Self(format!("error: {message}\nhelp: {help}\n"))
    }

    /// All of it, one after the other; `None` if nothing is wrong.
    pub(super) fn all(wrong: Vec<Self>) -> Option<Self> {
        let texts: Vec<String> = wrong.into_iter().map(|bad| bad.0).collect();
        (!texts.is_empty()).then(|| Self(texts.join("\n")))
    }

    /// What is wrong, drawn over a text.
    pub(super) fn drawn(text: String) -> Self {
        Self(text)
    }
}

/// Finds and reads the run that `typed` means, among those in `results`, which `option` names, or by its path.
pub(super) fn open_run(results: &Path, typed: &str, option: &str) -> Result<RunArchive, BadInput> {
    let path = find_run(results, typed).map_err(|error| BadInput::new(&error, &error.remedy(option)))?;
    RunArchive::open(&path).map_err(|error| BadInput::new(&error, error.remedy()))
}

/// A scenario with the path that messages name.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) scenario: Scenario,
}

/// What was found in a file.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) path: PathBuf,
    /// Absent if there is no such file, or if it can't be read.
    pub(super) text: Option<String>,
    /// Mistakes and warnings.
    pub(super) found: Vec<Diagnostic>,
    /// Absent if there is a mistake.
    pub(super) scenario: Option<Scenario>,
}

/// Loads all of them, or says what is wrong with each. Warnings are printed.
pub(super) fn load_all(
    typed: &[PathBuf],
    overrides: Option<&Overrides>,
    registered: &Registered,
) -> Result<Vec<Loaded>, BadInput> {
    let mut loaded = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    for typed in typed {
        let checked = check_file(typed, overrides, registered);
        let said = checked.to_string();
        match checked.scenario {
            None => wrong.push(said),
            Some(scenario) => {
                let _ = write!(anstream::stderr(), "{said}");
                loaded.push(Loaded { path: checked.path, scenario });
            }
        }
    }
    let mut wrong = wrong.join("\n");
    let mut names = BTreeSet::new();
    for Loaded { scenario, .. } in &loaded {
        if !names.insert(&scenario.name) {
            let _ = writeln!(wrong, "error: `{}` is named twice\nhelp: name each scenario once", scenario.name);
        }
    }
    if wrong.is_empty() { Ok(loaded) } else { Err(BadInput(wrong)) }
}

/// Finds, reads, parses, overrides and checks one scenario.
pub(super) fn check_file(typed: &Path, overrides: Option<&Overrides>, registered: &Registered) -> Checked {
    let unread =
        |path: &Path, problem| Checked { path: path.to_owned(), text: None, found: vec![problem], scenario: None };
    let path = match locate(typed) {
        Ok(path) => path,
        Err(problem) => return unread(typed, *problem),
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return unread(&path, unreadable(&path, &error)),
    };
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let settings = overrides.map_or(&[][..], |overrides| &overrides.settings);
    let custom: Vec<CustomName> = registered.names().collect();
    let (scenario, found) = match parse_with(&name, &text, settings, &custom) {
        Ok(parsed) => held_against_limits(parsed, overrides, registered),
        Err(found) => (None, found),
    };
    Checked { path, text: Some(text), found, scenario }
}

/// The scenario as it would be run, if it can be.
fn held_against_limits(
    parsed: Parsed,
    overrides: Option<&Overrides>,
    registered: &Registered,
) -> (Option<Scenario>, Vec<Diagnostic>) {
    let Parsed { mut scenario, warnings: mut found } = parsed;
    if let Some(overrides) = overrides {
        apply(&mut scenario, overrides);
    }
    if scenario.probe.is_none() && scenario.asks_for_lag() {
        let open = Diagnostic::warning("lag is not measured: what the scenario claims about it stays open");
        found.push(open.help("leave `--no-probe` out"));
    }
    registered.apply(&mut scenario.engines);
    let engines = registered.engines();
    let settings = overrides.map_or(&[][..], |overrides| &overrides.settings);
    found.extend(check(&scenario, settings, &limits(&scenario, engines), engines));
    let is_bad = found.iter().any(Diagnostic::is_error);
    ((!is_bad).then_some(scenario), found)
}

/// The machine's limits; those on threads, for which all processes may be looked at, only where they will be asked for.
fn limits(scenario: &Scenario, engines: &Engines) -> Limits {
    let talks = scenario.points.iter().flat_map(|point| &point.tasks).any(Task::talks);
    let has_threads = scenario.engines.iter().any(|engine| engines.has_thread_each(*engine));
    Limits {
        cores: host::cores(),
        cpus: host::allowed_cpus(),
        memory_bytes: host::memory_available_bytes(),
        threads: (talks || has_threads).then(host::thread_room).unwrap_or_default(),
        queues: talks.then(host::queue_room).unwrap_or_default(),
        signals: talks.then(host::signal_room).unwrap_or_default(),
    }
}

/// All that was found, as people read it; nothing if nothing was.
impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = &self.text {
            return f.write_str(&render(&self.found, &self.path.display().to_string(), text, true));
        }
        for problem in &self.found {
            writeln!(f, "error: {}\nhelp: {}", problem.message, problem.helps.join("; "))?;
        }
        Ok(())
    }
}

/// A path as it is, or a bare name in `scenarios/`.
pub(super) fn locate(typed: &Path) -> Result<PathBuf, Box<Diagnostic>> {
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
    Err(Diagnostic::error(format!("there is no scenario `{name}`")).help(help).into())
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let help = match error.kind() {
        io::ErrorKind::NotFound => "give the path of a scenario file, or the bare name of one in `scenarios/`",
        io::ErrorKind::PermissionDenied => "check the file's permissions",
        io::ErrorKind::InvalidData => "a scenario is a text file in UTF-8",
        _ => "check the path",
    };
    Diagnostic::error(format!("can't read `{}`: {error}", path.display())).help(help)
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
    if let Some(workers) = &overrides.workers {
        for point in &mut scenario.points {
            point.workers.clone_from(&workers.0);
        }
    }
    match (overrides.repeats, scenario.repeats) {
        // The file's own precision is meant, if it has one.
        (None, _) | (Some(Repeats::Auto(_)), Repeats::Auto(_)) => {}
        (Some(repeats), _) => scenario.repeats = repeats,
    }
    if let Some(seed) = overrides.seed {
        scenario.seed = seed;
    }
    scenario.probe = match overrides.probe {
        _ if overrides.no_probe => None,
        Some(Probe::Every(period)) => Some(period),
        Some(Probe::AsWritten) => scenario.probe.or(Some(Scenario::DEFAULT_PROBE)),
        None => scenario.probe,
    };
}
