//! One plain program: `plain CASE ENGINE` runs it and prints its measurements as one line of JSON.

#[path = "mod.rs"]
mod plain;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if plain::run(&args) {
        return ExitCode::SUCCESS;
    }
    eprintln!("error: no such plain program\nhelp: `plain CASE ENGINE`, with names from fidelity/table/");
    ExitCode::from(2)
}
