//! Figures of steps that have an `as`: claims on them, their summary, and their differences between runs.

use std::fs;

use crate::support::{Finished, Lab, Row, text_of};

/// A lock that its users hold for `HELD`. `USERS` instances take it `TIMES` times each.
const LOCK: &str = r#"
question = "Do they wait for the lock?"
engines = ["tokio"]
workers = 2
repeats = 6

[mutex.cache]
kind = "async"

[[task]]
name = "api"
count = USERS
steps = [{ loop = TIMES, steps = [{ lock = "cache", as = "cache", steps = [{ sleep = "HELD" }] }] }]
"#;

fn lock(users: u32, times: u32, held: &str) -> String {
    let text = LOCK.replace("USERS", &users.to_string());
    text.replace("TIMES", &times.to_string()).replace("HELD", held)
}

/// The scenario with these expectations.
fn with(text: &str, claims: &[&str]) -> String {
    let expect = |that: &&str| format!("\n[[expect]]\nclaim = \"it is so\"\nthat = \"{that}\"\n");
    [text.to_owned(), claims.iter().map(expect).collect()].concat()
}

/// Verdict and reason of each claim.
fn verdicts(run: &Finished) -> Vec<(String, String)> {
    let fields = |row: &Row| (row.text("verdict").to_owned(), row.text("reason").to_owned());
    run.rows("expect.csv").iter().map(fields).collect()
}

fn plain(verdicts: &[&str]) -> Vec<(String, String)> {
    verdicts.iter().map(|verdict| ((*verdict).to_owned(), String::new())).collect()
}

const WAITS: [&str; 3] =
    ["tokio.api.cache.wait_p99 >= 5ms", "tokio.api.cache.wait_p99 < 5ms", "tokio.api.cache.count == 100"];

#[test]
fn a_claim_on_the_wait_for_a_lock_holds_until_nothing_else_wants_the_lock() {
    // 20 users of 1 ms each: the last one waits for 19 others.
    let contended = Lab::new().run(&with(&lock(20, 5, "1ms"), &WAITS), &[]);
    assert_eq!(contended.code, Some(1), "{}", contended.stderr);
    assert_eq!(verdicts(&contended), plain(&["holds", "fails", "holds"]));
    assert!(contended.stderr.contains("warning: fails: it is so: "), "{}", contended.stderr);
    let kinds: Vec<String> = contended.rows("expect.csv").iter().map(|row| row.text("kind").to_owned()).collect();
    assert_eq!(kinds, ["timing", "timing", "invariant"]);

    let alone = Lab::new().run(&with(&lock(1, 100, "1ms"), &WAITS), &[]);
    assert_eq!(verdicts(&alone), plain(&["fails", "holds", "holds"]), "the same 100 executions by one user");
}

#[test]
fn the_summary_the_table_and_the_page_have_a_row_for_the_step() {
    let run = Lab::new().run(&lock(20, 5, "1ms"), &[]).ok();
    let rows = run.rows("steps_summary.csv");
    assert_eq!(rows.len(), 1, "one task with one named step on one engine");
    let row = &rows[0];
    assert_eq!((row.text("task"), row.text("step"), row.whole("count")), ("api", "cache", 100));
    assert_eq!((row.whole("repeats"), row.whole("repeats_ok")), (6, 6));
    for figure in ["wait_p99", "hold_p50", "total_p50"] {
        let value = |end: &str| row.number(&format!("{figure}{end}_ns"));
        assert!(value("_lo") <= value("") && value("") <= value("_hi"), "{figure}: {row:?}");
    }
    let middle: Vec<f64> = run.rows("steps.csv").iter().map(|row| row.number("hold_p50_ns")).collect();
    assert_eq!(
        row.number("hold_p50_lo_ns").total_cmp(&middle.iter().copied().fold(f64::INFINITY, f64::min)),
        std::cmp::Ordering::Equal,
        "of 6 repeats the least"
    );

    let lines: Vec<&str> = run.stdout.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| line.starts_with("cache ")).expect("a row of the step");
    assert!(lines[at].ends_with("100 done"), "{}", run.stdout);
    assert!(lines[at + 1].contains("wait p99") && run.stdout.contains("Rows below a task: its named steps"));
    assert!(run.files["report.html"].contains("<th scope=\"row\">cache</th>"), "the page");
    let summary: serde_json::Value = serde_json::from_str(&run.files["summary.json"]).expect("one object");
    let step = &summary["cells"][0]["tasks"][0]["steps"][0];
    assert_eq!((step["step"].as_str(), step["figures"]["count"]["median"].as_f64()), (Some("cache"), Some(100.0)));
    assert!(step["figures"]["wait_p99"]["hi"].is_number() && summary["cells"][0]["tasks"][1]["steps"].is_null());
}

#[test]
fn the_wait_of_a_step_is_drawn_under_the_step_s_name() {
    let lab = Lab::new();
    lab.run(&lock(4, 2, "1ms"), &["--quiet"]).ok();
    let summary = "results/mix/latest/steps_summary.csv";
    let drawn = lab.output(&["plot", summary, "--metric", "wait_p50", "--kind", "bars", "--out", "wait.svg"]);
    assert!(drawn.status.success(), "{}", text_of(drawn.stderr));
    let picture = fs::read_to_string(lab.path().join("wait.svg")).expect("a picture");
    assert!(picture.contains("median wait of api.cache"), "{picture}");
}

#[test]
fn a_step_that_is_never_reached_decides_no_claim_on_its_times() {
    let late = r#"
question = "Do they reach it?"
engines = ["smol-local", "threads"]
workers = 2
repeats = 6
[mutex.cache]
kind = "async"
[[task]]
name = "api"
count = 2
steps = [{ loop = 100, steps = [{ sleep = "10ms" }, { yield = true }] }, { lock = "cache", as = "cache", steps = [{ cpu = "1us" }] }]
cancel = { after = "1ms" }
"#;
    let claims = ["smol-local.api.cache.wait_max <= 1h", "threads.api.cache.count == 0"];
    let run = Lab::new().run(&with(late, &claims), &[]).ok();
    let expected =
        [("inconclusive".to_owned(), "`cache` was never executed".to_owned()), ("holds".into(), String::new())];
    assert_eq!(verdicts(&run), expected);
}

#[test]
fn an_execution_that_a_failure_ends_ranks_last_and_one_that_is_cancelled_is_left_out() {
    // `leaves` takes one message; then no receiver is left, and `pushes` fails in its step. `stays` is cancelled in its step.
    let text = r#"
question = "Which executions count?"
engines = ["smol-local", "tokio"]
workers = 2
repeats = 6
[channel.full]
capacity = 2
[[task]]
name = "leaves"
steps = [{ recv = "full" }]
[[task]]
name = "pushes"
steps = [{ loop = 10, steps = [{ send = "full", as = "push" }] }]
[[task]]
name = "stays"
steps = [{ loop = 1000, steps = [{ sleep = "1ms", as = "nap" }] }]
cancel = { after = "20ms" }
"#;
    let claims = [
        "smol-local.pushes.push.total_p50 <= 1h",
        "smol-local.pushes.push.total_max <= 1h",
        "tokio.stays.nap.total_max <= 1h",
    ];
    let run = Lab::new().run(&with(text, &claims), &[]).ok();
    for row in run.rows("steps.csv") {
        let (failed, cancelled) = if row.text("step") == "push" { (1, 0) } else { (0, 1) };
        assert_eq!((row.whole("failed"), row.whole("cancelled")), (failed, cancelled), "{row:?}");
        assert!(row.whole("count") >= 1);
        assert_eq!(row.is_empty("total_max_ns"), failed == 1, "{row:?}");
    }
    let empty = "`smol-local.pushes.push.total_max` is empty in every repeat".to_owned();
    let holds = ("holds".to_owned(), String::new());
    assert_eq!(verdicts(&run), [holds.clone(), ("inconclusive".to_owned(), empty), holds]);
    let summary = run.rows("steps_summary.csv");
    assert!(summary.iter().filter(|row| row.text("step") == "push").all(|row| row.is_empty("total_max_ns")));
}

#[test]
fn a_p99_of_too_few_executions_is_a_mistake_with_its_place() {
    let lab = Lab::new();
    let run = lab.run(&with(&lock(20, 4, "1ms"), &WAITS[..1]), &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    for part in [
        "error: `wait_p99` needs 100 executions, and `cache` is executed 80 times in a repeat",
        "--> mix.toml:17:",
        "help: raise `count` of `api`, or name `wait_p50`",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    assert!(!lab.path().join("results").exists(), "nothing was measured");
}

#[test]
fn a_resumed_run_judges_the_executions_of_its_earlier_part_too() {
    let lab = Lab::new();
    let text = with(&lock(20, 5, "1ms"), &WAITS);
    let whole = lab.run(&text, &["--quiet"]);
    let folder = lab.path().join("results/mix/latest");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file of the run");
    // A row for the task and one for the mix, below the header: five of six cells.
    let kept: String = whole.files["samples.csv"].split_inclusive('\n').take(1 + 2 * 5).collect();
    write("samples.csv", &kept);
    let facts = whole.files["run.toml"].replace("complete = true", "complete = false");
    write("run.toml", &facts.replace("interrupted = false", "interrupted = true"));

    let resumed = lab.run(&text, &["--quiet", "--resume"]);
    assert_eq!((resumed.code, verdicts(&resumed)), (whole.code, verdicts(&whole)));
    assert_eq!(verdicts(&resumed), plain(&["holds", "fails", "holds"]));
    assert!(resumed.rows("expect.csv").iter().all(|row| row.whole("rounds") == 6));
    let cells = |run: &Finished| -> Vec<String> { run.files["steps.csv"].lines().take(6).map(str::to_owned).collect() };
    assert_eq!(cells(&resumed), cells(&whole), "the rows of the five cells are as they were");
    assert_eq!(resumed.rows("steps.csv").len(), 6);
}

#[test]
fn a_comparison_names_the_step_that_became_slower() {
    let lab = Lab::new();
    for held in ["1ms", "30ms"] {
        lab.run(&lock(2, 2, held), &["--quiet"]).ok();
    }
    let compared = |options: &[&str]| {
        let output = lab.output(&[&["compare", "latest~1", "latest"], options].concat());
        (text_of(output.stdout), output.status.code())
    };
    let (text, code) = compared(&["--metric", "hold_p50"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("1 of 1 figures worse (cache.hold_p50 of `api` under tokio, 2 workers"), "{text}");
    let (json, _) = compared(&["--format", "json"]);
    let comparison: serde_json::Value = serde_json::from_str(&json).expect("one object");
    let figures = comparison["cells"][0]["figures"].as_array().expect("a list");
    let figure = figures.iter().find(|figure| figure["metric"] == "cache.hold_p50").expect("the step's figure");
    assert_eq!((figure["task"].as_str(), figure["unit"].as_str()), (Some("api"), Some("ns")));
    assert_eq!((figure["verdict"].as_str(), figure["better"].as_str()), (Some("worse"), Some("lower")));
}
