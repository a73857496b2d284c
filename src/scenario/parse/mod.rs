//! From TOML text to a [`Scenario`], or to every mistake at once.
//!
//! The text is walked by hand over a tree that knows the place of every key and value; once for each combination of
//! the matrix, with each `$name` replaced. It must not know how a scenario is run.

mod arrival;
mod brackets;
mod cancel;
mod cpus;
mod expect;
pub(super) mod length;
mod matrix;
pub(super) mod objects;
mod repeats;
mod scalar;
mod setting;
mod spawned;
mod syntax;
mod table;
mod task;
mod top;
mod walk;

pub(super) use scalar::HOUR;
pub use setting::{Setting, SettingError, is_told_of_setting, of_setting};
pub(super) use table::Table;
pub(super) use task::MOST_INSTANCES;
pub(super) use top::FUTURE_ENGINES;
pub(super) use walk::{Kind, Value, Walk, is_plain};

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
    /// What may not be as one thinks, in the order of the text; often empty.
    pub warnings: Vec<Diagnostic>,
}

/// The longest text that is read, in bytes.
const LONGEST_TEXT: usize = 1 << 20;

/// The most mistakes that are told of one text.
const MOST_TOLD: usize = 100;

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
/// As [`parse`]; a setting that does not fit the file is a mistake without a place.
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

/// What a scenario's `engines` lists, known or not; whatever else is wrong with the text.
pub fn listed_engines(text: &str) -> Vec<String> {
    let (_, legible) = syntax::check(text);
    let (root, _) = DeTable::parse_recoverable(&legible);
    root.get_ref().get("engines").map(top::raw_names).unwrap_or_default()
}

/// The first of very many mistakes, and how many more there are.
fn shortened(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let more = found.len().saturating_sub(MOST_TOLD);
    if more > 0 {
        found.truncate(MOST_TOLD);
        let end = found.last().and_then(|last| last.span.clone()).unwrap_or(0..0);
        found.push(Diagnostic::error(format!("and {more} more mistakes below this one")).at(end));
    }
    found
}
