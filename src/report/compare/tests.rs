use super::*;
use crate::archive::csv;
use crate::archive::write_json;
use crate::compare::testing::{RunBuilder, assorted};
use crate::compare::{DEFAULT_METRICS, Tolerance, compare, warnings};
use crate::report::json::CompareDocument;
use taskmix_engine::metric::Metric;

/// What `write` writes of two runs.
fn written(pair: &(RunArchive, RunArchive), write: impl FnOnce(&mut Vec<u8>, &Compared<'_>)) -> String {
    let (old, new) = pair;
    let comparison = compare(old, new, Tolerance::default(), &DEFAULT_METRICS);
    let warnings = warnings(old, new);
    let mut bytes = Vec::new();
    write(&mut bytes, &Compared { old, new, warnings: &warnings, comparison: &comparison });
    String::from_utf8(bytes).unwrap()
}

fn text(pair: &(RunArchive, RunArchive), width: u16, all: bool) -> String {
    let options = CompareOptions { width, colour: false, all };
    written(pair, |out, compared| compare_text(out, compared, options).unwrap())
}

#[test]
fn by_default_the_text_shows_what_differs_or_may() {
    snapbox::assert_data_eq!(text(&assorted(), 120, false), snapbox::file!["../golden/compare.txt"].raw());
}

#[test]
fn all_of_it_is_shown_on_request_and_the_interval_stands_below_where_there_is_less_room() {
    snapbox::assert_data_eq!(text(&assorted(), 76, true), snapbox::file!["../golden/compare-all.txt"].raw());
}

#[test]
fn the_text_fits_the_width_that_the_caller_gives() {
    for width in [50, 60, 70, 80, 90, 100, 120, 200] {
        let text = text(&assorted(), width, true);
        // The tables only: the terminal breaks the sentences around them.
        let rows = text.lines().filter(|line| line.starts_with("bystan") || line.starts_with('─'));
        let widest = rows.map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(width), "{widest} > {width}\n{text}");
    }
}

#[test]
fn markdown_has_the_warnings_and_one_table() {
    let written = written(&assorted(), |out, compared| compare_markdown(out, compared, false).unwrap());
    snapbox::assert_data_eq!(written, snapbox::file!["../golden/compare.md"].raw());
}

#[test]
fn csv_has_a_row_for_each_figure_and_each_warning() {
    let written = written(&assorted(), |out, compared| compare_csv(&mut csv::writer(out), compared).unwrap());
    snapbox::assert_data_eq!(written, snapbox::file!["../golden/compare.csv"].raw());
}

#[test]
fn json_is_one_object() {
    let written = written(&assorted(), |out, compared| write_json(out, &CompareDocument::new(compared)).unwrap());
    snapbox::assert_data_eq!(&written, snapbox::file!["../golden/compare.json"].raw());
    assert!(serde_json::from_str::<serde_json::Value>(&written).unwrap().is_object());
}

#[test]
fn a_comparison_of_a_run_with_itself_says_that_nothing_differs() {
    let run = RunBuilder::new("x").figure("bystander", Metric::Done, 1.0, &[5.0; 6]).run();
    let written = text(&(run.clone(), run.clone()), 120, false);
    assert!(written.ends_with(
        "Not shown: 1 figure without a difference, 1 whole cell among them; `--all` shows them.\n\n\
         None of 1 figures is worse, 0 better, 1 without a difference beyond 5 %, 0 inconclusive.\n"
    ));
    let nothing = RunBuilder::new("y").run();
    let written = text(&(run, nothing), 120, false);
    assert!(written.ends_with("The runs have no cell in common: there is nothing to compare.\n"), "{written}");
}

#[test]
fn a_long_difference_of_texts_is_cut() {
    let details = (0..45).map(|line| format!("+line {line}")).collect();
    let warning = Warning { topic: crate::compare::Topic::Text, text: "another".to_owned(), details };
    let text = warning_text(&warning);
    assert!(text.starts_with("warning: another\n  +line 0\n"));
    assert!(text.ends_with("  +line 23\n  … and 21 more lines\n"));
}
