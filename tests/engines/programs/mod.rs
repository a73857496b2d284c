//! A user's programs as engines: registered, described, run beside the built-in engines and compared. Their crashes harm no
//! other cell.

mod faults;
mod refusals;

use std::fs;

use crate::support::programs::{example, fake};
use crate::support::{Finished, Lab, text_of};

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
name = "batch"
count = 12
steps = [{ offload = "cpu", steps = [{ cpu = { uniform = ["10us", "90us"] } }] }]

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
        for (task, done) in [("waiter", 20), ("keeper", 6), ("looper", 30), ("client", 12), ("batch", 12)] {
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
fn a_run_records_which_program_it_ran_and_can_be_compared_without_it() {
    let lab = lab();
    let text = mix(&["tasks", "rayon"]);
    let first = lab.run(&text, &["--quiet"]).ok();
    let facts = first.facts();
    let program = &facts["engines"]["tasks"];
    assert_eq!(program["command"].as_array().expect("a list")[0].as_str(), Some(example("smol_executor").as_str()));
    assert_eq!(program["program_fnv1a64"].as_str().map(str::len), Some(16));
    assert_eq!(facts["versions"]["tasks"].as_str(), Some("smol's Executor"));
    assert!(facts["engines"].get("rayon").is_none(), "a built-in engine has no program of its own");

    // Another program under the same name.
    fs::remove_file(lab.path().join("config/taskmix/config.toml")).expect("it was registered");
    lab.register("tasks", &[&example("fake_pool")]);
    lab.run(&text, &["--quiet"]).ok();
    // No engine is registered any more.
    fs::remove_file(lab.path().join("config/taskmix/config.toml")).expect("it was registered");
    let output = lab.output(&["compare", "latest~1", "latest", "--all", "--tolerance", "100%"]);
    let (stdout, stderr) = (text_of(output.stdout), text_of(output.stderr));
    assert!(stdout.contains("\ntasks, 2 workers\n"), "{stdout}{stderr}");
    assert!(stderr.contains("a runtime differs: tasks: `smol's Executor`, now `a channel of jobs 1.0`"), "{stderr}");
    assert!(stderr.contains("the program of an engine differs: tasks: `"), "{stderr}");
}

#[test]
fn a_run_on_a_program_can_be_resumed_on_the_same_program_only() {
    let lab = lab();
    let text = mix(&["tasks", "rayon"]);
    lab.run(&text, &["--quiet"]).ok();
    // As if the run had been interrupted after its first cell.
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
    // A registered program runs only if it is asked for; otherwise it is not even started.
    lab.register("broken", &["/no/such/program"]);
    assert_eq!(ran(&lab.run(&one, &["--quiet"]).ok()), "rayon");
    lab.register("theirs", &[&example("fake_pool")]);
    assert_eq!(ran(&lab.run(&one, &["--quiet", "--engine", "theirs"]).ok()), "theirs");
}

#[test]
fn plans_and_checks_use_the_description_of_a_program() {
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
    let stderr = text_of(refused.stderr);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr.starts_with("error: `sheep` can't do `block`: it does not say that it can\n --> other.toml:9:10\n"),
        "{stderr}"
    );
    let engines = text_of(lab.output(&["engines"]).stdout);
    assert!(engines.contains("\nsheep: not stated\n  command     /bin/sh "), "{engines}");
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
