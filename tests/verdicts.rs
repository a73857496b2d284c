//! What a run makes of its expectations: `expect.csv`, the terminal, and the exit code.

mod support;

use support::{Finished, Lab, Row};

/// Next to no work, and what is claimed of it: each a claim and its `that`.
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
    let of = |row: &Row| ["claim", "verdict", "reason"].map(|column| row.text(column).to_owned()).into();
    run.rows("expect.csv").iter().map(of).collect()
}

/// The lines on standard error that are about expectations.
fn told(run: &Finished) -> Vec<&str> {
    let is_told = |line: &&str| [" fails: ", " inconclusive: ", " expectation "].iter().any(|part| line.contains(part));
    run.stderr.lines().filter(is_told).collect()
}

const ALL_DONE: (&str, &str) = ("all are done", "smol-local.done == rayon.done");
const LOST: (&str, &str) = ("one is lost", "rayon.one.done == 2");
const FAST: (&str, &str) = ("it is over at once", "smol-local.makespan <= 1h");

#[test]
fn what_holds_is_told_on_standard_output_and_passes() {
    let run = run(&[ALL_DONE], &["--strict"]).ok();
    assert_eq!(verdicts(&run), [("all are done".into(), "holds".into(), String::new())]);
    let expected = "\nholds  all are done\n       3 == 3\n1 expectation: 1 holds\nresults/mix/";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    assert_eq!(told(&run), [""; 0]);
    let row = run.rows("expect.csv").remove(0);
    assert_eq!((row.text("kind"), row.text("point"), row.whole("rounds")), ("invariant", "", 1));
    assert_eq!((row.whole("left"), row.whole("right_hi"), row.text("unit")), (3, 3, ""));
}

#[test]
fn what_fails_is_told_on_standard_error_and_fails_the_run() {
    for options in [&[][..], &["--quiet"]] {
        let run = run(&[LOST, ALL_DONE], options);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert_eq!(told(&run), ["warning: fails: one is lost: 3 == 2: not so in repeat 1"]);
        assert_eq!(run.rows("expect.csv").len(), 2);
        assert_eq!(run.stdout.contains("2 expectations: 1 holds, 1 fails\n"), options.is_empty(), "{}", run.stdout);
    }
}

#[test]
fn what_is_inconclusive_is_warned_of_and_fails_only_a_strict_run() {
    let why = "1 round is too few for an interval: run with `--repeats 6`";
    let lax = run(&[FAST], &[]).ok();
    assert_eq!(verdicts(&lax), [("it is over at once".into(), "inconclusive".into(), why.to_owned())]);
    assert_eq!(told(&lax), [format!("warning: inconclusive: it is over at once: {why}")]);
    let strict = run(&[FAST], &["--strict"]);
    assert_eq!(strict.code, Some(1), "{}", strict.stderr);
    assert_eq!(verdicts(&strict), verdicts(&lax));
    let remedied = run(&[FAST], &["--strict", "--repeats", "6"]).ok();
    assert_eq!(told(&remedied), [""; 0]);
}

#[test]
fn an_engine_that_was_left_out_leaves_its_claims_open() {
    let run = run(&[ALL_DONE, LOST], &["--engine", "smol-local"]).ok();
    let why = "rayon was not run".to_owned();
    let open = |claim: &str| (claim.to_owned(), "inconclusive".to_owned(), why.clone());
    assert_eq!(verdicts(&run), [open("all are done"), open("one is lost")]);
}

/// Workers that hang: those of rayon, with an instance in the arms of each.
const HANG: [&str; 2] = ["--fault", "rayon=hang"];
const STALLS: (&str, &str) = ("both threads are lost", "rayon.one.stalled_running == 2");

#[test]
fn a_stall_that_an_expectation_names_is_no_failure() {
    let unnamed = run(&[], &HANG);
    assert_eq!(unnamed.code, Some(1), "{}", unnamed.stderr);
    assert!(!unnamed.files.contains_key("expect.csv"), "nothing is claimed");

    let named = run(&[STALLS], &HANG).ok();
    assert_eq!(verdicts(&named)[0].1, "holds");
    assert_eq!(told(&named), ["note: 1 cell that failed counts as well: an expectation that holds names its stall"]);

    let wrong = run(&[(STALLS.0, "rayon.one.stalled_running == 3")], &HANG);
    assert_eq!(wrong.code, Some(1), "{}", wrong.stderr);
}

#[test]
fn a_crash_is_a_failure_whatever_is_claimed() {
    let run = run(&[("it is lost", "rayon.stalled >= 1")], &["--fault", "rayon=kill"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let why = "rayon failed (signal SIGKILL) in repeat 1".to_owned();
    assert_eq!(verdicts(&run), [("it is lost".into(), "inconclusive".into(), why)]);
}
