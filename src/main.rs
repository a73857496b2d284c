//! The `taskmix` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    taskmix::cli::main()
}
