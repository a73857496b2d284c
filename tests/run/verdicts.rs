//! The verdicts of a run on its expectations: in `expect.csv`, on the terminal, and in the exit code.

use serde_json::Value;

use crate::support::programs::example;
use crate::support::{Finished, Lab, Row, text_of};

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
fn a_claim_that_its_repeats_can_never_decide_fails_the_run_and_says_why() {
    let why = "1 round is too few for an interval: run with `--repeats 6`";
    for options in [&[][..], &["--strict"]] {
        let run = run(&[FAST, ALL_DONE], options);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert_eq!(verdicts(&run)[0], ("it is over at once".into(), "inconclusive".into(), why.to_owned()));
        assert_eq!(expectation_lines(&run), [format!("warning: inconclusive: it is over at once: {why}")]);
        let last = "warning: 1 claim can never be decided with 1 repeat, so the exit code is 1: run with `--repeats 6`, or with \
                    `--no-expect` to judge no claim";
        assert_eq!(run.stderr.lines().filter(|line| line.contains("exit code")).collect::<Vec<_>>(), [last]);
        assert!(run.files.contains_key("summary.csv"), "the run keeps its results");
    }
    let remedied = run(&[FAST], &["--strict", "--repeats", "6"]).ok();
    assert_eq!(expectation_lines(&remedied), [""; 0]);
}

#[test]
fn check_and_plan_warn_of_a_claim_that_can_never_be_decided() {
    let lab = Lab::new();
    let text = claiming(&[ALL_DONE, FAST]);
    lab.write("mix.toml", &text);
    let line = text.lines().position(|line| line.contains(FAST.1)).expect("it is there") + 1;
    let warning =
        format!("warning: this claim can never be decided with 1 repeat: a timing needs 6\n  --> mix.toml:{line}:9\n");
    let remedy = "= help: write `repeats = 6` or run with `--repeats 6`; for a quick try `--no-expect` judges no claim";
    for command in ["check", "plan"] {
        let output = lab.output(&[command, "mix.toml"]);
        let stderr = text_of(output.stderr);
        assert!(output.status.success() && stderr.starts_with(&warning) && stderr.contains(remedy), "{stderr}");
        assert_eq!(stderr.matches("never").count(), 1, "the other is about counts: {stderr}");
    }
    let document: Value =
        serde_json::from_slice(&lab.output(&["check", "mix.toml", "--format", "json"]).stdout).expect("JSON");
    let diagnostic = &document["files"][0]["diagnostics"][0];
    assert_eq!((&diagnostic["severity"], &diagnostic["place"]["line"]), (&Value::from("warning"), &Value::from(line)));
    assert_eq!(document["ok"], Value::from(true));
    for enough in [&["--repeats", "6"][..], &["--repeats", "auto"], &["--engine", "rayon"], &["--no-expect"]] {
        let output = lab.output(&[&["plan", "mix.toml"], enough].concat());
        assert_eq!(text_of(output.stderr), "", "{enough:?}");
    }
}

#[test]
fn without_expectations_a_quick_try_is_judged_by_nothing() {
    let lab = Lab::new();
    let text = claiming(&[FAST, LOST]);
    let run = lab.run(&text, &["--no-expect"]).ok();
    assert!(!run.stderr.contains("claim") && !run.stdout.contains("expectation"), "{}{}", run.stdout, run.stderr);
    assert!(!run.files.contains_key("expect.csv"));
    assert!(run.files["run.toml"].contains("no_expect = true"), "{}", run.files["run.toml"]);
    assert!(!run.files["report.html"].contains("claim-1"), "nor does the page judge anything");
    let both = lab.output(&["run", "mix.toml", "--no-expect", "--strict"]);
    assert_eq!(both.status.code(), Some(2), "{}", text_of(both.stderr));
}

#[test]
fn an_inconclusive_expectation_is_a_warning_and_fails_only_a_strict_run() {
    let missing = ("lag is not measured", "rayon.lag_max <= 1h");
    let options = ["--repeats", "6", "--no-probe"];
    let lax = run(&[missing], &options).ok();
    assert_eq!(verdicts(&lax)[0].1, "inconclusive");
    let strict = run(&[missing], &[&options[..], &["--strict"]].concat());
    assert_eq!(strict.code, Some(1), "{}", strict.stderr);
    assert_eq!(verdicts(&strict), verdicts(&lax));
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

/// A lab with the engine `race`: a pool that forgets an instance in every other cell, beginning with the second.
fn racing() -> Lab {
    let lab = Lab::new();
    let pool = example("fake_pool");
    let script = format!(
        "if [ \"$1\" = --describe ]; then exec {pool} \"$@\"; fi
cells=\"$(dirname \"$0\")/cells\"
echo one >> \"$cells\"
if [ $(($(wc -l < \"$cells\") % 2)) = 0 ]; then exec {pool} --forget \"$@\"; fi
exec {pool} \"$@\"
"
    );
    lab.register_script("race", &script);
    lab
}

/// Runs the pool that stalls in every other of six repeats, with these claims.
fn race(claims: &[(&str, &str)]) -> Finished {
    let text = claiming(claims).replace(r#"["smol-local", "rayon"]"#, r#"["race"]"#);
    let text = text.replace("repeats = 1", "repeats = 6").replace(r#"timeout = "1s""#, r#"timeout = "300ms""#);
    racing().run(&text, &[])
}

#[test]
fn a_race_is_claimed_in_any_repeat_and_its_stalls_are_expected() {
    let named = race(&[("it may stall", "race.one.stalled == 1 in any repeat")]).ok();
    let row = named.rows("expect.csv").remove(0);
    assert_eq!((row.text("verdict"), row.text("quantifier")), ("holds", "any"));
    assert_eq!((row.whole("repeats_satisfying"), row.whole("rounds")), (3, 6));
    assert!(named.stdout.contains(" == 1 in 3 of 6 repeats\n"), "{}", named.stdout);
    assert!(named.files["report.html"].contains("== 1 in 3 of 6 repeats"), "the page too");
    let outcomes = ["2–3 done", "stalled in 3 of 6 repeats"];
    let is_shown = |text: &str| outcomes.iter().all(|outcome| text.replace('\u{a0}', " ").contains(outcome));
    assert!(is_shown(&named.stdout) && is_shown(&named.files["report.html"]), "{}", named.stdout);
    let summary: Value = serde_json::from_str(&named.files["summary.json"]).expect("JSON");
    let point = &summary["expectations"][0]["points"][0];
    assert_eq!((&point["repeats_satisfying"], &summary["expectations"][0]["quantifier"]), (&3.into(), &"any".into()));
    assert_eq!(
        expectation_lines(&named),
        ["note: 3 failed cells count as passed: an expectation that holds claims their stall"]
    );
}

#[test]
fn a_race_that_is_claimed_of_every_repeat_or_never_happens_fails() {
    let every = race(&[("it stalls", "race.one.stalled == 1")]);
    let any = race(&[("it may stall twice", "race.one.stalled == 2 in any repeat")]);
    assert_eq!((every.code, any.code), (Some(1), Some(1)), "{}{}", every.stderr, any.stderr);
    let row = every.rows("expect.csv").remove(0);
    assert_eq!((row.text("quantifier"), row.whole("repeats_satisfying")), ("every", 3));
    assert_eq!(row.text("reason"), "so in 3 of 6 repeats, not in repeats 1, 3, 5");
    let line = "warning: fails: it may stall twice: 0.5 [0, 1] == 2 in 0 of 6 repeats";
    assert_eq!(expectation_lines(&any), [line]);
}

#[test]
fn a_ratio_is_that_of_the_figures_whatever_the_claim_multiplies_them_by() {
    let claims = [
        ("counts", "10 * smol-local.done >= 5 * rayon.done"),
        ("times", "smol-local.makespan <= 1000000 * rayon.makespan"),
    ];
    let run = run(&claims, &["--repeats", "6"]).ok();
    let rows = run.rows("expect.csv");
    let figures = |row: &Row| (row.whole("left"), row.whole("right"), row.text("ratio").to_owned());
    assert_eq!((figures(&rows[0]), rows[0].text("claimed_ratio")), ((3, 3, "1".to_owned()), "0.5"));
    assert_eq!(rows[1].text("claimed_ratio"), "1000000");
    let number = |column: &str| rows[1].text(column).parse::<f64>().expect("a number");
    let medians = number("left") / number("right");
    assert!((0.2..5.0).contains(&(number("ratio") / medians)), "{:?}", rows[1]);
    let summary: Value = serde_json::from_str(&run.files["summary.json"]).expect("JSON");
    let times = &summary["expectations"][1];
    let ratio = times["points"][0]["ratio"]["median"].as_f64().expect("a number");
    assert!((ratio / number("ratio") - 1.0).abs() < 1e-3, "{ratio}");
    assert_eq!(times["claimed_ratio"], Value::from(1e6));
}

#[test]
fn an_equality_tolerates_the_rounding_of_its_operands_and_counts_are_exact() {
    let rounded = ("a difference of decimals", "smol-local.done / 10 - 0.2 == 0.1");
    let mean = ("a latency is a wait and a service", "rayon.latency_mean - rayon.wait_mean == rayon.service_mean");
    let run = run(&[rounded, mean], &["--repeats", "6"]).ok();
    assert_eq!(verdicts(&run).iter().map(|(_, verdict, _)| verdict.as_str()).collect::<Vec<_>>(), ["holds", "holds"]);
}
