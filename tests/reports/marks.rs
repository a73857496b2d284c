//! What the table and the page say beside figures that are to be read with care: disturbed repeats, cancelled instances.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::{Finished, Lab, text_of};

const MIX: &str = r#"
question = "How long is a nap?"
engines = ["smol-local", "tokio-local"]
repeats = 2

[[task]]
name = "sleeper"
count = 4
steps = [{ sleep = "1ms" }]
"#;

/// The lines of a table that have all of these words.
fn lines<'a>(table: &'a str, words: &[&str]) -> Vec<&'a str> {
    table.lines().filter(|line| words.iter().all(|word| line.contains(word))).collect()
}

/// A run of [`MIX`] whose last cell is measured again, after the first one was marked as disturbed by `cause`, if by any.
fn resumed(cause: &str) -> (Lab, Finished, String) {
    let lab = Lab::new();
    let run = lab.run(MIX, &["-q"]).ok();
    let folder = lab.path().join("results/mix/latest");
    let mut reader = csv::Reader::from_reader(run.files["samples.csv"].as_bytes());
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|column| column == name).expect("a column");
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).expect("written");
    let mixes = rows.iter().filter(|row| &row[place("task")] == "*");
    let engine = mixes.map(|row| row[place("engine")].to_owned()).next().expect("a cell");
    let mut is_first = true;
    for row in &rows[..rows.len() - 2] {
        let fields = row.iter().enumerate().map(|(column, field)| match &row[place("task")] == "*" {
            // The machine may have been disturbed in truth.
            true if column == place("disturbed_by") => if is_first { cause } else { "" }.to_owned(),
            true if column == place("disturbed") => (is_first && !cause.is_empty()).to_string(),
            _ => field.to_owned(),
        });
        writer.write_record(fields).expect("written");
        is_first &= &row[place("task")] != "*";
    }
    fs::write(folder.join("samples.csv"), writer.into_inner().expect("all of it")).expect("a file");
    let facts = fs::read_to_string(folder.join("run.toml")).expect("a file");
    fs::write(folder.join("run.toml"), facts.replace("complete = true", "complete = false")).expect("a file");
    let output = lab.output(&["run", "mix.toml", "--resume"]);
    let read = |name: &str| (name.to_owned(), fs::read_to_string(folder.join(name)).expect("a file"));
    let files = ["summary.json", "report.html"].map(read).into_iter().collect();
    let finished =
        Finished { files, code: output.status.code(), stdout: text_of(output.stdout), stderr: text_of(output.stderr) };
    (lab, finished.ok(), engine)
}

/// How many repeats of each engine were disturbed, in `summary.json`.
fn disturbed(run: &Finished) -> BTreeMap<String, u64> {
    let summary: Value = serde_json::from_str(&run.files["summary.json"]).expect("JSON");
    let cells = summary["cells"].as_array().expect("cells").iter();
    let count = |cell: &Value| cell["repeats_disturbed"].as_u64().expect("a number");
    cells.map(|cell| (cell["engine"].as_str().expect("a name").to_owned(), count(cell))).collect()
}

#[test]
fn figures_that_rest_on_disturbed_repeats_are_marked() {
    for cause in ["steal", ""] {
        let (_lab, run, engine) = resumed(cause);
        // What was measured anew may be disturbed in truth.
        let counts = disturbed(&run);
        assert!(counts[&engine] >= u64::from(!cause.is_empty()), "{counts:?}");
        let marked = counts.values().any(|count| *count > 0);
        let page = &run.files["report.html"];
        assert_eq!(run.stdout.contains("sleeper*"), marked, "{}", run.stdout);
        assert_eq!(run.stdout.contains("*: the machine was disturbed"), marked, "{}", run.stdout);
        assert_eq!(page.contains("<th scope=\"row\">sleeper*</th>"), marked);
        assert_eq!(page.contains("<dt>*</dt>"), marked);
        assert_eq!(page.contains("<h3 id=\"disturbed\">") && page.contains("href=\"#disturbed\""), marked);
        assert_eq!(run.stderr.contains("report.html lists them all"), marked, "{}", run.stderr);
    }
}

#[test]
fn the_share_of_the_cancelled_stands_beside_the_latency_of_the_others() {
    let scenario = |cancel: &str| {
        format!(
            "question = \"How long is a look-up?\"\nengines = [\"smol-local\"]\nrepeats = 2\n\
             [[task]]\nname = \"look-up\"\ncount = 10\narrival = {{ every = \"20ms\" }}\n\
             steps = [{{ sleep = \"2ms\" }}]\n\
             [[task]]\nname = \"slow\"\ncount = 10\nsteps = [{{ sleep = \"80ms\" }}]\n{cancel}\n"
        )
    };
    let said = |run: &Finished| {
        let page = run.files["report.html"].contains("Latency leaves out cancelled instances");
        assert_eq!(page, run.stdout.contains("latency leaves out cancelled instances"), "{}", run.stdout);
        page
    };
    // All are cancelled: there is no latency. None is: there is nothing to say.
    assert!(!said(&Lab::new().run(&scenario("cancel = { at = \"10ms\" }"), &[]).ok()));
    assert!(!said(&Lab::new().run(&scenario(""), &[]).ok()));
    let some = scenario("")
        .replace("steps = [{ sleep = \"2ms\" }]", "steps = [{ sleep = \"2ms\" }]\ncancel = { at = \"110ms\" }");
    let some = some.replace("{ sleep = \"2ms\" }", "{ sleep = \"30ms\" }");
    let run = Lab::new().run(&some, &[]).ok();
    assert!(said(&run));
    let line =
        lines(&run.stdout, &["latency leaves out cancelled instances: up to ", "of `look-up` under smol-local."]);
    assert_eq!(line.len(), 1, "{}", run.stdout);
}

#[test]
fn a_task_that_is_offered_more_than_is_served_is_called_saturated() {
    let said = |arrival: &str| {
        let scenario = format!(
            "question = \"Does it keep up?\"\nengines = [\"smol-local\"]\nrepeats = 2\n\
             [[task]]\nname = \"job\"\ncount = 50\narrival = {arrival}\nsteps = [{{ cpu = \"2ms\" }}]\n"
        );
        let run = Lab::new().run(&scenario, &[]).ok();
        let summary: Value = serde_json::from_str(&run.files["summary.json"]).expect("JSON");
        let load = summary["cells"][0]["tasks"][0]["saturated"].as_str().map(str::to_owned);
        let note = load.as_ref().map(|load| format!("`job` under smol-local is {load}."));
        for text in [&run.stdout, &run.files["report.html"].replace("<code>", "`").replace("</code>", "`")] {
            assert_eq!(text.contains("saturated"), load.is_some(), "{text}");
            assert!(note.as_ref().is_none_or(|note| text.contains(note)), "{note:?}: {text}");
        }
        load
    };
    let load = said("{ every = \"500us\" }").expect("50 instances in 25 ms, of 2 ms each");
    assert!(load.starts_with("saturated: 2.00 k/s offered, "), "{load}");
    assert!(load.ends_with(" served; latency grows with `count`"), "{load}");
    for arrival in ["{ every = \"20ms\" }", "\"burst\"", "{ clients = 4 }"] {
        assert_eq!(said(arrival), None, "{arrival}");
    }
}
