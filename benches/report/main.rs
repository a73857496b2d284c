//! The cost of reporting a big cell: a record file of 10,000,000 instances is read, summarised and written as a run's files.
//! The limits: bounded memory, and a small multiple of the time that reading the rows back takes. Then the cost of a timeline
//! of 300,000 instances.
//!
//! `cargo bench --bench report [-- --records N] [-- --rounds N]`. It exits with 1 if a limit is broken. Each round is a process
//! of its own and deletes its files: about 120 bytes a record, in the temporary folder (`TMPDIR` chooses another).

mod made;
mod pictured;
mod round;
#[path = "../overhead/verdict.rs"]
#[allow(dead_code, reason = "the other bench uses the rest of it")]
mod verdict;

use std::process::{Command, ExitCode};

use nix::sys::statvfs::statvfs;

use pictured::pictured;
use round::Figures;
use verdict::{Verdicts, median, range};

/// Peak memory while reporting, beyond the record and what the process had before.
const MOST_MEMORY_MIB: f64 = 200.0;

/// Reading, summarising and writing, as a multiple of reading the written rows.
const MOST_TIMES_A_READ: f64 = 3.0;

/// Reading and drawing a timeline of 100,000 instances and 200,000 spans of each of three engines.
const MOST_TIMELINE_S: f64 = 3.0;

/// The picture of that timeline, and everything that a page holds of it.
const MOST_TIMELINE_MB: f64 = 10.0;

/// More than a row with the longest numbers here takes, with its share of the other files.
const BYTES_A_RECORD: u64 = 160;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [mode, records] = args.as_slice()
        && mode == "round"
    {
        round::main(number(records));
        return ExitCode::SUCCESS;
    }
    let (mut records, mut rounds) = (10_000_000, 3);
    for pair in args.chunks(2) {
        match pair {
            [name, value] if name == "--records" => records = number(value),
            [name, value] if name == "--rounds" => rounds = number(value).max(1),
            _ => panic!("no such argument: {pair:?}"),
        }
    }
    let folder = std::env::temp_dir();
    let disk = statvfs(&folder).expect("a file system");
    let free = disk.blocks_available() * disk.fragment_size();
    if free < records as u64 * BYTES_A_RECORD {
        eprintln!("error: {} has {} MiB left, and {records} records need more", folder.display(), free >> 20);
        return ExitCode::FAILURE;
    }

    let figures: Vec<Figures> = (0..rounds).map(|_| a_round(records)).collect();
    let column = |figure: fn(&Figures) -> f64| figures.iter().map(figure).collect::<Vec<f64>>();
    println!("{records} records, {} MiB of tasks.csv, medians of {rounds} rounds", figures[0].tasks_bytes >> 20);
    for (what, mut values) in [
        ("summarise: samples, s", column(|round| round.summarise_s)),
        ("write: tasks.csv and the others, s", column(|round| round.write_s)),
        ("both, s", column(Figures::report_s)),
        ("read tasks.csv by the csv crate, s", column(|round| round.read_s)),
    ] {
        let range = range(&values);
        println!("       {what:46} {:9.3}  {:8}  {range}", median(&mut values), "");
    }
    let mut verdicts = Verdicts::default();
    let mut memory = column(|round| round.memory_mib);
    let note = range(&memory);
    verdicts.at_most("peak memory beyond the record, MiB", median(&mut memory), MOST_MEMORY_MIB, &note);
    let ratio = median(&mut column(Figures::report_s)) / median(&mut column(|round| round.read_s));
    let note = range(&column(|round| round.report_s() / round.read_s));
    verdicts.at_most("report ÷ read, medians", ratio, MOST_TIMES_A_READ, &note);
    let timelines: Vec<_> = (0..rounds).map(|_| pictured()).collect();
    let mut seconds: Vec<f64> = timelines.iter().map(|timeline| timeline.seconds).collect();
    let note = range(&seconds);
    verdicts.at_most("timeline of 300,000 instances, s", median(&mut seconds), MOST_TIMELINE_S, &note);
    let most = |figure: fn(&pictured::Pictured) -> usize| timelines.iter().map(figure).max().unwrap_or(0) as f64 / 1e6;
    verdicts.at_most("its picture, MB", most(|timeline| timeline.svg_bytes), MOST_TIMELINE_MB, "");
    verdicts.at_most("its share of a page, MB", most(|timeline| timeline.page_bytes), MOST_TIMELINE_MB, "");
    verdicts.exit_code()
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// One round in a process of its own.
fn a_round(records: usize) -> Figures {
    let this = std::env::current_exe().expect("this program");
    let output = Command::new(this).args(["round", &records.to_string()]).output().expect("a round");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Figures::parse(&String::from_utf8(output.stdout).expect("UTF-8"))
}
