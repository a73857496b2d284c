//! The message for each mistake: beside every `tests/commands/messages/*.toml` a `.stderr` holds the expected message.
//!
//! `SNAPSHOTS=overwrite cargo test --test commands` writes the `.stderr` anew: then read them.

use std::fs;
use std::path::{Path, PathBuf};

use snapbox::{Assert, Data};
use taskmix_engine::diagnostic::render;
use taskmix_engine::scenario::parse;

fn bad_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands/messages");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

fn rendered(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("the file can be read");
    let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("names are plain");
    let diagnostics = parse(stem, &text).map_or_else(|diagnostics| diagnostics, |parsed| parsed.warnings);
    render(&diagnostics, &format!("{stem}.toml"), &text, false)
}

#[test]
fn every_mistake_is_explained_as_recorded() {
    let assert = Assert::new().action_env("SNAPSHOTS");
    let mut wrong = Vec::new();
    for path in bad_files() {
        let expected = Data::read_from(&path.with_extension("stderr"), None).raw();
        let text = rendered(&path);
        assert!(!text.is_empty(), "{} has no mistake", path.display());
        if let Err(error) = assert.try_eq(Some(&path.display()), Data::text(text).raw(), expected) {
            wrong.push(error.to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_many_mistakes_and_no_stale_record() {
    let files = bad_files();
    assert!(files.len() >= 35, "only {}", files.len());
    let folder = files[0].parent().expect("a folder");
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be listed").path();
        assert!(path.with_extension("toml").exists(), "{} belongs to nothing", path.display());
    }
}
