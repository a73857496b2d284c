use std::fs;
use std::path::Path;

use super::*;
use crate::archive::run_toml;
use crate::campaign::Exit;
use crate::stats::{OutcomeBuilder, summaries};
use taskmix_engine::record::{InstanceRecord, Records, RunSliceKind, RunSliceRecord, RunSlices};

fn now() -> Timestamp {
    "2026-11-23T03:40:12.9Z".parse().unwrap()
}

fn create(out: &Path, policy: TasksPolicy) -> RunFolder {
    RunFolder::create(out, "mix", &[], policy, now()).unwrap()
}

fn add(folder: &mut RunFolder, outcome: &CellOutcome) -> Vec<Sample> {
    let samples = stats::samples(outcome);
    folder.add_cell(outcome, &samples).unwrap();
    samples
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).unwrap().lines().count()
}

#[test]
fn a_run_is_never_overwritten_and_latest_points_to_the_newest() {
    let out = tempfile::tempdir().unwrap();
    let ids: Vec<String> = (0..3).map(|_| create(out.path(), TasksPolicy::Auto).run_id().to_owned()).collect();
    assert_eq!(ids, ["2026-11-23T03-40-12Z", "2026-11-23T03-40-12Z-2", "2026-11-23T03-40-12Z-3"]);
    let runs = out.path().join("mix");
    assert_eq!(fs::read_link(runs.join("latest")).unwrap(), Path::new("2026-11-23T03-40-12Z-3"), "relative");
    assert_eq!(names(&runs), [&ids[0], &ids[1], &ids[2], "latest"]);
}

#[test]
fn samples_grow_in_place_and_the_rest_beside_until_the_run_ends() {
    let out = tempfile::tempdir().unwrap();
    let mut folder = create(out.path(), TasksPolicy::Auto);
    let path = folder.path().to_owned();
    let growing = ["probe.csv.partial", "samples.csv", "states.csv.partial", "steps.csv.partial", "tasks.csv.partial"];
    assert_eq!(names(&path), growing);
    assert!(growing.iter().all(|name| lines(&path.join(name)) == 1), "every file begins with its header");

    let mut samples = add(&mut folder, &OutcomeBuilder::new().burst_done(0, 5, 7).span(7).outcome());
    assert_eq!(lines(&path.join("samples.csv")), 1 + 3);
    samples.extend(add(&mut folder, &OutcomeBuilder::new().burst_done(0, 5, 7).probe(1, None).span(7).outcome()));
    assert_eq!(lines(&path.join("samples.csv")), 1 + 4, "one row of a cell that measures lag, and no instances");
    folder.finish(&summaries(&samples)).unwrap();
    let whole = ["probe.csv", "samples.csv", "states.csv", "steps.csv", "summary.csv", "tasks.csv"];
    assert_eq!(names(&path), whole);
    assert_eq!(whole.map(|name| lines(&path.join(name)) - 1), [1, 4, 7, 0, 4, 5]);
}

#[test]
fn files_are_as_readable_as_the_folder_lets_them_be() {
    let out = tempfile::tempdir().unwrap();
    let mut folder = create(out.path(), TasksPolicy::Auto);
    let path = folder.path().to_owned();
    folder.finish(&[]).unwrap();
    let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode();
    assert_eq!(mode("summary.csv"), mode("samples.csv"));
}

#[test]
fn instances_are_left_out_where_they_are_too_many_and_that_is_counted() {
    let record = InstanceRecord::blank();
    let cell = |instances: usize| {
        let outcome = OutcomeBuilder::new().exit(Exit::Timeout).outcome();
        CellOutcome { records: Records::from(vec![record.clone(); instances]), ..outcome }
    };
    for (policy, left_out, rows) in [
        (TasksPolicy::Auto, 1, MOST_INSTANCES_BY_DEFAULT),
        (TasksPolicy::Always, 0, 2 * MOST_INSTANCES_BY_DEFAULT + 1),
        (TasksPolicy::Never, 0, 0),
    ] {
        let out = tempfile::tempdir().unwrap();
        let mut folder = create(out.path(), policy);
        for instances in [MOST_INSTANCES_BY_DEFAULT, MOST_INSTANCES_BY_DEFAULT + 1] {
            folder.add_cell(&cell(instances), &[]).unwrap();
        }
        assert_eq!(folder.cells_without_tasks(), left_out, "{policy:?}");
        assert_eq!(lines(&folder.path().join("tasks.csv.partial")) - 1, rows, "{policy:?}");
    }
}

#[test]
fn facts_replace_the_earlier_ones() {
    let out = tempfile::tempdir().unwrap();
    let folder = create(out.path(), TasksPolicy::Auto);
    let mut facts = run_toml::tests::facts(42);
    for complete in [false, true] {
        facts.complete = complete;
        folder.write_facts(&facts).unwrap();
        let text = fs::read_to_string(folder.path().join("run.toml")).unwrap();
        assert_eq!(toml::from_str::<RunFacts>(&text).unwrap(), facts);
    }
    assert_eq!(names(folder.path()).len(), 6, "nothing is left beside them");
}

#[test]
fn an_error_names_the_path_and_its_cause() {
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("mix"), "in the way").unwrap();
    let error = RunFolder::create(out.path(), "mix", &[], TasksPolicy::Auto, now()).unwrap_err();
    let path = out.path().join("mix");
    assert_eq!(error.to_string(), format!("cannot write `{}`; choose another folder with `--out`", path.display()));
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn spans_of_whole_cells_are_kept_when_a_traced_run_is_resumed() {
    let out = tempfile::tempdir().unwrap();
    let mut folder = create(out.path(), TasksPolicy::Auto).with_spans().unwrap();
    let run_slice =
        RunSliceRecord { task: 0, instance: 0, worker: Some(0), start_ns: 1, end_ns: 2, kind: RunSliceKind::Run };
    for repeat in [1, 2] {
        let mut outcome = OutcomeBuilder::new().repeat(repeat).done(0, 0, 1, 2).span(2).outcome();
        outcome.trace = Some(RunSlices { kept: vec![run_slice; 3], dropped: 0 });
        add(&mut folder, &outcome);
    }
    let (path, run_id) = (folder.path().to_owned(), folder.run_id().to_owned());
    assert_eq!(lines(&path.join("spans.csv.partial")), 1 + 6);
    drop(folder);
    let mut facts = run_toml::tests::facts(42);
    (facts.resolved.trace, facts.run_id) = (true, run_id);
    let last = LastRun { path: path.clone(), facts };
    let (mut folder, samples) = RunFolder::resume(&last, &[], TasksPolicy::Auto).unwrap();
    assert_eq!(lines(&path.join("spans.csv.partial")), 1 + 3, "a run that was killed loses its last cell");
    let mix = samples.iter().find(|sample| sample.task == "*").unwrap();
    assert_eq!(mix.spans_dropped, Some(0));
    folder.finish(&[]).unwrap();
    assert_eq!(lines(&path.join("spans.csv")), 1 + 3);
}
