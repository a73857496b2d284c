//! The layers of `docs/architecture.md`: a file imports from lower layers and from its own, never from a higher one.
//!
//! The compiler enforces the border between the two crates; these tests enforce the order within each.

use std::collections::BTreeSet;
use std::fs;

use crate::source::{modules, paths, tokens};
use crate::{CRATES, root, sources_of};

/// The top-level modules of each layer, of each crate.
const LAYERS: [&[&[&str]]; 2] = [
    &[
        &["units", "diagnostic", "host"],
        &["scenario", "metric"],
        &["plan", "record"],
        &["primitives"],
        &["step"],
        &["engine"],
        &["cell"],
        &["worker", "lib"],
    ],
    &[&["campaign"], &["stats"], &["expect"], &["archive"], &["compare"], &["report"], &["cli"], &["main", "lib"]],
];

/// The modules that know the campaign only through its events.
const LISTENERS: [&str; 5] = ["stats", "expect", "compare", "archive", "report"];

#[test]
fn no_file_imports_from_a_higher_layer() {
    let events = events();
    for (folder, layers) in CRATES.into_iter().zip(LAYERS) {
        let mut paths = 0;
        let mut found = Vec::new();
        for (name, text) in sources_of(folder) {
            paths += roots(&name, &text).len();
            found.extend(violations(&name, &text, layers, &events));
        }
        assert!(paths > 100, "the checker has found the imports of {folder}: {paths}");
        assert!(found.is_empty(), "{} imports of {folder} from higher layers:\n{}", found.len(), found.join("\n"));
    }
}

#[test]
fn every_module_is_in_a_layer() {
    for (folder, layers) in CRATES.into_iter().zip(LAYERS) {
        for entry in fs::read_dir(root().join(folder)).expect("the folder is there") {
            let path = entry.expect("a readable entry").path();
            let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
            assert!(layer(&name, layers).is_some(), "give `{name}` its layer in tests/house/layers.rs");
        }
    }
}

#[test]
fn planted_violations_are_found() {
    let events = BTreeSet::from(["Event".to_owned(), "CellOutcome".to_owned()]);
    for (at, file, text, what) in [
        (0, "plan/draws.rs", "use crate::engine::Engine;", "plan names engine"),
        (0, "plan/draws.rs", "fn f() { use crate::cell; }", "plan names cell"),
        (0, "plan/draws.rs", "use crate::{units::x, step::{run as r}, record::{self, layout}};", "plan names step"),
        (0, "plan/draws.rs", "use\n    crate\n    ::\n    cell::run;", "plan names cell"),
        (0, "plan/draws.rs", "use super::super::engine::Engine;", "plan names engine"),
        (0, "plan/mod.rs", "use super::{scenario, engine::Engine};", "plan names engine"),
        (0, "diagnostic/mod.rs", "use crate::scenario::Scenario;", "diagnostic names scenario"),
        (0, "primitives/smol.rs", "use crate::step::Run;", "primitives names step"),
        (0, "plan/draws.rs", "use crate::attic::Thing;", "`attic` is in no layer"),
        (1, "stats/sample.rs", "use crate::report::table;", "stats names report"),
        (1, "compare/cells.rs", "use crate::report::csv;", "compare names report"),
        (1, "report/table.rs", "use crate::campaign::Launcher;", "report sees `campaign::Launcher`"),
        (1, "report/table.rs", "use crate::campaign;", "report sees `campaign` whole"),
        (1, "stats/sample.rs", "use crate::campaign::{Event, Interrupt};", "stats sees `campaign::Interrupt`"),
    ] {
        let found = violations(file, text, LAYERS[at], &events);
        assert_eq!(found.len(), 1, "{file}: {text}: {found:?}");
        assert!(found[0].contains(what), "{found:?} should say `{what}`");
    }
}

#[test]
fn allowed_imports_are_not_reported() {
    let events = BTreeSet::from(["Event".to_owned(), "CellOutcome".to_owned()]);
    for (at, file, text) in [
        (0, "plan/draws.rs", "use crate::scenario::{Task, Length}; use crate::record::layout::NEVER;"),
        (0, "plan/draws.rs", "// use crate::engine::Engine;\n/* crate::cell /* nested */ crate::cell */"),
        (0, "plan/draws.rs", "let text = \"use crate::engine \\\" crate::cell\"; let c = '\"'; let l: &'static str;"),
        (0, "plan/draws.rs", "let raw = r#\"crate::cell \" \"#; pub(crate) fn f() {}"),
        (0, "plan/draws.rs", "#[cfg(test)] mod tests { use super::super::work::Work; use super::*; }"),
        (1, "report/table.rs", "use crate::campaign::{CellOutcome, Event}; use crate::stats::samples;"),
        (1, "cli/run.rs", "use crate::campaign::{self, Launcher};"),
        (1, "main.rs", "fn main() { taskmix::cli::main() }"),
    ] {
        assert_eq!(violations(file, text, LAYERS[at], &events), Vec::<String>::new(), "{file}: {text}");
    }
}

/// The paths of a file that leave its top-level module, from the crate's root.
fn roots(name: &str, text: &str) -> Vec<Vec<String>> {
    let own = modules(name);
    let paths = paths(name, text, &[]).into_iter().map(|named| named.path);
    paths.filter(|path| path.first().is_some_and(|first| own.first() != Some(first))).collect()
}

/// The forbidden imports of the file `name`, relative to its crate's `src`.
fn violations(name: &str, text: &str, layers: &[&[&str]], events: &BTreeSet<String>) -> Vec<String> {
    let module = name.split('/').next().unwrap_or(name).trim_end_matches(".rs");
    let own = layer(module, layers).unwrap_or_else(|| panic!("`{module}` is in no layer"));
    let mut found = Vec::new();
    for path in roots(name, text) {
        let named = path[0].as_str();
        let complaint = match layer(named, layers) {
            // A name at the crate's root that is no module: only `lib.rs` could define one, and it doesn't.
            None => format!("`{named}` is in no layer"),
            Some(other) if other > own => format!("{module} names {named}, of layer {other} above its own {own}"),
            Some(_) if named == "campaign" && LISTENERS.contains(&module) => match path.get(1) {
                Some(item) if events.contains(item) => continue,
                Some(item) => format!("{module} sees `campaign::{item}`, which is not among its events"),
                None => format!("{module} sees `campaign` whole, not only its events"),
            },
            Some(_) => continue,
        };
        found.push(format!("{name}: {complaint} (`{}`)", path.join("::")));
    }
    found
}

fn layer(module: &str, layers: &[&[&str]]) -> Option<usize> {
    layers.iter().position(|modules| modules.contains(&module))
}

/// The public types of the campaign's events.
fn events() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("src/campaign/event.rs")).expect("the campaign has its events");
    let tokens = tokens(&text);
    let types = tokens.windows(3).filter(|three| three[0] == "pub" && (three[1] == "enum" || three[1] == "struct"));
    types.map(|three| three[2].clone()).collect()
}
