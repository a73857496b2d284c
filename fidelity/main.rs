//! Whether an engine does under taskmix what it does in a plain program. Each case runs both ways, interleaved, each time in a
//! process of its own.
//!
//! `cargo bench --bench fidelity [-- CASE…] [--rounds N] [--engine ENGINE] [--write FILE]`. It exits with 1 if a figure differs
//! without a reason in the table.

#[path = "runner/both.rs"]
mod both;
#[path = "runner/cell.rs"]
mod cell;
#[path = "runner/judge.rs"]
mod judge;
#[path = "runner/page.rs"]
mod page;
#[path = "plain/mod.rs"]
mod plain;
#[path = "table/mod.rs"]
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use both::Sides;
use judge::{Row, Verdict};

/// With fewer than 10 rounds an interval says little. With 10 it is from rank 2 to rank 9.
const ROUNDS: usize = 10;

/// The options of the command line.
struct Args {
    cases: Vec<String>,
    engine: Option<String>,
    rounds: usize,
    write: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let Some((first, rest)) = args.split_first()
        && first == "plain"
    {
        let is_known = plain::run(&rest.iter().map(String::as_str).collect::<Vec<_>>());
        return ExitCode::from(u8::from(!is_known));
    }
    let options = parse(&args);
    let mut sides = Sides::new();
    let mut tables = Vec::new();
    for (runtime, cases) in table::TABLES {
        let mut rows = Vec::new();
        for case in cases.iter().filter(|case| options.wants_case(case.name)) {
            for engine in case.engines.iter().filter(|engine| options.wants_engine(engine)) {
                let measured = sides.measure(case, engine, options.rounds);
                for row in judge::rows(case, engine, &measured) {
                    println!("{}", row.line());
                    rows.push(row);
                }
            }
        }
        tables.push((*runtime, rows));
    }
    if let Some(path) = &options.write {
        fs::write(root().join(path), page::page(&tables, options.rounds)).expect("a page that can be written");
    }
    let rows: Vec<&Row> = tables.iter().flat_map(|(_, rows)| rows).collect();
    let differ = rows.iter().filter(|row| row.verdict == Verdict::Differs).count();
    println!("{} figures, {differ} of which differ without a reason", rows.len());
    ExitCode::from(u8::from(differ > 0))
}

impl Args {
    fn wants_case(&self, name: &str) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|part| name.contains(part.as_str()))
    }

    fn wants_engine(&self, name: &str) -> bool {
        self.engine.as_deref().is_none_or(|engine| name == engine)
    }
}

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn parse(args: &[String]) -> Args {
    let mut options = Args { cases: Vec::new(), engine: None, rounds: ROUNDS, write: None };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("`{arg}` takes a value"));
        match arg.as_str() {
            "--rounds" => options.rounds = value().parse().expect("--rounds takes a number"),
            "--engine" => options.engine = Some(value().clone()),
            "--write" => options.write = Some(value().into()),
            _ => options.cases.push(arg.clone()),
        }
    }
    options
}
