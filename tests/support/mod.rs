//! What the tests of the whole program share: a folder for each test, the program, and its CSV files as rows.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod browser;
pub(crate) mod claims;
pub(crate) mod programs;
pub(crate) mod system;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use tempfile::TempDir;

/// A run that takes longer is hanging, even on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// All engines, by name.
pub(crate) const ENGINES: [&str; 7] =
    ["smol-local", "async-executor", "rayon", "tokio", "tokio-local", "threads", "processes"];

/// The engines on which a waiting instance leaves its thread to others, and can be woken.
pub(crate) const WAITING: [&str; 5] = ["smol-local", "async-executor", "tokio", "tokio-local", "processes"];

/// The engines on which an instance occupies its thread to its end.
pub(crate) const KEEPING_THREADS: [&str; 2] = ["rayon", "threads"];

/// The engines that start instances in the order of their releases, on one worker. A worker of tokio takes the newest first.
pub(crate) const IN_ORDER: [&str; 5] = ["smol-local", "async-executor", "rayon", "tokio-local", "processes"];

/// The engines of one thread, whatever the scenario asks for.
pub(crate) const LOOPS: [&str; 2] = ["smol-local", "tokio-local"];

/// How many workers an engine has in a scenario that asks for `requested`.
pub(crate) fn workers(engine: &str, requested: u64) -> u64 {
    match engine {
        "threads" => std::thread::available_parallelism().expect("cores").get() as u64,
        _ if LOOPS.contains(&engine) => 1,
        _ => requested,
    }
}

/// The engines on which instances share workers: as many as the scenario says, or one.
pub(crate) fn sharing_workers() -> Vec<&'static str> {
    ENGINES.into_iter().filter(|engine| *engine != "threads").collect()
}

/// A temporary folder in which the program is run.
pub(crate) struct Lab {
    folder: TempDir,
}

impl Lab {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        path
    }

    /// The program, in this folder, without the environment variables of the caller that change what it prints.
    pub(crate) fn taskmix(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskmix"));
        command.current_dir(self.path()).args(arguments).env("XDG_CONFIG_HOME", self.path().join("config"));
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the program to its end.
    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        assert_cmd::Command::from_std(self.taskmix(arguments)).timeout(PATIENCE).output().expect("the program runs")
    }

    /// Measures the scenario in `text`, under the name `mix`.
    pub(crate) fn run(&self, text: &str, arguments: &[&str]) -> Finished {
        self.write("mix.toml", text);
        let output = self.output(&[&["run", "mix.toml"], arguments].concat());
        let folder = self.path().join("results/mix/latest");
        let entries = fs::read_dir(&folder).map(|entries| entries.map(|entry| entry.expect("an entry")).collect());
        let entries: Vec<fs::DirEntry> = entries.unwrap_or_default();
        let files = entries.iter().map(|entry| {
            let name = entry.file_name().into_string().expect("UTF-8");
            (name, fs::read_to_string(entry.path()).expect("a readable file"))
        });
        Finished {
            files: files.collect(),
            code: output.status.code(),
            stdout: text_of(output.stdout),
            stderr: text_of(output.stderr),
        }
    }
}

/// A run that has ended, with everything that it wrote.
pub(crate) struct Finished {
    /// Its files, by name.
    pub(crate) files: BTreeMap<String, String>,
    /// Its exit code; absent if a signal killed it.
    pub(crate) code: Option<i32>,
    /// What it wrote to its standard output.
    pub(crate) stdout: String,
    /// What it wrote to its standard error.
    pub(crate) stderr: String,
}

impl Finished {
    /// Itself; panics if the exit code is not 0.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self
    }

    /// Its lines on standard error, except those about a busy machine and about repeats that differ.
    pub(crate) fn complaints(&self) -> Vec<&str> {
        let about_the_machine =
            |line: &&str| line.starts_with("warning: the machine") || line.starts_with("warning: repeats");
        self.stderr.lines().filter(|line| !about_the_machine(line)).collect()
    }

    /// The rows of a CSV file.
    pub(crate) fn rows(&self, file: &str) -> Vec<Row> {
        rows(self.files.get(file).unwrap_or_else(|| panic!("there is no {file}: {}", self.stderr)))
    }

    /// The rows of `tasks.csv` of one engine, in the file's order.
    pub(crate) fn instances(&self, engine: &str) -> Vec<Row> {
        self.rows("tasks.csv").into_iter().filter(|row| row.text("engine") == engine).collect()
    }

    /// The only row of `samples.csv` of an engine's task, in a cell without a probe.
    pub(crate) fn sample(&self, engine: &str, task: &str) -> Row {
        let is_wanted =
            |row: &Row| row.text("engine") == engine && row.text("task") == task && row.is_empty("probe_ns");
        let mut found: Vec<Row> = self.rows("samples.csv").into_iter().filter(is_wanted).collect();
        assert_eq!(found.len(), 1, "one cell of {engine} with {task}: {}", self.stderr);
        found.remove(0)
    }

    /// `run.toml`.
    pub(crate) fn facts(&self) -> toml::Table {
        self.files["run.toml"].parse().expect("run.toml is TOML")
    }
}

/// One row of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row(BTreeMap<String, String>);

impl Row {
    /// A field, as it is.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.0.get(column).unwrap_or_else(|| panic!("there is no column {column}"))
    }

    /// Whether a field is empty.
    pub(crate) fn is_empty(&self, column: &str) -> bool {
        self.text(column).is_empty()
    }

    /// A field that must be a whole number.
    pub(crate) fn whole(&self, column: &str) -> u64 {
        let text = self.text(column);
        text.parse().unwrap_or_else(|_| panic!("{column} is `{text}`: {self:?}"))
    }

    /// A field that must be a number.
    pub(crate) fn number(&self, column: &str) -> f64 {
        let text = self.text(column);
        text.parse().unwrap_or_else(|_| panic!("{column} is `{text}`: {self:?}"))
    }
}

/// The rows of a CSV text, each as wide as the header.
pub(crate) fn rows(text: &str) -> Vec<Row> {
    assert!(text.ends_with('\n'), "the last row is complete: {}", &text[text.len().saturating_sub(200)..]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let row = |record: csv::Result<csv::StringRecord>| {
        let record = record.expect("each row is as wide as the header");
        Row(header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect())
    };
    reader.records().map(row).collect()
}

/// What a program printed.
pub(crate) fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the program prints UTF-8")
}
