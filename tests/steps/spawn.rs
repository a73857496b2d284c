//! Instances that spawn children, on every engine: how many children are spawned, which parents wait, and which instances a
//! cancellation reaches.

use std::collections::BTreeMap;

use crate::support::{ENGINES, Finished, LOOPS, Lab, Row, WAITING};

/// Runs these tasks, one cell for each engine.
fn run(tasks: &str) -> Finished {
    run_on(&ENGINES, tasks)
}

/// The same on some engines only.
fn run_on(engines: &[&str], tasks: &str) -> Finished {
    let text = format!("question = \"Who spawns whom?\"\nengines = {engines:?}\nworkers = 2\nrepeats = 1\n{tasks}");
    Lab::new().run(&text, &["--quiet"]).ok()
}

/// The rows of one task on one engine, by instance number.
fn rows_of(run: &Finished, engine: &str, task: &str) -> BTreeMap<u64, Row> {
    let rows = run.instances(engine).into_iter().filter(|row| row.text("task") == task);
    rows.map(|row| (row.whole("instance"), row)).collect()
}

/// The final states of instances, in order of their numbers.
fn states(rows: &BTreeMap<u64, Row>) -> Vec<&str> {
    rows.values().map(|row| row.text("state")).collect()
}

#[test]
fn a_parent_ends_after_all_its_children_and_they_are_released_when_it_spawns_them() {
    let tasks = r#"
        [[task]]
        name = "parent"
        count = 4
        steps = [{ cpu = "10us" }, { loop = 2, steps = [{ spawn = "child", count = 3, as = "family" }, { spawn = "other" }] }]

        [[task]]
        name = "child"
        steps = [{ cpu = { uniform = ["1us", "9us"] } }, { spawn = "grandchild", count = 2 }]

        [[task]]
        name = "grandchild"
        steps = [{ sleep = "1ms" }, { cpu = "3us" }]

        [[task]]
        name = "other"
        steps = [{ yield = true }, { cpu = "5us" }]
    "#;
    let run = run(tasks);
    for engine in ENGINES {
        for (task, count) in [("parent", 4), ("child", 24), ("grandchild", 48), ("other", 8)] {
            let sample = run.sample(engine, task);
            let counts = ["released", "started", "done"].map(|column| sample.whole(column));
            assert_eq!(counts, [count; 3], "{engine}, {task}");
        }
        let figures: Vec<u64> = (run.rows("steps.csv").iter())
            .filter(|row| row.text("engine") == engine)
            .map(|row| row.whole("count"))
            .collect();
        assert_eq!(figures, [8], "{engine}: each pass of the loop is one");
        let (parents, children) = (rows_of(&run, engine, "parent"), rows_of(&run, engine, "child"));
        let (grandchildren, others) = (rows_of(&run, engine, "grandchild"), rows_of(&run, engine, "other"));
        let mut spawned: Vec<(&Row, &Row)> = Vec::new();
        spawned.extend(children.iter().map(|(number, row)| (&parents[&(number / 6)], row)));
        spawned.extend(others.iter().map(|(number, row)| (&parents[&(number / 2)], row)));
        spawned.extend(grandchildren.iter().map(|(number, row)| (&children[&(number / 2)], row)));
        for (parent, child) in spawned {
            let times = ["scheduled_ns", "started_ns", "finished_ns"].map(|column| child.whole(column));
            assert!(times.is_sorted(), "{engine}: {child:?}");
            assert!(parent.whole("started_ns") <= times[0], "{engine}: {child:?} of {parent:?}");
            assert!(times[2] <= parent.whole("finished_ns"), "{engine}: {child:?} of {parent:?}");
        }
        // `other` is spawned after the three children that the parent waited for have ended.
        for (number, other) in &others {
            let before = (0..3).map(|child| &children[&(number * 3 + child)]);
            assert!(before.clone().all(|child| child.whole("finished_ns") <= other.whole("scheduled_ns")), "{engine}");
            let moments: Vec<u64> = before.map(|child| child.whole("scheduled_ns")).collect();
            assert!(moments.iter().all(|moment| *moment == moments[0]), "{engine}: spawned at once");
        }
    }
}

#[test]
fn a_detached_child_delays_the_end_of_the_span_but_not_of_its_parent() {
    let tasks = r#"
        [[task]]
        name = "parent"
        count = 2
        steps = [{ spawn = "child", count = 3, join = false }, { cpu = "5us" }]

        [[task]]
        name = "child"
        steps = [{ sleep = "60ms" }, { cpu = "5us" }]
    "#;
    let run = run(tasks);
    for engine in ENGINES {
        assert_eq!(run.sample(engine, "child").whole("done"), 6, "{engine}");
        let (parents, children) = (rows_of(&run, engine, "parent"), rows_of(&run, engine, "child"));
        let span = run.sample(engine, "*").whole("makespan_ns");
        assert!(span >= 60_000_000, "{engine}: {span}");
        for (number, child) in &children {
            assert!(child.whole("finished_ns") <= span, "{engine}: {child:?}");
            let parent = &parents[&(number / 3)];
            assert!(parent.whole("finished_ns") < child.whole("finished_ns"), "{engine}: {parent:?}, {child:?}");
        }
    }
}

#[test]
fn a_cancellation_reaches_the_children_that_the_parent_waits_for_and_no_detached_child() {
    let tasks = r#"
        [[task]]
        name = "parent"
        steps = [{ spawn = "free", join = false }, { spawn = "bound", count = 2 }, { spawn = "never", count = 9 }]
        cancel = { after = "100ms" }

        [[task]]
        name = "bound"
        steps = [{ spawn = "below" }, { cpu = "5us" }, { spawn = "never", count = 5 }]

        [[task]]
        name = "below"
        steps = [{ loop = 500, steps = [{ sleep = "2ms" }] }]

        [[task]]
        name = "free"
        steps = [{ loop = 150, steps = [{ sleep = "1ms" }] }, { cpu = "5us" }]

        [[task]]
        name = "never"
        steps = []
    "#;
    let run = run(tasks);
    for engine in ENGINES {
        assert_eq!(run.sample(engine, "*").text("exit"), "ok", "{engine}");
        assert_eq!(states(&rows_of(&run, engine, "parent")), ["cancelled"], "{engine}");
        assert_eq!(states(&rows_of(&run, engine, "free")), ["done"], "{engine}");
        assert_eq!(rows_of(&run, engine, "never").len(), 0, "{engine}: no parent reached that step");
        let (bound, below) = (rows_of(&run, engine, "bound"), rows_of(&run, engine, "below"));
        assert_eq!(states(&bound), ["cancelled"; 2], "{engine}");
        assert!(states(&below).iter().all(|state| *state == "cancelled"), "{engine}");
        for row in bound.values().chain(below.values()) {
            assert_eq!(row.whole("cancel_requested_ns"), 100_000_000, "{engine}: {row:?}");
        }
        // On a pool `free` occupies one of two threads, so a bound child may still be pending. Then it has spawned nothing.
        let started = bound.values().filter(|row| !row.is_empty("started_ns")).count();
        assert_eq!(below.len(), started, "{engine}");
        assert!(started == 2 || !WAITING.contains(&engine), "{engine}");
        let sample = run.sample(engine, "bound");
        assert_eq!((sample.whole("released"), sample.whole("cancelled")), (2, 2), "{engine}");
    }
}

#[test]
fn a_waiting_child_is_woken_to_be_cancelled() {
    let tasks = r#"
        [[task]]
        name = "parent"
        steps = [{ spawn = "child", count = 3 }]
        cancel = { after = "20ms" }

        [[task]]
        name = "child"
        steps = [{ spawn = "sleeper" }]

        [[task]]
        name = "sleeper"
        steps = [{ sleep = "20s" }]
    "#;
    let run = run_on(&WAITING, tasks);
    for engine in WAITING {
        let sleepers = rows_of(&run, engine, "sleeper");
        assert_eq!(states(&sleepers), ["cancelled"; 3], "{engine}");
        assert!(sleepers.values().all(|row| row.whole("finished_ns") < 20_000_000_000), "{engine}: {sleepers:?}");
    }
}

#[test]
fn children_in_the_background_are_cut_off_with_it() {
    let tasks = r#"
        [[task]]
        name = "front"
        count = 3
        arrival = { every = "40ms" }
        steps = [{ cpu = "5us" }]

        [[task]]
        name = "noise"
        count = 5
        background = true
        arrival = { clients = 1 }
        steps = [{ spawn = "child", count = 2 }, { cpu = "5us" }]

        [[task]]
        name = "child"
        steps = [{ loop = 20000, steps = [{ sleep = "1ms" }] }, { cpu = "5us" }, { spawn = "never" }]

        [[task]]
        name = "never"
        steps = []
    "#;
    // On a pool of two threads the children occupy both, and the foreground never starts.
    let engines: Vec<&str> = ENGINES.into_iter().filter(|engine| *engine != "rayon").collect();
    let run = run_on(&engines, tasks);
    for engine in engines {
        assert_eq!(run.sample(engine, "front").whole("done"), 3, "{engine}");
        let front = rows_of(&run, engine, "front");
        let over = front.values().map(|row| row.whole("finished_ns")).max().expect("three");
        let (noise, children) = (rows_of(&run, engine, "noise"), rows_of(&run, engine, "child"));
        assert!(states(&noise).into_iter().chain(states(&children)).all(|state| state == "cancelled"), "{engine}");
        // On one thread the children start before the last foreground instance. On several threads of a busy machine they may not
        // start at all.
        let counts = (noise.len(), children.len());
        assert!(counts == (1, 2) || !LOOPS.contains(&engine) && children.is_empty(), "{engine}: {counts:?}");
        for child in children.values() {
            assert!(child.whole("cancel_requested_ns") >= over, "{engine}: {child:?}");
        }
    }
}

#[test]
fn clients_that_are_never_released_spawn_no_children_and_the_cell_does_not_wait_for_them() {
    let tasks = r#"
        [[task]]
        name = "client"
        count = 100000
        arrival = { clients = 2, think = "1ms", until = "40ms" }
        steps = [{ spawn = "child", count = 3 }]

        [[task]]
        name = "child"
        steps = [{ cpu = "2us" }]
    "#;
    let run = run(tasks);
    for engine in ENGINES {
        let (clients, children) = (run.sample(engine, "client"), run.sample(engine, "child"));
        assert!((2..=80).contains(&clients.whole("done")), "{engine}: {clients:?}");
        assert_eq!(children.whole("done"), 3 * clients.whole("done"), "{engine}");
        assert_eq!(children.whole("units_done"), 2_000 * children.whole("done"), "{engine}");
    }
}

#[test]
fn a_tree_of_ten_thousand_leaves_is_complete() {
    let level = |name: &str, child: &str| {
        format!("[[task]]\nname = \"{name}\"\nsteps = [{{ spawn = \"{child}\", count = 10 }}]\n")
    };
    let tree = [level("root", "bough"), level("bough", "branch"), level("branch", "twig"), level("twig", "leaf")];
    let engines = ["smol-local", "async-executor", "rayon", "tokio", "processes"];
    let run = run_on(&engines, &format!("{}[[task]]\nname = \"leaf\"\nsteps = []\n", tree.concat()));
    for engine in engines {
        assert_eq!(run.sample(engine, "*").whole("done"), 11_111, "{engine}");
        // The cell is `ok` only if the sum of all instance numbers is that of the plan.
        assert_eq!(run.sample(engine, "*").text("exit"), "ok", "{engine}");
        let sample = run.sample(engine, "root");
        assert!(sample.whole("makespan_ns") >= run.sample(engine, "leaf").whole("makespan_ns"), "{engine}: {sample:?}");
    }
}
