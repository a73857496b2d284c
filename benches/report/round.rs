//! One round, in a process of its own: make a cell, report it, read the rows back, and time each of these.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use taskmix::archive::{RunFolder, TasksPolicy};
use taskmix::stats;

use crate::made;

/// The figures of a round.
#[derive(Debug)]
pub(crate) struct Figures {
    /// The pass over the records that makes the samples.
    pub(crate) summarise_s: f64,
    /// The run's folder and all files in it.
    pub(crate) write_s: f64,
    /// `tasks.csv` from its first to its last row, by the csv crate.
    pub(crate) read_s: f64,
    /// The peak of resident memory while reporting, without the record and without the memory used before.
    pub(crate) memory_mib: f64,
    /// The size of `tasks.csv`.
    pub(crate) tasks_bytes: u64,
}

impl Figures {
    /// From records to files.
    pub(crate) fn report_s(&self) -> f64 {
        self.summarise_s + self.write_s
    }

    /// Parses the output of [`main`].
    pub(crate) fn parse(text: &str) -> Self {
        let values: Vec<f64> = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
        let [summarise_s, write_s, read_s, memory_mib, tasks_bytes] = values[..] else { panic!("{text}") };
        Self { summarise_s, write_s, read_s, memory_mib, tasks_bytes: tasks_bytes as u64 }
    }
}

/// Runs a round and prints its figures.
pub(crate) fn main(records: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let outcome = made::outcome(records);
    touch_pages(folder.path(), records);
    // 5 resets the peak (proc(5), /proc/pid/clear_refs).
    fs::write("/proc/self/clear_refs", "5").expect("a kernel that resets the peak");
    let before = status_kib("VmRSS") - status_kib("RssShmem");

    let started = Instant::now();
    let samples = stats::samples(&outcome);
    let summarise_s = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let mut run =
        RunFolder::create(folder.path(), "made_up", &made::axes(), TasksPolicy::Always, Timestamp::UNIX_EPOCH)
            .expect("a folder");
    run.add_cell(&outcome, &samples).expect("room for the rows");
    run.finish(&stats::summaries(&samples)).expect("room for the summary");
    let write_s = started.elapsed().as_secs_f64();

    // The record is resident all the time, since this process wrote each of its pages.
    let peak = status_kib("VmHWM") - status_kib("RssShmem");
    let memory_mib = (peak - before).max(0.0) / 1024.0;

    let tasks = run.path().join("tasks.csv");
    let started = Instant::now();
    assert_eq!(rows_of(&tasks), records as u64, "each record is a row");
    let read_s = started.elapsed().as_secs_f64();
    let tasks_bytes = fs::metadata(&tasks).expect("a file").len();
    println!("{summarise_s} {write_s} {read_s} {memory_mib} {tasks_bytes}");
}

/// Writes and deletes a file as big as the report, so that the system has pages for the report.
///
/// A virtual machine gives unused pages back to its host. The first touch of such a page takes ten times as long as the copy into
/// it (2.6 s and 0.3 s for 1.2 GB, where this was written). The reader of a file just written never pays that.
fn touch_pages(folder: &Path, records: usize) {
    let path = folder.join("touched");
    let mut file = File::create(&path).expect("a file");
    let chunk = vec![b'0'; 1 << 20];
    for _ in 0..records * 120 / chunk.len() {
        file.write_all(&chunk).expect("room on the disk");
    }
    fs::remove_file(path).expect("it is there");
}

/// The number of rows, read in the fastest way of the csv crate: one reused byte record, and a buffer as big as the writer's.
fn rows_of(tasks: &Path) -> u64 {
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(1 << 20).from_path(tasks).expect("a CSV file");
    let (mut row, mut rows) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut row).expect("rows as wide as the header") {
        rows += 1;
    }
    rows
}

/// A line of `/proc/self/status`, KiB.
fn status_kib(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("the kernel tells of a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("there is no {name}"))
}
