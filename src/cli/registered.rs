//! Programs that are engines: registered on the command line or in the user's file, asked when they are needed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::config;
use super::load::{BadInput, locate};
use crate::campaign::{Program, ProgramError};
use crate::diagnostic::suggest;
use crate::plan::Engines;
use crate::scenario::{CustomName, EngineName, listed_engines};

/// What `--engine` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// This engine instead of the file's.
    Named(String),
    /// This program beside them.
    Program(CustomName, String),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None => Ok(Self::Named(text.to_owned())),
            Some((name, "")) => Err(format!("write the program's path behind `{name}=`")),
            Some((name, path)) => {
                let name = CustomName::to_register(name).map_err(|error| error.to_string())?;
                Ok(Self::Program(name, path.to_owned()))
            }
        }
    }
}

/// The programs that are registered, and all engines with what they say of themselves.
#[derive(Debug)]
pub(super) struct Registered {
    /// By name; what the command line says comes before what the user's file says.
    programs: BTreeMap<CustomName, Program>,
    engines: Engines,
    chosen: Chosen,
}

/// A program can't be an engine.
#[derive(Debug, thiserror::Error)]
#[error("the engine `{name}` can't be used")]
struct Unusable {
    name: CustomName,
    source: ProgramError,
}

/// The engines of a run, so far as `--engine` says.
#[derive(Debug, Default)]
struct Chosen {
    /// Instead of the file's, if there are any.
    instead: Vec<EngineName>,
    /// Beside them.
    beside: Vec<CustomName>,
}

impl Registered {
    /// What is registered, with the engines that `choices` name; nothing is asked yet.
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

    /// The same, once those programs were asked which `scenarios` list or which the command line names.
    pub(super) fn asked_for(mut self, scenarios: &[PathBuf]) -> Result<Self, BadInput> {
        let texts = scenarios.iter().filter_map(|typed| fs::read_to_string(locate(typed).ok()?).ok());
        let listed: Vec<String> = texts.flat_map(|text| listed_engines(&text)).collect();
        let is_wanted = |name: &CustomName| {
            self.chosen.beside.contains(name)
                || self.chosen.instead.contains(&EngineName::Custom(*name))
                || listed.iter().any(|listed| listed == name.as_str())
        };
        let wanted: Vec<CustomName> = self.programs.keys().copied().filter(is_wanted).collect();
        match self.ask(&wanted) {
            None => Ok(self),
            Some(unusable) => Err(unusable),
        }
    }

    /// Asks all programs; gives what is wrong with those that can't be used.
    pub(super) fn ask_all(&mut self) -> Option<BadInput> {
        let all: Vec<CustomName> = self.programs.keys().copied().collect();
        self.ask(&all)
    }

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

    /// The engine that is meant by a name on the command line.
    pub(super) fn engine(&self, name: &str) -> Result<EngineName, BadInput> {
        let known: Vec<EngineName> = EngineName::ALL.into_iter().chain(self.names().map(EngineName::Custom)).collect();
        if let Some(engine) = known.iter().find(|engine| engine.as_str() == name) {
            return Ok(*engine);
        }
        let names = known.iter().map(|engine| engine.as_str());
        let help = match suggest(name, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "engines: `{}`; to run a program of your own: `--engine NAME=PATH`",
                names.collect::<Vec<_>>().join("`, `")
            ),
        };
        Err(BadInput::words(&format!("unknown engine `{}`", name.escape_debug()), &help))
    }

    /// The names of all programs, asked or not.
    pub(super) fn names(&self) -> impl Iterator<Item = CustomName> + '_ {
        self.programs.keys().map(|name| match self.asked(EngineName::Custom(*name)) {
            EngineName::Custom(asked) => asked,
            _ => *name,
        })
    }

    /// All engines with what is known of them.
    pub(super) fn engines(&self) -> &Engines {
        &self.engines
    }

    /// The program of an engine, if it is one.
    pub(super) fn program(&self, engine: EngineName) -> Option<&Program> {
        let EngineName::Custom(name) = engine else { return None };
        self.programs.get(&name)
    }

    /// All programs.
    pub(super) fn programs(&self) -> impl Iterator<Item = &Program> {
        self.programs.values()
    }

    /// What is run of the engines that a scenario lists, and what beside.
    pub(super) fn apply(&self, engines: &mut Vec<EngineName>) {
        if !self.chosen.instead.is_empty() {
            *engines = self.chosen.instead.iter().map(|engine| self.asked(*engine)).collect();
        }
        for name in &self.chosen.beside {
            let engine = self.asked(EngineName::Custom(*name));
            if !engines.contains(&engine) {
                engines.push(engine);
            }
        }
    }

    /// The same engine, by the name that knows what its program has told.
    fn asked(&self, engine: EngineName) -> EngineName {
        self.engines.names().find(|asked| *asked == engine).unwrap_or(engine)
    }
}
