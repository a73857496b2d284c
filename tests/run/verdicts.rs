//! The verdicts of a run on its expectations: in `expect.csv`, on the terminal, and in the exit code.

use crate::support::{Finished, Lab, Row};

/// A scenario with next to no work and these expectations, each a claim and its `that`.
fn claiming(claims: &[(&str, &str)]) -> String {
    let head = r#"
question = "Does it do what it says?"
engines = ["smol-local", "rayon"]
workers = 2
repeats = 1
timeout = "1s"

[[task]]
name = "one"
count = 3
steps = [{ cpu = "10us" }, { yield = true }]
"#;
    let expect = |(claim, that): &(&str, &str)| format!("\n[[expect]]\nclaim = \"{claim}\"\nthat = \"{that}\"\n");
    [head.to_owned(), claims.iter().map(expect).collect()].concat()
}

fn run(claims: &[(&str, &str)], options: &[&str]) -> Finished {
    Lab::new().run(&claiming(claims), options)
}

/// Claim, verdict and reason of each row.
fn verdicts(run: &Finished) -> Vec<(String, String, String)> {
    let fields = |row: &Row| ["claim", "verdict", "reason"].map(|column| row.text(column).to_owned()).into();
    run.rows("expect.csv").iter().map(fields).collect()
}

/// The lines on standard error that are about expectations.
fn expectation_lines(run: &Finished) -> Vec<&str> {
    let is_about_one =
        |line: &&str| [" fails: ", " inconclusive: ", " expectation "].iter().any(|part| line.contains(part));
    run.stderr.lines().filter(is_about_one).collect()
}

const ALL_DONE: (&str, &str) = ("all are done", "smol-local.done == rayon.done");
const LOST: (&str, &str) = ("one is lost", "rayon.one.done == 2");
const FAST: (&str, &str) = ("it is over at once", "smol-local.makespan <= 1h");

#[test]
fn an_expectation_that_holds_is_printed_on_standard_output_and_passes() {
    let run = run(&[ALL_DONE], &["--strict"]).ok();
    assert_eq!(verdicts(&run), [("all are done".into(), "holds".into(), String::new())]);
    let expected = "\nholds  all are done\n       3 == 3\n1 expectation: 1 holds\nresults/mix/";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    assert_eq!(expectation_lines(&run), [""; 0]);
    let row = run.rows("expect.csv").remove(0);
    assert_eq!((row.text("kind"), row.text("point"), row.whole("rounds")), ("invariant", "", 1));
    assert_eq!((row.whole("left"), row.whole("right_hi"), row.text("unit")), (3, 3, ""));
}

#[test]
fn an_expectation_that_fails_is_printed_on_standard_error_and_fails_the_run() {
    for options in [&[][..], &["--quiet"]] {
        let run = run(&[LOST, ALL_DONE], options);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert_eq!(expectation_lines(&run), ["warning: fails: one is lost: 3 == 2: not so in repeat 1"]);
        assert_eq!(run.rows("expect.csv").len(), 2);
        assert_eq!(run.stdout.contains("2 expectations: 1 holds, 1 fails\n"), options.is_empty(), "{}", run.stdout);
    }
}

#[test]
fn an_inconclusive_expectation_is_a_warning_and_fails_only_a_strict_run() {
    let why = "1 round is too few for an interval: run with `--repeats 6`";
    let lax = run(&[FAST], &[]).ok();
    assert_eq!(verdicts(&lax), [("it is over at once".into(), "inconclusive".into(), why.to_owned())]);
    assert_eq!(expectation_lines(&lax), [format!("warning: inconclusive: it is over at once: {why}")]);
    let strict = run(&[FAST], &["--strict"]);
    assert_eq!(strict.code, Some(1), "{}", strict.stderr);
    assert_eq!(verdicts(&strict), verdicts(&lax));
    let remedied = run(&[FAST], &["--strict", "--repeats", "6"]).ok();
    assert_eq!(expectation_lines(&remedied), [""; 0]);
}

#[test]
fn claims_about_an_engine_that_was_not_run_are_inconclusive() {
    let run = run(&[ALL_DONE, LOST], &["--engine", "smol-local"]).ok();
    let why = "rayon was not run".to_owned();
    let open = |claim: &str| (claim.to_owned(), "inconclusive".to_owned(), why.clone());
    assert_eq!(verdicts(&run), [open("all are done"), open("one is lost")]);
}

/// The workers of rayon hang, each inside an instance.
const HANG: [&str; 2] = ["--fault", "rayon=hang"];
const STALLS: (&str, &str) = ("both threads are lost", "rayon.one.stalled_running == 2");

#[test]
fn an_expected_stall_is_no_failure() {
    let unnamed = run(&[], &HANG);
    assert_eq!(unnamed.code, Some(1), "{}", unnamed.stderr);
    assert!(!unnamed.files.contains_key("expect.csv"), "nothing is claimed");

    let named = run(&[STALLS], &HANG).ok();
    assert_eq!(verdicts(&named)[0].1, "holds");
    assert_eq!(
        expectation_lines(&named),
        ["note: 1 failed cell counts as passed: an expectation that holds claims its stall"]
    );

    let wrong = run(&[(STALLS.0, "rayon.one.stalled_running == 3")], &HANG);
    assert_eq!(wrong.code, Some(1), "{}", wrong.stderr);
}

#[test]
fn a_crash_is_a_failure_under_any_claim() {
    let run = run(&[("it is lost", "rayon.stalled >= 1")], &["--fault", "rayon=kill"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let why = "rayon failed (signal SIGKILL) in repeat 1".to_owned();
    assert_eq!(verdicts(&run), [("it is lost".into(), "inconclusive".into(), why)]);
}
