//! Transcripts of the commands that measure nothing: the command line, both output streams, and the exit code.
//!
//! `SNAPSHOTS=overwrite cargo test --test commands` writes the transcripts anew.

use std::process::Output;

use crate::support::{Lab, text_of};
use snapbox::{Data, assert_data_eq};

const GOOD: &str = r#"question = "How long do sleepers sleep?"
engines = ["smol-local", "async-executor", "rayon"]
workers = [1, 2]
repeats = 6
seed = 1

[[task]]
name = "sleeper"
count = 1000
arrival = { every = "1ms" }
steps = [{ sleep = "$nap" }, { yield = true }]

[[task]]
name = "offloader"
count = 10
steps = [{ offload = "blocking", steps = [{ block = "2ms" }, { cpu = "100us" }] }]

[matrix]
nap = ["1ms", "20ms"]
"#;

const TINY: &str = r#"question = "Is one enough?"
engines = ["rayon"]
workers = 2

[[task]]
name = "one"
count = 1
steps = []
"#;

const BAD: &str = r#"question = "What is wrong here?"
engines = ["smol-locl"]
repeats = 0

[[task]]
name = "sleeper"
count = 10
steps = [{ slep = "5" }, { cpu = 5 }]
"#;

const WORSE: &str = r#"question = "And here?"
engines = ["rayon"]
timeout = "1s"

[[task]]
name = "long"
count = 10
steps = [{ block = "2s" }]
"#;

/// Tasks that end by something else than their `count`.
const BOUNDED: &str = r#"question = "When is it over?"
engines = ["rayon", "async-executor"]
workers = [1, 2]
repeats = 1

[[task]]
name = "client"
count = 100000
arrival = { clients = 4, think = "1ms", until = "300ms" }
steps = [{ sleep = "1ms" }]

[[task]]
name = "noise"
count = 5000
background = true
arrival = { every = "$gap" }
steps = [{ block = "5ms" }]

[matrix]
gap = ["1ms", "10ms"]
"#;

/// Tasks whose end is after the timeout of a cell.
const ENDLESS: &str = r#"question = "And this one?"
engines = ["rayon"]
timeout = "2s"

[[task]]
name = "client"
count = 100000
arrival = { clients = 4, until = "$end" }
steps = []

[[task]]
name = "keeper"
count = 1
background = true
steps = [{ loop = 1000000, steps = [{ yield = true }, { block = "1s" }, { offload = "blocking", steps = [{ block = "1s" }, { sleep = "1500ms" }] }] }]

[matrix]
end = ["1s", "2s", "1m"]
"#;

/// Text that is not valid TOML.
const BROKEN: &str = "question = \"why\nengines = [";

fn lab() -> Lab {
    let lab = Lab::new();
    for (name, text) in [("good", GOOD), ("tiny", TINY), ("bounded", BOUNDED)] {
        lab.write(&format!("scenarios/{name}.toml"), text);
    }
    for (name, text) in [("bad", BAD), ("worse", WORSE), ("broken", BROKEN), ("endless", ENDLESS)] {
        lab.write(&format!("{name}.toml"), text);
    }
    lab
}

/// The command line, its output and its exit code as one text, with versions redacted.
fn transcript(arguments: &[&str], output: Output) -> String {
    let mut text = format!("$ taskmix {}\n", arguments.join(" "));
    for (title, bytes) in [("stdout", output.stdout), ("stderr", output.stderr)] {
        if !bytes.is_empty() {
            text.extend(["--- ", title, "\n", &versions_redacted(&text_of(bytes))]);
        }
    }
    let code = output.status.code().expect("no signal");
    text + &format!("--- exit code {code}\n")
}

/// Three numbers with dots between them become `x.y.z`.
fn versions_redacted(text: &str) -> String {
    let is_version = |word: &str| {
        let parts: Vec<&str> = word.split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut redacted = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        if length == 0 {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            redacted += &rest[..first];
            rest = &rest[first..];
        } else {
            redacted += if is_version(&rest[..length]) { "x.y.z" } else { &rest[..length] };
            rest = &rest[length..];
        }
    }
    redacted
}

/// Runs each command line and compares all transcripts with the golden file.
fn typed(golden: Data, lines: &[&[&str]]) {
    let lab = lab();
    let transcripts: Vec<String> = lines.iter().map(|line| transcript(line, lab.output(line))).collect();
    assert_data_eq!(transcripts.join("\n"), golden.raw());
}

#[test]
fn help_lists_the_commands_and_their_options() {
    typed(
        snapbox::file!["transcripts/help.txt"],
        &[
            &["--help"],
            &["run", "--help"],
            &["plan", "--help"],
            &["compare", "--help"],
            &["report", "--help"],
            &["plot", "--help"],
            &["--version"],
        ],
    );
}

#[test]
fn check_reports_every_problem_of_every_file() {
    typed(
        snapbox::file!["transcripts/check.txt"],
        &[
            &["check", "good"],
            &["check", "good", "scenarios/tiny.toml"],
            &["check", "good", "bad.toml", "worse.toml", "broken.toml", "nope.toml"],
            &["check", "endless.toml"],
        ],
    );
}

#[test]
fn plan_shows_cells_work_and_what_is_not_native() {
    typed(
        snapbox::file!["transcripts/plan.txt"],
        &[
            &["plan", "good"],
            &["plan", "tiny", "--repeats", "1"],
            &["plan", "tiny", "--repeats", "1", "--engine", "smol-local", "--engine", "rayon"],
            &["plan", "bounded"],
            &["plan", "good", "--set", "nap=3ms", "--engine", "tokio", "--engine", "tokio-local", "--repeats", "1"],
            &["plan", "good", "--set", "nap=3ms", "--workers", "1,2", "--engine", "rayon", "--repeats", "1"],
            &["plan", "good", "--set", "npa=3ms", "--set", "nap=3"],
            &["plan", "good", "tiny", "--set", "nap=2h"],
        ],
    );
}

#[test]
fn list_shows_the_question_of_each_scenario() {
    let lab = lab();
    lab.write("scenarios/bad.toml", BAD);
    lab.write("scenarios/notes.txt", "no scenario");
    let listed = transcript(&["list"], lab.output(&["list"]));
    let nothing = transcript(&["list"], Lab::new().output(&["list"]));
    assert_data_eq!(format!("{listed}\n{nothing}"), snapbox::file!["transcripts/list.txt"].raw());
}

#[test]
fn engines_describes_each_engine_and_its_support() {
    typed(snapbox::file!["transcripts/engines.txt"], &[&["engines"]]);
}

#[test]
fn invalid_arguments_are_refused_with_the_valid_ones() {
    typed(
        snapbox::file!["transcripts/usage.txt"],
        &[
            &["run"],
            &["rnu", "good"],
            &["run", "good", "--engine", "nope"],
            &["run", "good", "--engine", "smol"],
            &["run", "good", "--workers", "0"],
            &["run", "good", "--workers", "1,many"],
            &["run", "good", "--workers", "1,all"],
            &["run", "good", "--workers", "2,2"],
            &["run", "good", "--set", "nap"],
            &["run", "good", "--set", "nap=5parsec"],
            &["run", "good", "--repeats", "many"],
            &["run", "good", "--tasks", "some"],
            &["run", "good", "--fault", "rayon"],
            &["run", "good", "--fault", "rayon=sulk"],
            &["run", "good", "--fault", "ryaon=kill"],
            &["check"],
            &["compare", "good"],
            &["compare", "latest~1", "latest"],
            &["compare", "a", "b", "--tolerance", "5"],
            &["compare", "a", "b", "--metric", "latency_p98"],
        ],
    );
}

#[test]
fn no_arguments_at_all_print_the_help_and_are_a_usage_error() {
    let output = lab().output(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text_of(output.stdout), "");
    assert!(text_of(output.stderr).contains("Usage: taskmix <COMMAND>"));
}

#[test]
fn an_engine_describes_itself_in_one_line_of_json() {
    for engine in crate::support::ENGINES {
        let output = Lab::new().output(&["engine", engine, "--describe"]);
        assert_eq!(output.status.code(), Some(0));
        let text = text_of(output.stdout);
        assert_eq!(text.lines().count(), 1, "{text}");
        let description: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(description["protocol"], 1);
        assert_eq!(description["engine"], engine);
        assert_eq!(description["steps"].as_array().map(Vec::len), Some(15));
    }
}

#[test]
fn the_plan_shows_the_stack_size_of_threads() {
    let lab = lab();
    let plan = |text: &str, engine: &str| {
        lab.write(
            "stacks.toml",
            &format!("{text}question = \"?\"\nengines = [\"{engine}\"]\n[[task]]\nname = \"a\"\nsteps = []\n"),
        );
        text_of(lab.output(&["plan", "stacks.toml"]).stdout)
    };
    assert!(plan("", "threads").contains("\n  stack_size = 2MiB of each instance on threads, its default\n"));
    let set = "stack_size = \"64KiB\"\n";
    assert!(plan(set, "threads").contains("\n  stack_size = 64KiB of each instance on threads\n"));
    assert!(!plan(set, "rayon").contains("stack_size"), "it has no effect there");
}

#[test]
fn the_plan_shows_the_number_of_children_and_a_cycle_is_a_mistake() {
    let lab = lab();
    let plan = |leaf: &str| {
        let head = "question = \"?\"\nengines = [\"rayon\"]\nrepeats = 1\n";
        let root = "[[task]]\nname = \"root\"\ncount = 4\nsteps = [{ loop = 5, steps = [{ spawn = \"child\", count = 3 }] }]\n";
        let child = "[[task]]\nname = \"child\"\nsteps = [{ spawn = \"leaf\", count = 2, join = false }]\n";
        let leaf = format!("[[task]]\nname = \"leaf\"\nsteps = [{leaf}]\n");
        lab.write("tree.toml", &format!("{head}{root}{child}{leaf}"));
        let output = lab.output(&["plan", "tree.toml"]);
        (output.status.code(), text_of(output.stdout) + &text_of(output.stderr))
    };
    let (code, text) = plan("{ cpu = \"1us\" }");
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "  root                      4 × spawn\n",
        "  child                    60 × spawn, spawned and waited for\n",
        "  leaf                    120 × cpu 1.00 µs, spawned\n",
        "  rayon: `spawn`: a scope: a parent that waits for its children runs other jobs meanwhile",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(plan("{ spawn = \"child\" }").0, Some(2));
}

#[test]
fn the_plan_counts_the_work_of_a_drain_if_the_number_of_messages_is_known() {
    let lab = lab();
    let plan = |sender: &str| {
        let head = "question = \"?\"\nengines = [\"rayon\"]\nrepeats = 1\n[channel.lines]\ncapacity = 8\n";
        let reader = format!(
            "[[task]]\nname = \"reader\"\ncount = 3\n{sender}\nsteps = [{{ loop = 10, steps = [{{ send = \"lines\" }}] }}]\n"
        );
        let parser = "[[task]]\nname = \"parser\"\ncount = 2\nsteps = [{ cpu = \"1ms\" }, { drain = \"lines\", steps = [{ cpu = \"20us\" }] }]\n";
        lab.write("lines.toml", &format!("{head}{reader}{parser}"));
        text_of(lab.output(&["plan", "lines.toml"]).stdout)
    };
    let counted = plan("");
    assert!(counted.contains("  parser                    2 × cpu 1.30 ms, 30 messages drained\n"), "{counted}");
    let uncounted = plan("cancel = { after = \"1ms\" }");
    assert!(
        uncounted.contains("  parser                    2 × cpu 1.02 ms, its drain counted for one message\n"),
        "{uncounted}"
    );
}

#[test]
fn commands_that_measure_nothing_leave_no_files() {
    let lab = lab();
    let before = std::fs::read_dir(lab.path()).expect("the folder").count();
    for line in [&["check", "good"][..], &["plan", "good"], &["list"], &["engines"]] {
        assert_eq!(lab.output(line).status.code(), Some(0));
    }
    assert_eq!(std::fs::read_dir(lab.path()).expect("the folder").count(), before);
}
