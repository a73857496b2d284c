//! The files of the run, with links to them.

use std::path::{Component, Path, PathBuf};

use maud::html;

use super::{Part, scroll_box};

/// The files of a run that are told of, and what each holds.
const FILES: [(&str, &str); 10] = [
    ("samples.csv", "a row for each task of a cell, and for the cell as a whole"),
    ("summary.csv", "the same over the repeats: medians with their intervals"),
    ("summary.json", "the same, for programs"),
    ("expect.csv", "a row for each claim at each of its points"),
    ("tasks.csv", "a row for each instance"),
    ("steps.csv", "a row for each step that has a name"),
    ("states.csv", "how many instances were in which state, over time"),
    ("probe.csv", "a row for each probe"),
    ("spans.csv", "a row for each time that an instance was on a thread"),
    ("run.toml", "what was run, where, how"),
];

/// Which files a run has, and the way to them from the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// In front of each file's name: nothing if the page stands among them, else a path in the form of a URL.
    way: String,
    names: Vec<&'static str>,
}

impl Beside {
    /// Those in `folder`, as seen from the folder in which the page will stand. Both must exist.
    pub fn seen_from(page: &Path, folder: &Path) -> std::io::Result<Self> {
        let way = way(&page.canonicalize()?, &folder.canonicalize()?);
        let names = FILES.iter().map(|(name, _)| *name).filter(|name| folder.join(name).is_file());
        Ok(Self { way, names: names.collect() })
    }
}

/// The relative URL from one folder to another, with a slash at its end; empty if they are the same.
fn way(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(common)).collect();
    path.components().map(|part| encoded(part.as_os_str().as_encoded_bytes()) + "/").collect()
}

/// Everything but what a URL's path may hold as it is, by its bytes. Source: RFC 3986, §2.3.
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
                        th scope="row" { a href=(format!("{}{name}", beside.way)) { (name) } }
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
    fn the_way_to_the_files_is_relative_and_a_url() {
        for (from, to, expected) in [
            ("/a/b", "/a/b", ""),
            ("/a/b", "/a/b/c", "c/"),
            ("/a/b/x", "/a/b/c", "../c/"),
            ("/tmp", "/work/results/mix", "../work/results/mix/"),
            ("/a", "/a/50 %/\"><b>/é", "50%20%25/%22%3E%3Cb%3E/%C3%A9/"),
        ] {
            assert_eq!(way(Path::new(from), Path::new(to)), expected);
        }
    }
}
