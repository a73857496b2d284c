//! No import cycles between files: of two files at most one imports from the other, directly or through further files.
//!
//! A folder's `mod.rs` and the files beside it are exempt: `mod.rs` names the files, and they may use its shared items.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Named, modules, paths};
use crate::{CRATES, sources_of};

type Module = Vec<String>;

#[test]
fn no_files_import_each_other_in_a_circle() {
    for folder in CRATES {
        let found = circles(&sources_of(folder));
        assert!(found.is_empty(), "{folder}: {found:#?}\nmove what both need into a file below both");
    }
}

#[test]
fn planted_circles_are_found() {
    let files = |texts: &[(&str, &str)]| -> Vec<(String, String)> {
        texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    let two = files(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B; fn f(a: &super::a::A) {}"),
    ]);
    assert_eq!(circles(&two), [["a", "b"]]);
    let by_a_reexport = files(&[
        ("lib.rs", "mod a; mod room;"),
        ("a.rs", "use crate::room::Thing; pub struct A;"),
        ("room/mod.rs", "mod thing; mod other; pub use thing::Thing;"),
        ("room/thing.rs", "use super::other::f; pub struct Thing;"),
        ("room/other.rs", "use crate::a::A; pub fn f() {}"),
    ]);
    assert_eq!(circles(&by_a_reexport), [["a", "room::other", "room::thing"]]);
    let none = files(&[
        ("lib.rs", "mod a; mod room;"),
        ("a.rs", "use crate::room::Thing; mod tests { use super::*; }"),
        (
            "room/mod.rs",
            "mod thing; pub use thing::Thing; pub(crate) const ALL: u8 = thing::ONE; pub(crate) struct Common;",
        ),
        ("room/thing.rs", "use super::Common; pub struct Thing; #[cfg(test)] mod tests { use crate::a::A; fn f() {} }"),
    ]);
    assert_eq!(circles(&none), [[""; 0]; 0]);
}

/// The cycles of files, each as its modules in order.
fn circles(files: &[(String, String)]) -> Vec<Vec<String>> {
    let all: BTreeSet<Module> = files.iter().map(|(name, _)| modules(name)).collect();
    let named: BTreeMap<Module, Vec<Named>> = files.iter().map(|(name, text)| named(name, text, &all)).collect();
    let arrows: BTreeMap<&Module, BTreeSet<Module>> = named.keys().map(|from| (from, targets(from, &named))).collect();
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        arrows.keys().map(|from| (*from, reach(from, &arrows))).collect();
    let mut found = BTreeSet::new();
    for from in reached.keys() {
        let circle: Vec<String> = reached
            .keys()
            .filter(|to| reached[from].contains(**to) && reached[*to].contains(*from))
            .map(|module| module.join("::"))
            .collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

/// The module of a file, and the paths that it names.
fn named(name: &str, text: &str, all: &BTreeSet<Module>) -> (Module, Vec<Named>) {
    let own = modules(name);
    let is_child = |module: &&Module| module.len() == own.len() + 1 && module.starts_with(&own);
    let children: Vec<&str> = all.iter().filter(is_child).map(|module| module[own.len()].as_str()).collect();
    let paths = paths(name, text, &children);
    (own, paths)
}

/// The files from which a file imports, without the files above and below it in its folder tree.
fn targets(from: &Module, named: &BTreeMap<Module, Vec<Named>>) -> BTreeSet<Module> {
    let uses = named[from].iter().filter(|named| !named.is_reexport);
    let targets = uses.filter_map(|used| defined_in(&used.path, named, 0));
    targets.filter(|to| !to.is_empty() && !from.is_empty() && !from.starts_with(to) && !to.starts_with(from)).collect()
}

/// The file that defines the item at `path`, found through re-exports.
fn defined_in(path: &[String], named: &BTreeMap<Module, Vec<Named>>, depth: usize) -> Option<Module> {
    let length = (0..=path.len()).rev().find(|length| named.contains_key(&path[..*length]))?;
    let module = &path[..length];
    let item = path.get(length);
    let from = named[module].iter().find(|named| named.is_reexport && item.is_some() && named.path.last() == item);
    match from {
        Some(from) if from.path != path && depth < 8 => defined_in(&from.path, named, depth + 1),
        _ => Some(module.to_vec()),
    }
}

/// All modules that can be reached along the arrows.
fn reach<'a>(from: &Module, arrows: &'a BTreeMap<&'a Module, BTreeSet<Module>>) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Module> = arrows[from].iter().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(&arrows[module]);
        }
    }
    reached
}
