//! The mix of a case as a cell of taskmix: run by the command `taskmix`, read from the files of the run.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::root;
use crate::table::Case;

/// A row of a CSV file, by the names of its columns.
type Record = BTreeMap<String, String>;

/// The measurements of a cell.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    /// The rows of `samples.csv`, by task; the whole mix is `*`.
    samples: BTreeMap<String, Record>,
    /// The rows of `tasks.csv`.
    instances: Vec<Record>,
    /// The rows of `steps.csv`.
    steps: Vec<Record>,
    /// How it ended, if not well.
    pub(crate) failure: Option<String>,
    /// Iterations of its `cpu` kernel a second.
    pub(crate) speed: Option<f64>,
}

/// The speed of the `cpu` kernel on this machine, from the calibration of a trivial run.
pub(crate) fn speed() -> f64 {
    let text = "question = \"How fast is the kernel?\"\nengines = [\"threads\"]\nrepeats = 1\n\
        [[task]]\nname = \"one\"\nsteps = [{ cpu = \"1ms\" }]\n";
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("speed.toml");
    fs::write(&file, text).expect("a file in it");
    run_file(&file, "threads").speed.expect("a calibrated run")
}

/// Runs the scenario of a case on one engine.
pub(crate) fn run(case: &Case, engine: &str) -> Cell {
    run_file(&root().join("fidelity/cases").join(case.scenario).with_extension("toml"), engine)
}

fn run_file(scenario: &Path, engine: &str) -> Cell {
    let out = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskmix"));
    command.arg("run").arg(scenario).args(["--engine", engine, "--repeats", "1", "--quiet"]);
    let output = command.arg("--out").arg(out.path()).output().expect("a command that starts");
    let name = scenario.file_stem().expect("a name");
    let folder = out.path().join(name).join("latest");
    let says = String::from_utf8_lossy(&output.stderr);
    assert!(folder.join("samples.csv").exists(), "taskmix on {} says: {says}", scenario.display());
    read(&folder)
}

fn read(folder: &Path) -> Cell {
    let samples: BTreeMap<_, _> =
        rows(folder.join("samples.csv")).into_iter().map(|row| (row["task"].clone(), row)).collect();
    let end = samples.get("*").map_or("no row of the whole mix", |mix| mix["exit"].as_str());
    let text = fs::read_to_string(folder.join("run.toml")).expect("run.toml");
    let run: toml::Table = toml::from_str(&text).expect("run.toml is TOML");
    let speed = run["calibration"]["before"]["iterations_per_second"].as_float();
    Cell {
        failure: (end != "ok").then(|| end.to_owned()),
        speed,
        instances: rows(folder.join("tasks.csv")),
        steps: rows(folder.join("steps.csv")),
        samples,
    }
}

fn rows(path: PathBuf) -> Vec<Record> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    csv::Reader::from_reader(file).deserialize().map(|row| row.expect("a row")).collect()
}

impl Cell {
    /// A figure by its name in the table of cases.
    pub(crate) fn figure(&self, name: &str) -> Option<f64> {
        match name.split('.').collect::<Vec<_>>().as_slice() {
            ["cpu"] => Some(self.sample("*", "user_cpu")? + self.sample("*", "system_cpu")?),
            ["switches"] => Some(self.sample("*", "voluntary_switches")? + self.sample("*", "involuntary_switches")?),
            [metric] => self.sample("*", metric),
            [task, "first_start"] => self.order(task, "started_ns").first().copied().map(f64::from),
            [task, "first_end"] => self.order(task, "finished_ns").first().copied().map(f64::from),
            [task, "start_descents"] => Some(descents(&self.order(task, "started_ns"))),
            [task, "end_descents"] => Some(descents(&self.order(task, "finished_ns"))),
            [task, "polls"] => Some(self.polls(task)),
            [task, metric] => self.sample(task, metric),
            [task, step, metric] => self.step(task, step, metric),
            _ => None,
        }
    }

    fn sample(&self, task: &str, metric: &str) -> Option<f64> {
        number(self.samples.get(task)?, metric)
    }

    fn step(&self, task: &str, step: &str, metric: &str) -> Option<f64> {
        number(self.steps.iter().find(|row| row["task"] == task && row["step"] == step)?, metric)
    }

    /// How often the instances of a task were polled.
    fn polls(&self, task: &str) -> f64 {
        self.instances.iter().filter(|row| row["task"] == task).filter_map(|row| row["polls"].parse::<f64>().ok()).sum()
    }

    /// The numbers of a task's instances, sorted by a time.
    fn order(&self, task: &str, time: &str) -> Vec<u32> {
        let of_task = self.instances.iter().filter(|row| row["task"] == task);
        let mut timed: Vec<(u64, u32)> =
            of_task.filter_map(|row| Some((row[time].parse().ok()?, row["instance"].parse().ok()?))).collect();
        timed.sort_unstable();
        timed.into_iter().map(|(_, instance)| instance).collect()
    }
}

/// A field by the name of its column without the unit.
fn number(row: &Record, metric: &str) -> Option<f64> {
    let units = ["", "_ns", "_bytes", "_per_s"];
    units.iter().find_map(|unit| row.get(&format!("{metric}{unit}")))?.parse().ok()
}

/// How often an instance is followed by one with a lower number.
pub(crate) fn descents(order: &[u32]) -> f64 {
    order.windows(2).filter(|pair| pair[1] < pair[0]).count() as f64
}
