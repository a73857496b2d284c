//! A program that can't be an engine is refused before anything runs.

use super::mix;
use crate::support::programs::example;
use crate::support::{Lab, text_of};

#[test]
fn a_program_that_can_not_be_an_engine_is_refused_before_anything_runs() {
    let lab = Lab::new();
    lab.write("mix.toml", &mix(&["rayon"]));
    lab.write("listed.toml", &mix(&["rayon", "theirs"]));
    lab.write("words", "no program");
    let program = format!("mine={}", example("smol_executor"));
    let at = lab.path().canonicalize().expect("it is there");
    for (line, expected) in [
        (
            &["run", "mix.toml", "--engine", "mine=./none"][..],
            "error: the engine `mine` can't be used: can't start `[HERE]/none`: No such file or directory (os error 2)\n\
             help: check the path; has it been built?\n",
        ),
        (
            &["check", "mix.toml", "--engine", "mine=./words"],
            "error: the engine `mine` can't be used: can't start `[HERE]/words`: Permission denied (os error 13)\n\
             help: make it executable: `chmod +x [HERE]/words`\n",
        ),
        (
            &["plan", "mix.toml", "--engine", "mine=true"],
            "error: the engine `mine` can't be used: `[TRUE] --describe` gives an unusable answer: it is not a description: \
             EOF while parsing a value at line 1 column 0\n\
             help: an engine answers `--describe` with one line of JSON and exits: docs/engine-protocol.md\n",
        ),
        (
            &["check", "mix.toml", "--engine", "mine=false"],
            "error: the engine `mine` can't be used: `[FALSE] --describe` ended with exit code 1\n\
             help: an engine answers `--describe` with one line of JSON and exits: docs/engine-protocol.md\n",
        ),
        (
            &["run", "mix.toml", "--engine", &program, "--engine", &program],
            "error: the engine `mine` is given twice\nhelp: give each program a name of its own\n",
        ),
        (
            &["run", "mix.toml", "--engine", "theirs"],
            "error: unknown engine `theirs`\n\
             help: engines: `smol-local`, `async-executor`, `rayon`, `tokio`, `tokio-local`, `threads`, `processes`; to run a program of your own: `--engine NAME=PATH`\n",
        ),
        (
            &["run", "mix.toml", "--engine", "rayon=./words"],
            "error: invalid value 'rayon=./words' for '--engine <E>': `rayon` is a built-in engine\n\n\
             For more information, try '--help'.\n",
        ),
    ] {
        let output = lab.output(line);
        let on_path = |name: &str| {
            let path = std::env::var_os("PATH").expect("a PATH");
            let mut files = std::env::split_paths(&path).map(|folder| folder.join(name));
            files.find(|file| file.exists()).expect("every system has it").display().to_string()
        };
        let expected = expected
            .replace("[HERE]", &at.display().to_string())
            .replace("[TRUE]", &on_path("true"))
            .replace("[FALSE]", &on_path("false"));
        assert_eq!((text_of(output.stderr), output.status.code()), (expected, Some(2)), "{line:?}");
        assert_eq!(text_of(output.stdout), "", "{line:?}");
    }
    let listed = lab.output(&["check", "listed.toml"]);
    let stderr = text_of(listed.stderr);
    assert_eq!(listed.status.code(), Some(2));
    assert!(stderr.contains("unknown engine `theirs`") && stderr.contains("`--engine NAME=PATH`"), "{stderr}");
    assert!(!lab.path().join("results").exists(), "nothing was measured");
}

#[test]
fn programs_that_can_not_be_engines_do_not_hide_the_other_engines() {
    let lab = Lab::new();
    lab.register("works", &[&example("fake_pool")]);
    lab.register("ends", &["false"]);
    let output = lab.output(&["engines", "--engine", "gone=./none"]);
    let (listed, stderr) = (text_of(output.stdout), text_of(output.stderr));
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(listed.contains("smol-local: ") && listed.contains("works: "), "{listed}");
    assert!(
        stderr.contains("the engine `ends` can't be used") && stderr.contains("the engine `gone` can't be used"),
        "{stderr}"
    );
}
