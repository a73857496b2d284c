use std::fs::Permissions;

use tempfile::tempdir;

use super::*;

/// No test waits longer than this for its program.
const LONG: Duration = Duration::from_mins(1);

fn name() -> CustomName {
    CustomName::new("program-test").unwrap()
}

/// The description that this shell script gives.
fn describe(script: &str, patience: Duration) -> Result<Description, ProgramError> {
    let arguments = ["-c", script, "fake"].map(str::to_owned).to_vec();
    Program::new(name(), "/bin/sh", arguments, Path::new("/")).describe_within(patience)
}

fn refused(script: &str) -> String {
    let error = describe(script, LONG).unwrap_err();
    assert!(error.remedy().contains("docs/engine-protocol.md"));
    error.to_string().replace(script, "…")
}

const GOOD: &str = r#"{"protocol":1,"runtime":"fake 1","steps":[],"arrivals":[],"cancel":[]}"#;

#[test]
fn a_program_is_started_with_its_own_arguments_first() {
    let description = describe(&format!("test \"$*\" = --describe && echo '{GOOD}'"), LONG).unwrap();
    assert_eq!(description.runtime, "fake 1");
    assert!(describe(&format!("printf %s '{GOOD}'"), LONG).is_ok(), "the last line needs no newline");
}

#[test]
fn a_program_without_a_description_is_refused_and_its_error_is_quoted() {
    for (script, words) in [
        ("exit 3", "`/bin/sh -c … fake --describe` ended with exit code 3"),
        ("echo no; echo; echo why >&2; exit 3", "`/bin/sh -c … fake --describe` ended with exit code 3: `why`"),
        ("kill -9 $$", "`/bin/sh -c … fake --describe` ended with signal SIGKILL"),
        (
            "true",
            "`/bin/sh -c … fake --describe` gives an unusable answer: it is not a description: EOF while parsing a value at line 1 column 0",
        ),
        (
            "echo hello",
            "`/bin/sh -c … fake --describe` gives an unusable answer: it is not a description: expected value at line 1 column 1",
        ),
        (
            "echo '{\"protocol\":2}'",
            "`/bin/sh -c … fake --describe` gives an unusable answer: it speaks protocol 2, not 1",
        ),
        ("exec tr '\\0' x < /dev/zero", "`/bin/sh -c … fake --describe` says more than 65536 bytes in a line"),
    ] {
        assert_eq!(refused(script), words);
    }
}

#[test]
fn a_program_that_is_silent_or_does_not_exit_is_killed_with_its_children() {
    let folder = tempdir().unwrap();
    let mark = folder.path().join("alive");
    // Its child would hold the pipe open, and leave a mark if it survived.
    let child = format!("(sleep 2; touch '{}') & ", mark.display());
    let error = describe(&format!("{child}sleep 60"), Duration::from_millis(300)).unwrap_err();
    assert!(matches!(error, ProgramError::Silent(_)), "{error}");
    let error = describe(&format!("{child}echo '{GOOD}'; sleep 60"), LONG).unwrap_err();
    assert!(matches!(error, ProgramError::Stays(_)), "{error}");
    thread::sleep(Duration::from_millis(2_500));
    assert!(!mark.exists(), "its children died with it");
}

#[test]
fn a_program_that_can_not_be_started_is_reported_with_a_remedy() {
    let folder = tempdir().unwrap();
    let plain = folder.path().join("plain");
    let lost = folder.path().join("lost");
    fs::write(&plain, "").unwrap();
    // Written by another process: if a concurrent test forked while this process has the file open for writing, it could not run.
    let script = format!("echo '#!/no/such/interpreter' > '{0}'; chmod +x '{0}'", lost.display());
    assert!(Command::new("/bin/sh").args(["-c", &script]).status().unwrap().success());
    let remedy = |word: &str| {
        let error = Program::new(name(), word, Vec::new(), folder.path()).describe().unwrap_err();
        assert!(matches!(error, ProgramError::Start(..)), "{error}");
        error.remedy()
    };
    assert_eq!(remedy("./none"), "check the path; has it been built?");
    assert_eq!(
        remedy("no-such-program"),
        "it is not on the PATH; for a program in this folder write `./no-such-program`"
    );
    assert_eq!(remedy("./plain"), format!("make it executable: `chmod +x {}`", plain.display()));
    assert_eq!(remedy("."), "give a program in it: this is a folder");
    assert_eq!(remedy("./lost"), "the interpreter in its first line is missing");
}

#[test]
fn a_bare_name_is_looked_up_on_the_path_and_a_path_is_relative_to_the_folder() {
    let folder = tempdir().unwrap();
    let (bin, other) = (folder.path().join("bin"), folder.path().join("other"));
    for folder in [&bin, &other] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("tool"), "").unwrap();
    }
    fs::set_permissions(other.join("tool"), Permissions::from_mode(0o755)).unwrap();
    let path = env::join_paths([&bin, &other]).unwrap();
    assert_eq!(on_path(Path::new("tool"), Some(&path)), Some(other.join("tool")), "only executable files count");
    let program = |word: &str| Program::new(name(), word, vec!["a b".into()], folder.path());
    assert_eq!(program("./bin/tool").words(), [bin.join("tool").to_str().unwrap(), "a b"]);
    assert_eq!(program("/x/tool").file, Path::new("/x/tool"));
}
