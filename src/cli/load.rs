//! Turns the arguments into scenarios that can be run: finds, reads, parses, overrides and checks them.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::{Overrides, Probe};
use super::bad_input::BadInput;
use super::locate::locate;
use super::registered::Registered;
use crate::archive::{RunArchive, find_run};
use crate::expect::{FEWEST_ROUNDS, undecidable};
use taskmix_engine::diagnostic::{Diagnostic, render};
use taskmix_engine::host;
use taskmix_engine::plan::{CellKey, Engines, Limits, check, settings};
use taskmix_engine::scenario::{CustomName, Expectation, Parsed, Repeats, Scenario, Task, parse_with};

/// Finds and reads the run that `typed` names, in the folder `results` or by its path. `option` is the option that sets the
/// folder.
pub(super) fn open_run(results: &Path, typed: &str, option: &str) -> Result<RunArchive, BadInput> {
    let path = find_run(results, typed).map_err(|error| BadInput::new(&error, &error.remedy(option)))?;
    RunArchive::open(&path).map_err(|error| BadInput::new(&error, error.remedy()))
}

/// A scenario with its path for messages.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) scenario: Scenario,
}

/// The result of checking a file.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) path: PathBuf,
    /// The file's text; absent if it can't be found or read.
    pub(super) text: Option<String>,
    /// Mistakes and warnings.
    pub(super) found: Vec<Diagnostic>,
    /// Absent if there is a mistake.
    pub(super) scenario: Option<Scenario>,
}

/// Loads all scenarios, or says what is wrong with each. Warnings are printed.
pub(super) fn load_all(
    typed: &[PathBuf],
    overrides: Option<&Overrides>,
    registered: &Registered,
) -> Result<Vec<Loaded>, BadInput> {
    let mut loaded = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    for typed in typed {
        let checked = check_file(typed, overrides, registered);
        let messages = checked.to_string();
        match checked.scenario {
            None => wrong.push(messages),
            Some(scenario) => {
                let _ = write!(anstream::stderr(), "{messages}");
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
        Ok(parsed) => check_limits(parsed, overrides, registered),
        Err(found) => (None, found),
    };
    Checked { path, text: Some(text), found, scenario }
}

/// Applies the overrides and checks the scenario against the limits of engines and machine. The scenario is absent if it can't
/// be run.
fn check_limits(
    parsed: Parsed,
    overrides: Option<&Overrides>,
    registered: &Registered,
) -> (Option<Scenario>, Vec<Diagnostic>) {
    let Parsed { mut scenario, warnings: mut found } = parsed;
    if let Some(overrides) = overrides {
        apply(&mut scenario, overrides);
    }
    if scenario.probe.is_none() && scenario.asks_for_lag() {
        let no_lag = Diagnostic::warning("lag is not measured: the scenario's claims about it will be inconclusive");
        found.push(no_lag.help("leave `--no-probe` out"));
    }
    registered.apply(&mut scenario.engines);
    let engines = registered.engines();
    let set = overrides.map_or(&[][..], |overrides| &overrides.settings);
    found.extend(check(&scenario, set, &limits(&scenario, engines), engines));
    let is_bad = found.iter().any(Diagnostic::is_error);
    if !is_bad && !overrides.is_some_and(|overrides| overrides.no_expect) {
        found.extend(too_few_repeats(&scenario));
    }
    ((!is_bad).then_some(scenario), found)
}

/// A warning for each claim that can never be decided.
fn too_few_repeats(scenario: &Scenario) -> Vec<Diagnostic> {
    let Repeats::Fixed(repeats) = scenario.repeats else { return Vec::new() };
    let settings: Vec<CellKey> = settings(scenario, host::cores()).into_iter().map(|cell| cell.key).collect();
    let message = format!(
        "this claim can never be decided with {}: a timing needs {FEWEST_ROUNDS}",
        if repeats == 1 { "1 repeat".to_owned() } else { format!("{repeats} repeats") }
    );
    let help = format!(
        "write `repeats = {FEWEST_ROUNDS}` or run with `--repeats {FEWEST_ROUNDS}`; for a quick try `--no-expect` judges no claim"
    );
    let warning = |claim: &Expectation| Diagnostic::warning(&message).at(claim.condition.span()).help(&help);
    undecidable(scenario, &settings).into_iter().map(warning).collect()
}

/// The machine's limits. Those on threads may need a look at all processes, so they are read only if they are needed.
fn limits(scenario: &Scenario, engines: &Engines) -> Limits {
    let has_peers = scenario.points.iter().flat_map(|point| &point.tasks).any(Task::talks);
    let has_threads = scenario.engines.iter().any(|engine| engines.has_thread_each(*engine));
    Limits {
        cores: host::cores(),
        cpus: host::allowed_cpus(),
        memory_bytes: host::memory_available_bytes(),
        threads: (has_peers || has_threads).then(host::thread_room).unwrap_or_default(),
        queues: has_peers.then(host::queue_room).unwrap_or_default(),
        signals: has_peers.then(host::signal_room).unwrap_or_default(),
    }
}

/// All mistakes and warnings as text for the terminal; empty without any.
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

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let help = match error.kind() {
        io::ErrorKind::NotFound => "give the path of a scenario file, or the bare name of one in `scenarios/`",
        io::ErrorKind::PermissionDenied => "check the file's permissions",
        io::ErrorKind::InvalidData => "a scenario is a text file in UTF-8",
        _ => "check the path",
    };
    Diagnostic::error(format!("can't read `{}`: {error}", path.display())).help(help)
}

fn apply(scenario: &mut Scenario, overrides: &Overrides) {
    if let Some(workers) = &overrides.workers {
        for point in &mut scenario.points {
            point.workers.clone_from(&workers.0);
        }
    }
    match (overrides.repeats, scenario.repeats) {
        // `--repeats auto` keeps the file's own precision, if it has one.
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
