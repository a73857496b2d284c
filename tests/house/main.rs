//! The repository itself: layers of modules, no import cycles between files, documents whose paths and commands exist, shipped
//! scenarios.

mod circles;
mod documents;
mod layers;
mod shipped;
mod source;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

/// The folders of the crates' sources.
const CRATES: [&str; 2] = ["engine/src", "src"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The sources of a crate, each with its path below `folder`.
fn sources_of(folder: &str) -> Vec<(String, String)> {
    let files = source::sources(&root().join(folder));
    assert!(files.len() > 80, "the sources of {folder} are found: {}", files.len());
    files
}
