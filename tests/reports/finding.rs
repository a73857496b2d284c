//! The sentence below the table: outcomes first, then what the claims compare, then the largest difference; the same in all
//! reports.

use serde_json::Value;

use crate::support::{Finished, Lab};

/// Naps that grow threefold with `nap` and twentyfold with `long_nap`, on one engine.
const NAPS: &str = r#"
question = "What do naps cost?"
engines = ["smol-local"]
repeats = 2

[[task]]
name = "short"
count = 4
steps = [{ sleep = "$nap" }]

[[task]]
name = "long"
count = 4
steps = [{ sleep = "$long_nap" }]

[matrix]
nap = ["20ms", "60ms"]
long_nap = ["10ms", "200ms"]
"#;

const CLAIM: &str = r#"
[[expect]]
claim = "a longer nap takes longer"
that = "smol-local.short.latency_p50[nap=60ms] >= 2 * smol-local.short.latency_p50[nap=20ms]"
"#;

/// The sentence of `summary.json`, which the table and the page have too.
fn sentence(run: &Finished) -> String {
    let summary: Value = serde_json::from_str(&run.files["summary.json"]).expect("JSON");
    let sentence = summary["finding"].as_str().expect("a text").to_owned();
    let page = run.files["report.html"].replace("<code>", "`").replace("</code>", "`");
    assert!(page.contains(&format!("<p class=\"standout\">{sentence}</p>")), "{sentence}");
    assert!(run.stdout.contains(&sentence), "{sentence}\n{}", run.stdout);
    sentence
}

#[test]
fn points_of_one_engine_are_compared_and_a_claim_says_which_figure_is_meant() {
    let any = sentence(&Lab::new().run(NAPS, &[]).ok());
    assert!(any.starts_with("Under smol-local, at nap = ") && any.contains("of `long` is"), "{any}");
    assert!(any.contains("higher at long_nap = 200ms") && any.contains("than at long_nap = 10ms"), "{any}");
    let claimed = Lab::new().run(&format!("{NAPS}{CLAIM}"), &[]);
    assert_eq!(claimed.code, Some(1), "two repeats can't decide the claim: {}", claimed.stderr);
    let claimed = sentence(&claimed);
    assert!(claimed.contains("the median latency of `short` is ") && claimed.contains("at nap = 60ms"), "{claimed}");
    assert!(claimed.contains("No interval backs this"), "two repeats: {claimed}");
}

#[test]
fn an_outcome_that_differs_between_engines_precedes_any_time() {
    let scenario = |cancel: &str| {
        format!(
            "question = \"What can't be stopped?\"\nengines = [\"smol-local\", \"rayon\"]\nworkers = 2\nrepeats = 2\n\
             [[task]]\nname = \"sleeper\"\ncount = 2\nsteps = [{{ sleep = \"50ms\" }}]\n{cancel}\n"
        )
    };
    let cancelled = sentence(&Lab::new().run(&scenario("cancel = { at = \"10ms\" }"), &[]).ok());
    assert!(
        cancelled.starts_with(
            "All of `sleeper` ran to their end despite their cancellation under rayon, none under smol-local."
        ),
        "{cancelled}"
    );
    let let_run = sentence(&Lab::new().run(&scenario(""), &[]).ok());
    assert!(!let_run.contains("sleeper` ran") && !let_run.contains("cancelled under"), "{let_run}");
}
