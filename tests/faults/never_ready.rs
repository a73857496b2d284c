//! The runner waits for a program that never gets ready no longer than its setup limit.

use std::convert::Infallible;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::Lab;
use taskmix::campaign::{Ending, Event, Exit, Interrupt, Launcher, Program, Runner, Speed};
use taskmix_engine::plan::Campaign;
use taskmix_engine::scenario::{CustomName, parse_with};

/// How the only cell of a program ends. The program is the shell script `body` and has 300 ms to get ready; its plan has `tasks`
/// tasks of 8,000 steps each.
fn ending(body: &str, tasks: usize) -> Exit {
    let lab = Lab::new();
    let script = lab.write("never.sh", body);
    let name = CustomName::to_register("never-ready").expect("a free name");
    let steps = vec!["{yield=true}"; 8_000].join(",");
    let tasks = (0..tasks).map(|task| format!("[[task]]\nname = \"task-{task}\"\nsteps = [{steps}]\n"));
    let text = format!("question = \"?\"\nengines = [\"never-ready\"]\n{}", tasks.collect::<String>());
    let scenario = parse_with("mix", &text, &[], &[name]).expect("a valid scenario").scenario;
    let campaign = Campaign::new(&scenario, 1).expect("it is small enough");
    let program = Program::new(name, "/bin/sh", vec![script.to_str().expect("UTF-8").to_owned()], Path::new("/"));
    let launcher = Launcher::new(env!("CARGO_BIN_EXE_taskmix").into()).with([program]);
    let runner = Runner {
        setup: Duration::from_millis(300),
        timeout: Duration::from_mins(1),
        speed: Speed { iterations_per_second: 1e8, ticks_per_second: 0 },
        launcher: &launcher,
        retries: 0,
        interrupt: &Interrupt::listen().expect("signals can be caught"),
    };
    let mut exits = Vec::new();
    let began = Instant::now();
    let ended = runner.begin(&campaign).expect("memory files").run(&campaign.round(1), |event| {
        if let Event::CellEnded(outcome) = event {
            assert!(outcome.records.is_empty() && outcome.span_ns.is_none());
            exits.push(outcome.exit.clone());
        }
        Ok::<_, Infallible>(())
    });
    assert!(matches!(ended, Ok(Ending::Complete)), "{ended:?}");
    assert!(began.elapsed() < Duration::from_secs(30), "the runner must not wait for the program");
    assert_eq!(exits.len(), 1);
    exits.remove(0)
}

#[test]
fn a_program_that_never_says_ready_is_stopped() {
    assert_eq!(ending("exec sleep 60", 1), Exit::Timeout);
    assert_eq!(ending("exec sleep 60 >/dev/null 2>&1 </dev/null", 1), Exit::Timeout);
    // Its children are stopped with it: otherwise they hold its pipes.
    assert_eq!(ending("sleep 60; sleep 60", 1), Exit::Timeout);
}

#[test]
fn a_program_that_does_not_read_a_long_plan_does_not_block_the_runner() {
    // The plan is longer than any pipe holds.
    assert_eq!(ending("exec sleep 60", 5), Exit::Timeout);
}
