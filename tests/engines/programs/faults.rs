//! A broken program fails its own cells, and the failure is reported.

use super::{lab, mix};
use crate::support::Lab;
use crate::support::programs::{END, READY, example, fake};

#[test]
fn a_fault_in_a_program_is_reported_like_one_in_a_built_in_engine() {
    for (kind, exit) in [("panic", "exit code 101"), ("kill", "signal SIGKILL"), ("hang", "timeout")] {
        let run = lab().run(&mix(&["tasks", "rayon"]), &["--quiet", "--fault", &format!("tasks={kind}")]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert_eq!((run.sample("tasks", "*").text("exit"), run.sample("rayon", "*").text("exit")), (exit, "ok"));
        let died =
            run.complaints().into_iter().find(|line| line.contains("tasks, 2 workers")).expect("a warning").to_owned();
        assert!(
            kind != "hang" || died.contains("worker 0 was inside `one`") || died.contains("worker 1 was inside `one`"),
            "{died}"
        );
    }
}

#[test]
fn a_broken_program_fails_its_cells_and_nothing_else() {
    let lab = Lab::new();
    let mut fakes = Vec::new();
    for (body, exit) in [
        ("exit 0", "protocol error: it ended without saying `end`"),
        ("echo why >&2; exit 7", "exit code 7"),
        ("kill -11 $$", "signal SIGSEGV"),
        ("sleep 60 & exit 3", "exit code 3"),
        ("echo hello; sleep 60", "protocol error: not a message: `hello`"),
        ("printf '\\033[31mred\\n'", "protocol error: not a message: `\\u{1b}[31mred`"),
        ("exec yes", "protocol error: not a message: `y`"),
        ("exec tr '\\0' x < /dev/zero", "protocol error: a line of more than 64 MiB"),
        ("exec tr '\\0' x < /dev/zero >&2", "protocol error: it wrote more than 64 MiB to its standard error"),
        (END, "protocol error: `end` came before `ready`"),
        (&format!("{READY}; exec sleep 60"), "timeout"),
        (&format!("{READY}; exec sleep 60 >/dev/null"), "timeout"),
        (&format!("{READY}; {END}"), "protocol error: the record has no start or no end of its span"),
        (
            &format!("yes | head -c 600 >&3; {READY}; {END}"),
            "protocol error: its span starts outside its lifetime, or its clock rate is impossible",
        ),
        (
            &format!("yes | dd bs=16 >&3 2>/dev/null; {READY}; {END}"),
            "protocol error: it overwrote which instance slot 0 belongs to",
        ),
        (&format!(": > /proc/self/fd/3; {READY}; {END}"), "exit code 2"),
        ("echo x >&5 && exit 9; exit 8", "exit code 8"),
    ] {
        let name = format!("fake-{}", fakes.len());
        lab.register_script(&name, &fake(body));
        fakes.push((name, body.to_owned(), exit));
    }
    let mut engines: Vec<&str> = fakes.iter().map(|(name, ..)| name.as_str()).collect();
    engines.push("rayon");
    let run = lab.run(&mix(&engines), &["--quiet"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    for (name, body, exit) in &fakes {
        assert_eq!(run.sample(name, "*").text("exit"), *exit, "{body}: {}", run.stderr);
    }
    let rayon = run.sample("rayon", "one");
    assert_eq!((rayon.whole("done"), rayon.whole("units_done")), (30, 30 * 20_000));
}

#[test]
fn a_program_that_drops_instances_is_reported_as_miscounted() {
    let lab = Lab::new();
    lab.register("loses", &[&example("fake_pool"), "--lose"]);
    let run = lab.run(&mix(&["loses"]), &["--quiet"]);
    assert_eq!(run.code, Some(1));
    // A third of the released instances is dropped. Which third depends on how many the warm-up ran.
    assert_eq!(
        run.sample("loses", "*").text("exit"),
        "miscounted: `one` did 400000 ns of work, not the planned 600000 ns"
    );
}

#[test]
fn a_program_that_was_removed_before_its_cell_fails_that_cell() {
    let lab = Lab::new();
    let path = lab.path().join("gone.sh");
    // It removes itself when it answers `--describe`.
    let script = fake("").replace("echo", &format!("rm -f '{}'; echo", path.display()));
    lab.write("gone.sh", &format!("#!/bin/sh\n{script}"));
    assert!(std::process::Command::new("chmod").arg("+x").arg(&path).status().expect("it runs").success());
    lab.register("fake", &[path.to_str().expect("UTF-8")]);
    let run = lab.run(&mix(&["fake", "rayon"]), &["--quiet"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let exit = run.sample("fake", "*").text("exit").to_owned();
    assert!(exit.starts_with("protocol error: it can't be started: No such file or directory"), "{exit}");
    assert_eq!(run.sample("rayon", "*").text("exit"), "ok");
}
