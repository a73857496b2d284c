//! Programs of other people as engines: registered, asked, run beside the built-in ones, compared, and survived.

mod support;

use std::fs;

use support::programs::{END, READY, example, fake};
use support::{Finished, Lab, text_of};

/// Every arrival, every step, cancellations, a loop with an end and a background.
const ALL: &str = r#"
question = "Does a program do the same?"
engines = ["async-executor", "rayon", "tasks", "jobs"]
workers = 2
repeats = 1
blocking_threads = 4

[[task]]
name = "waiter"
count = 20
arrival = { poisson = 400 }
steps = [{ sleep = { exp = "1ms" } }, { cpu = "50us", yield_every = "20us" }]

[[task]]
name = "keeper"
count = 6
arrival = { every = "5ms" }
steps = [{ block = "1ms" }, { yield = true }]

[[task]]
name = "looper"
count = 30
steps = [{ loop = 3, steps = [{ cpu = { uniform = ["10us", "90us"] } }, { yield = true }] }]

[[task]]
name = "client"
count = 12
arrival = { clients = 3, think = "1ms" }
steps = [{ offload = "blocking", steps = [{ block = "1ms" }, { cpu = "30us" }], as = "write" }]

[[task]]
name = "visitor"
count = 100000
arrival = { clients = 2, think = "1ms", until = "30ms" }
steps = [{ cpu = "20us" }]

[[task]]
name = "given-up"
count = 10
steps = [{ loop = 1000, steps = [{ cpu = "100us" }, { yield = true }] }]
cancel = { after = "2ms", share = 1.0 }

[[task]]
name = "noise"
count = 100000
background = true
arrival = { every = "1ms" }
steps = [{ cpu = "10us" }]

[[expect]]
claim = "a program does all that is asked"
that = "tasks.waiter.done == rayon.waiter.done"
"#;

/// A lab with the two programs that are built as examples, as `tasks` and `jobs`.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.register("tasks", &[&example("smol_executor")]);
    lab.register("jobs", &[&example("fake_pool"), "--an-argument"]);
    lab
}

#[test]
fn a_program_does_all_that_the_built_in_engines_do() {
    let run = lab().run(ALL, &["--quiet"]).ok();
    for engine in ["async-executor", "rayon", "tasks", "jobs"] {
        assert_eq!(run.sample(engine, "*").text("exit"), "ok", "{engine}");
        for (task, done) in [("waiter", 20), ("keeper", 6), ("looper", 30), ("client", 12)] {
            let sample = run.sample(engine, task);
            assert_eq!((sample.whole("done"), sample.whole("stalled")), (done, 0), "{engine}, {task}");
            assert_eq!(sample.whole("units_done"), run.sample("rayon", task).whole("units_done"), "{engine}, {task}");
        }
        assert_eq!(run.sample(engine, "given-up").whole("cancelled"), 10, "{engine}: 100 ms of work, stopped");
        assert!(run.sample(engine, "visitor").whole("done") >= 2, "{engine}");
        let noise = run.sample(engine, "noise");
        assert!(noise.whole("released") >= 10 && noise.whole("stalled") == 0, "{engine}: {noise:?}");
        let steps = run.rows("steps.csv");
        let step = steps.iter().find(|row| row.text("engine") == engine).expect("a named step");
        assert_eq!(step.whole("count"), 12, "{engine}");
        let workers: Vec<u64> =
            run.instances(engine).iter().filter(|row| !row.is_empty("worker")).map(|row| row.whole("worker")).collect();
        assert!(!workers.is_empty() && workers.iter().all(|worker| *worker < 2), "{engine}: its threads are enlisted");
    }
    assert_eq!(run.rows("expect.csv")[0].text("verdict"), "holds");
}

#[test]
fn a_run_tells_which_program_it_ran_and_can_be_compared_without_it() {
    let lab = lab();
    let text = mix(&["tasks", "rayon"]);
    let first = lab.run(&text, &["--quiet"]).ok();
    let facts = first.facts();
    let program = &facts["engines"]["tasks"];
    assert_eq!(program["command"].as_array().expect("a list")[0].as_str(), Some(example("smol_executor").as_str()));
    assert_eq!(program["program_fnv1a64"].as_str().map(str::len), Some(16));
    assert_eq!(facts["versions"]["tasks"].as_str(), Some("smol's Executor"));
    assert!(facts["engines"].get("rayon").is_none(), "a built-in engine is no other program");

    // Another program under the same name.
    fs::remove_file(lab.path().join("config/taskmix/config.toml")).expect("it was registered");
    lab.register("tasks", &[&example("fake_pool")]);
    lab.run(&text, &["--quiet"]).ok();
    // Nobody is registered any more.
    fs::remove_file(lab.path().join("config/taskmix/config.toml")).expect("it was registered");
    let output = lab.output(&["compare", "latest~1", "latest", "--all", "--tolerance", "100%"]);
    let (said, warned) = (text_of(output.stdout), text_of(output.stderr));
    assert!(said.contains("\ntasks, 2 workers\n"), "{said}{warned}");
    assert!(warned.contains("a runtime differs: tasks: `smol's Executor`, now `a channel of jobs 1.0`"), "{warned}");
    assert!(warned.contains("the program of an engine is another: tasks: `"), "{warned}");
}

#[test]
fn a_run_on_a_program_can_be_taken_up_again_on_the_same_one_only() {
    let lab = lab();
    let text = mix(&["tasks", "rayon"]);
    lab.run(&text, &["--quiet"]).ok();
    // As if it had been cut behind its first cell.
    let folder = lab.path().join("results/mix/latest");
    let facts = fs::read_to_string(folder.join("run.toml")).expect("a run");
    fs::write(
        folder.join("run.toml"),
        facts.replace("complete = true", "complete = false").replace("interrupted = false", "interrupted = true"),
    )
    .expect("it can be written");
    let samples = fs::read_to_string(folder.join("samples.csv")).expect("a run");
    let rows: Vec<&str> = samples.lines().collect();
    fs::write(folder.join("samples.csv"), rows[..=rows.len() / 2].join("\n") + "\n").expect("it can be written");
    fs::remove_file(lab.path().join("config/taskmix/config.toml")).expect("it was registered");
    lab.register("tasks", &[&example("fake_pool")]);
    let refused = lab.run(&text, &["--quiet", "--resume"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("the program of `tasks` was "), "{}", refused.stderr);
    fs::remove_file(lab.path().join("config/taskmix/config.toml")).expect("it was registered");
    lab.register("tasks", &[&example("smol_executor")]);
    let resumed = lab.run(&text, &["--quiet", "--resume"]).ok();
    assert_eq!(resumed.sample("tasks", "*").text("exit"), "ok");
    assert_eq!(resumed.sample("rayon", "*").text("exit"), "ok");
}

#[test]
fn a_program_from_the_command_line_runs_beside_the_engines_of_the_file() {
    let lab = Lab::new();
    let program = format!("mine={}", example("smol_executor"));
    let ran = |run: &Finished| {
        let mut engines: Vec<String> = run
            .rows("summary.csv")
            .iter()
            .filter(|row| row.text("task") == "*")
            .map(|row| row.text("engine").to_owned())
            .collect();
        engines.dedup();
        engines.join(" ")
    };
    let one = mix(&["rayon"]);
    assert_eq!(ran(&lab.run(&one, &["--quiet", "--engine", &program]).ok()), "rayon mine");
    assert_eq!(ran(&lab.run(&one, &["--quiet", "--engine", &program, "--engine", "mine"]).ok()), "mine");
    assert_eq!(
        ran(&lab.run(&one, &["--quiet", "--engine", "smol-local", "--engine", &program]).ok()),
        "smol-local mine"
    );
    // One that the user's file registers runs only if it is asked for, and is not even started.
    lab.register("broken", &["/no/such/program"]);
    assert_eq!(ran(&lab.run(&one, &["--quiet"]).ok()), "rayon");
    lab.register("theirs", &[&example("fake_pool")]);
    assert_eq!(ran(&lab.run(&one, &["--quiet", "--engine", "theirs"]).ok()), "theirs");
}

#[test]
fn a_fault_in_a_program_is_told_like_one_in_a_built_in_engine() {
    for (kind, exit) in [("panic", "exit code 101"), ("kill", "signal SIGKILL"), ("hang", "timeout")] {
        let run = lab().run(&mix(&["tasks", "rayon"]), &["--quiet", "--fault", &format!("tasks={kind}")]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert_eq!((run.sample("tasks", "*").text("exit"), run.sample("rayon", "*").text("exit")), (exit, "ok"));
        let died =
            run.complaints().into_iter().find(|line| line.contains("tasks, 2 workers")).expect("it is told").to_owned();
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
        (&format!("{READY}; {END}"), "protocol error: the record doesn't say when its span began and ended"),
        (
            &format!("yes | head -c 600 >&3; {READY}; {END}"),
            "protocol error: the start of its span is no time at which it ran, or its clock's rate is none",
        ),
        (
            &format!("yes | dd bs=16 >&3 2>/dev/null; {READY}; {END}"),
            "protocol error: it wrote over who slot 0 belongs to",
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
fn a_program_that_loses_instances_is_miscounted_not_fast() {
    let lab = Lab::new();
    lab.register("loses", &[&example("fake_pool"), "--lose"]);
    let run = lab.run(&mix(&["loses"]), &["--quiet"]);
    assert_eq!(run.code, Some(1));
    // Which third of the released ones are lost depends on how many the priming took; that a third is, does not.
    assert_eq!(
        run.sample("loses", "*").text("exit"),
        "miscounted: `one` did 400000 ns of work, not the planned 600000 ns"
    );
}

#[test]
fn a_program_that_is_gone_when_its_cell_comes_fails_that_cell() {
    let lab = Lab::new();
    let path = lab.path().join("gone.sh");
    // It removes itself when it is asked.
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

#[test]
fn a_program_that_can_not_be_an_engine_is_refused_before_anything_runs() {
    let lab = Lab::new();
    lab.write("mix.toml", &mix(&["rayon"]));
    lab.write("listed.toml", &mix(&["rayon", "theirs"]));
    lab.write("words", "no program");
    let program = format!("mine={}", example("smol_executor"));
    let at = lab.path().canonicalize().expect("it is there");
    for (line, said) in [
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
            "error: the engine `mine` can't be used: `[TRUE] --describe` says what can't be used: it is not a description: \
             EOF while parsing a value at line 1 column 0\n\
             help: an engine answers `--describe` with one line of JSON and exits: docs/engine-protocol.md\n",
        ),
        (
            &["engines", "--engine", "mine=false"],
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
        let said = said
            .replace("[HERE]", &at.display().to_string())
            .replace("[TRUE]", &on_path("true"))
            .replace("[FALSE]", &on_path("false"));
        assert_eq!((text_of(output.stderr), output.status.code()), (said, Some(2)), "{line:?}");
        assert_eq!(text_of(output.stdout), "", "{line:?}");
    }
    let listed = lab.output(&["check", "listed.toml"]);
    let said = text_of(listed.stderr);
    assert_eq!(listed.status.code(), Some(2));
    assert!(said.contains("unknown engine `theirs`") && said.contains("`--engine NAME=PATH`"), "{said}");
    assert!(!lab.path().join("results").exists(), "nothing was measured");
}

#[test]
fn what_a_program_says_of_itself_is_believed_by_plans_and_checks() {
    let lab = Lab::new();
    let script = fake("exit 1")
        .replace("\"cancel\":[]", "\"single_threaded\":true,\"cancel\":[]")
        .replace("[\"sleep\",\"native\"]", "[\"sleep\",{\"emulated\":\"by counting sheep\"}]");
    lab.register_script("sheep", &script.replace("[\"block\",\"native\"],", ""));
    lab.write("mix.toml", &mix(&["sheep", "rayon"]).replace("cpu = \"20us\"", "sleep = \"1ms\""));
    lab.write("other.toml", &mix(&["sheep"]).replace("cpu", "block"));
    let plan = text_of(lab.output(&["plan", "mix.toml"]).stdout);
    assert!(plan.contains("sheep: about ") && plan.contains("rayon, 2 workers: about "), "it has one worker: {plan}");
    assert!(plan.contains("sheep: `sleep` is emulated: by counting sheep"), "{plan}");
    let refused = lab.output(&["check", "other.toml"]);
    let said = text_of(refused.stderr);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        said.starts_with("error: `sheep` can't do `block`: it does not say that it can\n --> other.toml:9:10\n"),
        "{said}"
    );
    let engines = text_of(lab.output(&["engines"]).stdout);
    assert!(engines.contains("\nsheep: it does not say\n  command     /bin/sh "), "{engines}");
    let json: serde_json::Value =
        serde_json::from_slice(&lab.output(&["engines", "--format", "json"]).stdout).expect("JSON");
    let sheep = &json["engines"][json["engines"].as_array().expect("a list").len() - 1];
    assert_eq!(
        (&sheep["engine"], &sheep["single_threaded"], &sheep["command"][0]),
        (&"sheep".into(), &true.into(), &"/bin/sh".into())
    );
}

/// One task on these engines.
fn mix(engines: &[&str]) -> String {
    format!(
        "question = \"Who does the work?\"\nengines = {engines:?}\nworkers = 2\nrepeats = 1\ntimeout = \"1s\"\n\
         [[task]]\nname = \"one\"\ncount = 30\nsteps = [{{ cpu = \"20us\" }}]\n"
    )
}
