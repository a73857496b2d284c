//! References to runs: `latest`, `latest~1`, a scenario, a run id, or a path.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::place::{LATEST, age};
use taskmix_engine::diagnostic::{listed, suggest};

/// A run of an output folder, of which at least one cell was measured.
struct StoredRun {
    scenario: String,
    run_id: String,
    path: PathBuf,
}

/// The reference matches no run, or more than one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRun {
    /// There is nothing to choose from.
    #[error("there is no run `{typed}`: there are no runs in `{out}`")]
    NoRuns {
        /// What was typed.
        typed: String,
        /// Where it was looked for.
        out: String,
    },
    /// No run has that name.
    #[error("there is no run `{typed}` in `{out}`")]
    Unknown {
        /// What was typed.
        typed: String,
        /// Where it was looked for.
        out: String,
        /// What it was probably meant to be.
        near: Option<String>,
        /// The scenarios that have runs there.
        scenarios: Vec<String>,
    },
    /// There are not so many runs.
    #[error("there is no run `{typed}`: of `{scenario}` there {}", if *runs == 1 { "is 1 run".to_owned() } else { format!("are {runs} runs") })]
    TooFar {
        /// What was typed.
        typed: String,
        /// The scenario, or the folder of its runs.
        scenario: String,
        /// How many there are.
        runs: usize,
    },
    /// Several runs have that name.
    #[error("several runs are called `{typed}`")]
    Several {
        /// What was typed.
        typed: String,
        /// Their full names.
        candidates: Vec<String>,
    },
    /// The text after `latest` is no number of runs.
    #[error("`{0}` is no number of runs before the latest")]
    Malformed(String),
}

impl NoRun {
    /// What to type instead. `option` is the option for the folder of the runs.
    pub fn remedy(&self, option: &str) -> String {
        match self {
            Self::NoRuns { .. } => {
                format!(
                    "`taskmix run` makes some; `{option}` says where they are; the path of a run's folder will do too"
                )
            }
            Self::Unknown { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Unknown { scenarios, .. } => {
                let first = scenarios.first().map_or("blocking", String::as_str);
                format!(
                    "there are runs of {}: write `{first}`, `{first}/latest~1`, a run id, or a path",
                    listed(scenarios)
                )
            }
            Self::TooFar { runs, .. } => match runs {
                1 => "run the scenario once more to have two to compare".to_owned(),
                runs => format!("the first of them is `latest~{}`", runs - 1),
            },
            Self::Several { candidates, .. } => format!("write one of {}", listed(candidates)),
            Self::Malformed(_) => "write `latest~1` for the run before the latest".to_owned(),
        }
    }
}

/// The folder of the run that `typed` refers to, looked up in `out`:
///
/// - `latest` is the newest run of all; `latest~1` the one before it of the same scenario;
/// - `SCENARIO/latest~2` counts among that scenario's runs, and `SCENARIO` alone is its latest;
/// - a run id, alone or as `SCENARIO/RUN ID`;
/// - else a path: of a run's folder, or of one that holds runs, which stands for the latest of them.
///
/// Runs are counted by the time in their name. Runs without a measured cell are skipped.
pub fn find_run(out: &Path, typed: &str) -> Result<PathBuf, NoRun> {
    let trimmed = typed.trim_end_matches('/');
    let (parent, name) = trimmed.rsplit_once('/').map_or((None, trimmed), |(parent, name)| (Some(parent), name));
    let finder = Finder { out, typed, all_runs: all_runs(out) };
    if let Some(back) = back(name) {
        return finder.latest(parent, back?);
    }
    finder.named(trimmed, parent)
}

/// How many runs before the latest, if the name has that form.
fn back(name: &str) -> Option<Result<usize, NoRun>> {
    let rest = name.strip_prefix(LATEST)?;
    match rest.strip_prefix('~') {
        Some(number) => Some(number.parse().map_err(|_| NoRun::Malformed(name.to_owned()))),
        None if rest.is_empty() => Some(Ok(0)),
        None => None,
    }
}

struct Finder<'a> {
    out: &'a Path,
    typed: &'a str,
    /// All runs, the newest last.
    all_runs: Vec<StoredRun>,
}

impl Finder<'_> {
    fn latest(&self, parent: Option<&str>, back: usize) -> Result<PathBuf, NoRun> {
        match parent {
            None => {
                let newest = self.all_runs.last().ok_or_else(|| self.unknown())?;
                self.of_scenario(&newest.scenario, back)
            }
            Some(scenario) if self.has(scenario) => self.of_scenario(scenario, back),
            Some(folder) => self.of_folder(Path::new(folder), back).unwrap_or_else(|| Err(self.unknown())),
        }
    }

    fn named(&self, name: &str, parent: Option<&str>) -> Result<PathBuf, NoRun> {
        if self.has(name) {
            return self.of_scenario(name, 0);
        }
        let below = self.out.join(name);
        if parent.is_some_and(|parent| self.has(parent)) && is_run(&below) {
            return Ok(below);
        }
        let called: Vec<&StoredRun> = self.all_runs.iter().filter(|run| run.run_id == name).collect();
        match called.as_slice() {
            [] => {}
            [run] => return Ok(run.path.clone()),
            several => {
                let candidates = several.iter().map(|run| format!("{}/{}", run.scenario, run.run_id)).collect();
                return Err(NoRun::Several { typed: self.typed.to_owned(), candidates });
            }
        }
        let path = Path::new(name);
        if is_run(path) {
            return Ok(path.to_owned());
        }
        self.of_folder(path, 0).unwrap_or_else(|| Err(self.unknown()))
    }

    fn has(&self, scenario: &str) -> bool {
        self.all_runs.iter().any(|run| run.scenario == scenario)
    }

    fn of_scenario(&self, scenario: &str, back: usize) -> Result<PathBuf, NoRun> {
        let runs: Vec<&StoredRun> = self.all_runs.iter().filter(|run| run.scenario == scenario).collect();
        self.nth(&runs, scenario, back)
    }

    /// The run of a folder that holds runs; `None` if it holds none.
    fn of_folder(&self, folder: &Path, back: usize) -> Option<Result<PathBuf, NoRun>> {
        let runs = runs(folder, "");
        let runs: Vec<&StoredRun> = runs.iter().collect();
        (!runs.is_empty()).then(|| self.nth(&runs, &folder.display().to_string(), back))
    }

    fn nth(&self, runs: &[&StoredRun], scenario: &str, back: usize) -> Result<PathBuf, NoRun> {
        let place = runs.len().checked_sub(back.saturating_add(1));
        place.map(|place| runs[place].path.clone()).ok_or_else(|| NoRun::TooFar {
            typed: self.typed.to_owned(),
            scenario: scenario.to_owned(),
            runs: runs.len(),
        })
    }

    fn unknown(&self) -> NoRun {
        let (typed, out) = (self.typed.to_owned(), self.out.display().to_string());
        if self.all_runs.is_empty() {
            return NoRun::NoRuns { typed, out };
        }
        let mut scenarios: Vec<String> = self.all_runs.iter().map(|run| run.scenario.clone()).collect();
        scenarios.sort();
        scenarios.dedup();
        // In `blcking/latest~1` the scenario is mistyped.
        let (first, rest) = typed.split_once('/').map_or((typed.as_str(), None), |(first, rest)| (first, Some(rest)));
        let near = suggest(first, scenarios.iter().map(String::as_str).chain([LATEST]));
        let near = near.map(|near| rest.map_or(near.to_owned(), |rest| format!("{near}/{rest}")));
        let ids = || self.all_runs.iter().map(|run| run.run_id.as_str());
        let near = near.or_else(|| suggest(typed.rsplit('/').next()?, ids()).map(str::to_owned));
        NoRun::Unknown { typed, out, near, scenarios }
    }
}

/// All runs of an output folder, the newest last.
fn all_runs(out: &Path) -> Vec<StoredRun> {
    let mut all_runs: Vec<StoredRun> =
        names(out).into_iter().flat_map(|scenario| runs(&out.join(&scenario), &scenario)).collect();
    all_runs.sort_by_key(|run| age(&run.run_id));
    all_runs
}

/// The runs of one scenario that have a measured cell, the newest last.
fn runs(folder: &Path, scenario: &str) -> Vec<StoredRun> {
    let found = names(folder).into_iter().filter_map(|run_id| {
        let path = folder.join(&run_id);
        let counts = age(&run_id).is_some() && is_run(&path) && has_cells(&path);
        counts.then(|| StoredRun { scenario: scenario.to_owned(), run_id, path })
    });
    let mut runs: Vec<StoredRun> = found.collect();
    runs.sort_by_key(|run| age(&run.run_id));
    runs
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

fn is_run(path: &Path) -> bool {
    path.join("run.toml").is_file()
}

/// Whether `samples.csv` has more than its header.
fn has_cells(path: &Path) -> bool {
    File::open(path.join("samples.csv")).is_ok_and(|file| BufReader::new(file).lines().take(2).flatten().count() == 2)
}

#[cfg(test)]
mod tests;
