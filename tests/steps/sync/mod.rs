//! Channels, locks and barriers as steps: what they promise on every engine whose instances share memory.

mod budget;
mod in_vain;

use std::sync::LazyLock;

use crate::support::{Finished, Lab, Row};

/// The engines whose instances share memory.
const SHARING: [&str; 6] = ["smol-local", "async-executor", "rayon", "tokio", "tokio-local", "threads"];

const MS: u64 = 1_000_000;

/// A scenario of one repeat on these engines.
fn scenario(engines: &[&str], rest: &str) -> String {
    format!("question = \"Who waits for whom?\"\nengines = {engines:?}\nworkers = 24\nrepeats = 1\n{rest}")
}

/// No more waiting instances at once than workers, so that a pool has a thread for each.
const MIX: &str = r#"
timeout = "20s"

[channel.jobs]
capacity = 3
[channel.results]
capacity = "unbounded"
[channel.hand]
capacity = 0
[channel.few]
capacity = 3
[channel.cut]
capacity = 1
[mutex.one]
[mutex.lost]
[semaphore.two]
permits = 2
[barrier.all]
parties = 3

[[task]]
name = "producer"
count = 2
steps = [{ loop = 30, steps = [{ send = "jobs", as = "put" }] }]

[[task]]
name = "stage"
count = 2
steps = [{ drain = "jobs", as = "get", steps = [{ cpu = "5us" }, { send = "results" }] }]

[[task]]
name = "sink"
steps = [{ drain = "results", steps = [{ cpu = "2us" }] }]

[[task]]
name = "giver"
steps = [{ loop = 10, steps = [{ send = "hand" }] }]

[[task]]
name = "taker"
count = 2
steps = [{ loop = 5, steps = [{ recv = "hand", as = "take" }] }]

[[task]]
name = "ahead"
steps = [{ loop = 4, steps = [{ send = "few" }] }, { cpu = "1us" }]

[[task]]
name = "behind"
steps = [{ sleep = "15ms" }, { loop = 4, steps = [{ recv = "few" }] }]

[[task]]
name = "locker"
count = 4
steps = [{ lock = "one", as = "locked", steps = [{ sleep = "3ms" }] }]

[[task]]
name = "guest"
count = 4
steps = [{ permit = "two", as = "let-in", steps = [{ sleep = "4ms" }] }]

[[task]]
name = "party"
count = 3
arrival = { every = "4ms" }
steps = [{ barrier = "all", as = "met" }, { cpu = "1us" }]

[[task]]
name = "cut-sender"
steps = [{ loop = 10000, steps = [{ send = "cut" }, { sleep = "1ms" }] }]
cancel = { after = "10ms" }

[[task]]
name = "cut-drain"
steps = [{ drain = "cut", steps = [{ cpu = "1us" }] }]

[[task]]
name = "cut-holder"
steps = [{ lock = "lost", steps = [{ loop = 10000, steps = [{ sleep = "1ms" }] }] }]
cancel = { after = "10ms" }

[[task]]
name = "heir"
arrival = { every = "5ms" }
count = 2
steps = [{ lock = "lost", steps = [{ cpu = "1us" }] }]
"#;

static RUN: LazyLock<Finished> = LazyLock::new(|| Lab::new().run(&scenario(&SHARING, MIX), &["--quiet"]).ok());

fn of_task<'a>(rows: &'a [Row], task: &str) -> Vec<&'a Row> {
    rows.iter().filter(|row| row.text("task") == task).collect()
}

/// The row of a named step in `steps.csv`.
fn step(engine: &str, name: &str) -> Row {
    let rows = RUN.rows("steps.csv");
    rows.into_iter().find(|row| row.text("engine") == engine && row.text("step") == name).expect("a row for each name")
}

#[test]
fn every_instance_that_is_not_cancelled_is_done_on_every_engine() {
    // The cell is `ok` only if each sent message was received once, or was left in its channel.
    for engine in SHARING {
        assert_eq!(RUN.sample(engine, "*").text("exit"), "ok", "{engine}");
        for row in RUN.instances(engine) {
            let expected = if row.text("task").starts_with("cut-") && row.text("task") != "cut-drain" {
                "cancelled"
            } else {
                "done"
            };
            assert_eq!(row.text("state"), expected, "{engine}: {row:?}");
        }
    }
}

#[test]
fn a_drain_runs_its_steps_once_for_each_message_with_any_number_of_receivers() {
    for engine in SHARING {
        let units = |task| RUN.sample(engine, task).whole("units_done");
        assert_eq!((units("stage"), units("sink")), (60 * 5_000, 60 * 2_000), "{engine}");
        let [put, take] = [step(engine, "put"), step(engine, "take")];
        assert_eq!((put.whole("count"), take.whole("count")), (60, 10), "{engine}");
        assert!(put.is_empty("hold_max_ns") && put.whole("wait_max_ns") <= put.whole("total_max_ns"), "{put:?}");
        assert_eq!(step(engine, "get").whole("count"), 2, "a drain is one step of each instance");
    }
}

#[test]
fn a_sender_runs_ahead_by_the_capacity_and_no_further() {
    for engine in SHARING {
        let rows = RUN.instances(engine);
        let (ahead, behind) = (of_task(&rows, "ahead")[0], of_task(&rows, "behind")[0]);
        assert!(ahead.whole("finished_ns") >= behind.whole("started_ns") + 15 * MS, "{engine}: {ahead:?}, {behind:?}");
    }
}

#[test]
fn a_mutex_is_held_by_one_and_a_semaphore_by_as_many_as_it_has_permits() {
    for engine in SHARING {
        let makespan = |task| RUN.sample(engine, task).whole("makespan_ns");
        assert!(makespan("locker") >= 4 * 3 * MS, "{engine}: {}", makespan("locker"));
        assert!(makespan("guest") >= 4 * 4 * MS / 2, "{engine}: {}", makespan("guest"));
        for name in ["locked", "let-in"] {
            let row = step(engine, name);
            assert_eq!(row.whole("count"), 4);
            assert!(
                row.whole("hold_max_ns") >= 3 * MS && row.whole("total_max_ns") >= row.whole("hold_max_ns"),
                "{row:?}"
            );
        }
    }
}

#[test]
fn no_instance_passes_a_barrier_before_all_have_reached_it() {
    for engine in SHARING {
        let rows = RUN.instances(engine);
        let parties = of_task(&rows, "party");
        let last = parties.iter().map(|row| row.whole("started_ns")).max();
        let first = parties.iter().map(|row| row.whole("finished_ns")).min();
        assert!(last < first, "{engine}: {parties:?}");
    }
}

#[test]
fn a_cancelled_holder_gives_its_lock_back_before_it_counts_as_ended() {
    for engine in SHARING {
        let rows = RUN.instances(engine);
        let holder = of_task(&rows, "cut-holder")[0];
        for heir in of_task(&rows, "heir") {
            let got_it_first = heir.whole("finished_ns") < holder.whole("started_ns");
            let inherited = heir.whole("finished_ns") > holder.whole("cancel_requested_ns");
            assert!(got_it_first || inherited, "{engine}: {heir:?}, {holder:?}");
        }
    }
}

#[test]
fn instances_in_different_processes_can_not_synchronise() {
    let lab = Lab::new();
    lab.write("mix.toml", &scenario(&["processes"], MIX));
    let stderr = crate::support::text_of(lab.output(&["check", "mix.toml"]).stderr);
    for verb in ["send", "recv", "drain", "lock", "permit", "barrier"] {
        let refused = format!("error: `processes` can't do `{verb}`: instances in different processes share no memory");
        assert!(stderr.contains(&refused), "{stderr}");
    }
    assert!(stderr.contains("help: take it out, or run the scenario without the engine"), "{stderr}");
}
