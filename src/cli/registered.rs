//! Custom engines: registered on the command line or in the user's file, and started with `--describe` when they are needed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::args::Choice;
use super::bad_input::BadInput;
use super::config;
use super::locate::locate;
use crate::campaign::{Program, ProgramError};
use taskmix_engine::diagnostic::suggest;
use taskmix_engine::plan::Engines;
use taskmix_engine::scenario::{CustomName, EngineName, listed_engines};

/// The registered programs, and the descriptions of all engines.
#[derive(Debug)]
pub(super) struct Registered {
    /// By name; the command line takes precedence over the user's file.
    programs: BTreeMap<CustomName, Program>,
    engines: Engines,
    chosen: Chosen,
}

/// A program that can't be used as an engine.
#[derive(Debug, thiserror::Error)]
#[error("the engine `{name}` can't be used")]
struct Unusable {
    name: CustomName,
    source: ProgramError,
}

/// The engines chosen by `--engine`.
#[derive(Debug, Default)]
struct Chosen {
    /// These replace the file's engines, if there are any.
    instead: Vec<EngineName>,
    /// These are added to them.
    beside: Vec<CustomName>,
}

impl Registered {
    /// Reads the registered programs, with those in `choices`. No program is started yet.
    pub(super) fn read(choices: &[Choice]) -> Result<Self, BadInput> {
        let programs = config::programs()?;
        let mut programs: BTreeMap<CustomName, Program> =
            programs.into_iter().map(|program| (program.name, program)).collect();
        let mut chosen = Chosen::default();
        for choice in choices {
            let Choice::Program(name, path) = choice else { continue };
            if chosen.beside.contains(name) {
                let message = format!("the engine `{name}` is given twice");
                return Err(BadInput::words(&message, "give each program a name of its own"));
            }
            chosen.beside.push(*name);
            programs.insert(*name, Program::new(*name, path, Vec::new(), Path::new("")));
        }
        let mut registered = Self { programs, engines: Engines::default(), chosen };
        for choice in choices {
            let Choice::Named(name) = choice else { continue };
            let engine = registered.engine(name)?;
            if !registered.chosen.instead.contains(&engine) {
                registered.chosen.instead.push(engine);
            }
        }
        Ok(registered)
    }

    /// Reads the descriptions of the programs that `scenarios` list or the command line names.
    pub(super) fn asked_for(mut self, scenarios: &[PathBuf]) -> Result<Self, BadInput> {
        let texts = scenarios.iter().filter_map(|typed| fs::read_to_string(locate(typed).ok()?).ok());
        let listed: Vec<String> = texts.flat_map(|text| listed_engines(&text)).collect();
        let is_needed = |name: &CustomName| {
            self.chosen.beside.contains(name)
                || self.chosen.instead.contains(&EngineName::Custom(*name))
                || listed.iter().any(|listed| listed == name.as_str())
        };
        let needed: Vec<CustomName> = self.programs.keys().copied().filter(is_needed).collect();
        match self.ask(&needed) {
            None => Ok(self),
            Some(unusable) => Err(unusable),
        }
    }

    /// Reads the descriptions of all programs; returns the errors of those that can't be used.
    pub(super) fn ask_all(&mut self) -> Option<BadInput> {
        let all: Vec<CustomName> = self.programs.keys().copied().collect();
        self.ask(&all)
    }

    /// Reads the descriptions of these programs; returns the errors of those that can't be used.
    fn ask(&mut self, names: &[CustomName]) -> Option<BadInput> {
        let mut unusable = Vec::new();
        for name in names {
            match self.programs[name].describe() {
                Ok(description) => {
                    self.engines.add(*name, description);
                }
                Err(source) => {
                    let help = source.remedy();
                    unusable.push(BadInput::new(&Unusable { name: *name, source }, &help));
                }
            }
        }
        BadInput::all(unusable)
    }

    /// The engine for a name on the command line.
    pub(super) fn engine(&self, name: &str) -> Result<EngineName, BadInput> {
        let engines: Vec<EngineName> =
            EngineName::ALL.into_iter().chain(self.names().map(EngineName::Custom)).collect();
        if let Some(engine) = engines.iter().find(|engine| engine.as_str() == name) {
            return Ok(*engine);
        }
        let names = engines.iter().map(|engine| engine.as_str());
        let help = match suggest(name, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "engines: `{}`; to run a program of your own: `--engine NAME=PATH`",
                names.collect::<Vec<_>>().join("`, `")
            ),
        };
        Err(BadInput::words(&format!("unknown engine `{}`", name.escape_debug()), &help))
    }

    /// The names of all programs, described or not.
    pub(super) fn names(&self) -> impl Iterator<Item = CustomName> + '_ {
        self.programs.keys().map(|name| match self.described(EngineName::Custom(*name)) {
            EngineName::Custom(described) => described,
            _ => *name,
        })
    }

    /// The descriptions of all engines.
    pub(super) fn engines(&self) -> &Engines {
        &self.engines
    }

    /// The program of a custom engine.
    pub(super) fn program(&self, engine: EngineName) -> Option<&Program> {
        let EngineName::Custom(name) = engine else { return None };
        self.programs.get(&name)
    }

    /// All programs.
    pub(super) fn programs(&self) -> impl Iterator<Item = &Program> {
        self.programs.values()
    }

    /// Replaces or extends the engines of a scenario as `--engine` says.
    pub(super) fn apply(&self, engines: &mut Vec<EngineName>) {
        if !self.chosen.instead.is_empty() {
            *engines = self.chosen.instead.iter().map(|engine| self.described(*engine)).collect();
        }
        for name in &self.chosen.beside {
            let engine = self.described(EngineName::Custom(*name));
            if !engines.contains(&engine) {
                engines.push(engine);
            }
        }
    }

    /// The same engine, by the name that carries its program's description, if there is one.
    fn described(&self, engine: EngineName) -> EngineName {
        self.engines.names().find(|described| *described == engine).unwrap_or(engine)
    }
}
