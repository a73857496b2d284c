//! The terminal: its width, and how to print notes and warnings.

use std::env;
use std::io::{self, IsTerminal, Write};

/// The width of a table without a terminal.
const WIDTH: u16 = 120;

/// How many columns a line may have.
pub(super) fn width() -> u16 {
    let terminal = io::stdout().is_terminal().then(|| comfy_table::Table::new().width()).flatten();
    // As other programs do for a pipe or a file.
    let columns = || env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(columns).unwrap_or(WIDTH)
}

/// Ignores a broken pipe: if the reader has gone, the other scenarios are still run and the exit code still counts.
pub(super) fn unless_unread(printed: io::Result<()>) -> io::Result<()> {
    match printed {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// Prints a warning on stderr; a closed stderr must not end a run.
pub(super) fn warn(text: &str) {
    let _ = writeln!(anstream::stderr(), "warning: {text}");
}

/// Prints a note on stderr.
pub(super) fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "note: {text}");
}
