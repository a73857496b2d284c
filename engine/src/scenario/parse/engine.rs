//! Names of engines, built in or registered.

use crate::diagnostic::{Diagnostic, suggest};
use crate::scenario::engine_name::FUTURE_ENGINES;
use crate::scenario::{CustomName, EngineName};

/// The engine of this name, built in or registered.
pub(super) fn known_engine(name: &str, custom: &[CustomName]) -> Option<EngineName> {
    let registered = || custom.iter().find(|custom| custom.as_str() == name).map(|custom| EngineName::Custom(*custom));
    name.parse().ok().or_else(registered)
}

/// The error of a name that is not an engine's, without a place.
pub(super) fn unknown_engine(name: &str, custom: &[CustomName]) -> Diagnostic {
    if FUTURE_ENGINES.contains(&name) {
        return Diagnostic::error(format!("engine `{name}` is not supported yet")).help(engines_help(custom));
    }
    let unknown = Diagnostic::error(format!("unknown engine `{}`", name.escape_debug()));
    match suggest(name, engine_names(custom)) {
        Some(near) => unknown.help(format!("did you mean `{near}`?")),
        None if CustomName::to_register(name).is_ok() => {
            unknown.help(engines_help(custom)).help("to run a program of your own: `--engine NAME=PATH`")
        }
        None => unknown.help(engines_help(custom)),
    }
}

fn engine_names(custom: &[CustomName]) -> impl Iterator<Item = &'static str> {
    EngineName::ALL.into_iter().map(EngineName::as_str).chain(custom.iter().map(|name| name.as_str()))
}

pub(super) fn engines_help(custom: &[CustomName]) -> String {
    format!("engines: `{}`", engine_names(custom).collect::<Vec<_>>().join("`, `"))
}
