//! Finds scenario files by path or name.

use std::fs;
use std::path::{Path, PathBuf};

use taskmix_engine::diagnostic::{Diagnostic, suggest};

/// The folder in which scenarios are looked up by their bare name.
pub(super) const SCENARIOS: &str = "scenarios";

/// The file for a path, or for a bare name in `scenarios/`.
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
    let scenarios = names();
    let help = match suggest(&name, scenarios.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if scenarios.is_empty() => {
            format!("there is no folder `{SCENARIOS}` here: give the path of a scenario file")
        }
        None => format!("`taskmix list` names those in `{SCENARIOS}`; or give a path"),
    };
    Err(Diagnostic::error(format!("there is no scenario `{name}`")).help(help).into())
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
