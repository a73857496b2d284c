use std::error::Error;

use super::*;
use crate::archive::csv::tests::axes;
use crate::archive::run_toml::tests::facts as some_facts;
use crate::archive::{AxisFacts, RunFolder, TasksPolicy};
use crate::stats::{self, OutcomeBuilder};
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::Param;

/// The folder of a run that still goes on, and the samples of its two cells.
fn run(out: &Path, facts: &RunFacts) -> (PathBuf, Vec<Sample>) {
    let now = "2026-11-23T03:40:12Z".parse().unwrap();
    let mut folder = RunFolder::create(out, "mix", &axes(), TasksPolicy::Auto, now).unwrap();
    folder.write_facts(facts).unwrap();
    let mut samples = Vec::new();
    for repeat in 1..=2 {
        let mut outcome = OutcomeBuilder::new().repeat(repeat).burst_done(0, 5, 8).span(8).outcome();
        let params = axes().into_iter().map(|axis| Param { name: axis.name, value: axis.values[0] }).collect();
        outcome.key = CellKey { params, ..outcome.key };
        let cell = stats::samples(&outcome);
        folder.add_cell(&outcome, &cell).unwrap();
        samples.extend(cell);
    }
    (folder.path().to_owned(), samples)
}

/// The error of a run whose file is changed by `change`.
fn error_after(file: &str, change: impl Fn(String) -> String) -> String {
    let out = tempfile::tempdir().unwrap();
    let (path, _) = run(out.path(), &some_facts(42));
    let place = path.join(file);
    let text = fs::read_to_string(&place).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text, "the text has changed");
    fs::write(&place, changed).unwrap();
    let error = RunArchive::open(&path).unwrap_err();
    assert!(!error.remedy().is_empty());
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}").replace(&path.display().to_string(), "RUN")
}

#[test]
fn a_run_that_still_goes_on_is_read_as_far_as_it_has_come() {
    let out = tempfile::tempdir().unwrap();
    let (path, samples) = run(out.path(), &some_facts(42));
    let archive = RunArchive::open(&path).unwrap();
    assert_eq!(archive, RunArchive { path, facts: some_facts(42), axes: axes(), samples });
}

#[test]
fn the_matrix_is_that_of_the_run_and_not_of_its_text() {
    let text = "question = \"?\"\nengines = [\"rayon\"]\n[[task]]\nname = \"a\"\ncount = 1\n\
                steps = [{ sleep = \"$hold\" }, { loop = \"$size\", steps = [{ yield = true }] }]\n\
                [matrix]\nhold = [\"1ms\"]\nsize = [3]\n";
    let mut facts = some_facts(42);
    facts.scenario.text = text.to_owned();
    let out = tempfile::tempdir().unwrap();
    let (path, _) = run(out.path(), &facts);
    let values = |path: &Path| RunArchive::open(path).map(|archive| archive.axes);
    assert_eq!(values(&path).unwrap(), axes());
    // An older run does not record its matrix, and the matrix of its text is not that of these rows.
    facts.resolved.axes = None;
    fs::write(path.join("run.toml"), toml::to_string(&facts).unwrap()).unwrap();
    assert_eq!(values(&path).unwrap_err().source().unwrap().to_string(), "line 2: the key is not readable");
    fs::write(path.join("samples.csv"), samples::columns(&axes()).join(",") + "\n").unwrap();
    let read = RunArchive::open(&path).unwrap();
    assert_eq!(
        read.axes.iter().map(AxisFacts::new).map(|axis| axis.values.join(" ")).collect::<Vec<_>>(),
        ["1ms", "3"]
    );
    assert_eq!(read.samples, []);
}

#[test]
fn a_missing_run_and_a_broken_run_have_errors_of_their_own() {
    let out = tempfile::tempdir().unwrap();
    let error = |path: &Path| RunArchive::open(path).unwrap_err().to_string();
    let (path, _) = run(out.path(), &some_facts(42));
    let nowhere = out.path().join("nowhere");
    assert_eq!(error(&nowhere), format!("there is no folder `{}`", nowhere.display()));
    let above = out.path().join("mix");
    assert_eq!(error(&above), format!("there is no `{}`", above.join("run.toml").display()));
    fs::remove_file(path.join("samples.csv")).unwrap();
    assert_eq!(error(&path), format!("cannot read `{}`", path.join("samples.csv").display()));
}

#[test]
fn another_version_or_a_broken_file_is_an_error_with_its_place() {
    assert_eq!(
        error_after("run.toml", |text| text.replace("schema_version = 1", "schema_version = 2\nnews = true")),
        "`RUN/run.toml`: schema version 2, not 1"
    );
    assert_eq!(
        error_after("run.toml", |text| text.replace("complete = false", "complete = 3")),
        "`RUN/run.toml`, line 4: invalid type: integer `3`, expected a boolean"
    );
    assert!(error_after("run.toml", |text| text.replace("[host]", "[host")).starts_with("`RUN/run.toml`, line "));
    assert_eq!(
        error_after("run.toml", |text| text.replace("\"20ms\"", "\"20\"")),
        "`RUN/run.toml`: the matrix is not readable: `20` is no value of `hold`"
    );
    assert_eq!(
        error_after("samples.csv", |text| text.replacen("beta,0", "beta,none", 1)),
        "`RUN/samples.csv`: line 3: `released` is not readable"
    );
    assert!(error_after("samples.csv", |text| text[..text.len() - 9].to_owned()).contains("RUN/samples.csv"));
    assert_eq!(
        error_after("samples.csv", |text| text.replace("param_size", "param_width")),
        "`RUN/samples.csv`: the columns are not those of this scenario: column 3 is `param_width`, not `param_size`"
    );
}
