//! The command line.

use std::process::ExitCode;

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    match args.get(1).map(String::as_str) {
        Some("engine") => { if let Err(e) = crate::cell::run() { eprintln!("{:#}", anyhow::Error::from(e)); return ExitCode::FAILURE; } }
        Some("probe") => { let _ = crate::campaign::prober::run(); }
        _ => {}
    }
    ExitCode::SUCCESS
}
