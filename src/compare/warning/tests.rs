use super::*;
use crate::archive::ScenarioFacts;
use crate::compare::testing::RunBuilder;
use taskmix_engine::metric::Metric;

fn run() -> RunBuilder {
    RunBuilder::new("x").figure(WHOLE_MIX, Metric::Done, 1.0, &[1.0, 1.0])
}

/// The warnings if the new run is changed so.
fn warned(change: impl FnOnce(&mut RunFacts)) -> Vec<(Topic, String)> {
    let prepared = run().facts(|facts| {
        facts.calibration.before = "clock = \"tsc\"\niterations_per_second = 100.0".parse().unwrap();
        facts.host = "cores = 2\nload_1min = 0.5\ncpu = \"EPYC\"".parse().unwrap();
        facts.build = "profile = \"release\"".parse().unwrap();
        facts.versions = "rustc = \"1.95\"\nrayon = \"rayon 1.12.0\"".parse().unwrap();
    });
    let found = warnings(&prepared.clone().run(), &prepared.facts(change).run());
    found.into_iter().map(|warning| (warning.topic, warning.text)).collect()
}

fn set(table: &mut Table, key: &str, value: impl Into<Value>) {
    table.insert(key.to_owned(), value.into());
}

#[test]
fn two_runs_of_one_machine_and_one_program_cause_no_warning() {
    assert_eq!(warned(|facts| set(&mut facts.host, "load_1min", 0.9)), []);
    assert_eq!(warned(|facts| facts.run_id = "y".to_owned()), []);
    assert_eq!(warned(|facts| set(&mut facts.versions, "tokio", "tokio 1")), [], "an engine of one run only");
}

#[test]
fn each_difference_causes_a_warning() {
    let one = |topic: Topic, text: &str, change: fn(&mut RunFacts)| {
        assert_eq!(warned(change), [(topic, text.to_owned())]);
    };
    let incomplete = "the new run is not complete: 2 of 72 cells were measured";
    one(Topic::Incomplete, incomplete, |facts| facts.complete = false);
    let traced = "only the new run was traced: recording adds overhead to its figures";
    one(Topic::Settings, traced, |facts| facts.resolved.trace = true);
    one(Topic::Scenario, "the scenario differs: `mix`, now `mixed`", |facts| {
        "mixed".clone_into(&mut facts.scenario.name);
    });
    one(Topic::Seed, "the seed differs: `42`, now `7`", |facts| facts.resolved.seed = 7);
    one(Topic::Settings, "the blocking pool differs: smol-local: `500`, now `8`", |facts| {
        facts.resolved.blocking_threads.insert("smol-local".to_owned(), 8);
        facts.resolved.blocking_threads.insert("tokio".to_owned(), 8);
    });
    one(Topic::Settings, "the pool for computing differs: smol-local: `2`, now `1`", |facts| {
        facts.resolved.cpu_threads.insert("smol-local".to_owned(), 1);
    });
    one(Topic::Settings, "the set of allowed cores differs: `0-1`, now `all`", |facts| {
        facts.resolved.cpus.clear();
    });
    one(Topic::Settings, "the stack size differs: threads: `65536`, now `2097152`", |facts| {
        facts.resolved.stack_size_bytes.insert("threads".to_owned(), 2 << 20);
    });
    let retries = "the number of retries of disturbed cells differs: `0`, now `3`";
    one(Topic::Settings, retries, |facts| facts.resolved.retry_disturbed = 3);
    one(Topic::Version, "the version of taskmix differs: `0.1.0`, now `0.2.0`", |facts| {
        "0.2.0".clone_into(&mut facts.taskmix_version);
    });
    one(Topic::Build, "the build differs: profile: `release`, now `debug`", |facts| {
        set(&mut facts.build, "profile", "debug");
    });
    one(
        Topic::Host,
        "the host differs: cores: `2`, now `4`; cpu: `EPYC`, now `Xeon`; kernel: unknown, now `6.18`",
        |facts| {
            set(&mut facts.host, "cores", 4);
            set(&mut facts.host, "cpu", "Xeon");
            set(&mut facts.host, "kernel", "6.18");
        },
    );
    one(Topic::Runtimes, "a runtime differs: rayon: `rayon 1.12.0`, now `rayon 2.0.0`", |facts| {
        set(&mut facts.versions, "rayon", "rayon 2.0.0");
    });
}

#[test]
fn a_different_text_shows_the_differing_lines() {
    let old = run().run();
    let new = run().facts(|facts| facts.scenario = ScenarioFacts::new("mix", &facts.scenario.text.replace("42", "43")));
    let found = warnings(&old, &new.run());
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].topic, found[0].text.as_str()), (Topic::Text, "the scenario's text differs"));
    let expected = ["@@ -1,3 +1,3 @@", " question = \"why?\"", "-seed = 42", "+seed = 43", " [[task]]"];
    assert_eq!(found[0].details, expected);
}

#[test]
fn a_speed_that_differs_by_more_than_a_tenth_causes_a_warning_as_does_another_clock() {
    let speed = |speed: f64| warned(|facts| set(&mut facts.calibration.before, "iterations_per_second", speed));
    assert_eq!(speed(109.0), []);
    assert_eq!(speed(91.0), []);
    assert_eq!(speed(89.0)[0].1, "the calibration of `cpu` work is 11 % slower than it was");
    assert_eq!(speed(150.0)[0].1, "the calibration of `cpu` work is 50 % faster than it was");
    let clock = warned(|facts| set(&mut facts.calibration.before, "clock", "monotonic"));
    assert_eq!(clock, [(Topic::Calibration, "the calibration differs: clock: `tsc`, now `monotonic`".to_owned())]);
}
