//! Runs shipped scenarios, edited or not, and checks the verdicts on their claims.

use std::fs;
use std::path::Path;

use super::{Finished, Lab, Row};

/// The text of a shipped scenario.
pub(crate) fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name).with_extension("toml");
    fs::read_to_string(path).expect("it is shipped")
}

/// The text with each edit applied. Panics if the text to replace is missing.
pub(crate) fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "there is no {from}:\n{text}");
        text.replace(from, to)
    })
}

/// Six rounds on these engines.
pub(crate) fn run(text: &str, engines: &[&str]) -> Finished {
    run_with(text, engines, &[])
}

/// Six rounds on these engines, with more options.
pub(crate) fn run_with(text: &str, engines: &[&str], more: &[&str]) -> Finished {
    rounds("6", text, engines, more)
}

/// Two rounds: enough for claims about counts, which each round decides by itself.
pub(crate) fn run_twice(text: &str, engines: &[&str], more: &[&str]) -> Finished {
    rounds("2", text, engines, more)
}

fn rounds(count: &str, text: &str, engines: &[&str], more: &[&str]) -> Finished {
    let engines = engines.iter().flat_map(|engine| ["--engine", engine]);
    let options = ["--repeats", count, "--tasks", "never"].into_iter().chain(engines).chain(more.iter().copied());
    let finished = Lab::new().run(text, &options.collect::<Vec<_>>());
    let rows = finished.rows("expect.csv");
    let any_fails = rows.iter().any(|row| row.text("verdict") == "fails");
    // Of a claim that is not run there are no rounds.
    let is_undecidable = |row: &Row| row.text("kind") == "timing" && (1..6).contains(&row.whole("rounds"));
    assert_eq!(finished.code, Some(i32::from(any_fails || rows.iter().any(is_undecidable))), "{}", finished.stderr);
    finished
}

/// The rows of a claim in `expect.csv`, one for each point.
pub(crate) fn points(run: &Finished, claim: &str) -> Vec<Row> {
    let rows: Vec<Row> = run.rows("expect.csv").into_iter().filter(|row| row.text("claim") == claim).collect();
    assert!(!rows.is_empty(), "no `{claim}`: {}", run.stdout);
    for row in &rows {
        let is_invariant = row.text("kind") == "invariant";
        assert!(row.whole("rounds") == 6 || is_invariant && row.whole("rounds") == 2, "{row:?}");
        assert!(!row.is_empty("left") && !row.is_empty("right"), "there is data: {row:?}");
    }
    rows
}

/// A claim holds at no point, and its data are complete.
pub(crate) fn does_not_hold(run: &Finished, claim: &str) {
    for row in points(run, claim) {
        let straddles = row.text("reason").starts_with("its interval lies on both sides");
        let does_not_hold = row.text("verdict") == "fails" || row.text("verdict") == "inconclusive" && straddles;
        assert!(does_not_hold, "{row:?}\n{}", run.stdout);
    }
}

/// A claim holds at each point.
pub(crate) fn holds(run: &Finished, claim: &str) {
    for row in points(run, claim) {
        assert_eq!(row.text("verdict"), "holds", "{row:?}\n{}", run.stdout);
    }
}
