//! Paths that can't be read or written: an error at once, in one line with a remedy, before anything is measured.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use crate::support::{Lab, rows, text_of};

const MIX: &str = r#"
question = "Where to?"
engines = ["smol-local"]
repeats = 1

[[task]]
name = "one"
count = 3
steps = [{ cpu = "10us" }]
"#;

/// The lines of standard error without the one about a debug build.
fn complaint(lab: &Lab, arguments: &[&str], code: i32) -> Vec<String> {
    let output = lab.output(arguments);
    let stderr = text_of(output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(text_of(output.stdout), "", "nothing is measured, nothing is printed");
    stderr.lines().filter(|line| !line.contains("debug build")).map(str::to_owned).collect()
}

#[test]
fn a_results_folder_that_can_not_be_created_is_an_error_before_anything_is_measured() {
    let lab = Lab::new();
    lab.write("mix.toml", MIX);
    lab.write("a-file", "in the way");
    for (out, cause) in [
        ("/proc/nope", "No such file or directory"),
        ("a-file", "Not a directory"),
        ("a-file/deeper", "Not a directory"),
        ("/dev/null", "Not a directory"),
    ] {
        let lines = complaint(&lab, &["run", "mix.toml", "--out", out], 2);
        assert_eq!(lines.len(), 1, "one line: {lines:?}");
        let start = format!("error: cannot write `{out}/mix`; choose another folder with `--out`: {cause}");
        assert!(lines[0].starts_with(&start), "{lines:?}");
    }
    assert_eq!(fs::read_to_string(lab.path().join("a-file")).expect("still there"), "in the way");
    let left = fs::read_dir(lab.path()).expect("the folder").count();
    assert_eq!(left, 2, "no results folder is left");
}

#[test]
fn a_file_in_place_of_a_scenario_s_folder_is_an_error() {
    let lab = Lab::new();
    lab.write("mix.toml", MIX);
    lab.write("results/mix", "in the way");
    let lines = complaint(&lab, &["run", "mix.toml"], 2);
    assert!(lines.len() == 1 && lines[0].contains("`results/mix`") && lines[0].contains("--out"), "{lines:?}");
}

#[test]
fn a_missing_scenario_is_an_error_with_the_nearest_name() {
    let lab = Lab::new();
    lab.write("scenarios/blocking.toml", MIX);
    for command in ["run", "check", "plan"] {
        for (typed, lines) in [
            ("blokcing", ["error: there is no scenario `blokcing`", "help: did you mean `blocking`?"]),
            (
                "else",
                [
                    "error: there is no scenario `else`",
                    "help: `taskmix list` names those in `scenarios`; or give a path",
                ],
            ),
            (
                "else.toml",
                [
                    "error: can't read `else.toml`: No such file or directory (os error 2)",
                    "help: give the path of a scenario file, or the bare name of one in `scenarios/`",
                ],
            ),
        ] {
            assert_eq!(complaint(&lab, &[command, typed], 2), lines, "{command}");
        }
    }
    assert!(!lab.path().join("results").exists(), "nothing was run");
}

#[test]
fn without_a_folder_of_scenarios_a_bare_name_is_an_error_that_says_so() {
    let lines = complaint(&Lab::new(), &["run", "blocking"], 2);
    assert_eq!(
        lines,
        [
            "error: there is no scenario `blocking`",
            "help: there is no folder `scenarios` here: give the path of a scenario file",
        ]
    );
}

#[test]
fn a_scenario_that_is_no_text_or_no_file_is_an_error() {
    let lab = Lab::new();
    fs::write(lab.path().join("noise.toml"), [0xff, 0xfe, 0x00]).expect("a file");
    fs::create_dir(lab.path().join("folder.toml")).expect("a folder");
    let lines = complaint(&lab, &["run", "noise.toml"], 2);
    assert_eq!(lines.last().map(String::as_str), Some("help: a scenario is a text file in UTF-8"));
    let lines = complaint(&lab, &["run", "folder.toml"], 2);
    assert_eq!(lines[0], "error: can't read `folder.toml`: Is a directory (os error 21)");
}

#[test]
#[cfg_attr(no_setpriv, ignore = "there is no `setpriv`")]
fn a_scenario_without_read_permission_is_an_error() {
    let lab = Lab::new();
    let path = lab.write("secret.toml", MIX);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("the owner may");
    // Root may read anything, so it drops that capability first.
    let is_root = fs::metadata("/proc/self").expect("Linux has /proc").uid() == 0;
    let rights = if is_root { "-dac_override,-dac_read_search" } else { "+all" };
    let output = (Command::new("setpriv").current_dir(lab.path()))
        .args(["--bounding-set", rights, env!("CARGO_BIN_EXE_taskmix"), "run", "secret.toml"])
        .output()
        .expect("it runs");
    let stderr = text_of(output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(stderr.lines().nth(1), Some("help: check the file's permissions"), "{stderr}");
}

#[test]
fn a_scenario_named_twice_is_refused() {
    let lab = Lab::new();
    lab.write("mix.toml", MIX);
    let lines = complaint(&lab, &["run", "mix.toml", "./mix.toml"], 2);
    assert_eq!(lines, ["error: `mix` is named twice", "help: name each scenario once"]);
}

/// More rows than a small disk holds.
const MUCH: &str = r#"
question = "Does it fit?"
engines = ["smol-local"]
repeats = 40

[[task]]
name = "one"
count = 100
steps = [{ cpu = "1us" }]
"#;

#[test]
#[cfg_attr(no_mount, ignore = "no disk can be mounted by `unshare -rm`")]
fn a_full_disk_ends_the_run_with_whole_rows_and_a_remedy() {
    let lab = Lab::new();
    lab.write("mix.toml", MUCH);
    fs::create_dir(lab.path().join("small")).expect("a folder");
    // The mount exists only inside `unshare`, so the files of the small disk are copied out of it.
    let script = r#"mount -t tmpfs -o size=96k none small &&
        { "$0" run mix.toml --quiet --out small; code=$?; cp -rP small/. kept; exit $code; }"#;
    let output = assert_cmd::Command::new("unshare")
        .current_dir(lab.path())
        .args(["-rm", "sh", "-c", script, env!("CARGO_BIN_EXE_taskmix")])
        .timeout(std::time::Duration::from_mins(2))
        .output()
        .expect("it runs");
    let stderr = text_of(output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let lines: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(lines.len(), 1, "{stderr}");
    for part in ["no room to write `small/mix/", "`--out`", "rows measured so far are in `", "No space left on device"]
    {
        assert!(lines[0].contains(part), "{part}: {stderr}");
    }
    let run = lab.path().join("kept/mix/latest");
    let samples = rows(&fs::read_to_string(run.join("samples.csv")).expect("it is kept"));
    assert!(samples.len() >= 2 && samples.len() < 80 && samples.len().is_multiple_of(2), "{}", samples.len());
    assert!(samples.iter().all(|row| row.whole("done") == 100));
    let tasks = rows(&fs::read_to_string(run.join("tasks.csv.partial")).expect("an incomplete file"));
    assert!(tasks.len().is_multiple_of(100), "whole cells only: {}", tasks.len());
    let facts: toml::Table = fs::read_to_string(run.join("run.toml")).expect("it is there").parse().expect("TOML");
    assert_eq!(facts["complete"].as_bool(), Some(false));
}
