//! The user's configuration file: custom engines under names that scenarios may list.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::Deserialize;

use super::bad_input::BadInput;
use crate::campaign::Program;
use taskmix_engine::diagnostic::{Diagnostic, render};
use taskmix_engine::scenario::CustomName;

/// The contents of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    engine: BTreeMap<toml::Spanned<String>, Engine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Engine {
    command: toml::Spanned<Vec<String>>,
}

/// The programs of the user's file; none if there is no such file.
pub(super) fn programs() -> Result<Vec<Program>, BadInput> {
    let Some(path) = path(env::var_os("XDG_CONFIG_HOME").map(PathBuf::from), env::home_dir()) else {
        return Ok(Vec::new());
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => {
            let message = format!("can't read `{}`: {error}", path.display());
            return Err(BadInput::words(&message, "check the file's permissions; it is a text in UTF-8"));
        }
    };
    let folder = path.parent().unwrap_or(Path::new("/"));
    read(&text, folder).map_err(|found| BadInput::drawn(render(&[*found], &path.display().to_string(), &text, true)))
}

/// The file's path: `taskmix/config.toml` in `$XDG_CONFIG_HOME`, or in `~/.config` if that is not set. A relative path counts as
/// not set, by the XDG Base Directory Specification.
fn path(config_home: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let folder = config_home.filter(|path| path.is_absolute()).or_else(|| Some(home?.join(".config")))?;
    Some(folder.join("taskmix/config.toml"))
}

fn read(text: &str, folder: &Path) -> Result<Vec<Program>, Box<Diagnostic>> {
    let config: Config = toml::from_str(text).map_err(|error| {
        let found = Diagnostic::error(error.message());
        let found = if let Some(span) = error.span() { found.at(span) } else { found };
        Box::new(
            found.help("an engine is a table `[engine.NAME]` with `command = [\"/path/to/program\", \"argument\"]`"),
        )
    })?;
    let program = |(name, engine): (toml::Spanned<String>, Engine)| {
        let at = |span, message: String, help: &str| Box::new(Diagnostic::error(message).at(span).help(help));
        let engine_name = CustomName::to_register(name.get_ref());
        let engine_name = engine_name.map_err(|error| at(name.span(), error.to_string(), "choose another name"))?;
        let span = engine.command.span();
        let mut words = engine.command.into_inner().into_iter();
        let Some(word) = words.next().filter(|word| !word.is_empty()) else {
            return Err(at(
                span,
                format!("the command of `{engine_name}` is empty"),
                "its first word is the program's path",
            ));
        };
        Ok(Program::new(engine_name, &word, words.collect(), folder))
    };
    config.engine.into_iter().map(program).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_where_the_user_s_other_configurations_are() {
        let home = || Some(PathBuf::from("/home/me"));
        let at = |config: Option<&str>| path(config.map(PathBuf::from), home());
        assert_eq!(at(Some("/etc/mine")), Some(PathBuf::from("/etc/mine/taskmix/config.toml")));
        for ignored in [None, Some(""), Some("relative")] {
            assert_eq!(at(ignored), Some(PathBuf::from("/home/me/.config/taskmix/config.toml")));
        }
        assert_eq!(path(None, None), None);
    }

    #[test]
    fn commands_have_arguments_and_paths_are_relative_to_the_file_s_folder() {
        let text = "[engine.config-a]\ncommand = [\"bin/a\", \"--fast\", \"b c\"]\n[engine.config-b]\ncommand = [\"/opt/b\"]\n";
        let words: Vec<Vec<String>> = read(text, Path::new("/etc/mine")).unwrap().iter().map(Program::words).collect();
        assert_eq!(words, [vec!["/etc/mine/bin/a", "--fast", "b c"], vec!["/opt/b"]]);
        assert_eq!(read("", Path::new("/")).unwrap(), []);
    }

    #[test]
    fn a_mistake_is_reported_with_its_place() {
        for (text, message, place) in [
            (
                "[engine.Mine]\ncommand = [\"a\"]",
                "an engine's name is a lowercase letter, then letters, digits, `_` or `-`, found `Mine`",
                "Mine",
            ),
            ("[engine.rayon]\ncommand = [\"a\"]", "`rayon` is a built-in engine", "rayon"),
            ("[engine.mine]\ncommand = []", "the command of `mine` is empty", "[]"),
            ("[engine.mine]\ncommand = \"a\"", "invalid type: string \"a\", expected a sequence", "\"a\""),
            ("[engine.mine]\npath = \"a\"", "unknown field `path`, expected `command`", "path"),
            ("[engines.mine]\n", "unknown field `engines`, expected `engine`", "engines"),
        ] {
            let found = read(text, Path::new("/")).unwrap_err();
            assert_eq!((found.message.as_str(), &text[found.span.clone().unwrap()]), (message, place));
            assert_eq!(found.helps.len(), 1);
        }
    }
}
