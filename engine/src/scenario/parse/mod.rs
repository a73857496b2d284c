//! Turns TOML text into a [`Scenario`], or reports every mistake at once.
//!
//! The parser walks a tree that knows the place of every key and value. It does so once for each combination of the matrix,
//! with each `$name` replaced. This module must not know how a scenario is run.

mod arrival;
mod axis_value;
mod brackets;
mod cancel;
mod cpus;
mod declared;
mod engine;
mod expect;
mod keys;
pub(super) mod length;
mod matrix;
pub(super) mod objects;
mod repeats;
mod scalar;
mod set_option;
mod setting;
mod spawned;
mod syntax;
mod table;
mod task;
mod top;
mod walk;

pub(super) use declared::Section;
pub(super) use scalar::{HOUR, MOST_INSTANCES};
pub use set_option::{is_told_of_setting, of_setting};
pub use setting::{Setting, SettingError};
pub(super) use table::TomlTable;
pub(super) use walk::{Kind, Value, Walk};

#[cfg(test)]
mod tests;

use toml::de::DeTable;

use super::{CustomName, Scenario};
use crate::diagnostic::Diagnostic;

/// A scenario that can be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The scenario.
    pub scenario: Scenario,
    /// The warnings, in the order of the text; often empty.
    pub warnings: Vec<Diagnostic>,
}

/// The longest text that is read, in bytes.
const LONGEST_TEXT: usize = 1 << 20;

/// The maximum of mistakes that are reported for one text.
const MOST_REPORTED: usize = 100;

/// Reads the text of a scenario file; `name` is the file's stem.
///
/// # Errors
///
/// Every mistake of the text, in its order, errors and warnings together; there is at least one error.
pub fn parse(name: &str, text: &str) -> Result<Parsed, Vec<Diagnostic>> {
    parse_with(name, text, &[], &[])
}

/// Reads the text of a scenario file as if its `[matrix]` had the values of `settings`. It may name the engines of `custom`
/// beside the built-in ones.
///
/// # Errors
///
/// The same as those of [`parse`]. A setting that does not fit the file is a mistake without a place.
pub fn parse_with(
    name: &str,
    text: &str,
    settings: &[Setting],
    custom: &[CustomName],
) -> Result<Parsed, Vec<Diagnostic>> {
    if text.len() > LONGEST_TEXT {
        return Err(vec![Diagnostic::error("a scenario is at most 1 MiB of text")]);
    }
    let (problems, legible) = syntax::check(text);
    let (root, _) = DeTable::parse_recoverable(&legible);
    let mut walk = Walk::default();
    walk.is_broken = !problems.is_empty();
    walk.custom = custom.to_vec();
    let scenario = top::read(&mut walk, root.get_ref(), name, text, settings);
    let found = syntax::merge(problems, walk.into_found());
    match scenario {
        Some(scenario) if !found.iter().any(Diagnostic::is_error) => Ok(Parsed { scenario, warnings: found }),
        _ => Err(shortened(found)),
    }
}

/// The names under a scenario's `engines`, known or not, even if other parts of the text are wrong.
pub fn listed_engines(text: &str) -> Vec<String> {
    let (_, legible) = syntax::check(text);
    let (root, _) = DeTable::parse_recoverable(&legible);
    root.get_ref().get("engines").map(top::raw_names).unwrap_or_default()
}

/// The first mistakes, and the number of the others if there are very many.
fn shortened(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let more = found.len().saturating_sub(MOST_REPORTED);
    if more > 0 {
        found.truncate(MOST_REPORTED);
        let end = found.last().and_then(|last| last.span.clone()).unwrap_or(0..0);
        found.push(Diagnostic::error(format!("and {more} more mistakes below this one")).at(end));
    }
    found
}
