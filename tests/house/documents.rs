//! The documents name only things that exist: links with their anchors, paths of this repository, commands with their options.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::root;

/// The folders at the top of the repository. A path in a document begins with one of them.
const TOP: [&str; 10] =
    ["src/", "engine/", "tests/", "docs/", "benches/", "fidelity/", "scenarios/", "examples/", "results/", ".ci/"];

/// All documents but the change log, which describes earlier states.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["", "docs", "docs/recipes", "results", "tests", "examples/custom-engine"] {
        let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("a readable entry").path());
        found.extend(paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    found.retain(|path| !path.ends_with("CHANGELOG.md"));
    found.sort();
    assert!(found.len() > 15, "the documents are found: {found:?}");
    found
}

fn text_of(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines outside of code blocks, and those within.
fn prose_and_code(text: &str) -> (Vec<&str>, Vec<&str>) {
    let mut is_code = false;
    let (mut prose, mut code) = (Vec::new(), Vec::new());
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if is_code {
            code.push(line);
        } else {
            prose.push(line);
        }
    }
    (prose, code)
}

/// The texts between backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The anchors of a document: of its headings, as GitHub makes them, and those set by hand.
fn anchors(text: &str) -> BTreeSet<String> {
    let (prose, _) = prose_and_code(text);
    let mut found = BTreeSet::new();
    for line in prose {
        if line.starts_with('#') {
            let heading = line.trim_start_matches('#').trim().to_lowercase().replace('`', "");
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            found.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
        found.extend(line.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned)));
    }
    found
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_are_there() {
    let mut broken = Vec::new();
    let mut links = 0;
    for document in documents() {
        let text = text_of(&document);
        let (prose, _) = prose_and_code(&text);
        let targets = prose.iter().flat_map(|line| line.split("](").skip(1)).filter_map(|rest| rest.split(')').next());
        let images =
            prose.iter().flat_map(|line| line.split("src=\"").skip(1)).filter_map(|rest| rest.split('"').next());
        for target in targets.chain(images).filter(|target| !target.starts_with("http")) {
            links += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { document.clone() } else { document.parent().expect("a folder").join(file) };
            let has_anchor = || anchor.is_empty() || anchors(&text_of(&path)).contains(anchor);
            if !path.exists() || !has_anchor() {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(links > 80, "the links are found: {links}");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_path_of_the_repository_that_is_named_exists() {
    let mut missing = Vec::new();
    let mut paths = 0;
    for document in documents() {
        let text = text_of(&document);
        for name in text.lines().flat_map(quoted).filter(|name| TOP.iter().any(|top| name.starts_with(top))) {
            let name = name.split([':', ' ', '#']).next().unwrap_or(name);
            // Skips placeholders and paths that a run creates.
            let is_placeholder =
                name.contains(|c: char| c.is_uppercase() || "*$<…~".contains(c)) && !name.ends_with("README.md");
            let is_made = name.starts_with("results/")
                && !name.starts_with("results/reference")
                && name != "results/README.md"
                && name != "results/";
            if is_placeholder || is_made {
                continue;
            }
            paths += 1;
            if !root().join(name).exists() {
                missing.push(format!("{}: {name}", document.display()));
            }
        }
    }
    assert!(paths > 40, "the paths are found: {paths}");
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The help of a command that the list of commands leaves out.
fn hidden(command: &str) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_taskmix")).args([command, "--help"]).output().expect("the binary");
    output.status.success().then(|| String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn every_command_that_is_named_is_one_and_has_its_options() {
    let help = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_taskmix")).args(arguments).arg("--help").output().expect("the binary");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let top = help(&[]);
    let commands: BTreeMap<&str, String> = top
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .map(|command| (command, help(&[command])))
        .collect();
    assert!(commands.len() > 6, "the commands are found: {commands:?}");
    let mut wrong = Vec::new();
    let mut found = 0;
    for document in documents() {
        let text = text_of(&document);
        let (prose, code) = prose_and_code(&text);
        let in_prose = prose.iter().flat_map(|line| quoted(line));
        for line in in_prose.chain(code.iter().copied()) {
            let line = line.trim_start_matches("$ ").split(" #").next().unwrap_or(line);
            let Some(rest) =
                line.strip_prefix("taskmix ").or_else(|| line.split_once("release/taskmix ").map(|(_, rest)| rest))
            else {
                continue;
            };
            let mut words = rest.split_whitespace();
            // A word in capitals stands for any command.
            let is_command = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
            let Some(command) = words.next().filter(is_command) else { continue };
            found += 1;
            let Some(help) = commands.get(command).cloned().or_else(|| hidden(command)) else {
                wrong.push(format!("{}: no command `{command}`: {line}", document.display()));
                continue;
            };
            let options = words.filter(|word| word.starts_with("--"));
            let options = options.map(|word| word.split(['=', ',', '.', '[']).next().unwrap_or(word));
            for option in
                options.filter(|option| !help.contains(*option) && !matches!(*option, "--fault" | "--describe"))
            {
                wrong.push(format!("{}: `{command}` has no `{option}`: {line}", document.display()));
            }
        }
    }
    assert!(found > 30, "the commands are found: {found}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
