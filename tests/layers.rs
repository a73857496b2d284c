//! The layers of `docs/architecture.md`: a file imports from lower layers and from its own, never from a higher one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Which rooms stand in which layer.
const LAYERS: [&[&str]; 7] = [
    &["units", "diagnostic", "host"],
    &["scenario", "metric"],
    &["plan", "record"],
    &["idiom", "step", "engine"],
    &["cell", "campaign"],
    &["stats", "expect", "compare", "report"],
    &["cli", "worker", "main", "lib"],
];

/// Rooms that must not name others, though the layers would let them or not: the table's last column.
const NEVER: [(&[&str], &[&str]); 2] =
    [(&["idiom"], &["step", "engine"]), (&["engine", "step", "idiom"], &["report", "campaign", "cli"])];

/// Rooms that know the campaign only through its events.
const LISTENERS: [&str; 4] = ["stats", "expect", "compare", "report"];

#[test]
fn no_file_imports_from_a_higher_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let events = exported(&fs::read_to_string(src.join("campaign/event.rs")).expect("the campaign has its events"));
    let mut files = Vec::new();
    collect(&src, &src, &mut files);
    assert!(files.len() > 100, "the checker has found the sources: {}", files.len());
    let mut paths = 0;
    let mut found = Vec::new();
    for (name, text) in &files {
        paths += crate_paths(name, text).len();
        found.extend(violations(name, text, &events));
    }
    assert!(paths > 150, "the checker has found the imports: {paths}");
    assert!(found.is_empty(), "{} imports look up:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_room_stands_in_a_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(src).expect("there is a src folder") {
        let path = entry.expect("a readable entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        assert!(layer(name).is_some(), "give `{name}` its layer in tests/layers.rs");
    }
}

#[test]
fn planted_violations_are_found() {
    let events = BTreeSet::from(["Event".to_owned(), "CellOutcome".to_owned()]);
    for (file, text, what) in [
        ("plan/draws.rs", "use crate::engine::Engine;", "plan names engine"),
        ("plan/draws.rs", "fn f() { use crate::cli; }", "plan names cli"),
        ("plan/draws.rs", "let x = crate::stats::samples(&y);", "plan names stats"),
        ("plan/draws.rs", "use crate::{units::x, report::{table as t}, record::{self, layout}};", "plan names report"),
        ("plan/draws.rs", "use\n    crate\n    ::\n    cell::run;", "plan names cell"),
        ("plan/draws.rs", "use super::super::engine::Engine;", "plan names engine"),
        ("plan/draws.rs", "mod tests { use super::super::super::engine::Engine; }", "plan names engine"),
        ("plan/mod.rs", "use super::{scenario, engine::Engine};", "plan names engine"),
        ("diagnostic/mod.rs", "use crate::scenario::Scenario;", "diagnostic names scenario"),
        ("record/mod.rs", "pub(in crate::engine) fn f() {}", "record names engine"),
        ("idiom/smol.rs", "use crate::step::Run;", "idiom names step"),
        ("step/run.rs", "use crate::campaign::Event;", "step names campaign"),
        ("report/table.rs", "use crate::campaign::Launcher;", "report sees `campaign::Launcher`"),
        ("report/table.rs", "use crate::campaign;", "report sees `campaign` whole"),
        ("stats/sample.rs", "use crate::campaign::{Event, Interrupt};", "stats sees `campaign::Interrupt`"),
        ("stats/sample.rs", "use crate::campaign::*;", "stats sees `campaign::*`"),
        ("plan/draws.rs", "use crate::attic::Thing;", "`attic` stands in no layer"),
        ("plan/draws.rs", "use crate::*;", "`*` stands in no layer"),
    ] {
        let found = violations(file, text, &events);
        assert_eq!(found.len(), 1, "{file}: {text}: {found:?}");
        assert!(found[0].contains(what), "{found:?} should say `{what}`");
    }
}

#[test]
fn what_is_allowed_is_not_reported() {
    let events = BTreeSet::from(["Event".to_owned(), "CellOutcome".to_owned()]);
    for (file, text) in [
        ("plan/draws.rs", "use crate::scenario::{Task, Length}; use crate::record::layout::NEVER;"),
        ("plan/draws.rs", "// use crate::engine::Engine;\n/* crate::cli /* nested */ crate::cli */"),
        ("plan/draws.rs", "let text = \"use crate::engine \\\" crate::cli\"; let c = '\"'; let l: &'static str;"),
        ("plan/draws.rs", "let raw = r#\"crate::cli \" \"#; pub(crate) fn f() {}"),
        ("plan/draws.rs", "mod tests { use super::super::work::Work; use super::*; }"),
        ("report/table.rs", "use crate::campaign::{CellOutcome, Event}; use crate::stats::samples;"),
        ("diagnostic/render.rs", "use crate::units::figures; use super::suggest::engine;"),
        ("cli/run.rs", "use crate::campaign::{self, Launcher};"),
        ("main.rs", "fn main() { taskmix::cli::main() }"),
        ("lib.rs", "pub mod engine;"),
    ] {
        assert_eq!(violations(file, text, &events), Vec::<String>::new(), "{file}: {text}");
    }
}

/// What the file `name`, relative to `src`, names that it must not.
fn violations(name: &str, text: &str, events: &BTreeSet<String>) -> Vec<String> {
    let room = room(name);
    let own = layer(room).unwrap_or_else(|| panic!("`{room}` stands in no layer"));
    let mut found = Vec::new();
    for path in crate_paths(name, text) {
        let named = path[0].as_str();
        let complaint = match layer(named) {
            // A name of the crate's root that is no room: only `lib.rs` could define one, and it doesn't.
            None => format!("`{named}` stands in no layer"),
            Some(other) if other > own => format!("{room} names {named}, of layer {other} above its own {own}"),
            Some(_) if NEVER.iter().any(|(rooms, others)| rooms.contains(&room) && others.contains(&named)) => {
                format!("{room} names {named}, which it must not know")
            }
            Some(_) if named == "campaign" && LISTENERS.contains(&room) => match path.get(1) {
                Some(item) if events.contains(item) => continue,
                Some(item) => format!("{room} sees `campaign::{item}`, which is not among its events"),
                None => format!("{room} sees `campaign` whole, not only its events"),
            },
            Some(_) => continue,
        };
        found.push(format!("src/{name}: {complaint} (`{}`)", path.join("::")));
    }
    found
}

fn layer(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

fn room(name: &str) -> &str {
    name.split('/').next().unwrap_or(name).trim_end_matches(".rs")
}

/// The modules in which a file's items stand, from the crate's root.
fn modules(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    parts.pop_if(|last| last == "mod" || last == "lib" || last == "main");
    parts
}

/// Every path of the text that begins at the crate's root, without `crate`: also those that climb there by `super`.
fn crate_paths(name: &str, text: &str) -> Vec<Vec<String>> {
    let tokens = tokens(text);
    let mut inline: Vec<usize> = Vec::new();
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => {
                depth += 1;
                if at >= 2 && tokens[at - 2] == "mod" {
                    inline.push(depth);
                }
            }
            "}" => {
                inline.pop_if(|opened| *opened == depth);
                depth = depth.saturating_sub(1);
            }
            "crate" | "super" => {
                // The rest of a path that has been read from its head.
                if at > 0 && tokens[at - 1] == "::" {
                    continue;
                }
                let mut leaves = Vec::new();
                tree(&tokens, at, &[], &mut leaves);
                let here = modules(name).len() + inline.len();
                found.extend(leaves.into_iter().filter_map(|leaf| from_root(&leaf, here)));
            }
            _ => {}
        }
    }
    found
}

/// The part of a path below the crate's root, if it goes through it: seen from a module `here` levels below the root.
fn from_root(path: &[String], here: usize) -> Option<Vec<String>> {
    let supers = path.iter().take_while(|part| *part == "super").count();
    let rest = if path[0] == "crate" {
        &path[1..]
    } else if supers == here {
        &path[supers..]
    } else {
        return None;
    };
    (!rest.is_empty()).then(|| rest.to_vec())
}

/// Reads the path, or the tree of a `use`, that begins at token `at`; gives the place behind it.
fn tree(tokens: &[String], mut at: usize, prefix: &[String], leaves: &mut Vec<Vec<String>>) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = tree(tokens, at, &path, leaves);
                    while tokens.get(at).is_some_and(|token| token != "," && token != "}") {
                        at += 1; // `as name`
                    }
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                return at + 1;
            }
            Some("self") if !path.is_empty() => {}
            Some(part) if part == "*" || is_name(part) => path.push(part.to_owned()),
            _ => break,
        }
        at += 1;
        let goes_on = tokens.get(at).is_some_and(|token| token == "::")
            && tokens.get(at + 1).is_some_and(|token| token == "{" || token == "*" || is_name(token));
        if !goes_on {
            break;
        }
        at += 1;
    }
    leaves.push(path);
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The tokens of Rust text, roughly: names and `::` whole, every other character by itself; no comments, no literals.
fn tokens(text: &str) -> Vec<String> {
    let mut rest = text;
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if let Some(length) = raw_string(rest) {
            length
        } else if first == '"' {
            quoted(rest, '"')
        } else if first == '\'' {
            character(rest)
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else if is_name(rest) {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of a block comment, which may hold others.
fn comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                break;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of a raw string, if one begins here.
fn raw_string(text: &str) -> Option<usize> {
    let body = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let opened = text.len() - body.len() + hashes + 1;
    Some(text[opened..].find(&end).map_or(text.len(), |at| opened + at + end.len()))
}

/// The length of a literal between quotation marks.
fn quoted(text: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character, or of the tick of a lifetime.
fn character(text: &str) -> usize {
    let mut characters = text.chars().skip(1);
    match (characters.next(), characters.next()) {
        (Some('\\'), _) | (_, Some('\'')) => quoted(text, '\''),
        _ => 1,
    }
}

/// The public types of a file.
fn exported(text: &str) -> BTreeSet<String> {
    let tokens = tokens(text);
    let types = tokens.windows(3).filter(|three| three[0] == "pub" && (three[1] == "enum" || three[1] == "struct"));
    types.map(|three| three[2].clone()).collect()
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).expect("it is below").to_str().expect("UTF-8").to_owned();
            let text = fs::read_to_string(&path).expect("a readable file");
            files.push((name, text));
        }
    }
}
