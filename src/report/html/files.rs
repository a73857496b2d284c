//! The files of the run, with links to them.

use std::path::{Component, Path, PathBuf};

use maud::html;

use super::{Part, scroll_box};

/// The files of a run that the page lists, and what each holds.
const FILES: [(&str, &str); 11] = [
    ("samples.csv", "a row for each task of a cell, and for the cell as a whole"),
    ("summary.csv", "the same over the repeats: medians with their intervals"),
    ("summary.json", "the same, for programs"),
    ("expect.csv", "a row for each claim at each of its points"),
    ("tasks.csv", "a row for each instance"),
    ("steps.csv", "a row for each step that has a name"),
    ("steps_summary.csv", "the same over the repeats: medians with their intervals"),
    ("states.csv", "how many instances were in which state, over time"),
    ("probe.csv", "a row for each probe"),
    ("spans.csv", "a row for each run slice: an instance on a thread, from when to when"),
    ("run.toml", "what was run, where, how"),
];

/// Which files a run has, and the path to them from the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// The text before each file's name: nothing if the page is in the same folder, else a path in the form of a URL.
    prefix: String,
    names: Vec<&'static str>,
}

impl Beside {
    /// The files in `folder`, as seen from the folder in which the page will be. Both must exist.
    pub fn seen_from(page: &Path, folder: &Path) -> std::io::Result<Self> {
        let prefix = relative_url(&page.canonicalize()?, &folder.canonicalize()?);
        let names = FILES.iter().map(|(name, _)| *name).filter(|name| folder.join(name).is_file());
        Ok(Self { prefix, names: names.collect() })
    }
}

/// The relative URL from one folder to another, with a slash at its end; empty if they are the same.
fn relative_url(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(common)).collect();
    path.components().map(|part| encoded(part.as_os_str().as_encoded_bytes()) + "/").collect()
}

/// A name in a URL's path: every byte that may not stand there as it is, is percent-encoded. Source: RFC 3986, §2.3.
fn encoded(name: &[u8]) -> String {
    let letter = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
        other => format!("%{other:02X}"),
    };
    name.iter().map(letter).collect()
}

pub(super) fn part(beside: &Beside) -> Option<Part> {
    let table = html! {
        table class="facts" {
            caption class="unseen" { "The files of the run and what they hold" }
            tbody {
                @for (name, holds) in FILES.iter().filter(|(name, _)| beside.names.contains(name)) {
                    "\n" tr {
                        th scope="row" { a href=(format!("{}{name}", beside.prefix)) { (name) } }
                        td { (holds) }
                    }
                }
                "\n"
            }
        }
    };
    let body = scroll_box("files", &table);
    (!beside.names.is_empty()).then_some(Part { id: "files", heading: "The files", body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_to_the_files_is_a_relative_url() {
        for (from, to, expected) in [
            ("/a/b", "/a/b", ""),
            ("/a/b", "/a/b/c", "c/"),
            ("/a/b/x", "/a/b/c", "../c/"),
            ("/tmp", "/work/results/mix", "../work/results/mix/"),
            ("/a", "/a/50 %/\"><b>/é", "50%20%25/%22%3E%3Cb%3E/%C3%A9/"),
        ] {
            assert_eq!(relative_url(Path::new(from), Path::new(to)), expected);
        }
    }
}
